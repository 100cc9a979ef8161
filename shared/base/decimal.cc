#include "shared/base/decimal.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace salesops::base {
namespace {

using Wide = boost::multiprecision::int512_t;  // holds any product of two decimals and 10^36
using Unsigned = unsigned __int128;

constexpr int kPowers = Decimal::kMaxDigits + 1;

struct PowerTable {
  __int128 value[kPowers];
};

constexpr PowerTable MakePowerTable() {
  PowerTable table{};
  table.value[0] = 1;
  for (int i = 1; i < kPowers; ++i) table.value[i] = table.value[i - 1] * 10;
  return table;
}

constexpr PowerTable kPower10 = MakePowerTable();
constexpr __int128 kLimit = kPower10.value[Decimal::kMaxDigits];  // the first value too large

__int128 Power10(int exponent) { return kPower10.value[exponent]; }

bool Fits(__int128 unscaled) { return -kLimit < unscaled && unscaled < kLimit; }

Unsigned Magnitude(__int128 value) {
  return value < 0 ? -static_cast<Unsigned>(value) : static_cast<Unsigned>(value);
}

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "Decimal: %s\n", what);
  std::abort();
}

Decimal OrDie(absl::StatusOr<Decimal> value) {
  if (!value.ok()) Die(value.status().ToString().c_str());
  return *std::move(value);
}

absl::Status TooLarge() {
  return absl::OutOfRangeError(absl::StrCat("a decimal holds at most ", Decimal::kMaxDigits,
                                            " digits, ", Decimal::kMaxScale,
                                            " of them after the point"));
}

// unscaled × 10^-scale, giving up trailing zeros only where it does not fit otherwise.
absl::StatusOr<Decimal> FromWide(Wide unscaled, int scale) {
  const Wide limit(kLimit);
  while (scale > Decimal::kMaxScale || unscaled >= limit || unscaled <= -limit) {
    if (scale == 0 || unscaled % 10 != 0) return TooLarge();
    unscaled /= 10;
    --scale;
  }
  return Decimal::FromUnscaled(static_cast<__int128>(unscaled), scale);
}

// unscaled × 10^digits in *out; false if that has more than kMaxDigits digits.
bool ScaleUp(__int128 unscaled, int digits, __int128* out) {
  return !__builtin_mul_overflow(unscaled, Power10(digits), out) && Fits(*out);
}

// Whether a quotient cut towards zero moves one away from zero. `half` compares twice the
// remainder with the divisor.
bool RoundsAway(Rounding rounding, bool negative, bool has_remainder, std::strong_ordering half,
                bool quotient_is_odd) {
  if (!has_remainder) return false;
  switch (rounding) {
    case Rounding::kHalfAwayFromZero:
      return half >= 0;
    case Rounding::kHalfEven:
      return half > 0 || (half == 0 && quotient_is_odd);
    case Rounding::kDown:
      return false;
    case Rounding::kFloor:
      return negative;
    case Rounding::kCeiling:
      return !negative;
  }
  Die("unknown rounding");
}

// numerator / denominator rounded to an integer.
__int128 DivideNarrow(__int128 numerator, __int128 denominator, Rounding rounding) {
  const bool negative = (numerator < 0) != (denominator < 0);
  const Unsigned n = Magnitude(numerator);
  const Unsigned d = Magnitude(denominator);
  Unsigned quotient = n / d;
  const Unsigned remainder = n % d;
  // 2 × remainder < 2 × 10^38 fits the unsigned type.
  if (RoundsAway(rounding, negative, remainder != 0, 2 * remainder <=> d, quotient % 2 == 1)) {
    ++quotient;
  }
  const auto result = static_cast<__int128>(quotient);
  return negative ? -result : result;
}

Wide DivideWide(const Wide& numerator, const Wide& denominator, Rounding rounding) {
  const bool negative = (numerator < 0) != (denominator < 0);
  const Wide n = abs(numerator);
  const Wide d = abs(denominator);
  Wide quotient = n / d;
  const Wide twice = (n % d) * 2;
  const auto half = twice < d    ? std::strong_ordering::less
                    : twice == d ? std::strong_ordering::equal
                                 : std::strong_ordering::greater;
  if (RoundsAway(rounding, negative, twice != 0, half, quotient % 2 == 1)) ++quotient;
  return negative ? Wide(-quotient) : quotient;
}

