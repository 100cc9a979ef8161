#pragma once

// A product (产品): a thing, a service or a licence that the company sells.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

struct Product {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string code;  // unique unless empty
  std::string category;
  std::string unit;
  std::optional<base::Money> list_price;     // of one unit
  std::optional<base::CivilDay> start_date;  // sold from this day; absent = always was
  std::optional<base::CivilDay> end_date;    // no more from this day; absent = open
  std::string description;
  std::vector<base::ExternalKey> external_keys;
  base::Attributes attributes;
};

// Reason BAD_RANGE if there is no day on which it is sold.
inline void CheckProduct(const Product& product, base::Violations* violations) {
  if (product.start_date && product.end_date && *product.end_date <= *product.start_date) {
    violations->Add("end_date", "BAD_RANGE", "must be after start_date");
  }
}

}  // namespace salesops::pipeline::domain
