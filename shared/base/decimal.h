#pragma once

// Exact decimal number: an integer times a power of ten. Money, rates, shares and quantities are
// decimals; a double never touches them.
//
//   Decimal rate = Decimal::Parse("0.125").value();
//   Decimal pay = (amount * rate).Round(2, Rounding::kHalfAwayFromZero);
//
// Range: 38 significant digits, scale (digits after the point) 0 … 18. Addition, subtraction and
// multiplication are exact; what does not fit is refused by the Checked… functions and aborts the
// process in the operators, which are for values already known to fit (a DECIMAL(19,4) and its
// sums and products are). Two decimals are equal if their values are, whatever their scale.
//
// Thread-safety: a value.

#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace salesops::base {

enum class Rounding {
  kHalfAwayFromZero,  // 四舍五入: 0.5 -> 1, -0.5 -> -1
  kHalfEven,          // banker's: 0.5 -> 0, 1.5 -> 2
  kDown,              // towards zero
  kFloor,             // towards minus infinity
  kCeiling,           // towards plus infinity
};

class Decimal {
 public:
  static constexpr int kMaxScale = 18;
  static constexpr int kMaxDigits = 38;

  constexpr Decimal() = default;
  // unscaled × 10^-scale. Requires 0 <= scale <= kMaxScale.
  static Decimal FromUnscaled(__int128 unscaled, int scale);
  static Decimal FromInt(int64_t value) { return FromUnscaled(value, 0); }
  // Accepts [+-]digits[.digits][(e|E)[+-]digits] and nothing else; keeps the written scale.
  // INVALID_ARGUMENT for anything else, OUT_OF_RANGE if it does not fit.
  static absl::StatusOr<Decimal> Parse(absl::string_view text);

  __int128 unscaled() const { return unscaled_; }
  int scale() const { return scale_; }
  bool is_zero() const { return unscaled_ == 0; }
  bool is_negative() const { return unscaled_ < 0; }

  // Plain notation with exactly scale() digits after the point, such as "-12.50".
  std::string ToString() const;
  // Without trailing zeros after the point, such as "-12.5"; equal values give equal text.
  std::string ToCanonicalString() const;

  // The value with exactly `scale` digits after the point.
  Decimal Round(int scale, Rounding rounding) const;
  // this / divisor with `scale` digits after the point. Requires divisor != 0.
  Decimal Divide(const Decimal& divisor, int scale, Rounding rounding) const;

  friend Decimal operator+(const Decimal& a, const Decimal& b);
  friend Decimal operator-(const Decimal& a, const Decimal& b);
  friend Decimal operator*(const Decimal& a, const Decimal& b);
  Decimal operator-() const { return FromUnscaled(-unscaled_, scale_); }
  Decimal& operator+=(const Decimal& b) { return *this = *this + b; }
  Decimal& operator-=(const Decimal& b) { return *this = *this - b; }

  // As the above, for values that come from outside: OUT_OF_RANGE instead of an abort, and
  // INVALID_ARGUMENT for a division by zero.
  absl::StatusOr<Decimal> CheckedRound(int scale, Rounding rounding) const;
  absl::StatusOr<Decimal> CheckedDivide(const Decimal& divisor, int scale, Rounding rounding) const;
  static absl::StatusOr<Decimal> CheckedAdd(const Decimal& a, const Decimal& b);
  static absl::StatusOr<Decimal> CheckedMultiply(const Decimal& a, const Decimal& b);

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

 private:
  __int128 unscaled_ = 0;
  int8_t scale_ = 0;
};

}  // namespace salesops::base
