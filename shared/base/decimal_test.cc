#include "shared/base/decimal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <string>
#include <vector>

namespace salesops::base {

inline void PrintTo(const Decimal& d, std::ostream* os) { *os << d.ToString(); }

namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

Decimal D(absl::string_view text) {
  absl::StatusOr<Decimal> d = Decimal::Parse(text);
  if (!d.ok()) ADD_FAILURE() << text << ": " << d.status();
  return d.ok() ? *d : Decimal();
}

// The oracle: rationals of unlimited size.
cpp_int Power10(int n) { return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(n)); }

cpp_rational Exact(const Decimal& d) {
  return cpp_rational(cpp_int(d.unscaled()), Power10(d.scale()));
}

cpp_int Floor(const cpp_rational& r) {
  const cpp_int n = numerator(r);
  const cpp_int d = denominator(r);
  cpp_int q = n / d;
  if (n < 0 && q * d != n) --q;
  return q;
}

cpp_int RoundExact(const cpp_rational& r, Rounding rounding) {
  const cpp_int floor = Floor(r);
  const cpp_rational fraction = r - floor;
  const cpp_rational half(1, 2);
  const bool up_at_half = rounding == Rounding::kHalfEven ? floor % 2 != 0 : r > 0;
  switch (rounding) {
    case Rounding::kFloor:
      return floor;
    case Rounding::kCeiling:
      return fraction == 0 ? floor : cpp_int(floor + 1);
    case Rounding::kDown:
      return r < 0 && fraction != 0 ? cpp_int(floor + 1) : floor;
    default:
      return fraction > half || (fraction == half && up_at_half) ? cpp_int(floor + 1) : floor;
  }
}

// Whether a decimal can hold exactly this value.
bool Representable(const cpp_rational& r) {
  const cpp_rational scaled = r * Power10(Decimal::kMaxScale);
  if (denominator(scaled) != 1) return false;
  cpp_int unscaled = abs(numerator(scaled));
  for (int zeros = 0; zeros < Decimal::kMaxScale && unscaled != 0 && unscaled % 10 == 0; ++zeros) {
    unscaled /= 10;
  }
  return unscaled < Power10(Decimal::kMaxDigits);
}

constexpr Rounding kRoundings[] = {Rounding::kHalfAwayFromZero, Rounding::kHalfEven,
                                   Rounding::kDown, Rounding::kFloor, Rounding::kCeiling};

rc::Gen<Rounding> AnyRounding() {
  return rc::gen::elementOf(std::vector<Rounding>(std::begin(kRoundings), std::end(kRoundings)));
}

rc::Gen<int> AnyScale() { return rc::gen::inRange(0, Decimal::kMaxScale + 1); }

// Every number of digits from 0 to `most` is equally likely; some end in 5 or 0, where rounding
// and trailing zeros matter.
rc::Gen<Decimal> DecimalUpTo(int most) {
  return rc::gen::exec([most] {
    const int digits = *rc::gen::inRange(0, most + 1);
    __int128 unscaled = 0;
    const int plain = std::max(0, digits - *rc::gen::inRange(0, 6));
    const int tail = *rc::gen::element(0, 5, 9);
    for (int i = 0; i < digits; ++i) {
      unscaled = unscaled * 10 + (i < plain ? *rc::gen::inRange(0, 10) : tail);
    }
    if (*rc::gen::arbitrary<bool>()) unscaled = -unscaled;
    return Decimal::FromUnscaled(unscaled, *AnyScale());
  });
}

rc::Gen<Decimal> AnyDecimal() { return DecimalUpTo(Decimal::kMaxDigits); }

