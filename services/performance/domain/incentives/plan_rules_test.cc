#include "services/performance/domain/incentives/plan_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using testing::ElementsAre;
using testing::IsEmpty;

Decimal D(absl::string_view text) { return Decimal::Parse(text).value(); }

Component Of(const std::string& id, ComponentKind kind) {
  Component component;
  component.id = id;
  component.kind = kind;
  return component;
}

// A legal plan with one component of each kind, in the order of ComponentKind.
PlanRules LegalPlan() {
  PlanRules plan;
  plan.currency = "CNY";
  plan.fiscal_calendar = "fiscalCalendars/gregorian";
  plan.level = PeriodLevel::kQuarter;
  plan.rate_date = RateDate::kFactDate;

  Component commission = Of("commission", ComponentKind::kCommission);
  commission.commission.measure.measure = Measure::kBookings;
  commission.commission.per = Per::kPeriod;
  RateRule rule;
  rule.id = "all";
  rule.table = {
      TierMethod::kMarginal, TierBasis::kAmount, {{D("0"), D("0.03")}, {D("500000"), D("0.05")}}};
  commission.commission.rules.push_back(rule);
  Multiplier gate;
  gate.id = "satisfaction";
  gate.measure = {Measure::kImported, "customer_satisfaction"};
  gate.steps = {{D("-100"), D("0.75")}, {D("30"), D("1")}};
  commission.multipliers.push_back(gate);
  commission.cap = D("900000");
  commission.floor = D("0");

  Component bonus = Of("bonus", ComponentKind::kQuotaBonus);
  bonus.quota_bonus.measure.measure = Measure::kCollected;
  bonus.quota_bonus.target_amount = D("20000");
  bonus.quota_bonus.shape = CurveShape::kLinear;
  bonus.quota_bonus.points = {{D("0.5"), D("0")}, {D("1"), D("1")}, {D("1.5"), D("2")}};

  Component spiff = Of("spiff", ComponentKind::kSpiff);
  spiff.spiff.measure.measure = Measure::kUnits;
  spiff.spiff.match.products = {"products/a"};
  spiff.spiff.amount = D("50");

  Component contest = Of("contest", ComponentKind::kContest);
  contest.contest.measure.measure = Measure::kRecurring;
  contest.contest.awards = {D("3000"), D("2000")};
  contest.contest.ties = TieRule::kShareAwards;

  Component override = Of("override", ComponentKind::kOverride);
  override.override.measure.measure = Measure::kInvoiced;
  override.override.rate = D("0.01");

  Component pool = Of("pool", ComponentKind::kTeamPool);
  pool.team_pool.measure.measure = Measure::kMargin;
  pool.team_pool.rate = D("0.02");
  pool.team_pool.share = PoolShare::kEqual;

  plan.components = {commission, bonus, spiff, contest, override, pool};
  Draw draw;
  draw.amount = D("5000");
  draw.recoverable = true;
  draw.recovery_limit = D("0.5");
  plan.draw = draw;
  return plan;
}

// "field REASON" of each violation.
std::vector<std::string> Faults(const PlanRules& plan) {
  base::Violations violations;
  CheckPlan(plan, &violations);
  std::vector<std::string> faults;
  for (const base::Violation& v : violations.list()) {
    EXPECT_FALSE(v.message.empty()) << v.field;
    faults.push_back(absl::StrCat(v.field, " ", v.reason));
  }
  return faults;
}

TEST(PlanRulesTest, ALegalPlanHasNoViolation) { EXPECT_THAT(Faults(LegalPlan()), IsEmpty()); }

TEST(PlanRulesTest, ADraftMayLackItsCalendar) {
  PlanRules plan = LegalPlan();
  plan.fiscal_calendar.clear();
  EXPECT_THAT(Faults(plan), IsEmpty());
}

TEST(PlanRulesTest, AnEmptyPlanIsToldAllItLacks) {
  EXPECT_THAT(Faults(PlanRules()),
              ElementsAre("rules.currency REQUIRED", "rules.level REQUIRED",
                          "rules.rate_date REQUIRED", "rules.components REQUIRED"));
}

