#pragma once

// An account (客户): a company that buys, or may.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

struct Account {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string industry;
  std::string region;
  std::string country;
  std::string grade;
  std::string owner_id;   // seller; empty = nobody
  std::string parent_id;  // the account that it belongs to; empty = none
  std::string website;
  std::optional<base::Money> annual_revenue;
  std::optional<int64_t> employee_count;
  std::optional<int64_t> founded_year;
  std::vector<base::ExternalKey> external_keys;
  base::Attributes attributes;
};

}  // namespace salesops::pipeline::domain
