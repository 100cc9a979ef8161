#include "services/performance/store/plan_rules_json.h"

#include <vector>

#include "gtest/gtest.h"

namespace salesops::performance::domain {
namespace {

base::Decimal D(const char* text) { return base::Decimal::Parse(text).value(); }

LineMatch EveryCondition() {
  LineMatch match;
  match.products = {"products/a", "products/b"};
  match.product_categories = {"硬件"};
  match.accounts = {"accounts/1"};
  match.attribute = "grade";
  match.attribute_values = {"A", "B"};
  match.discount_from = D("-0.1");
  match.discount_to = D("0.25");
  return match;
}

Component Named(const char* id, ComponentKind kind) {
  Component component;
  component.id = id;
  component.display_name = id;
  component.kind = kind;
  return component;
}

// Every field of every part is set to something else than its default.
PlanRules EveryPart() {
  PlanRules rules;
  rules.currency = "CNY";
  rules.fiscal_calendar = "fiscalCalendars/gregorian";
  rules.level = PeriodLevel::kQuarter;
  rules.rate_date = RateDate::kPeriodEnd;
  rules.cap = D("100000");
  rules.floor = D("3000.5");
  rules.draw = Draw{D("2000"), true, D("0.5")};
  rules.clawback = {false, false, 90, 180};
  rules.prorate = false;

  Component commission = Named("commission", ComponentKind::kCommission);
  commission.commission.measure = {Measure::kMargin, ""};
  commission.commission.per = Per::kOrder;
  RateTable table;
  table.method = TierMethod::kWhole;
  table.basis = TierBasis::kAttainment;
  table.tiers = {{D("0"), D("0.01")}, {D("1.05"), D("0.0333333333")}};
  commission.commission.rules = {{"all", LineMatch(), table}, {"some", EveryCondition(), table}};
  Multiplier gate;
  gate.id = "satisfaction";
  gate.measure = {Measure::kImported, "customer_satisfaction"};
  gate.by_attainment = true;
  gate.steps = {{D("-5"), D("0.75")}, {D("30"), D("1")}};
  gate.neutral_without = true;
  commission.multipliers = {gate};
  commission.cap = D("50000");
  commission.floor = D("1");

  Component bonus = Named("bonus", ComponentKind::kQuotaBonus);
  bonus.quota_bonus = {{Measure::kCollected, ""},
                       D("20000"),
                       CurveShape::kLinear,
                       {{D("0.8"), D("0.5")}, {D("1"), D("1")}}};
  Component spiff = Named("spiff", ComponentKind::kSpiff);
  spiff.spiff = {{Measure::kUnits, ""}, EveryCondition(), D("50")};
  Component contest = Named("contest", ComponentKind::kContest);
  contest.contest = {
      {Measure::kBookings, ""}, {D("3000"), D("1000")}, D("10000"), TieRule::kAllGetBest};
  Component override_ = Named("override", ComponentKind::kOverride);
  override_.override = {{Measure::kInvoiced, ""}, D("0.01"), 2, true};
  Component pool = Named("pool", ComponentKind::kTeamPool);
  pool.team_pool = {{Measure::kRecurring, ""}, D("0.02"), PoolShare::kByMeasure};
  rules.components = {commission, bonus, spiff, contest, override_, pool};
  return rules;
}

TEST(PlanRulesJson, EveryPartComesBackAsItWas) {
  const PlanRules rules = EveryPart();
  PlanRules read;
  FromJson(ToJson(rules), &read);
  EXPECT_EQ(read, rules);
}

TEST(PlanRulesJson, DefaultsComeBackAsTheyWere) {
  PlanRules read = EveryPart();
  FromJson(ToJson(PlanRules()), &read);
  EXPECT_EQ(read, PlanRules());
}

TEST(PlanRulesJson, EqualRulesAreEqualText) {
  PlanRules rules = EveryPart();
  const std::string before = ToJson(rules);
  rules.cap = D("100000.00");
  EXPECT_EQ(ToJson(rules), before);
}

TEST(PlanRulesJson, WhatIsNoTextOfOursIsEmpty) {
  for (const char* text : {"", "[]", "{", "7"}) {
    PlanRules rules = EveryPart();
    FromJson(text, &rules);
    EXPECT_EQ(rules, PlanRules()) << text;
  }
}

TEST(PlanRulesJson, ConditionsComeBackAsTheyWere) {
  LineMatch read;
  FromJson(ToJson(EveryCondition()), &read);
  EXPECT_EQ(read, EveryCondition());
  FromJson(ToJson(LineMatch()), &read);
  EXPECT_EQ(read, LineMatch());
  EXPECT_EQ(ToJson(LineMatch()), "{}");
}

}  // namespace
}  // namespace salesops::performance::domain