TEST(PlanRulesTest, AnEmptyComponentOfEachKindIsToldAllItLacks) {
  PlanRules plan = LegalPlan();
  plan.components = {Of("a", ComponentKind::kUnset),      Of("b", ComponentKind::kCommission),
                     Of("c", ComponentKind::kQuotaBonus), Of("d", ComponentKind::kSpiff),
                     Of("e", ComponentKind::kContest),    Of("f", ComponentKind::kOverride),
                     Of("g", ComponentKind::kTeamPool)};
  const std::string at = "rules.components";
  EXPECT_THAT(
      Faults(plan),
      ElementsAre(at + "[0] REQUIRED", at + "[1].commission.measure REQUIRED",
                  at + "[1].commission.per REQUIRED", at + "[1].commission.rules REQUIRED",
                  at + "[2].quota_bonus.measure REQUIRED",
                  at + "[2].quota_bonus.target_amount OUT_OF_RANGE",
                  at + "[2].quota_bonus.shape REQUIRED", at + "[2].quota_bonus.points REQUIRED",
                  at + "[3].spiff.measure REQUIRED", at + "[3].spiff.amount OUT_OF_RANGE",
                  at + "[4].contest.measure REQUIRED", at + "[4].contest.awards REQUIRED",
                  at + "[4].contest.ties REQUIRED", at + "[5].override.measure REQUIRED",
                  at + "[5].override.rate OUT_OF_RANGE", at + "[6].team_pool.measure REQUIRED",
                  at + "[6].team_pool.rate OUT_OF_RANGE", at + "[6].team_pool.share REQUIRED"));
}

struct Mistake {
  std::string fault;
  std::function<void(PlanRules&)> make;
};

