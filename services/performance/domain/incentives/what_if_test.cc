#include "services/performance/domain/incentives/what_if.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/plan_parameter.h"
#include "services/performance/domain/incentives/small_run.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {

inline void PrintTo(const PayeeOutcome& o, std::ostream* os) {
  *os << o.payee << " " << o.before.ToString() << " -> " << o.after.ToString();
}

namespace {

using base::Decimal;
using small_run::CommissionOf;
using small_run::D;
using small_run::Input;
using small_run::Sale;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

constexpr char kSecondRate[] = "rules.components[0].commission.rules[0].table.tiers[1].rate";

// Two quarters of two sellers: 1 sells 600 and 900, 2 sells 2000 and nothing. Tiers at 3 % and,
// from 1000 on, 5 %: 18 + 27 = 45 for the one, 30 + 50 = 80 for the other.
std::vector<CalculationInput> HalfYear() {
  const auto component =
      CommissionOf("c", TierMethod::kMarginal, {{"0", "0.03"}, {"1000", "0.05"}});
  const std::vector<std::string> payees = {"sellers/1", "sellers/2"};
  CalculationInput first =
      Input(payees, {component}, {Sale("sellers/1", "t1", "600"), Sale("sellers/2", "t2", "2000")});
  CalculationInput second = Input(payees, {component}, {Sale("sellers/1", "t3", "900", 5)});
  second.period = {base::CivilDay(2026, 4, 1), base::CivilDay(2026, 7, 1)};
  for (PlanMember& member : second.members) member.days = {second.period};
  return {first, second};
}

PlanRules WithRate(const std::string& path, const std::string& rate) {
  PlanRules plan = HalfYear()[0].plan;
  **FindParameter(plan, path, "field") = D(rate);
  return plan;
}

std::string FirstViolation(const absl::Status& status) {
  const base::Violations violations = status::ViolationsOf(status);
  if (violations.empty()) return std::string(status.message());
  return absl::StrCat(violations.list()[0].field, " ", violations.list()[0].reason);
}

TEST(WhatIfTest, NamesCostWinnersAndLosers) {
  PlanRules flat = HalfYear()[0].plan;
  flat.components = {CommissionOf("c", TierMethod::kMarginal, {{"0", "0.035"}})};
  const auto result =
      RunWhatIf(HalfYear(), {{"same", HalfYear()[0].plan}, {"flat", flat}}, MeasureRef());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->baseline.cost, D("125"));
  EXPECT_EQ(result->baseline.unchanged, 2);

  const VariantOutcome& same = result->variants[0];
  EXPECT_EQ(same.difference, D("0"));
  EXPECT_THAT(same.winners, IsEmpty());
  EXPECT_THAT(same.losers, IsEmpty());

  // 3.5 % of 1500 is 52.50, of 2000 it is 70.
  const VariantOutcome& changed = result->variants[1];
  EXPECT_EQ(changed.name, "flat");
  EXPECT_EQ(changed.cost, D("122.50"));
  EXPECT_EQ(changed.difference, D("-2.50"));
  EXPECT_THAT(changed.winners, ElementsAre(PayeeOutcome{"sellers/1", D("45"), D("52.50")}));
  EXPECT_THAT(changed.losers, ElementsAre(PayeeOutcome{"sellers/2", D("80"), D("70")}));
  EXPECT_EQ(changed.unchanged, 0);
}

TEST(WhatIfTest, DecilesAreNearestRanks) {
  // Twenty payees who earn 1 … 20: the decile of rank k × 2 (nearest rank: the least amount that at
  // least k tenths of all do not exceed).
  std::vector<std::string> payees;
  std::vector<Credit> credits;
  for (int i = 1; i <= 20; ++i) {
    payees.push_back(absl::StrCat("sellers/", i));
    credits.push_back(Sale(payees.back(), absl::StrCat("t", i), absl::StrCat(i)));
  }
  const CalculationInput input =
      Input(payees, {CommissionOf("c", TierMethod::kMarginal, {{"0", "1"}})}, credits);
  const auto result = RunWhatIf({input}, {}, MeasureRef());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->baseline.deciles, ElementsAre(D("1"), D("2"), D("4"), D("6"), D("8"), D("10"),
                                                    D("12"), D("14"), D("16"), D("18"), D("20")));
}

