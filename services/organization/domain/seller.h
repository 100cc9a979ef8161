#pragma once

// Sellers (销售): people who sell, and when the company employs them.
//
// Thread-safety: a value.

#include <string>
#include <vector>

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
};

}  // namespace salesops::organization::domain
