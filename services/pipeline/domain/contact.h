#pragma once

// A contact (联系人): a person at a customer.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

struct Contact {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string account_id;  // empty = none yet
  std::string title;
  std::string phone;     // personal
  std::string email;     // personal
  std::string owner_id;  // seller; empty = nobody
  std::vector<base::ExternalKey> external_keys;
  base::Attributes attributes;
  std::optional<absl::Time> erase_time;  // of who it is; nullopt = it was not
};

}  // namespace salesops::pipeline::domain
