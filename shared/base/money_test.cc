#include "shared/base/money.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <vector>

namespace salesops::base {

inline void PrintTo(const Decimal& d, std::ostream* os) { *os << d.ToString(); }

namespace {

using testing::ElementsAre;

Decimal D(absl::string_view text) { return Decimal::Parse(text).value(); }

TEST(MoneyTest, MinorDigitsAreThoseOfIso4217) {
  EXPECT_EQ(MinorDigits("CNY"), 2);
  EXPECT_EQ(MinorDigits("JPY"), 0);
  EXPECT_EQ(MinorDigits("BHD"), 3);
  EXPECT_EQ(MinorDigits("CLF"), 4);
  EXPECT_EQ(MinorDigits("AED"), 2);  // the first of the table
  EXPECT_EQ(MinorDigits("ZWG"), 2);  // the last
  for (const char* code : {"", "cny", "XXX", "XAU", "DEM", "AAA", "ZZZ", "CNYX", "CN"}) {
    EXPECT_EQ(MinorDigits(code), std::nullopt) << code;
  }
}

TEST(MoneyTest, KeepsTheCurrencysDigits) {
  const absl::StatusOr<Money> yuan = MakeMoney("CNY", D("12.5"));
  ASSERT_TRUE(yuan.ok());
  EXPECT_EQ(yuan->currency, "CNY");
  EXPECT_EQ(yuan->amount.ToString(), "12.50");
  EXPECT_EQ(MakeMoney("JPY", D("3.000"))->amount.ToString(), "3");
}

TEST(MoneyTest, RefusesUnknownCurrenciesAndDigitsBelowTheMinorUnit) {
  EXPECT_EQ(MakeMoney("RMB", D("1")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeMoney("JPY", D("3.5")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeMoney("CNY", D("-0.001")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeMoney("CNY", D("99999999999999999999999999999999999999")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(LargestRemainderTest, GivesTheLeftUnitsToTheLargestRemainders) {
  EXPECT_THAT(SplitByLargestRemainder(D("100.00"), 2, {D("1"), D("1"), D("1")}),
              ElementsAre(D("33.34"), D("33.33"), D("33.33")));
  EXPECT_THAT(SplitByLargestRemainder(D("10"), 0, {D("0.15"), D("0.35"), D("0.50")}),
              ElementsAre(D("2"), D("3"), D("5")));
  EXPECT_THAT(SplitByLargestRemainder(D("-0.05"), 2, {D("1"), D("0"), D("1")}),
              ElementsAre(D("-0.03"), D("0"), D("-0.02")));
}

// The example of Balinski & Young, "Fair Representation" (1982): the apportionment of 26 seats
// to states of populations 9061, 7179, 5259, 3319, 1182 by Hamilton's method.
TEST(LargestRemainderTest, AgreesWithAPublishedApportionment) {
  EXPECT_THAT(
      SplitByLargestRemainder(D("26"), 0, {D("9061"), D("7179"), D("5259"), D("3319"), D("1182")}),
      ElementsAre(D("9"), D("7"), D("5"), D("4"), D("1")));
}

RC_GTEST_PROP(LargestRemainderProperty, PartsSumToTheTotalAndStayWithinOneUnit, ()) {
  const int scale = *rc::gen::inRange(0, 5);
  const auto total_units = *rc::gen::arbitrary<int64_t>();
  const auto weights_in = *rc::gen::suchThat(
      rc::gen::nonEmpty(
          rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(0, 1'000'000'000))),
      [](const std::vector<int64_t>& w) {
        return std::accumulate(w.begin(), w.end(), int64_t{0}) > 0;
      });
  std::vector<Decimal> weights;
  Decimal sum_of_weights;
  for (int64_t w : weights_in) {
    weights.push_back(Decimal::FromUnscaled(w, *rc::gen::inRange(0, 7)));
    sum_of_weights += weights.back();
  }
  const Decimal total = Decimal::FromUnscaled(total_units, scale);
  const std::vector<Decimal> parts = SplitByLargestRemainder(total, scale, weights);

  RC_ASSERT(parts.size() == weights.size());
  Decimal sum;
  const Decimal unit = Decimal::FromUnscaled(1, scale);
  for (size_t i = 0; i < parts.size(); ++i) {
    sum += parts[i];
    if (weights[i].is_zero()) RC_ASSERT(parts[i].is_zero());
    // |part × Σw - total × w| < unit × Σw
    const Decimal difference = parts[i] * sum_of_weights - total * weights[i];
    RC_ASSERT((difference.is_negative() ? -difference : difference) < unit * sum_of_weights);
  }
  RC_ASSERT(sum == total);
}

}  // namespace
}  // namespace salesops::base
