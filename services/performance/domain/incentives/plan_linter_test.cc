#include "services/performance/domain/incentives/plan_linter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/pay_curve.h"
#include "services/performance/domain/incentives/plan_rules.h"

namespace salesops::performance::domain {

inline void PrintTo(const Finding& f, std::ostream* os) {
  *os << static_cast<int>(f.kind) << (f.blocks ? " blocks " : " ") << f.field << ": " << f.message;
}

namespace {

using base::Decimal;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Matcher;

Decimal D(absl::string_view text) { return Decimal::Parse(text).value(); }

constexpr char kRules[] = "rules.components[0].commission.rules";

// A quota of a million a period and deals of a twentieth of it.
LintContext Usual() {
  LintContext context;
  context.typical_quota[{Measure::kBookings, ""}] = D("1000000");
  context.typical_deal = D("50000");
  return context;
}

RateRule Rule(const std::string& id, TierMethod method, TierBasis basis, std::vector<Tier> tiers) {
  RateRule rule;
  rule.id = id;
  rule.table = {method, basis, tiers};
  return rule;
}

RateRule Flat(const std::string& id, const std::string& rate) {
  return Rule(id, TierMethod::kMarginal, TierBasis::kAmount, {{D("0"), D(rate)}});
}

PlanRules Plan(const Component& component) {
  PlanRules plan;
  plan.currency = "CNY";
  plan.fiscal_calendar = "fiscalCalendars/gregorian";
  plan.level = PeriodLevel::kQuarter;
  plan.rate_date = RateDate::kFactDate;
  plan.components = {component};
  return plan;
}

PlanRules CommissionPlan(const std::vector<RateRule>& rules) {
  Component component;
  component.id = "commission";
  component.kind = ComponentKind::kCommission;
  component.commission.measure.measure = Measure::kBookings;
  component.commission.per = Per::kPeriod;
  component.commission.rules = rules;
  return Plan(component);
}

PlanRules TieredPlan(TierMethod method, const std::vector<Tier>& tiers) {
  return CommissionPlan({Rule("all", method, TierBasis::kAmount, tiers)});
}

PlanRules BonusPlan(CurveShape shape, const std::vector<CurvePoint>& points) {
  Component component;
  component.id = "bonus";
  component.kind = ComponentKind::kQuotaBonus;
  component.quota_bonus.measure.measure = Measure::kBookings;
  component.quota_bonus.target_amount = D("20000");
  component.quota_bonus.shape = shape;
  component.quota_bonus.points = points;
  return Plan(component);
}

Multiplier Gate(const MeasureRef& measure, bool by_attainment, std::vector<FactorStep> steps) {
  Multiplier multiplier;
  multiplier.id = "gate";
  multiplier.measure = measure;
  multiplier.by_attainment = by_attainment;
  multiplier.steps = steps;
  return multiplier;
}

std::vector<Finding> Lint(const PlanRules& plan, const LintContext& context) {
  base::Violations violations;
  CheckPlan(plan, &violations);
  for (const base::Violation& v : violations.list()) {
    ADD_FAILURE() << v.field << " " << v.reason << ": " << v.message;
  }
  return LintPlan(plan, context);
}

Matcher<Finding> Says(FindingKind kind, bool blocks, const std::string& field,
                      const std::string& figure) {
  return AllOf(Field(&Finding::kind, kind), Field(&Finding::blocks, blocks),
               Field(&Finding::field, field), Field(&Finding::message, HasSubstr(figure)));
}

// ------------------------------------------------------------------------------------ sound plans

TEST(PlanLinterTest, SoundPlansHaveNoFinding) {
  std::vector<PlanRules> sound = {
      CommissionPlan({Flat("all", "0.05")}),
      TieredPlan(TierMethod::kMarginal,
                 {{D("0"), D("0.03")}, {D("500000"), D("0.05")}, {D("1000000"), D("0.06")}}),
      // Rates that fall from slice to slice still pay more for more.
      TieredPlan(TierMethod::kMarginal, {{D("0"), D("0.05")}, {D("1000000"), D("0.04")}}),
      // A jump of 4.8 %: 20000 to 21000 just above half of the quota.
      TieredPlan(TierMethod::kWhole, {{D("0"), D("0.04")}, {D("500000"), D("0.042")}}),
      BonusPlan(CurveShape::kLinear, {{D("0.5"), D("0")}, {D("1"), D("1")}, {D("1.5"), D("2")}}),
      CommissionPlan({Flat("all", "0.03"), Flat("key", "0.05")}),
  };
  sound[5].components[0].commission.rules[1].match.accounts = {"accounts/1"};
  // A gate on what is not sold, and a cap far above the quota that the last tier still reaches.
  PlanRules gated = sound[1];
  gated.components[0].multipliers = {Gate({Measure::kImported, "customer_satisfaction"}, false,
                                          {{D("-100"), D("0.75")}, {D("30"), D("1")}})};
  gated.components[0].cap = D("200000");
  sound.push_back(gated);
  for (size_t i = 0; i < sound.size(); ++i) {
    EXPECT_THAT(Lint(sound[i], Usual()), IsEmpty()) << i;
    EXPECT_THAT(Lint(sound[i], LintContext()), IsEmpty()) << i;
  }
}

// ------------------------------------------------------------------------------- authors' mistakes

TEST(PlanLinterTest, NamesAMissingCalendar) {
  PlanRules plan = CommissionPlan({Flat("all", "0.05")});
  LintContext context = Usual();
  context.calendar_known = false;
  EXPECT_THAT(Lint(plan, context), ElementsAre(Says(FindingKind::kMissingCalendar, true,
                                                    "rules.fiscal_calendar", "gregorian")));
  plan.fiscal_calendar.clear();
  EXPECT_THAT(Lint(plan, Usual()), ElementsAre(Says(FindingKind::kMissingCalendar, true,
                                                    "rules.fiscal_calendar", "no calendar")));
}

TEST(PlanLinterTest, NamesLinesThatNoRuleMatches) {
  RateRule a = Flat("a", "0.05"), b = Flat("b", "0.03");
  a.match.products = {"products/a"};
  b.match.products = {"products/b"};
  EXPECT_THAT(Lint(CommissionPlan({a, b}), Usual()),
              ElementsAre(Says(FindingKind::kGap, false, kRules,
                               "product other than products/a or products/b")));
}

TEST(PlanLinterTest, NamesAHoleBetweenDiscounts) {
  RateRule low = Flat("low", "0.05"), high = Flat("high", "0.01"), none = Flat("none", "0.02");
  low.match.discount_to = D("0.1");
  high.match.discount_from = D("0.2");
  EXPECT_THAT(
      Lint(CommissionPlan({low, high}), Usual()),
      ElementsAre(Says(FindingKind::kGap, false, kRules, "discount from 0.1 to 0.2 or not known")));
  EXPECT_THAT(Lint(CommissionPlan({low, high, none}), Usual()), IsEmpty());
}

TEST(PlanLinterTest, TwoCommissionsOfAMeasureMayCloseEachOthersGaps) {
  PlanRules plan = CommissionPlan({Flat("a", "0.05")});
  plan.components[0].commission.rules[0].match.product_categories = {"hardware"};
  Component rest = CommissionPlan({Flat("rest", "0.02")}).components[0];
  rest.id = "rest";
  plan.components.push_back(rest);
  EXPECT_THAT(Lint(plan, Usual()), IsEmpty());
  plan.components[1].commission.rules[0].match.product_categories = {"software"};
  EXPECT_THAT(Lint(plan, Usual()),
              ElementsAre(Says(FindingKind::kGap, false, kRules,
                               "2 rules of 2 commissions matches lines of product category other "
                               "than hardware or software")));
}

TEST(PlanLinterTest, NamesRulesThatTie) {
  RateRule all = Flat("all", "0.01"), product = Flat("product", "0.05"), key = Flat("key", "0.03");
  product.match.products = {"products/a", "products/b"};
  key.match.accounts = {"accounts/1"};
  const PlanRules plan = CommissionPlan({all, product, key});
  EXPECT_THAT(Lint(plan, Usual()),
              ElementsAre(Says(FindingKind::kOverlap, true, std::string(kRules) + "[2].match",
                               "product products/a or products/b, account accounts/1 with 1 "
                               "conditions each")));
  // A rule for what both match settles it; one for a part of that leaves the rest.
  RateRule both = Flat("both", "0.04");
  both.match.products = {"products/a"};
  both.match.accounts = {"accounts/1"};
  EXPECT_THAT(Lint(CommissionPlan({all, product, key, both}), Usual()),
              ElementsAre(Says(FindingKind::kOverlap, true, std::string(kRules) + "[2].match",
                               "lines of product products/b, account accounts/1 with")));
  both.match.products = {"products/a", "products/b"};
  EXPECT_THAT(Lint(CommissionPlan({all, product, key, both}), Usual()), IsEmpty());
}

TEST(PlanLinterTest, RulesByDifferentAttributesMeet) {
  RateRule all = Flat("all", "0.01"), grade = Flat("grade", "0.05"), region = Flat("r", "0.03");
  grade.match.attribute = "grade";
  grade.match.attribute_values = {"A"};
  region.match.attribute = "region";
  region.match.attribute_values = {"east"};
  EXPECT_THAT(Lint(CommissionPlan({all, grade, region}), Usual()),
              ElementsAre(Says(FindingKind::kOverlap, true, std::string(kRules) + "[2].match",
                               "grade A, region east")));
  region.match.attribute = "grade";
  EXPECT_THAT(Lint(CommissionPlan({all, grade, region}), Usual()), IsEmpty());
}

TEST(PlanLinterTest, NamesARuleThatOthersHide) {
  RateRule all = Flat("all", "0.02"), product = Flat("product", "0.05");
  RateRule east = Flat("east", "0.03"), other = Flat("other", "0.04");
  product.match.products = {"products/a"};
  east.match.products = {"products/a"};
  east.match.discount_to = D("0.1");
  other.match.products = {"products/a"};
  other.match.discount_from = D("0.1");
  // Lines whose discount is not known are left to the rule in the middle.
  EXPECT_THAT(Lint(CommissionPlan({all, product, east, other}), Usual()), IsEmpty());
  RateRule same = Flat("same", "0.04");
  product.match.attribute = "grade";
  product.match.attribute_values = {"A"};
  same.match.attribute = "grade";
  same.match.attribute_values = {"A", "B"};
  same.match.products = {"products/a"};
  same.match.product_categories = {};
  same.match.accounts = {};
  east.match = same.match;
  east.match.discount_to = D("0.1");
  other.match = same.match;
  other.match.discount_from = D("0.1");
  EXPECT_THAT(Lint(CommissionPlan({all, product, east, other}), Usual()), IsEmpty());
}

TEST(PlanLinterTest, NamesACliffOfAWholeAmountTable) {
  // 3 % of 999999.99 is 30000; from a million on 4 % of all: 40000. A jump of 10000, a quarter.
  const PlanRules plan =
      TieredPlan(TierMethod::kWhole, {{D("0"), D("0.03")}, {D("1000000"), D("0.04")}});
  LintContext context = Usual();
  context.typical_deal = Decimal();
  EXPECT_THAT(
      Lint(plan, context),
      ElementsAre(Says(FindingKind::kCliff, false, std::string(kRules) + "[0].table.tiers[1]",
                       "from 30000.00 CNY to 40000.00 CNY at 1000000.00 CNY (an "
                       "attainment of 100 %), by 10000.00 CNY")));
}

TEST(PlanLinterTest, LooksAtTiersByAttainmentInSharesWithoutAQuota) {
  const PlanRules plan = CommissionPlan({Rule("all", TierMethod::kWhole, TierBasis::kAttainment,
                                              {{D("0"), D("0.03")}, {D("0.8"), D("0.04")}})});
  LintContext context;
  context.typical_deal = D("50000");
  EXPECT_THAT(
      Lint(plan, context),
      ElementsAre(Says(FindingKind::kCliff, false, std::string(kRules) + "[0].table.tiers[1]",
                       "from 2.4 % of the quota to 3.2 % of the quota at an attainment of "
                       "80 %")));
}

TEST(PlanLinterTest, NamesTheStepsOfALadder) {
  const PlanRules plan = BonusPlan(CurveShape::kSteps,
                                   {{D("0.8"), D("0.5")}, {D("1"), D("1")}, {D("1.2"), D("1.05")}});
  LintContext context = Usual();
  context.typical_deal = Decimal();
  EXPECT_THAT(
      Lint(plan, context),
      ElementsAre(Says(FindingKind::kCliff, false, "rules.components[0].quota_bonus.points[0]",
                       "from 0.00 CNY to 10000.00 CNY at 800000.00 CNY"),
                  Says(FindingKind::kCliff, false, "rules.components[0].quota_bonus.points[1]",
                       "from 10000.00 CNY to 20000.00 CNY")));
}

TEST(PlanLinterTest, NamesTheGapBelowACurve) {
  LintContext context = Usual();
  context.typical_deal = Decimal();
  EXPECT_THAT(
      Lint(BonusPlan(CurveShape::kLinear, {{D("0.5"), D("0.5")}, {D("1"), D("1")}}), context),
      ElementsAre(Says(FindingKind::kGap, false, "rules.components[0].quota_bonus.points[0]",
                       "at an attainment of 50 % with 10000.00 CNY")));
  EXPECT_THAT(
      Lint(BonusPlan(CurveShape::kLinear, {{D("1.2"), D("0")}, {D("1.5"), D("1")}}), context),
      ElementsAre(Says(FindingKind::kGap, false, "rules.components[0].quota_bonus.points[0]",
                       "at an attainment of 120 %")));
}

TEST(PlanLinterTest, NamesPayThatFallsWithATier) {
  // 5 % of a million is 50000; at 4 % it takes 1.25 million to get back there.
  const PlanRules plan =
      TieredPlan(TierMethod::kWhole, {{D("0"), D("0.05")}, {D("1000000"), D("0.04")}});
  LintContext context = Usual();
  context.typical_deal = Decimal();
  EXPECT_THAT(
      Lint(plan, context),
      ElementsAre(Says(FindingKind::kNonMonotone, true, std::string(kRules) + "[0].table.tiers[1]",
                       "from 50000.00 CNY to 40000.00 CNY at 1000000.00 CNY (an "
                       "attainment of 100 %), and is back only at 1250000.00 CNY")));
}

TEST(PlanLinterTest, NamesPayThatFallsAlongACurve) {
  const PlanRules plan =
      BonusPlan(CurveShape::kLinear, {{D("0"), D("0")}, {D("1"), D("1.5")}, {D("1.5"), D("1")}});
  LintContext context = Usual();
  context.typical_deal = Decimal();
  EXPECT_THAT(
      Lint(plan, context),
      ElementsAre(Says(FindingKind::kNonMonotone, true, "rules.components[0].quota_bonus.points[2]",
                       "from 30000.00 CNY at 1000000.00 CNY (an attainment of 100 %) to "
                       "20000.00 CNY")));
}

TEST(PlanLinterTest, NamesAwardsThatRiseFromPlaceToPlace) {
  Component contest;
  contest.id = "contest";
  contest.kind = ComponentKind::kContest;
  contest.contest.measure.measure = Measure::kBookings;
  contest.contest.awards = {D("3000"), D("1000"), D("2000")};
  contest.contest.ties = TieRule::kShareAwards;
  EXPECT_THAT(
      Lint(Plan(contest), Usual()),
      ElementsAre(Says(FindingKind::kNonMonotone, true, "rules.components[0].contest.awards[2]",
                       "place 3 gets 2000.00 CNY, more than place 2 with 1000.00 CNY")));
}

TEST(PlanLinterTest, NamesATierAboveTheCap) {
  // 3 % of the first half million is 15000, 5 % of the next one 25000: 40000 at a million.
  PlanRules plan =
      TieredPlan(TierMethod::kMarginal,
                 {{D("0"), D("0.03")}, {D("500000"), D("0.05")}, {D("1000000"), D("0.07")}});
  plan.components[0].cap = D("40000");
  const auto unreachable =
      Says(FindingKind::kUnreachableTier, false, std::string(kRules) + "[0].table.tiers[2]",
           "40000.00 CNY has been earned, and the component's cap is 40000.00 CNY");
  LintContext context = Usual();
  context.typical_deal = Decimal();
  EXPECT_THAT(Lint(plan, context), ElementsAre(unreachable));
  plan.components[0].cap = D("40000.01");
  EXPECT_THAT(Lint(plan, context), IsEmpty());
  // A decelerator may keep pay below the cap for longer.
  plan.components[0].cap = D("40000");
  plan.components[0].multipliers = {
      Gate({Measure::kImported, "nps"}, false, {{D("-100"), D("0.75")}, {D("30"), D("1")}})};
  EXPECT_THAT(Lint(plan, context), IsEmpty());
  plan.components[0].multipliers.clear();
  plan.components[0].cap.reset();
  plan.cap = D("40000");
  EXPECT_THAT(Lint(plan, context),
              ElementsAre(Says(FindingKind::kUnreachableTier, false,
                               std::string(kRules) + "[0].table.tiers[2]", "the plan's cap")));
}

TEST(PlanLinterTest, NamesPointsAboveTheCap) {
  PlanRules plan =
      BonusPlan(CurveShape::kLinear, {{D("0"), D("0")}, {D("1"), D("1")}, {D("2"), D("3")}});
  plan.components[0].cap = D("20000");
  EXPECT_THAT(Lint(plan, LintContext()),
              ElementsAre(Says(FindingKind::kUnreachableTier, false,
                               "rules.components[0].quota_bonus.points[1]", "20000.00 CNY")));
}

TEST(PlanLinterTest, NamesACapBelowTheTarget) {
  PlanRules plan = CommissionPlan({Flat("all", "0.05")});
  plan.components[0].cap = D("45000");
  LintContext context = Usual();
  context.typical_deal = Decimal();
  EXPECT_THAT(Lint(plan, context),
              ElementsAre(Says(FindingKind::kCapBelowTarget, false, "rules.components[0].cap",
                               "cap of 45000.00 CNY is below the 50000.00 CNY that an attainment "
                               "of 100 % earns, so that a payee who reaches the quota loses "
                               "5000.00 CNY")));
  EXPECT_THAT(Lint(plan, LintContext()), IsEmpty());  // no quota: nobody knows the target
}

TEST(PlanLinterTest, NamesAPlanCapBelowTheSumOfTargets) {
  PlanRules plan = CommissionPlan({Flat("all", "0.05")});
  plan.components.push_back(
      BonusPlan(CurveShape::kLinear, {{D("0"), D("0")}, {D("1"), D("1")}}).components[0]);
  plan.cap = D("69999.99");
  LintContext context = Usual();
  context.typical_deal = Decimal();
  EXPECT_THAT(Lint(plan, context), ElementsAre(Says(FindingKind::kCapBelowTarget, false,
                                                    "rules.cap", "below the 70000.00 CNY")));
  plan.cap = D("70000");
  EXPECT_THAT(Lint(plan, context), IsEmpty());
}

TEST(PlanLinterTest, NamesTheGainOfMovingADealAcrossAPeriodsEnd) {
  // A deal of 50000 earns 3 % = 1500 below; as the one that passes a million it earns 4 % of all
  // less the 3 % that was earned before, most if nearly a million was: 42000 - 30000 = 12000.
  const PlanRules plan =
      TieredPlan(TierMethod::kWhole, {{D("0"), D("0.03")}, {D("1000000"), D("0.04")}});
  EXPECT_THAT(
      Lint(plan, Usual()),
      ElementsAre(testing::_, Says(FindingKind::kPeriodShift, false, "rules.components[0]",
                                   "earns 1500.00 CNY after 0.00 CNY (an attainment of 0 %) and "
                                   "12000.00 CNY after just below 1000000.00 CNY (an attainment "
                                   "of 100 %): moving it across the period's end gains up to "
                                   "10500.00 CNY, 26.25 % of the usual pay")));
}

TEST(PlanLinterTest, ADealAboveALowCapIsWorthMoving) {
  PlanRules plan = CommissionPlan({Flat("all", "0.05")});
  plan.components[0].cap = D("60000");
  LintContext context = Usual();
  EXPECT_THAT(Lint(plan, context), IsEmpty());  // 2500 of 50000: a twentieth
  context.typical_deal = D("200000");           // 10000 of 50000: a fifth
  EXPECT_THAT(Lint(plan, context), ElementsAre(Says(FindingKind::kPeriodShift, false,
                                                    "rules.components[0]", "earns 0.00 CNY")));
}

TEST(PlanLinterTest, AMultiplierOfTheSameMeasureIsAPartOfTheCurve) {
  // 5 % of 500000 times 1.2 instead of 1: 25000 becomes 30000.
  PlanRules plan = CommissionPlan({Flat("all", "0.05")});
  LintContext context = Usual();
  context.typical_deal = Decimal();
  plan.components[0].multipliers = {
      Gate({Measure::kBookings, ""}, true, {{D("0"), D("1")}, {D("0.5"), D("1.3")}})};
  EXPECT_THAT(
      Lint(plan, context),
      ElementsAre(Says(FindingKind::kCliff, false, "rules.components[0].multipliers[0].steps[1]",
                       "from 25000.00 CNY to 32500.00 CNY at 500000.00 CNY")));
  plan.components[0].multipliers[0].steps[1].factor = D("0.9");
  EXPECT_THAT(Lint(plan, context), ElementsAre(Says(FindingKind::kNonMonotone, true,
                                                    "rules.components[0].multipliers[0].steps[1]",
                                                    "from 25000.00 CNY to 22500.00 CNY")));
}

TEST(PlanLinterTest, AMultiplierOfAnotherMeasureJumpsByItself) {
  PlanRules plan = CommissionPlan({Flat("all", "0.05")});
  plan.components[0].multipliers = {
      Gate({Measure::kCollected, ""}, false, {{D("100000"), D("1")}, {D("200000"), D("1.05")}})};
  EXPECT_THAT(Lint(plan, Usual()), ElementsAre(Says(FindingKind::kCliff, false,
                                                    "rules.components[0].multipliers[0].steps[0]",
                                                    "from 0 to 1 at 100000.00 CNY")));
  plan.components[0].multipliers[0].neutral_without = true;
  EXPECT_THAT(Lint(plan, Usual()), IsEmpty());
  plan.components[0].multipliers[0].steps[0].factor = D("0.99");
  EXPECT_THAT(Lint(plan, Usual()),
              ElementsAre(Says(FindingKind::kNonMonotone, true,
                               "rules.components[0].multipliers[0].steps[0]", "from 1 to 0.99")));
}

TEST(PlanLinterTest, TablesPerOrderAreLookedAtPerOrder) {
  PlanRules plan = TieredPlan(TierMethod::kWhole, {{D("0"), D("0.03")}, {D("100000"), D("0.05")}});
  plan.components[0].commission.per = Per::kOrder;
  EXPECT_THAT(
      Lint(plan, Usual()),
      ElementsAre(Says(FindingKind::kCliff, false, std::string(kRules) + "[0].table.tiers[1]",
                       "from 3000.00 CNY to 5000.00 CNY at 100000.00 CNY, by")));
}

TEST(PlanLinterTest, FindingsComeInTheOrderOfFields) {
  PlanRules plan = TieredPlan(TierMethod::kWhole, {{D("0"), D("0.05")}, {D("900000"), D("0.04")}});
  plan.fiscal_calendar.clear();
  plan.components[0].commission.rules[0].match.products = {"products/a"};
  plan.components[0].multipliers = {Gate({Measure::kCollected, ""}, false, {{D("1"), D("1")}})};
  plan.components[0].cap = D("30000");
  plan.cap = D("20000");
  LintContext context = Usual();
  context.typical_deal = Decimal();
  std::vector<std::string> fields;
  for (const Finding& finding : Lint(plan, context)) fields.push_back(finding.field);
  EXPECT_THAT(fields, ElementsAre("rules.fiscal_calendar", kRules,
                                  std::string(kRules) + "[0].table.tiers[1]",
                                  "rules.components[0].multipliers[0].steps[0]",
                                  "rules.components[0].cap", "rules.cap"));
}

// ------------------------------------------------------------------------------------- properties

std::vector<Tier> AnyTiers() {
  std::vector<Tier> tiers;
  Decimal from;
  const int count = *rc::gen::inRange(1, 6);
  for (int i = 0; i < count; ++i) {
    tiers.push_back({from, Decimal::FromUnscaled(*rc::gen::inRange(0, 2000), 4)});
    from += Decimal::FromUnscaled(*rc::gen::inRange(1, 100'000'000), 2);
  }
  return tiers;
}

RC_GTEST_PROP(PlanLinterProperty, MarginalTablesNeitherJumpNorFall, ()) {
  LintContext context = Usual();
  context.typical_deal = Decimal();
  RC_ASSERT(LintPlan(TieredPlan(TierMethod::kMarginal, AnyTiers()), context).empty());
}

RC_GTEST_PROP(PlanLinterProperty, WholeTablesFallExactlyWhereRatesDo, ()) {
  const std::vector<Tier> tiers = AnyTiers();
  std::vector<std::string> expected, found;
  for (size_t i = 1; i < tiers.size(); ++i) {
    if (tiers[i].rate < tiers[i - 1].rate) {
      expected.push_back(absl::StrCat(kRules, "[0].table.tiers[", i, "]"));
    }
  }
  for (const Finding& finding : LintPlan(TieredPlan(TierMethod::kWhole, tiers), Usual())) {
    if (finding.kind == FindingKind::kNonMonotone) found.push_back(finding.field);
  }
  RC_ASSERT(found == expected);
}

// No deal is ever worth more or less than the extremes that the breakpoints give.
RC_GTEST_PROP(PayCurveProperty, ADealsWorthIsBetweenItsExtremes, ()) {
  RateTable table{*rc::gen::element(TierMethod::kMarginal, TierMethod::kWhole), TierBasis::kAmount,
                  AnyTiers()};
  PayCurve pay = CurveOf(table, 1, "");
  if (*rc::gen::arbitrary<bool>()) pay = pay.CappedAt(*rc::gen::inRange(1, 100'000), "cap");
  const Exact size(*rc::gen::inRange(1, 100'000'000), 100);
  const DealWorth worth = WorthOf(pay, size);
  const Exact before(*rc::gen::inRange(0, 1'000'000'000), 100);
  const Exact here = pay.At(before + size) - pay.At(before);
  RC_ASSERT(worth.least.worth <= here);
  RC_ASSERT(here <= worth.most.worth);
}

RC_GTEST_PROP(PayCurveProperty, BoundsHoldEverywhereAndChangeNothingWithin, ()) {
  RateTable table{*rc::gen::element(TierMethod::kMarginal, TierMethod::kWhole), TierBasis::kAmount,
                  AnyTiers()};
  const PayCurve pay = CurveOf(table, 1, "");
  const Exact floor = *rc::gen::inRange(0, 10'000), cap = floor + *rc::gen::inRange(0, 100'000);
  const PayCurve bounded = pay.AtLeast(floor, "floor").CappedAt(cap, "cap");
  const Exact x(*rc::gen::inRange(0, 500'000'000), 100);
  const Exact joint = pay.pieces().back().from;  // where a piece begins at the very cap
  RC_ASSERT(pay.CappedAt(pay.At(joint), "cap").At(joint + x) == pay.At(joint));
  RC_ASSERT(bounded.At(x) == std::min(std::max(pay.At(x), floor), cap));
}

}  // namespace
}  // namespace salesops::performance::domain