// What the text of a decimal says: ±mantissa × 10^-scale, the mantissa without trailing zeros, and
// how many digits were written after the point once the exponent is applied.
struct Written {
  bool negative = false;
  Unsigned mantissa = 0;
  int digits = 0;  // of the mantissa
  int64_t scale = 0;
  int64_t written_scale = 0;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads the digits at the front of *text, a point among them or not.
class MantissaReader {
 public:
  // False if there are more significant digits than fit.
  bool Add(char digit, bool after_point) {
    if (after_point) ++written_scale_;
    if (digit == '0') {
      if (mantissa_ != 0) ++pending_zeros_;
      return true;
    }
    const int64_t digits = digits_ + pending_zeros_ + 1;
    if (digits > Decimal::kMaxDigits) return false;
    mantissa_ = mantissa_ * static_cast<Unsigned>(Power10(static_cast<int>(pending_zeros_) + 1)) +
                static_cast<Unsigned>(digit - '0');
    digits_ = static_cast<int>(digits);
    pending_zeros_ = 0;
    return true;
  }

  Written Finish(bool negative, int64_t exponent) const {
    const int64_t own_scale = written_scale_ - pending_zeros_;
    return {negative, mantissa_, digits_, own_scale - exponent, written_scale_ - exponent};
  }

