#include "services/performance/domain/incentives/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/delta.h"
#include "services/performance/domain/incentives/small_run.h"
#include "services/performance/domain/incentives/smallest_cover.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using small_run::CommissionOf;
using small_run::D;
using small_run::Input;
using small_run::ResultOf;
using small_run::Sale;
using testing::ElementsAre;
using testing::IsEmpty;

const char* NameOf(CauseKind kind) {
  constexpr const char* kNames[] = {
      "?",           "fact added",   "fact removed",    "fact changed",
      "measure",     "rule",         "multiplier",      "cap",
      "floor",       "draw",         "component added", "component removed",
      "payee added", "payee removed"};
  return kNames[static_cast<int>(kind)];
}

// "kind subject amount", of each cause.
std::vector<std::string> Causes(const Comparison& comparison) {
  Decimal sum;
  std::vector<std::string> causes;
  for (const Cause& cause : comparison.causes) {
    Decimal changes;
    for (const Change& change : cause.changes) changes += change.after - change.before;
    EXPECT_EQ(changes, cause.amount) << cause.subject;
    sum += cause.amount;
    causes.push_back(
        absl::StrCat(NameOf(cause.kind), " ", cause.subject, " ", cause.amount.ToString()));
  }
  EXPECT_EQ(sum, comparison.difference);
  EXPECT_EQ(comparison.difference, comparison.after - comparison.before);
  return causes;
}

std::vector<std::string> Compare(const CalculationInput& before, const CalculationInput& after) {
  return Causes(ComparePayouts(ResultOf(before), ResultOf(after)));
}

const std::vector<std::pair<std::string, std::string>> kFlat = {{"0", "0.05"}};
const std::vector<std::pair<std::string, std::string>> kTiers = {{"0", "0.03"}, {"1000", "0.05"}};

Multiplier Gate() {
  Multiplier gate;
  gate.id = "satisfaction";
  gate.measure = {Measure::kImported, "customer_satisfaction"};
  gate.steps = {{D("0"), D("0.75")}, {D("30"), D("1.25")}};
  return gate;
}

MeasureValue Satisfaction(const std::string& payee, const std::string& value) {
  return {payee,
          "customer_satisfaction",
          {base::CivilDay(2026, 1, 1), base::CivilDay(2026, 4, 1)},
          D(value)};
}

TEST(ComparisonTest, EqualResultsHaveNoCause) {
  const CalculationInput input =
      Input({"sellers/1"}, {CommissionOf("c", TierMethod::kWhole, kTiers)},
            {Sale("sellers/1", "t1", "1")});
  EXPECT_THAT(Compare(input, input), IsEmpty());
}

TEST(ComparisonTest, ALateDealExplainsTheTiersItMoves) {
  // 900 at 3 % = 27. With 200 more, all of 1100 at 5 %: 45 + 10 = 55.
  CalculationInput input =
      Input({"sellers/1", "sellers/2"}, {CommissionOf("c", TierMethod::kWhole, kTiers)},
            {Sale("sellers/1", "t1", "900"), Sale("sellers/2", "t9", "2000")});
  CalculationInput late = input;
  late.credits.push_back(Sale("sellers/1", "t2", "200"));
  EXPECT_THAT(Compare(input, late), ElementsAre("fact added t2 28.00"));
  EXPECT_THAT(Compare(late, input), ElementsAre("fact removed t2 -28.00"));
}

TEST(ComparisonTest, ALateDealExplainsMultiplierAndCapAfterIt) {
  // 1000 at 5 % × 1.25 = 62.50, below the cap of 70; 2000 would be 125.
  CalculationInput input = Input({"sellers/1"}, {CommissionOf("c", TierMethod::kMarginal, kFlat)},
                                 {Sale("sellers/1", "t1", "1000")});
  input.plan.components[0].multipliers = {Gate()};
  input.plan.components[0].cap = D("70");
  input.values = {Satisfaction("sellers/1", "40")};
  CalculationInput late = input;
  late.credits.push_back(Sale("sellers/1", "t2", "1000"));
  const Comparison comparison = ComparePayouts(ResultOf(input), ResultOf(late));
  EXPECT_THAT(Causes(comparison), ElementsAre("fact added t2 7.50"));
  // The deal itself, 50; what the multiplier adds to it, 12.50; what the cap takes, 55.
  ASSERT_EQ(comparison.causes[0].changes.size(), 3u);
  EXPECT_EQ(comparison.causes[0].changes[0].after, D("50"));
  EXPECT_EQ(comparison.causes[0].changes[1].after - comparison.causes[0].changes[1].before,
            D("12.50"));
  EXPECT_EQ(comparison.causes[0].changes[2].after, D("-55"));
}

