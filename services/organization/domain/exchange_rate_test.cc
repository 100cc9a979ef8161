#include "services/organization/domain/exchange_rate.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "shared/status/status.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using base::Money;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const CivilDay kDay(2026, 3, 2);

Decimal D(const std::string& text) { return Decimal::Parse(text).value(); }

ExchangeRate Rate(const std::string& from, const std::string& to, const std::string& rate,
                  CivilDay day = kDay, RateKind kind = RateKind::kSpot) {
  ExchangeRate record;
  record.from_currency = from;
  record.to_currency = to;
  record.rate = D(rate);
  record.rate_date = day;
  record.kind = kind;
  return record;
}

RateRule Rule(int max_age_days = 0, const std::string& cross = "") {
  RateRule rule;
  rule.kind = RateKind::kSpot;
  rule.date = kDay;
  rule.max_age_days = max_age_days;
  rule.cross_currency = cross;
  return rule;
}

// "7.1 inverse" for each step; "none" if there is no way.
std::vector<std::string> StepsOf(const RateRule& rule, const CurrencyPair& wanted,
                                 const std::vector<ExchangeRate>& rates) {
  const auto steps = FindSteps(rule, wanted, rates);
  if (!steps) return {"none"};
  std::vector<std::string> texts;
  for (const ConversionStep& step : *steps) {
    texts.push_back(step.rate.rate.ToCanonicalString() + (step.inverse ? " inverse" : ""));
  }
  return texts;
}

TEST(FindSteps, TakesTheRateOfTheDay) {
  const std::vector<ExchangeRate> rates = {Rate("USD", "CNY", "7.1"),
                                           Rate("USD", "CNY", "7.2", kDay - 1),
                                           Rate("USD", "CNY", "7.3", kDay + 1)};
  EXPECT_THAT(StepsOf(Rule(), {"USD", "CNY"}, rates), ElementsAre("7.1"));
  EXPECT_THAT(StepsOf(Rule(5), {"USD", "CNY"}, rates), ElementsAre("7.1"));
}

TEST(FindSteps, TakesTheLatestThatIsNotTooOld) {
  const std::vector<ExchangeRate> rates = {Rate("USD", "CNY", "7.3", kDay - 4),
                                           Rate("USD", "CNY", "7.2", kDay - 3)};
  EXPECT_THAT(StepsOf(Rule(3), {"USD", "CNY"}, rates), ElementsAre("7.2"));
  EXPECT_THAT(StepsOf(Rule(2), {"USD", "CNY"}, rates), ElementsAre("none"));
}

TEST(FindSteps, TakesRatesOfItsKindOnly) {
  EXPECT_THAT(StepsOf(Rule(), {"USD", "CNY"}, {Rate("USD", "CNY", "7.1", kDay, RateKind::kBudget)}),
              ElementsAre("none"));
}

TEST(FindSteps, TakesTheInverseIfThereIsNoDirectOne) {
  const std::vector<ExchangeRate> rates = {Rate("CNY", "USD", "0.14")};
  EXPECT_THAT(StepsOf(Rule(), {"USD", "CNY"}, rates), ElementsAre("0.14 inverse"));
  RateRule direct = Rule();
  direct.direct_only = true;
  EXPECT_THAT(StepsOf(direct, {"USD", "CNY"}, rates), ElementsAre("none"));
  // A direct one goes first even if it is older.
  EXPECT_THAT(StepsOf(Rule(1), {"USD", "CNY"},
                      {Rate("CNY", "USD", "0.14"), Rate("USD", "CNY", "7.2", kDay - 1)}),
              ElementsAre("7.2"));
}

TEST(FindSteps, GoesThroughTheCrossCurrencyLast) {
  const std::vector<ExchangeRate> rates = {Rate("USD", "JPY", "150"), Rate("USD", "CNY", "7.1")};
  EXPECT_THAT(StepsOf(Rule(), {"JPY", "CNY"}, rates), ElementsAre("none"));
  EXPECT_THAT(StepsOf(Rule(0, "USD"), {"JPY", "CNY"}, rates), ElementsAre("150 inverse", "7.1"));
  EXPECT_THAT(StepsOf(Rule(0, "EUR"), {"JPY", "CNY"}, rates), ElementsAre("none"));
  EXPECT_THAT(StepsOf(Rule(0, "JPY"), {"JPY", "CNY"}, rates), ElementsAre("none"));
  EXPECT_THAT(StepsOf(Rule(), {"CNY", "CNY"}, rates), IsEmpty());
}