TEST(PlanRulesTest, EachMistakeIsRefusedAtItsField) {
  const std::string rule = "rules.components[0].commission.rules[0]";
  const std::string tiers = rule + ".table.tiers";
  const auto table = [](PlanRules& p) -> RateTable& {
    return p.components[0].commission.rules[0].table;
  };
  const auto match = [](PlanRules& p) -> LineMatch& {
    return p.components[0].commission.rules[0].match;
  };
  const std::vector<Mistake> mistakes = {
      {"rules.currency UNKNOWN_CURRENCY", [](auto& p) { p.currency = "RMB"; }},
      {"rules.fiscal_calendar BAD_NAME", [](auto& p) { p.fiscal_calendar = "gregorian"; }},
      {"rules.fiscal_calendar BAD_NAME", [](auto& p) { p.fiscal_calendar = "fiscalCalendars/"; }},
      {"rules.components[1].id NOT_UNIQUE", [](auto& p) { p.components[1].id = "commission"; }},
      {"rules.components[1].id BAD_ID", [](auto& p) { p.components[1].id = "Big Bonus"; }},
      {"rules.components[0].commission.measure NOT_OF_LINES",
       [](auto& p) {
         p.components[0].commission.measure = {Measure::kImported, "nps"};
       }},
      {"rules.components[0].commission.measure.imported NOT_ALLOWED",
       [](auto& p) { p.components[0].commission.measure.imported = "nps"; }},
      {"rules.components[0].multipliers[0].measure.imported REQUIRED",
       [](auto& p) { p.components[0].multipliers[0].measure.imported.clear(); }},
      {rule + ".match.products[1] NOT_UNIQUE",
       [&](auto& p) {
         match(p).products = {"a", "a"};
       }},
      {rule + ".match.accounts[0] REQUIRED", [&](auto& p) { match(p).accounts = {""}; }},
      {rule + ".match.attribute REQUIRED", [&](auto& p) { match(p).attribute_values = {"A"}; }},
      {rule + ".match.attribute_values REQUIRED", [&](auto& p) { match(p).attribute = "grade"; }},
      {rule + ".match.discount_to WRONG_ORDER",
       [&](auto& p) {
         match(p).discount_from = D("0.2");
         match(p).discount_to = D("0.2");
       }},
      {rule + ".match.discount_from OUT_OF_RANGE",
       [&](auto& p) { match(p).discount_from = D("20"); }},
      {rule + ".table.method REQUIRED", [&](auto& p) { table(p).method = TierMethod::kUnset; }},
      {rule + ".table.basis REQUIRED", [&](auto& p) { table(p).basis = TierBasis::kUnset; }},
      {rule + ".table.basis NEEDS_PERIOD",
       [&](auto& p) {
         table(p).basis = TierBasis::kAttainment;
         table(p).tiers[1].from = D("1");
         p.components[0].commission.per = Per::kOrder;
       }},
      {tiers + " REQUIRED", [&](auto& p) { table(p).tiers.clear(); }},
      {tiers + "[0].from OUT_OF_RANGE", [&](auto& p) { table(p).tiers[0].from = D("1"); }},
      {tiers + "[1].from WRONG_ORDER", [&](auto& p) { table(p).tiers[1].from = D("0.00"); }},
      {tiers + "[1].from TOO_PRECISE", [&](auto& p) { table(p).tiers[1].from = D("0.005"); }},
      {tiers + "[1].rate OUT_OF_RANGE", [&](auto& p) { table(p).tiers[1].rate = D("-0.01"); }},
      {tiers + "[1].rate OUT_OF_RANGE", [&](auto& p) { table(p).tiers[1].rate = D("100.1"); }},
      {tiers + "[1].rate TOO_PRECISE",
       [&](auto& p) { table(p).tiers[1].rate = D("0.05000000001"); }},
      {"rules.components[0].multipliers[0].steps REQUIRED",
       [](auto& p) { p.components[0].multipliers[0].steps.clear(); }},
      {"rules.components[0].multipliers[0].steps[1].from WRONG_ORDER",
       [](auto& p) { p.components[0].multipliers[0].steps[1].from = D("-100"); }},
      {"rules.components[0].multipliers[0].steps[0].factor OUT_OF_RANGE",
       [](auto& p) { p.components[0].multipliers[0].steps[0].factor = D("-1"); }},
      {"rules.components[0].cap OUT_OF_RANGE", [](auto& p) { p.components[0].cap = D("0"); }},
      {"rules.components[0].floor FLOOR_ABOVE_CAP",
       [](auto& p) { p.components[0].floor = D("900000.01"); }},
      {"rules.components[1].quota_bonus.target_amount TOO_PRECISE",
       [](auto& p) { p.components[1].quota_bonus.target_amount = D("0.001"); }},
      {"rules.components[1].quota_bonus.points[2].attainment WRONG_ORDER",
       [](auto& p) { p.components[1].quota_bonus.points[2].attainment = D("1"); }},
      {"rules.components[1].quota_bonus.points[0].payout OUT_OF_RANGE",
       [](auto& p) { p.components[1].quota_bonus.points[0].payout = D("-1"); }},
      {"rules.components[2].spiff.measure NOT_OF_LINES",
       [](auto& p) {
         p.components[2].spiff.measure = {Measure::kImported, "nps"};
       }},
      {"rules.components[3].contest.awards[1] OUT_OF_RANGE",
       [](auto& p) { p.components[3].contest.awards[1] = D("0"); }},
      {"rules.components[4].override.levels OUT_OF_RANGE",
       [](auto& p) { p.components[4].override.levels = -1; }},
      {"rules.cap OUT_OF_RANGE", [](auto& p) { p.cap = D("1000000000000.01"); }},
      {"rules.draw.recovery_limit OUT_OF_RANGE",
       [](auto& p) { p.draw->recovery_limit = D("1.01"); }},
      {"rules.draw.recovery_limit OUT_OF_RANGE", [](auto& p) { p.draw->recoverable = false; }},
      {"rules.clawback.unpaid_after_days OUT_OF_RANGE",
       [](auto& p) { p.clawback.unpaid_after_days = -1; }},
  };
  for (const Mistake& mistake : mistakes) {
    PlanRules plan = LegalPlan();
    mistake.make(plan);
    EXPECT_THAT(Faults(plan), ElementsAre(mistake.fault));
  }
}

TEST(PlanRulesTest, AmountsHaveTheDigitsOfThePlansCurrency) {
  PlanRules plan = LegalPlan();
  plan.currency = "JPY";
  plan.cap = D("0.5");
  EXPECT_THAT(Faults(plan), ElementsAre("rules.cap TOO_PRECISE"));
}

TEST(PlanRulesTest, RatesPerUnitAreAmounts) {
  PlanRules plan = LegalPlan();
  plan.components[0].commission.measure.measure = Measure::kUnits;
  plan.components[0].commission.rules[0].table.tiers = {{D("0"), D("150")}, {D("0.5"), D("200")}};
  EXPECT_THAT(Faults(plan), IsEmpty());
}

}  // namespace
}  // namespace salesops::performance::domain
