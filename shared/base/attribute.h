#pragma once

// Two shapes that many resources share: a key in another system, and a typed custom value.
//
// Thread-safety: values.

#include <compare>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/money.h"

namespace salesops::base {

struct ExternalKey {
  std::string source;  // the system, such as "erp"
  std::string key;     // unique within source and collection
  friend auto operator<=>(const ExternalKey&, const ExternalKey&) = default;
};

using AttributeValue = std::variant<std::string, Decimal, Money, CivilDay, bool>;
using Attributes = std::map<std::string, AttributeValue>;

}  // namespace salesops::base