TEST(DescribeSearch, NamesPairsAndDays) {
  EXPECT_EQ(DescribeSearch(Rule(), {"JPY", "CNY"}), "JPY to CNY, CNY to JPY of 2026-03-02");
  RateRule rule = Rule(7, "USD");
  rule.direct_only = true;
  EXPECT_EQ(DescribeSearch(rule, {"JPY", "CNY"}),
            "JPY to CNY, JPY to USD, USD to CNY from 2026-02-23 to 2026-03-02");
}

TEST(Convert, RoundsOnceHalfAwayFromZero) {
  const auto converted = Convert({"USD", D("100.10")}, "CNY", {{Rate("USD", "CNY", "7.1055")}});
  ASSERT_TRUE(converted.ok());
  EXPECT_EQ(converted->converted, (Money{"CNY", D("711.26")}));  // 711.26055
  EXPECT_EQ(converted->unrounded.ToCanonicalString(), "711.26055");
  EXPECT_EQ(converted->rate.ToCanonicalString(), "7.1055");
  const std::vector<ConversionStep> half = {{Rate("USD", "JPY", "0.5")}};
  EXPECT_EQ(Convert({"USD", D("1")}, "JPY", half)->converted.amount, D("1"));
  EXPECT_EQ(Convert({"USD", D("-1")}, "JPY", half)->converted.amount, D("-1"));
  EXPECT_EQ(Convert({"USD", D("0.99")}, "JPY", half)->converted.amount, D("0"));
}

TEST(Convert, DividesByInverseRatesWithoutRoundingBetween) {
  // 1/3 rounded to 12 digits would give 333,333,333,333.00 for the first and lose a cent for the
  // second.
  const std::vector<ConversionStep> third = {{Rate("CNY", "USD", "3"), true}};
  EXPECT_EQ(Convert({"USD", D("1000000000000")}, "CNY", third)->converted.amount,
            D("333333333333.33"));
  const std::vector<ConversionStep> there_and_back = {{Rate("CNY", "USD", "3"), true},
                                                      {Rate("CNY", "USD", "3")}};
  EXPECT_EQ(Convert({"USD", D("999999999999.99")}, "USD", there_and_back)->converted.amount,
            D("999999999999.99"));
  EXPECT_EQ(Convert({"USD", D("1")}, "CNY", third)->rate.ToString(), "0.333333333333");
}

TEST(Convert, HasTheDigitsOfTheCurrency) {
  EXPECT_EQ(Convert({"USD", D("1")}, "KWD", {{Rate("USD", "KWD", "0.30755")}})
                ->converted.amount.ToString(),
            "0.308");
  EXPECT_EQ(
      Convert({"USD", D("1")}, "JPY", {{Rate("USD", "JPY", "149.5")}})->converted.amount.ToString(),
      "150");
}

TEST(Convert, RefusesWhatDoesNotFit) {
  const auto refused =
      Convert({"USD", D("9000000000000000000")}, "CNY", {{Rate("USD", "CNY", "999999999999")}});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(status::Reason(refused.status()), "AMOUNT_TOO_LARGE");
}

TEST(CheckExchangeRate, WantsTwoCurrenciesInUse) {
  const auto violations = [](const ExchangeRate& rate) {
    base::Violations found;
    CheckExchangeRate(rate, &found);
    return found.list();
  };
  EXPECT_THAT(violations(Rate("USD", "CNY", "7")), IsEmpty());
  EXPECT_THAT(violations(Rate("USD", "USD", "1")), SizeIs(1));
  EXPECT_THAT(violations(Rate("DEM", "RMB", "1")), SizeIs(2));
}

// ---- laws