 private:
  Unsigned mantissa_ = 0;
  int digits_ = 0;
  int64_t pending_zeros_ = 0;  // zeros read that a later digit may make significant
  int64_t written_scale_ = 0;
};

absl::StatusOr<Written> ReadDecimal(absl::string_view text) {
  const auto malformed = [&] {
    return absl::InvalidArgumentError(
        "not a decimal number: expected digits such as 12, -0.50 or 1.5e3");
  };
  size_t i = 0;
  const auto at = [&](size_t k) { return k < text.size() ? text[k] : '\0'; };
  const bool negative = at(i) == '-';
  if (at(i) == '-' || at(i) == '+') ++i;
  MantissaReader mantissa;
  bool fits = true;
  if (!IsDigit(at(i))) return malformed();
  for (; IsDigit(at(i)); ++i) fits = mantissa.Add(at(i), false) && fits;
  if (at(i) == '.') {
    ++i;
    if (!IsDigit(at(i))) return malformed();
    for (; IsDigit(at(i)); ++i) fits = mantissa.Add(at(i), true) && fits;
  }
  int64_t exponent = 0;
  if (at(i) == 'e' || at(i) == 'E') {
    ++i;
    const bool exponent_negative = at(i) == '-';
    if (at(i) == '-' || at(i) == '+') ++i;
    if (!IsDigit(at(i))) return malformed();
    constexpr int64_t kFarOutOfRange = 1'000'000'000;
    for (; IsDigit(at(i)); ++i) exponent = std::min(exponent * 10 + (at(i) - '0'), kFarOutOfRange);
    if (exponent_negative) exponent = -exponent;
  }
  if (i != text.size()) return malformed();
  if (!fits) return TooLarge();
  return mantissa.Finish(negative, exponent);
}

std::string Digits(Unsigned value) {
  char buffer[40];
  char* const end = buffer + sizeof buffer;
  char* p = end;
  do {
    *--p = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  return std::string(p, end);
}

}  // namespace

Decimal Decimal::FromUnscaled(__int128 unscaled, int scale) {
  if (scale < 0 || scale > kMaxScale) Die("scale out of range");
  if (!Fits(unscaled)) Die("too many digits");
  Decimal d;
  d.unscaled_ = unscaled;
  d.scale_ = static_cast<int8_t>(scale);
  return d;
}

absl::StatusOr<Decimal> Decimal::Parse(absl::string_view text) {
  absl::StatusOr<Written> read = ReadDecimal(text);
  if (!read.ok()) return read.status();
  const Written& w = *read;
  if (w.mantissa == 0) {
    return FromUnscaled(0, static_cast<int>(std::clamp<int64_t>(w.written_scale, 0, kMaxScale)));
  }
  const int64_t least_scale = std::max<int64_t>(w.scale, 0);
  const int64_t most_scale = std::min<int64_t>(kMaxScale, kMaxDigits - w.digits + w.scale);
  if (least_scale > most_scale) return TooLarge();
  const int64_t scale = std::clamp(w.written_scale, least_scale, most_scale);
  const auto magnitude =
      static_cast<__int128>(w.mantissa) * Power10(static_cast<int>(scale - w.scale));
  return FromUnscaled(w.negative ? -magnitude : magnitude, static_cast<int>(scale));
}

std::string Decimal::ToString() const {
  std::string digits = Digits(Magnitude(unscaled_));
  if (scale_ > 0) {
    const auto places = static_cast<size_t>(scale());
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  return is_negative() ? absl::StrCat("-", digits) : digits;
}

std::string Decimal::ToCanonicalString() const {
  Decimal shortest = *this;
  while (shortest.scale_ > 0 && shortest.unscaled_ % 10 == 0) {
    shortest.unscaled_ /= 10;
    --shortest.scale_;
  }
  return shortest.ToString();
}

absl::StatusOr<Decimal> Decimal::CheckedRound(int scale, Rounding rounding) const {
  if (scale < 0 || scale > kMaxScale) Die("scale out of range");
  __int128 result = 0;
  if (scale >= scale_) {
    if (!ScaleUp(unscaled_, scale - scale_, &result)) return TooLarge();
  } else {
    result = DivideNarrow(unscaled_, Power10(scale_ - scale), rounding);
  }
  return FromUnscaled(result, scale);
}

Decimal Decimal::Round(int scale, Rounding rounding) const {
  return OrDie(CheckedRound(scale, rounding));
}

absl::StatusOr<Decimal> Decimal::CheckedDivide(const Decimal& divisor, int scale,
                                               Rounding rounding) const {
  if (scale < 0 || scale > kMaxScale) Die("scale out of range");
  if (divisor.is_zero()) return absl::InvalidArgumentError("division by zero");
  // a·10^-s / (b·10^-t) in units of 10^-scale is a·10^(scale+t-s) / b.
  const int shift = scale + divisor.scale_ - scale_;
  __int128 numerator = 0;
  if (shift >= 0 && ScaleUp(unscaled_, shift, &numerator)) {
    return FromUnscaled(DivideNarrow(numerator, divisor.unscaled_, rounding), scale);
  }
  const Wide n = Wide(unscaled_) * Wide(Power10(std::max(shift, 0)));
  const Wide d = Wide(divisor.unscaled_) * Wide(Power10(std::max(-shift, 0)));
  const Wide quotient = DivideWide(n, d, rounding);
  if (abs(quotient) >= Wide(kLimit)) return TooLarge();
  return FromUnscaled(static_cast<__int128>(quotient), scale);
}

Decimal Decimal::Divide(const Decimal& divisor, int scale, Rounding rounding) const {
  return OrDie(CheckedDivide(divisor, scale, rounding));
}

absl::StatusOr<Decimal> Decimal::CheckedAdd(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale(), b.scale());
  __int128 x = 0;
  __int128 y = 0;
  if (ScaleUp(a.unscaled_, scale - a.scale_, &x) && ScaleUp(b.unscaled_, scale - b.scale_, &y)) {
    // Each is below 10^38, but their sum may pass the type's 1.7 × 10^38.
    __int128 sum = 0;
    if (!__builtin_add_overflow(x, y, &sum) && Fits(sum)) return FromUnscaled(sum, scale);
  }
  return FromWide(Wide(a.unscaled_) * Wide(Power10(scale - a.scale_)) +
                      Wide(b.unscaled_) * Wide(Power10(scale - b.scale_)),
                  scale);
}

absl::StatusOr<Decimal> Decimal::CheckedMultiply(const Decimal& a, const Decimal& b) {
  const int scale = a.scale_ + b.scale_;
  __int128 product = 0;
  if (scale <= kMaxScale && !__builtin_mul_overflow(a.unscaled_, b.unscaled_, &product) &&
      Fits(product)) {
    return FromUnscaled(product, scale);
  }
  return FromWide(Wide(a.unscaled_) * Wide(b.unscaled_), scale);
}

Decimal operator+(const Decimal& a, const Decimal& b) { return OrDie(Decimal::CheckedAdd(a, b)); }

Decimal operator-(const Decimal& a, const Decimal& b) { return OrDie(Decimal::CheckedAdd(a, -b)); }

Decimal operator*(const Decimal& a, const Decimal& b) {
  return OrDie(Decimal::CheckedMultiply(a, b));
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.scale_ == b.scale_) return a.unscaled_ <=> b.unscaled_;
  const int scale = std::max(a.scale(), b.scale());
  __int128 x = 0;
  __int128 y = 0;
  if (ScaleUp(a.unscaled_, scale - a.scale_, &x) && ScaleUp(b.unscaled_, scale - b.scale_, &y)) {
    return x <=> y;
  }
  const Wide wx = Wide(a.unscaled_) * Wide(Power10(scale - a.scale_));
  const Wide wy = Wide(b.unscaled_) * Wide(Power10(scale - b.scale_));
  if (wx < wy) return std::strong_ordering::less;
  return wx == wy ? std::strong_ordering::equal : std::strong_ordering::greater;
}

}  // namespace salesops::base