TEST(WhatIfTest, TellsWhatAQuotaCosts) {
  Component bonus;
  bonus.id = "bonus";
  bonus.kind = ComponentKind::kQuotaBonus;
  bonus.quota_bonus.measure.measure = Measure::kBookings;
  bonus.quota_bonus.target_amount = D("1000");
  bonus.quota_bonus.shape = CurveShape::kLinear;
  bonus.quota_bonus.points = {{D("0"), D("0")}, {D("2"), D("2")}};
  CalculationInput input = Input({"sellers/1", "sellers/2"}, {bonus},
                                 {Sale("sellers/1", "t1", "50"), Sale("sellers/2", "t2", "100")});
  input.quotas = {{"sellers/1", {Measure::kBookings, ""}, D("100")},
                  {"sellers/2", {Measure::kBookings, ""}, D("100")}};
  PlanRules dearer = input.plan;
  dearer.components[0].quota_bonus.target_amount = D("1200");
  const auto result = RunWhatIf({input}, {{"dearer", dearer}}, {Measure::kBookings, ""});
  ASSERT_TRUE(result.ok()) << result.status();
  // Attainments of 0.5 and 1: 1500 for 1.5 quotas, and 1800.
  EXPECT_THAT(result->baseline.attained, Optional(D("1.5")));
  EXPECT_THAT(result->baseline.cost_per_attainment, Optional(D("1000.00")));
  EXPECT_THAT(result->variants[0].cost_per_attainment, Optional(D("1200.00")));
}

TEST(WhatIfTest, DrawsAreCarriedFromPeriodToPeriod) {
  // A draw of 50 a quarter, all recovered: seller 1 earns 18 and 27 and is paid 50 twice; seller 2
  // earns 80 in the first and is topped up to 50 in the second.
  PlanRules plan = HalfYear()[0].plan;
  Draw draw;
  draw.amount = D("50");
  draw.recoverable = true;
  draw.recovery_limit = D("1");
  plan.draw = draw;
  auto result = RunWhatIf(HalfYear(), {{"draw", plan}}, MeasureRef());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->variants[0].cost, D("230"));
  // With the quarters the other way round seller 2 is advanced 50 first, and 80 less 50 leaves 30
  // of which all is kept.
  std::vector<CalculationInput> turned = HalfYear();
  std::swap(turned[0], turned[1]);
  result = RunWhatIf(turned, {{"draw", plan}}, MeasureRef());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->variants[0].cost, D("200"));
  // What the variant owed is no debt of the baseline's.
  EXPECT_EQ(result->baseline.cost, D("125"));
}

TEST(WhatIfTest, RefusesVariantsThatAreNoPlans) {
  PlanRules bad = WithRate(kSecondRate, "-1"), dollars = HalfYear()[0].plan;
  dollars.currency = "USD";
  const auto result = RunWhatIf(HalfYear(), {{"bad", bad}, {"dollars", dollars}}, MeasureRef());
  EXPECT_EQ(FirstViolation(result.status()),
            absl::StrCat("variants[0].", kSecondRate, " OUT_OF_RANGE"));
  const base::Violations violations = status::ViolationsOf(result.status());
  EXPECT_EQ(violations.list()[1].field, "variants[1].rules.currency");
  EXPECT_EQ(FirstViolation(RunWhatIf({}, {}, MeasureRef()).status()), "periods REQUIRED");
}

// ---------------------------------------------------------------------------------------- optimum

TEST(OptimumTest, FindsTheHighestRateThatTheBudgetPays) {
  // Every percent on the thousand above the threshold is 10: at r % the cost is 75 + 10 r.
  const auto found =
      FindOptimum(HalfYear(), HalfYear()[0].plan, {kSecondRate, D("0.01"), D("0.10"), D("0.005")},
                  D("141"), Objective::kSpendMost);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->points.size(), 19u);
  ASSERT_TRUE(found->best);
  EXPECT_EQ(found->points[*found->best].value, D("0.065"));
  EXPECT_EQ(found->points[*found->best].cost, D("140"));
  EXPECT_EQ(found->points[*found->best].winners, 1);
  EXPECT_FALSE(found->points[*found->best + 1].within_budget);
}