TEST(ComparisonTest, ARateExplainsEveryLineItPays) {
  CalculationInput input =
      Input({"sellers/1", "sellers/2"}, {CommissionOf("c", TierMethod::kMarginal, kFlat)},
            {Sale("sellers/1", "t1", "100"), Sale("sellers/1", "t2", "200"),
             Sale("sellers/2", "t3", "300")});
  CalculationInput changed = input;
  changed.plan.components[0].commission.rules[0].table.tiers[0].rate = D("0.06");
  EXPECT_THAT(Compare(input, changed), ElementsAre("rule c/all 6.00"));
}

TEST(ComparisonTest, ARateAndALateDealAreTwoCauses) {
  // The line of before pays a point more, 1; the new one 6 % of 50, 3.
  CalculationInput input = Input({"sellers/1"}, {CommissionOf("c", TierMethod::kMarginal, kFlat)},
                                 {Sale("sellers/1", "t1", "100")});
  CalculationInput changed = input;
  changed.plan.components[0].commission.rules[0].table.tiers[0].rate = D("0.06");
  changed.credits.push_back(Sale("sellers/1", "t2", "50"));
  EXPECT_THAT(Compare(input, changed), ElementsAre("fact added t2 3.00", "rule c/all 1.00"));
}

TEST(ComparisonTest, TiersThatBeginElsewhereAreTheRules) {
  CalculationInput input =
      Input({"sellers/1"}, {CommissionOf("c", TierMethod::kMarginal, kTiers)},
            {Sale("sellers/1", "t1", "800"), Sale("sellers/1", "t2", "700", 3)});
  CalculationInput changed = input;
  changed.plan.components[0].commission.rules[0].table.tiers[1].from = D("500");
  // 500 more at two points more.
  EXPECT_THAT(Compare(input, changed), ElementsAre("rule c/all 10.00"));
}

TEST(ComparisonTest, AnAmountThatChangedIsTheFacts) {
  CalculationInput input = Input({"sellers/1"}, {CommissionOf("c", TierMethod::kMarginal, kFlat)},
                                 {Sale("sellers/1", "t1", "100")});
  CalculationInput changed = input;
  changed.credits[0].amount = D("90");
  EXPECT_THAT(Compare(input, changed), ElementsAre("fact changed t1 -0.50"));
}

TEST(ComparisonTest, ACreditThatMovesIsOneCause) {
  CalculationInput input =
      Input({"sellers/1", "sellers/2"}, {CommissionOf("c", TierMethod::kMarginal, kFlat)},
            {Sale("sellers/1", "t1", "100"), Sale("sellers/2", "t2", "100")});
  CalculationInput changed = input;
  changed.credits[0].payee = "sellers/2";
  const Comparison comparison = ComparePayouts(ResultOf(input), ResultOf(changed));
  EXPECT_THAT(Causes(comparison), ElementsAre("fact changed t1 0.00"));
  EXPECT_EQ(comparison.causes[0].changes.size(), 2u);
}

TEST(ComparisonTest, StepsOfAMultiplierAndItsMeasureAreToldApart) {
  CalculationInput input =
      Input({"sellers/1", "sellers/2"}, {CommissionOf("c", TierMethod::kMarginal, kFlat)},
            {Sale("sellers/1", "t1", "100"), Sale("sellers/2", "t2", "200")});
  input.plan.components[0].multipliers = {Gate()};
  input.values = {Satisfaction("sellers/1", "20"), Satisfaction("sellers/2", "40")};
  CalculationInput steps = input;
  steps.plan.components[0].multipliers[0].steps[0].factor = D("0.5");
  steps.plan.components[0].multipliers[0].steps[1].factor = D("1.5");
  EXPECT_THAT(Compare(input, steps), ElementsAre("multiplier c/satisfaction 1.25"));
  CalculationInput values = input;
  values.values[0].value = D("40");
  EXPECT_THAT(Compare(input, values), ElementsAre("measure sellers/1 2.50"));
}

