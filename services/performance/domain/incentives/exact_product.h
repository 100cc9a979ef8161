#pragma once

// Products on the way to an amount of money, which is rounded once, at the end.
//
// Thread-safety: pure functions.

#include <optional>

#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// a × b: exact where it has at most 18 digits after the point, else cut there so that rounding it
// half away from zero to fewer digits gives what rounding the exact product gives: ROUND_05UP of
// the General Decimal Arithmetic Specification (M. Cowlishaw). nullopt = more than 38 digits.
std::optional<base::Decimal> ProductOf(const base::Decimal& a, const base::Decimal& b);

// Whether |value| is 10^15 or more: more than the suite stores of an amount, DECIMAL(19,4). What is
// below adds a hundred thousand times without leaving the range of a decimal.
bool IsOutOfRange(const base::Decimal& value);

}  // namespace salesops::performance::domain