TEST(OptimumTest, FewestLosersCostAsLittleAsTheyCan) {
  const auto found =
      FindOptimum(HalfYear(), HalfYear()[0].plan, {kSecondRate, D("0.01"), D("0.10"), D("0.01")},
                  D("1000"), Objective::kFewestLosers);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->points[found->best.value()].value, D("0.05"));
  EXPECT_EQ(found->points[0].losers, 1);
}

TEST(OptimumTest, NothingWithinTheBudgetIsToldWithTheCosts) {
  const auto found =
      FindOptimum(HalfYear(), HalfYear()[0].plan, {kSecondRate, D("0"), D("0.1"), D("0.05")},
                  D("74.99"), Objective::kSpendMost);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_FALSE(found->best);
  EXPECT_EQ(found->points[0].cost, D("75"));
}

TEST(OptimumTest, ValuesThatMakeNoPlanAreLeftOut) {
  const auto found = FindOptimum(
      HalfYear(), HalfYear()[0].plan,
      {"rules.components[0].commission.rules[0].table.tiers[1].from", D("0"), D("2000"), D("500")},
      D("1000"), Objective::kSpendMost);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_FALSE(found->points[0].legal);
  // From 500 on: 15 + 5 and 15 + 20 for the one, 15 + 75 for the other.
  EXPECT_EQ(found->points[found->best.value()].value, D("500"));
  EXPECT_EQ(found->points[found->best.value()].cost, D("145"));
}

TEST(OptimumTest, RefusesWhatCannotBeSearched) {
  const PlanRules plan = HalfYear()[0].plan;
  const auto refusal = [&](const ParameterGrid& grid, Objective objective) {
    return FirstViolation(FindOptimum(HalfYear(), plan, grid, D("1"), objective).status());
  };
  EXPECT_EQ(refusal({kSecondRate, D("0"), D("1"), D("0")}, Objective::kSpendMost),
            "grid OUT_OF_RANGE");
  EXPECT_EQ(refusal({kSecondRate, D("1"), D("0"), D("1")}, Objective::kSpendMost),
            "grid OUT_OF_RANGE");
  EXPECT_EQ(refusal({kSecondRate, D("0"), D("1"), D("0.001")}, Objective::kSpendMost),
            "grid OUT_OF_RANGE");
  EXPECT_EQ(refusal({kSecondRate, D("0"), D("1"), D("1")}, Objective::kUnset),
            "objective REQUIRED");
  EXPECT_EQ(refusal({"rules.components[1].cap", D("0"), D("1"), D("1")}, Objective::kSpendMost),
            "grid.field UNKNOWN_PARAMETER");
}