TEST(ComparisonTest, ACapThatIsLoweredIsItsOwnCause) {
  CalculationInput input =
      Input({"sellers/1", "sellers/2"}, {CommissionOf("c", TierMethod::kMarginal, kFlat)},
            {Sale("sellers/1", "t1", "1000"), Sale("sellers/2", "t2", "2000")});
  input.plan.components[0].cap = D("80");
  CalculationInput lower = input;
  lower.plan.components[0].cap = D("40");
  EXPECT_THAT(Compare(input, lower), ElementsAre("cap c -50.00"));
  CalculationInput guaranteed = input;
  guaranteed.plan.floor = D("60");
  EXPECT_THAT(Compare(input, guaranteed), ElementsAre("floor  10.00"));
}

TEST(ComparisonTest, AComponentOrPayeeIsOneCauseForAllOfIts) {
  CalculationInput input = Input({"sellers/1"}, {CommissionOf("c", TierMethod::kMarginal, kFlat)},
                                 {Sale("sellers/1", "t1", "100"), Sale("sellers/1", "t2", "100")});
  CalculationInput more = input;
  more.plan.components.push_back(CommissionOf("extra", TierMethod::kMarginal, {{"0", "0.01"}}));
  EXPECT_THAT(Compare(input, more), ElementsAre("component added extra 2.00"));
  EXPECT_THAT(Compare(more, input), ElementsAre("component removed extra -2.00"));
  CalculationInput joined = Input({"sellers/1", "sellers/2"}, input.plan.components,
                                  {Sale("sellers/1", "t1", "100"), Sale("sellers/1", "t2", "100"),
                                   Sale("sellers/2", "t3", "100"), Sale("sellers/2", "t4", "300")});
  EXPECT_THAT(Compare(input, joined), ElementsAre("payee added sellers/2 20.00"));
}

TEST(ComparisonTest, AQuotaThatChangesMovesABonus) {
  Component bonus;
  bonus.id = "bonus";
  bonus.kind = ComponentKind::kQuotaBonus;
  bonus.quota_bonus.measure.measure = Measure::kBookings;
  bonus.quota_bonus.target_amount = D("1000");
  bonus.quota_bonus.shape = CurveShape::kLinear;
  bonus.quota_bonus.points = {{D("0"), D("0")}, {D("2"), D("2")}};
  CalculationInput input = Input({"sellers/1", "sellers/2"}, {bonus},
                                 {Sale("sellers/1", "t1", "80"), Sale("sellers/2", "t2", "80")});
  input.quotas = {{"sellers/1", {Measure::kBookings, ""}, D("100")},
                  {"sellers/2", {Measure::kBookings, ""}, D("100")}};
  CalculationInput lower = input;
  lower.quotas[0].amount = D("80");
  EXPECT_THAT(Compare(input, lower), ElementsAre("measure sellers/1 200.00"));
  CalculationInput curve = input;
  curve.plan.components[0].quota_bonus.points[1].payout = D("3");
  EXPECT_THAT(Compare(input, curve), ElementsAre("rule bonus 800.00"));
}

TEST(ComparisonTest, LedgersWithDeltasCompareAsTheirResults) {
  const CalculationInput input =
      Input({"sellers/1"}, {CommissionOf("c", TierMethod::kWhole, kTiers)},
            {Sale("sellers/1", "t1", "900")});
  CalculationInput late = input;
  late.credits.push_back(Sale("sellers/1", "t2", "200"));
  const std::vector<Entry> before = ResultOf(input).entries;
  const std::vector<Entry> ledger = Appended(before, DeltaOf(before, ResultOf(late).entries));
  EXPECT_THAT(Causes(ComparePayouts(ledger, ResultOf(late).entries)), IsEmpty());
  EXPECT_THAT(Causes(ComparePayouts(before, ledger)), ElementsAre("fact added t2 28.00"));
}