ExchangeRate AnyRate() {
  const std::string digits = std::to_string(*rc::gen::inRange<int64_t>(1, 1'000'000'000'000));
  return Rate("USD", "CNY", digits + "e-" + std::to_string(*rc::gen::inRange(0, 13)));
}
Money AnyAmount(const std::string& currency) {
  return {currency, Decimal::FromUnscaled(
                        *rc::gen::inRange<int64_t>(-1'000'000'000'000, 1'000'000'000'000), 2)};
}

RC_GTEST_PROP(ConvertProperty, TheOppositeOfAnAmountIsWorthTheOpposite, ()) {
  const std::vector<ConversionStep> steps = {{AnyRate(), *rc::gen::arbitrary<bool>()}};
  const Money amount = AnyAmount("USD");
  const auto there = Convert(amount, "CNY", steps);
  const auto opposite = Convert({"USD", -amount.amount}, "CNY", steps);
  RC_ASSERT(there.ok() == opposite.ok());
  if (there.ok()) RC_ASSERT(there->converted.amount == -opposite->converted.amount);
}

RC_GTEST_PROP(ConvertProperty, ThereAndBackIsTheSame, ()) {
  const ExchangeRate rate = AnyRate();
  const Money amount = AnyAmount("USD");
  const auto back = Convert(amount, "USD", {{rate, false}, {rate, true}});
  RC_ASSERT(back.ok());
  RC_ASSERT(back->converted == amount);
  RC_ASSERT(back->rate == Decimal::FromInt(1));
}

RC_GTEST_PROP(ConvertProperty, RoundingIsWithinHalfAMinorUnit, ()) {
  const auto converted =
      Convert(AnyAmount("USD"), "CNY", {{AnyRate(), *rc::gen::arbitrary<bool>()}});
  RC_PRE(converted.ok());
  const Decimal off = converted->converted.amount - converted->unrounded;
  RC_ASSERT(off <= D("0.005"));
  RC_ASSERT(off >= D("-0.005"));
}

RC_GTEST_PROP(ConvertProperty, AgreesWithDecimalArithmetic, ()) {
  const ExchangeRate rate = AnyRate();
  const Money amount = AnyAmount("USD");
  const auto converted = Convert(amount, "CNY", {{rate, false}});
  RC_PRE(converted.ok());
  RC_ASSERT(converted->converted.amount ==
            (amount.amount * rate.rate).Round(2, base::Rounding::kHalfAwayFromZero));
  const auto inverse = Convert(amount, "CNY", {{rate, true}});
  RC_PRE(inverse.ok());
  RC_ASSERT(inverse->converted.amount ==
            amount.amount.Divide(rate.rate, 2, base::Rounding::kHalfAwayFromZero));
}

RC_GTEST_PROP(FindStepsProperty, TheOrderOfTheRatesDoesNotMatter, ()) {
  std::vector<ExchangeRate> rates;
  static const std::vector<std::string> kCurrencies = {"USD", "CNY", "JPY"};
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
    const int from = *rc::gen::inRange(0, 3);
    const int to = (from + *rc::gen::inRange(1, 3)) % 3;
    // One of a pair and day, as in the table.
    rates.push_back(Rate(kCurrencies[from], kCurrencies[to], "1." + std::to_string(i), kDay - i));
  }
  std::vector<ExchangeRate> turned(rates.rbegin(), rates.rend());
  const RateRule rule = Rule(*rc::gen::inRange(0, 8), "USD");
  const CurrencyPair wanted = {"JPY", "CNY"};
  RC_ASSERT(StepsOf(rule, wanted, rates) == StepsOf(rule, wanted, turned));
  // What is found is of the pairs that are looked for, and of the days.
  const std::vector<CurrencyPair> pairs = PairsToLookFor(rule, wanted);
  if (const auto steps = FindSteps(rule, wanted, rates)) {
    for (const ConversionStep& step : *steps) {
      const CurrencyPair pair = {step.rate.from_currency, step.rate.to_currency};
      RC_ASSERT(std::find(pairs.begin(), pairs.end(), pair) != pairs.end());
      RC_ASSERT(rule.days().Contains(step.rate.rate_date));
    }
  }
}

}  // namespace
}  // namespace salesops::organization::domain