TEST(DecimalTest, ParsesAndKeepsTheWrittenScale) {
  const struct {
    const char* text;
    const char* printed;
    const char* canonical;
  } kCases[] = {
      {"0", "0", "0"},
      {"-0", "0", "0"},
      {"+7", "7", "7"},
      {"12.50", "12.50", "12.5"},
      {"-0.05", "-0.05", "-0.05"},
      {"-12.00", "-12.00", "-12"},
      {"007.10", "7.10", "7.1"},
      {"1e3", "1000", "1000"},
      {"1.5e3", "1500", "1500"},
      {"1.50e1", "15.0", "15"},
      {"1.5e-3", "0.0015", "0.0015"},
      {"100e-2", "1.00", "1"},
      {"0.00", "0.00", "0"},
      {"0e999999999999999999999", "0", "0"},
      {"0.000000000000000001", "0.000000000000000001", "0.000000000000000001"},
      // 19 written digits, the last of them zero: the value fits at a smaller scale.
      {"1.0000000000000000000", "1.000000000000000000", "1"},
      {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999",
       "99999999999999999999999999999999999999"},
      {"99999999999999999999999999999999999999.0", "99999999999999999999999999999999999999",
       "99999999999999999999999999999999999999"},
      {"1e37", "10000000000000000000000000000000000000", "10000000000000000000000000000000000000"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(D(c.text).ToString(), c.printed);
    EXPECT_EQ(D(c.text).ToCanonicalString(), c.canonical);
  }
}

TEST(DecimalTest, RefusesWhatIsNotANumber) {
  for (const char* text : {"", "-", "+", ".", ".5", "5.", "1,000", " 1", "1 ", "1..2", "1e", "1e+",
                           "1e1.5", "0x10", "NaN", "inf", "--1", "1-", "１"}) {
    EXPECT_EQ(Decimal::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(Decimal::Parse(absl::string_view("1\0", 2)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(DecimalTest, RefusesWhatDoesNotFit) {
  for (const char* text :
       {"1e38", "1e-19", "100000000000000000000000000000000000000", "0.0000000000000000001",
        "1e999999999999999999999", "1e-999999999999999999999",
        "9.99999999999999999999999999999999999999", "123456789012345678901.123456789012345678"}) {
    EXPECT_EQ(Decimal::Parse(text).status().code(), absl::StatusCode::kOutOfRange) << text;
  }
}

TEST(DecimalTest, RoundsHalvesAsNamed) {
  const struct {
    const char* value;
    const char* results[5];  // in the order of kRoundings
  } kCases[] = {
      {"0.5", {"1", "0", "0", "0", "1"}},   {"-0.5", {"-1", "0", "0", "-1", "0"}},
      {"1.5", {"2", "2", "1", "1", "2"}},   {"-1.5", {"-2", "-2", "-1", "-2", "-1"}},
      {"2.5", {"3", "2", "2", "2", "3"}},   {"-2.5", {"-3", "-2", "-2", "-3", "-2"}},
      {"2.51", {"3", "3", "2", "2", "3"}},  {"-2.51", {"-3", "-3", "-2", "-3", "-2"}},
      {"2.49", {"2", "2", "2", "2", "3"}},  {"-2.49", {"-2", "-2", "-2", "-3", "-2"}},
      {"3.000", {"3", "3", "3", "3", "3"}},
  };
  for (const auto& c : kCases) {
    for (size_t i = 0; i < std::size(kRoundings); ++i) {
      EXPECT_EQ(D(c.value).Round(0, kRoundings[i]).ToString(), c.results[i])
          << c.value << " rounding " << i;
    }
  }
  EXPECT_EQ(D("1.5").Round(3, Rounding::kDown).ToString(), "1.500");
}

TEST(DecimalTest, EqualValuesAreEqualWhateverTheirScale) {
  EXPECT_EQ(D("1.50"), D("1.5"));
  EXPECT_NE(D("1.50"), D("1.51"));
  EXPECT_LT(D("-2"), D("-1.99"));
}

TEST(DecimalTest, CheckedOperationsRefuseWhatDoesNotFit) {
  const Decimal largest = D("99999999999999999999999999999999999999");
  EXPECT_EQ(Decimal::CheckedAdd(largest, D("1")).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Decimal::CheckedMultiply(largest, D("1.5")).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(largest.CheckedRound(1, Rounding::kDown).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(largest.CheckedDivide(D("0.1"), 0, Rounding::kDown).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(D("1").CheckedDivide(D("0.00"), 2, Rounding::kDown).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(DecimalDeathTest, OperatorsStopRatherThanReturnAWrongNumber) {
  const Decimal largest = D("99999999999999999999999999999999999999");
  EXPECT_DEATH((void)(largest + D("1")), "38 digits");
  EXPECT_DEATH((void)D("1").Divide(D("0"), 2, Rounding::kDown), "division by zero");
}

TEST(DecimalTest, DividesThirdsToTheAskedScale) {
  EXPECT_EQ(D("2").Divide(D("3"), 4, Rounding::kHalfAwayFromZero).ToString(), "0.6667");
  EXPECT_EQ(D("-2").Divide(D("3"), 0, Rounding::kHalfAwayFromZero).ToString(), "-1");
  EXPECT_EQ(D("10005534").Divide(D("4238"), 2, Rounding::kHalfEven).ToString(), "2360.91");
}

RC_GTEST_PROP(DecimalProperty, TextRoundTrips, ()) {
  const Decimal d = *AnyDecimal();
  const Decimal again = D(d.ToString());
  RC_ASSERT(again == d);
  RC_ASSERT(again.scale() == d.scale());
  RC_ASSERT(D(d.ToCanonicalString()) == d);
}

RC_GTEST_PROP(DecimalProperty, EqualValuesHaveOneCanonicalText, ()) {
  const Decimal d = *DecimalUpTo(20);
  const Decimal wider = d.Round(Decimal::kMaxScale, Rounding::kDown);
  RC_ASSERT(wider == d);
  RC_ASSERT(wider.ToCanonicalString() == d.ToCanonicalString());
}

RC_GTEST_PROP(DecimalProperty, AddsExactlyOrRefuses, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *AnyDecimal();
  const cpp_rational exact = Exact(a) + Exact(b);
  const absl::StatusOr<Decimal> sum = Decimal::CheckedAdd(a, b);
  RC_ASSERT(sum.ok() == Representable(exact));
  if (sum.ok()) RC_ASSERT(Exact(*sum) == exact);
}

RC_GTEST_PROP(DecimalProperty, MultipliesExactlyOrRefuses, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *AnyDecimal();
  const cpp_rational exact = Exact(a) * Exact(b);
  const absl::StatusOr<Decimal> product = Decimal::CheckedMultiply(a, b);
  RC_ASSERT(product.ok() == Representable(exact));
  if (product.ok()) RC_ASSERT(Exact(*product) == exact);
}

RC_GTEST_PROP(DecimalProperty, AmountsTimesRatesNeverLeaveTheRange, ()) {
  const Decimal amount = Decimal::FromUnscaled((*DecimalUpTo(19)).unscaled(), 4);
  const Decimal rate = Decimal::FromUnscaled((*DecimalUpTo(19)).unscaled(), 4);
  RC_ASSERT(Exact(amount * rate) == Exact(amount) * Exact(rate));
  RC_ASSERT(Exact(amount - rate) == Exact(amount) - Exact(rate));
}

RC_GTEST_PROP(DecimalProperty, RoundsAsTheOracle, ()) {
  const Decimal d = *AnyDecimal();
  const int scale = *AnyScale();
  const Rounding rounding = *AnyRounding();
  const cpp_int expected = RoundExact(Exact(d) * Power10(scale), rounding);
  const absl::StatusOr<Decimal> rounded = d.CheckedRound(scale, rounding);
  RC_ASSERT(rounded.ok() == (abs(expected) < Power10(Decimal::kMaxDigits)));
  if (!rounded.ok()) return;
  RC_ASSERT(rounded->scale() == scale);
  RC_ASSERT(cpp_int(rounded->unscaled()) == expected);
}

RC_GTEST_PROP(DecimalProperty, DividesAsTheOracle, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *rc::gen::suchThat(AnyDecimal(), [](const Decimal& d) { return !d.is_zero(); });
  const int scale = *AnyScale();
  const Rounding rounding = *AnyRounding();
  const cpp_int expected = RoundExact(Exact(a) / Exact(b) * Power10(scale), rounding);
  const absl::StatusOr<Decimal> quotient = a.CheckedDivide(b, scale, rounding);
  RC_ASSERT(quotient.ok() == (abs(expected) < Power10(Decimal::kMaxDigits)));
  if (!quotient.ok()) return;
  RC_ASSERT(quotient->scale() == scale);
  RC_ASSERT(cpp_int(quotient->unscaled()) == expected);
}

RC_GTEST_PROP(DecimalProperty, ComparesAsTheOracle, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *rc::gen::oneOf(AnyDecimal(), rc::gen::just(a));
  RC_ASSERT((a < b) == (Exact(a) < Exact(b)));
  RC_ASSERT((a == b) == (Exact(a) == Exact(b)));
  RC_ASSERT((a > b) == (Exact(a) > Exact(b)));
}

RC_GTEST_PROP(DecimalProperty, ParseNeverCrashes, (const std::string& text)) {
  (void)Decimal::Parse(text);
}

RC_GTEST_PROP(DecimalProperty, ParsesWhateverLooksLikeANumberExactlyOrRefuses, ()) {
  const std::string whole =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('0', ':')));
  const std::string fraction = *rc::gen::container<std::string>(rc::gen::inRange('0', ':'));
  const int exponent = *rc::gen::inRange(-60, 61);
  const std::string text =
      whole + (fraction.empty() ? "" : "." + fraction) + "e" + std::to_string(exponent);
  cpp_int digits = 0;
  for (char c : whole + fraction) digits = digits * 10 + (c - '0');
  const int scale = static_cast<int>(fraction.size()) - exponent;
  const cpp_rational exact =
      scale >= 0 ? cpp_rational(digits, Power10(scale)) : cpp_rational(digits * Power10(-scale));
  const absl::StatusOr<Decimal> parsed = Decimal::Parse(text);
  RC_ASSERT(parsed.ok() == Representable(exact));
  if (parsed.ok()) RC_ASSERT(Exact(*parsed) == exact);
}

}  // namespace
}  // namespace salesops::base
