#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/measures.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;
using testing::ElementsAre;
using testing::IsEmpty;

const DayRange kQuarter{CivilDay(2026, 1, 1), CivilDay(2026, 4, 1)};

Decimal D(const char* text) { return Decimal::Parse(text).value(); }

void Sell(CalculationInput& input, const std::string& payee, const Decimal& amount) {
  input.members.push_back({payee, {kQuarter}});
  Credit credit;
  credit.payee = payee;
  credit.fact = absl::StrCat("transactions/", input.credits.size());
  credit.line = "1";
  credit.kind = FactKind::kBooking;
  credit.date = CivilDay(2026, 2, 1);
  credit.currency = input.plan.currency;
  credit.amount = amount;
  input.credits.push_back(credit);
}

CalculationInput Input(const char* currency = "CNY") {
  CalculationInput input;
  input.period = kQuarter;
  input.plan.currency = currency;
  input.plan.rate_date = RateDate::kFactDate;
  return input;
}

Contest Awards(std::vector<Decimal> awards, TieRule ties) {
  Contest contest;
  contest.measure = {Measure::kBookings};
  contest.awards = std::move(awards);
  contest.ties = ties;
  return contest;
}

std::vector<Earned> Earn(const CalculationInput& input, const Contest& contest) {
  base::Violations violations;
  const Measures measures(input, &violations);
  const std::vector<Earned> earned = EarnContest(input, measures, contest, &violations);
  EXPECT_TRUE(violations.empty());
  return earned;
}

std::vector<std::string> Shown(const std::vector<Earned>& earned) {
  std::vector<std::string> shown;
  for (const Earned& leaf : earned) {
    shown.push_back(absl::StrCat(leaf.payee, " ", leaf.unrounded.ToCanonicalString()));
  }
  return shown;
}

TEST(EarnContest, PlacesByTheMeasure) {
  CalculationInput input = Input();
  Sell(input, "a", D("100"));
  Sell(input, "b", D("300"));
  Sell(input, "c", D("200"));
  const auto earned = Earn(input, Awards({D("1000"), D("500")}, TieRule::kShareAwards));
  EXPECT_THAT(Shown(earned), ElementsAre("b 1000", "c 500"));
  EXPECT_EQ(earned[0].base, D("300"));
  EXPECT_EQ(earned[1].note, "place 2 of 3");
  EXPECT_EQ(earned[0].fact, "");
}

// Two at the top take places 1 and 2: (1000 + 500) / 2 each, or 1000 each; the next is third.
TEST(EarnContest, TiesShareOrAllGetTheBest) {
  CalculationInput input = Input();
  Sell(input, "a", D("300"));
  Sell(input, "b", D("300.00"));
  Sell(input, "c", D("200"));
  const std::vector<Decimal> awards = {D("1000"), D("500"), D("100")};
  EXPECT_THAT(Shown(Earn(input, Awards(awards, TieRule::kShareAwards))),
              ElementsAre("a 750", "b 750", "c 100"));
  EXPECT_THAT(Shown(Earn(input, Awards(awards, TieRule::kAllGetBest))),
              ElementsAre("a 1000", "b 1000", "c 100"));
}

// Three tie for the last award of 100: 33.34 + 33.33 + 33.33, the cent left goes by name; in JPY
// 34 + 33 + 33.
TEST(EarnContest, SharedAwardsSumToTheAwards) {
  for (const auto& [currency, expected] :
       {std::pair("CNY", std::vector<std::string>{"a 33.34", "b 33.33", "c 33.33", "z 500"}),
        std::pair("JPY", std::vector<std::string>{"a 34", "b 33", "c 33", "z 500"})}) {
    CalculationInput input = Input(currency);
    for (const char* payee : {"c", "b", "a"}) Sell(input, payee, D("10"));
    Sell(input, "z", D("11"));
    const auto earned = Earn(input, Awards({D("500"), D("100")}, TieRule::kShareAwards));
    EXPECT_EQ(Shown(earned), expected);
    EXPECT_EQ(earned[0].note, "places 2 to 4 of 4, their awards shared");
  }
}

