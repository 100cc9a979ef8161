#pragma once

// Sellers (销售): people who sell, and when the company employs them.
//
// Thread-safety: a value.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/organization/domain/employment.h"
#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

struct Seller {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string employee_number;  // unique unless empty
  std::string subject;          // `sub` of their tokens; unique unless empty
  std::string email;            // personal
  std::string phone;            // personal
  std::vector<Employment> employments;
  std::vector<base::ExternalKey> external_keys;
  std::optional<absl::Time> erase_time;  // of who it is; nullopt = it was not
};

}  // namespace salesops::organization::domain