TEST(PlanParameterTest, FindsEachNumberAndNothingElse) {
  PlanRules plan = HalfYear()[0].plan;
  Component bonus, spiff, contest, override, pool;
  bonus.kind = ComponentKind::kQuotaBonus;
  bonus.quota_bonus.points = {{D("1"), D("1")}};
  Multiplier gate;
  gate.steps = {{D("0"), D("1")}};
  bonus.multipliers = {gate};
  spiff.kind = ComponentKind::kSpiff;
  contest.kind = ComponentKind::kContest;
  contest.contest.awards = {D("1")};
  override.kind = ComponentKind::kOverride;
  pool.kind = ComponentKind::kTeamPool;
  for (const Component& c : {bonus, spiff, contest, override, pool}) plan.components.push_back(c);
  plan.draw = Draw();
  const std::vector<std::string> paths = {
      "rules.cap",
      "rules.floor",
      "rules.draw.amount",
      "rules.draw.recovery_limit",
      "rules.components[0].cap",
      "rules.components[0].floor",
      "rules.components[0].commission.rules[0].table.tiers[0].rate",
      "rules.components[0].commission.rules[0].table.tiers[1].from",
      "rules.components[1].quota_bonus.target_amount",
      "rules.components[1].quota_bonus.points[0].attainment",
      "rules.components[1].quota_bonus.points[0].payout",
      "rules.components[1].multipliers[0].steps[0].from",
      "rules.components[1].multipliers[0].steps[0].factor",
      "rules.components[2].spiff.amount",
      "rules.components[3].contest.awards[0]",
      "rules.components[3].contest.minimum",
      "rules.components[4].override.rate",
      "rules.components[5].team_pool.rate",
  };
  std::set<Decimal*> found;
  for (const std::string& path : paths) {
    const auto parameter = FindParameter(plan, path, "f");
    ASSERT_TRUE(parameter.ok()) << path;
    EXPECT_TRUE(found.insert(*parameter).second) << path;
  }
  for (const char* path :
       {"", "rules", "cap", "rules.components", "rules.components[0]", "rules.components[9].cap",
        "rules.components[-1].cap", "rules.components[0.cap", "rules.components[0].spiff.amount",
        "rules.components[0].commission.rules[0].table.tiers[2].rate",
        "rules.components[0].commission.rules[0]", "rules.components[0].commission.rules[0].id",
        "rules.components[1].multipliers[0].steps[1].factor", "rules.cap[0]", "rules.currency",
        "rules.components[0][0].cap"}) {
    EXPECT_FALSE(FindParameter(plan, path, "f").ok()) << path;
  }
}

// ------------------------------------------------------------------------------------- properties

RC_GTEST_PROP(WhatIfProperty, WinnersAndLosersSumToTheDifference, ()) {
  const auto rate = [] {
    return absl::StrCat("0.0", *rc::gen::inRange(1, 10), *rc::gen::inRange(0, 10));
  };
  std::vector<CalculationInput> periods = HalfYear();
  for (CalculationInput& period : periods) {
    for (Credit& credit : period.credits) {
      credit.amount = Decimal::FromUnscaled(*rc::gen::inRange(0, 300'000), 2);
    }
  }
  const auto result =
      RunWhatIf(periods, {{"", WithRate(kSecondRate, rate())}, {"", WithRate(kSecondRate, rate())}},
                MeasureRef());
  RC_ASSERT(result.ok());
  for (const VariantOutcome& variant : result->variants) {
    Decimal sum;
    for (const PayeeOutcome& o : variant.winners) {
      RC_ASSERT(o.after > o.before);
      sum += o.after - o.before;
    }
    for (const PayeeOutcome& o : variant.losers) {
      RC_ASSERT(o.after < o.before);
      sum += o.after - o.before;
    }
    RC_ASSERT(sum == variant.difference);
    RC_ASSERT(variant.cost - result->baseline.cost == sum);
    RC_ASSERT(std::is_sorted(variant.deciles.begin(), variant.deciles.end()));
  }
}

// The optimum is as good as each point by itself says.
RC_GTEST_PROP(WhatIfProperty, NoPointWithinTheBudgetSpendsMore, ()) {
  const Decimal budget = Decimal::FromUnscaled(*rc::gen::inRange(6000, 20'000), 2);
  const auto found =
      FindOptimum(HalfYear(), HalfYear()[0].plan, {kSecondRate, D("0.01"), D("0.1"), D("0.01")},
                  budget, Objective::kSpendMost);
  RC_ASSERT(found.ok());
  for (const GridPoint& point : found->points) {
    PlanRules plan = HalfYear()[0].plan;
    **FindParameter(plan, kSecondRate, "f") = point.value;
    const auto alone = RunWhatIf(HalfYear(), {{"", plan}}, MeasureRef());
    RC_ASSERT(alone->variants[0].cost == point.cost);
    RC_ASSERT(point.within_budget == (point.cost <= budget));
    if (point.within_budget) RC_ASSERT(found->points[found->best.value()].cost >= point.cost);
  }
}

}  // namespace
}  // namespace salesops::performance::domain