TEST(EarnContest, WhoSoldNothingOrLessThanTheMinimumTakesNoPart) {
  CalculationInput input = Input();
  Sell(input, "a", D("0"));
  Sell(input, "b", D("-5"));
  Sell(input, "c", D("100"));
  Sell(input, "d", D("99.99"));
  Contest contest = Awards({D("50"), D("40"), D("30")}, TieRule::kAllGetBest);
  EXPECT_THAT(Shown(Earn(input, contest)), ElementsAre("c 50", "d 40"));
  contest.minimum = D("100");
  EXPECT_THAT(Shown(Earn(input, contest)), ElementsAre("c 50"));
  contest.minimum = D("-5");
  EXPECT_THAT(Shown(Earn(input, contest)), ElementsAre("a 30", "c 50", "d 40"));
  contest.minimum = D("101");
  EXPECT_THAT(Earn(input, contest), IsEmpty());
}

TEST(EarnContest, WithoutAnImportedValueOneTakesNoPart) {
  CalculationInput input = Input();
  Sell(input, "a", D("1"));
  Sell(input, "b", D("1"));
  input.values.push_back({"b", "customer_satisfaction", kQuarter, D("30")});
  Contest contest = Awards({D("50"), D("40")}, TieRule::kShareAwards);
  contest.measure = {Measure::kImported, "customer_satisfaction"};
  EXPECT_THAT(Shown(Earn(input, contest)), ElementsAre("b 50"));
}

// --- Laws ---

CalculationInput AnyInput(const std::string& currency) {
  CalculationInput input = Input(currency.c_str());
  const int sellers = *rc::gen::inRange(1, 8);
  for (int i = 0; i < sellers; ++i) {
    Sell(input, absl::StrCat("sellers/", i), Decimal::FromInt(*rc::gen::inRange(-1, 4)));
  }
  return input;
}

RC_GTEST_PROP(ContestProperty, SharedAwardsAreThoseOfThePlacesTaken, ()) {
  const std::string currency = *rc::gen::element<std::string>("JPY", "CNY", "BHD");
  const CalculationInput input = AnyInput(currency);
  const int digits = *base::MinorDigits(currency);
  std::vector<Decimal> awards;
  for (int i = *rc::gen::inRange(1, 5); i > 0; --i) {
    awards.push_back(Decimal::FromUnscaled(*rc::gen::inRange(0, 1000), digits));
  }
  std::sort(awards.rbegin(), awards.rend());
  Decimal sum;
  for (const Earned& leaf : Earn(input, Awards(awards, TieRule::kShareAwards))) {
    sum += leaf.unrounded;
    RC_ASSERT(base::MakeMoney(currency, leaf.unrounded).ok());
  }
  const auto taking_part = static_cast<size_t>(
      std::count_if(input.credits.begin(), input.credits.end(),
                    [](const Credit& credit) { return Decimal() < credit.amount; }));
  Decimal expected;
  for (size_t i = 0; i < std::min(taking_part, awards.size()); ++i) expected += awards[i];
  RC_ASSERT(sum == expected);
}

RC_GTEST_PROP(ContestProperty, OrderChangesNothing, ()) {
  CalculationInput input = AnyInput("CNY");
  const Contest contest = Awards({D("100"), D("50.01"), D("0.01")},
                                 *rc::gen::element(TieRule::kShareAwards, TieRule::kAllGetBest));
  const std::vector<Earned> expected = Earn(input, contest);
  std::minstd_rand random(*rc::gen::arbitrary<unsigned>());
  for (int i = 0; i < 30; ++i) {
    std::shuffle(input.members.begin(), input.members.end(), random);
    std::shuffle(input.credits.begin(), input.credits.end(), random);
    RC_ASSERT(Earn(input, contest) == expected);
  }
}

}  // namespace
}  // namespace salesops::performance::domain
