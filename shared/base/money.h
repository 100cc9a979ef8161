#pragma once

// An amount in a currency (ISO 4217). Amounts of different currencies never add.
//
// Thread-safety: a value.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/base/decimal.h"

namespace salesops::base {

struct Money {
  std::string currency;  // ISO 4217 alphabetic code, such as "CNY"
  Decimal amount;        // at most the currency's minor digits after the point

  friend bool operator==(const Money&, const Money&) = default;
};

// Digits after the point of the currency's minor unit (ISO 4217 list one: CNY 2, JPY 0, BHD 3);
// nullopt for a code that is not an active currency.
std::optional<int> MinorDigits(absl::string_view currency);

// INVALID_ARGUMENT if the currency is unknown or the amount has digits below the minor unit.
absl::StatusOr<Money> MakeMoney(absl::string_view currency, const Decimal& amount);

// Splits `total` by `weights` (each >= 0, sum > 0) into parts with the currency's minor unit that
// sum to the total exactly: largest remainder (Hamilton), ties to the earlier index. The parts of a
// negative total are those of its opposite, negated. Requires a total without digits below `scale`.
std::vector<Decimal> SplitByLargestRemainder(const Decimal& total, int scale,
                                             const std::vector<Decimal>& weights);

}  // namespace salesops::base