// ------------------------------------------------------------------------------------- properties

CalculationInput AnyInput() {
  const std::vector<std::string> payees = {"sellers/1", "sellers/2", "sellers/3"};
  std::vector<Component> components = {
      CommissionOf("c", *rc::gen::element(TierMethod::kMarginal, TierMethod::kWhole),
                   {{"0", *rc::gen::element<std::string>("0.03", "0.04")},
                    {*rc::gen::element<std::string>("1000", "1200"), "0.05"}})};
  if (*rc::gen::arbitrary<bool>()) {
    components.push_back(CommissionOf("extra", TierMethod::kMarginal, {{"0", "0.01"}}));
  }
  if (*rc::gen::arbitrary<bool>()) components[0].multipliers = {Gate()};
  if (*rc::gen::arbitrary<bool>()) components[0].cap = D("60");
  std::vector<Credit> credits;
  for (int n = 0; n < 6; ++n) {
    if (*rc::gen::inRange(0, 3) == 0) continue;
    Credit credit = Sale(*rc::gen::elementOf(payees), absl::StrCat("t", n), "1");
    credit.amount = Decimal::FromUnscaled(*rc::gen::inRange(-10'000, 90'000), 2);
    credits.push_back(credit);
  }
  CalculationInput input =
      Input({payees.begin(), payees.begin() + *rc::gen::inRange(1, 4)}, components, credits);
  for (const std::string& payee : payees) {
    input.values.push_back(Satisfaction(payee, *rc::gen::element<std::string>("20", "40")));
  }
  if (*rc::gen::arbitrary<bool>()) input.plan.floor = D("20");
  if (*rc::gen::arbitrary<bool>()) {
    Draw draw;
    draw.amount = D("30");
    input.plan.draw = draw;
  }
  return input;
}

RC_GTEST_PROP(ComparisonProperty, CausesSumToTheDifference, ()) {
  const CalculationResult before = ResultOf(AnyInput()), after = ResultOf(AnyInput());
  const Comparison comparison = ComparePayouts(before, after);
  Decimal roots, sum;
  for (const Entry& e : after.entries) roots += e.parent < 0 ? e.amount : Decimal();
  for (const Entry& e : before.entries) roots -= e.parent < 0 ? e.amount : Decimal();
  for (const Cause& cause : comparison.causes) {
    RC_ASSERT(!cause.changes.empty());
    Decimal changes;
    for (const Change& change : cause.changes) changes += change.after - change.before;
    RC_ASSERT(changes == cause.amount);
    sum += cause.amount;
  }
  RC_ASSERT(sum == comparison.difference);
  RC_ASSERT(roots == comparison.difference);
  RC_ASSERT(ComparePayouts(before, before).causes.empty());
}

// Against every set of causes, by brute force.
RC_GTEST_PROP(SmallestCoverProperty, NoSmallerSetExplainsEverything, ()) {
  constexpr int kCauses = 8;
  std::vector<std::vector<int>> observations;
  for (int n = *rc::gen::inRange(0, 12); n > 0; --n) {
    std::vector<int> observation = {*rc::gen::inRange(0, kCauses)};
    for (int more = *rc::gen::inRange(0, 4); more > 0; --more) {
      observation.push_back(*rc::gen::inRange(0, kCauses));
    }
    observations.push_back(observation);
  }
  const auto explains = [&](unsigned set) {
    return std::all_of(observations.begin(), observations.end(), [&](const auto& observation) {
      return std::any_of(observation.begin(), observation.end(),
                         [&](int cause) { return (set >> cause & 1u) != 0; });
    });
  };
  int smallest = kCauses;
  for (unsigned set = 0; set < 1u << kCauses; ++set) {
    if (explains(set)) smallest = std::min(smallest, __builtin_popcount(set));
  }
  unsigned chosen = 0;
  for (const int cause : SmallestCover(observations)) chosen |= 1u << cause;
  RC_ASSERT(explains(chosen));
  RC_ASSERT(__builtin_popcount(chosen) == smallest);
}

}  // namespace
}  // namespace salesops::performance::domain
