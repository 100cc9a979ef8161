#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/sample_input.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using ::testing::ElementsAre;

struct Outcome {
  std::vector<Earned> earned;
  base::Violations violations;
};

Outcome Earn(const CalculationInput& input, const Commission& commission) {
  Outcome outcome;
  const Measures measures(input, &outcome.violations);
  outcome.earned = EarnCommission(input, measures, commission, &outcome.violations);
  return outcome;
}

// "fact: base × rate = unrounded" of each leaf.
std::vector<std::string> Shown(const std::vector<Earned>& earned) {
  std::vector<std::string> shown;
  for (const Earned& leaf : earned) {
    shown.push_back(absl::StrCat(leaf.fact, ": ", leaf.base->ToCanonicalString(), " × ",
                                 leaf.rate->ToCanonicalString(), " = ",
                                 leaf.unrounded.ToCanonicalString()));
  }
  return shown;
}

// Comprehensive income of a year: table 1 of the Individual Income Tax Law of the People's Republic
// of China as amended on 31 August 2018 (中华人民共和国个人所得税法, 个人所得税税率表一).
RateRule IncomeTax(TierMethod method) {
  return Rule("tax", method, TierBasis::kAmount,
              {{"0", "0.03"},
               {"36000", "0.10"},
               {"144000", "0.20"},
               {"300000", "0.25"},
               {"420000", "0.30"},
               {"660000", "0.35"},
               {"960000", "0.45"}});
}

Decimal TaxOf(const std::string& income, TierMethod method) {
  CalculationInput input = Input();
  input.credits = {Booking("sellers/1", "t1", income)};
  return SumOf(Earn(input, CommissionOf(Per::kPeriod, {IncomeTax(method)})).earned);
}

TEST(EarnCommission, MarginalIsThePublishedTaxByQuickDeduction) {
  // The quick deductions (速算扣除数) that the State Taxation Administration publishes with the
  // table, announcement 61 of 2018: tax = income × rate of its bracket - quick deduction.
  struct Case {
    const char *income, *rate, *deduction;
  };
  for (const Case& c : {Case{"30000", "0.03", "0"},
                        {"36000", "0.03", "0"},
                        {"144000", "0.10", "2520"},
                        {"144000.01", "0.20", "16920"},
                        {"300000", "0.20", "16920"},
                        {"350000", "0.25", "31920"},
                        {"500000", "0.30", "52920"},
                        {"660000.55", "0.35", "85920"},
                        {"1000000", "0.45", "181920"}}) {
    EXPECT_EQ(TaxOf(c.income, TierMethod::kMarginal), D(c.income) * D(c.rate) - D(c.deduction))
        << c.income;
  }
  EXPECT_EQ(TaxOf("500000", TierMethod::kMarginal), D("97080"));
}

TEST(EarnCommission, WholeHasOneRateForAll) {
  EXPECT_EQ(TaxOf("500000", TierMethod::kWhole), D("150000"));
  // A tier begins at its amount: one cent less has the rate before. This is the cliff that marginal
  // tables do not have.
  EXPECT_EQ(TaxOf("36000", TierMethod::kWhole), D("3600"));
  EXPECT_EQ(TaxOf("35999.99", TierMethod::kWhole), D("1079.9997"));
}

TEST(EarnCommission, EachLineExplainsItsOwnSlices) {
  CalculationInput input = Input();
  input.credits = {Booking("sellers/1", "t3", "200000", Day(3, 1)),
                   Booking("sellers/1", "t1", "30000", Day(1, 5)),
                   Booking("sellers/1", "t2", "10000", Day(1, 6))};
  const Outcome outcome =
      Earn(input, CommissionOf(Per::kPeriod, {IncomeTax(TierMethod::kMarginal)}));
  EXPECT_THAT(Shown(outcome.earned),
              ElementsAre("t1: 30000 × 0.03 = 900", "t2: 6000 × 0.03 = 180", "t2: 4000 × 0.1 = 400",
                          "t3: 104000 × 0.1 = 10400", "t3: 96000 × 0.2 = 19200"));
  EXPECT_EQ(outcome.earned[2].note, "tier 2 of 7: from 36000");
  EXPECT_EQ(outcome.earned[2].rule, "tax");
  EXPECT_EQ(outcome.earned[2].line, "1");
  EXPECT_EQ(outcome.earned[2].order, "o-t2");
}

TEST(EarnCommission, WhatTakesBackDoesSoFromAbove) {
  CalculationInput input = Input();
  input.credits = {Booking("sellers/1", "t1", "40000", Day(1, 5)),
                   CreditOf(FactKind::kCancellation, "sellers/1", "t2", "-10000", Day(1, 6)),
                   CreditOf(FactKind::kCancellation, "sellers/1", "t3", "-35000", Day(1, 7))};
  const Outcome outcome =
      Earn(input, CommissionOf(Per::kPeriod, {IncomeTax(TierMethod::kMarginal)}));
  EXPECT_THAT(
      Shown(outcome.earned),
      ElementsAre("t1: 36000 × 0.03 = 1080", "t1: 4000 × 0.1 = 400", "t2: -4000 × 0.1 = -400",
                  "t2: -6000 × 0.03 = -180", "t3: -35000 × 0.03 = -1050"));
  // In all -5000, which the first tier holds for.
  EXPECT_EQ(SumOf(outcome.earned), D("-150"));
}

RateRule Accelerator(TierMethod method) {
  return Rule("accelerator", method, TierBasis::kAttainment, {{"0", "0.10"}, {"1", "0.15"}});
}

TEST(EarnCommission, AcceleratorAboveQuota) {
  // By hand: quota 100,000, 10 % up to it, one and a half times that above. 120,000 sold give
  // 100,000 × 10 % + 20,000 × 15 % = 13,000; paid back to the first yuan, 120,000 × 15 % = 18,000.
  CalculationInput input = Input();
  input.credits = {Booking("sellers/1", "t1", "90000", Day(1, 5)),
                   Booking("sellers/1", "t2", "30000", Day(1, 6))};
  input.quotas = {{"sellers/1", Ref(Measure::kBookings), D("100000")}};
  const Outcome marginal =
      Earn(input, CommissionOf(Per::kPeriod, {Accelerator(TierMethod::kMarginal)}));
  EXPECT_THAT(
      Shown(marginal.earned),
      ElementsAre("t1: 90000 × 0.1 = 9000", "t2: 10000 × 0.1 = 1000", "t2: 20000 × 0.15 = 3000"));
  EXPECT_EQ(marginal.earned[2].note, "tier 2 of 2: from attainment 1");
  const Outcome whole = Earn(input, CommissionOf(Per::kPeriod, {Accelerator(TierMethod::kWhole)}));
  EXPECT_EQ(SumOf(whole.earned), D("18000"));
  EXPECT_EQ(whole.earned[0].note, "tier 2 of 2: from attainment 1, for all");
}

TEST(EarnCommission, AQuotaIsProratedByDaysOfAssignment) {
  CalculationInput input = Input();
  input.members[0].days = {{Day(1, 1), Day(1, 31)}, {Day(3, 17), Day(4, 1)}};  // 45 of 90 days
  input.quotas = {{"sellers/1", Ref(Measure::kBookings), D("100000")}};
  input.credits = {Booking("sellers/1", "t1", "60000", Day(1, 5)),
                   Booking("sellers/1", "t2", "60000", Day(2, 15))};  // not assigned
  const Commission commission = CommissionOf(Per::kPeriod, {Accelerator(TierMethod::kMarginal)});
  EXPECT_THAT(Shown(Earn(input, commission).earned),
              ElementsAre("t1: 50000 × 0.1 = 5000", "t1: 10000 × 0.15 = 1500"));
  input.plan.prorate = false;
  EXPECT_THAT(Shown(Earn(input, commission).earned), ElementsAre("t1: 60000 × 0.1 = 6000"));
}

TEST(EarnCommission, AttainmentCountsLinesOfEveryRule) {
  CalculationInput input = Input();
  input.quotas = {{"sellers/1", Ref(Measure::kBookings), D("100")}};
  RateRule lens =
      Rule("lens", TierMethod::kMarginal, TierBasis::kAttainment, {{"0", "0.01"}, {"1", "0.02"}});
  lens.match.products = {"products/lens"};
  input.credits = {Booking("sellers/1", "t1", "80", Day(1, 5)),
                   Booking("sellers/1", "t2", "50", Day(1, 6))};
  input.credits[1].product = "products/lens";
  EXPECT_THAT(
      Shown(Earn(input, CommissionOf(Per::kPeriod, {Accelerator(TierMethod::kMarginal), lens}))
                .earned),
      ElementsAre("t1: 80 × 0.1 = 8", "t2: 20 × 0.01 = 0.2", "t2: 30 × 0.02 = 0.6"));
}

TEST(EarnCommission, WithoutAQuotaAttainmentsAreRefused) {
  CalculationInput input = Input();
  input.credits = {Booking("sellers/1", "t1", "1")};
  const Outcome outcome =
      Earn(input, CommissionOf(Per::kPeriod, {Accelerator(TierMethod::kWhole)}));
  EXPECT_THAT(Told(outcome.violations), ElementsAre("sellers/1 QUOTA_MISSING"));
}

TEST(EarnCommission, PerLineAndOrderTiersBeginAnew) {
  CalculationInput input = Input();
  input.credits = {Booking("sellers/1", "t1", "60", Day(1, 5)),
                   Booking("sellers/1", "t2", "60", Day(1, 6)),
                   Booking("sellers/1", "t3", "60", Day(1, 7))};
  input.credits[0].order = "b";
  input.credits[1].order = "a";
  input.credits[2].order = "b";
  const RateRule rule =
      Rule("r", TierMethod::kMarginal, TierBasis::kAmount, {{"0", "0.1"}, {"100", "0.2"}});
  EXPECT_EQ(SumOf(Earn(input, CommissionOf(Per::kLine, {rule})).earned), D("18"));
  EXPECT_EQ(SumOf(Earn(input, CommissionOf(Per::kPeriod, {rule})).earned), D("26"));
  EXPECT_THAT(
      Shown(Earn(input, CommissionOf(Per::kOrder, {rule})).earned),
      ElementsAre("t2: 60 × 0.1 = 6", "t1: 60 × 0.1 = 6", "t3: 40 × 0.1 = 4", "t3: 20 × 0.2 = 4"));
}

TEST(EarnCommission, TheMostSpecificRuleHoldsAndATieIsRefused) {
  CalculationInput input = Input();
  input.credits = {Booking("sellers/1", "t1", "100"), Booking("sellers/1", "t2", "100")};
  input.credits[1].product_category = "service";
  const auto flat = [](const std::string& id, const std::string& rate) {
    return Rule(id, TierMethod::kMarginal, TierBasis::kAmount, {{"0", rate}});
  };
  RateRule all = flat("all", "0.01");
  RateRule hardware = flat("hardware", "0.02");
  hardware.match.product_categories = {"hardware"};
  RateRule camera = flat("camera", "0.03");
  camera.match.products = {"products/camera"};
  camera.match.product_categories = {"hardware"};
  EXPECT_THAT(Shown(Earn(input, CommissionOf(Per::kPeriod, {all, hardware, camera})).earned),
              ElementsAre("t1: 100 × 0.03 = 3", "t2: 100 × 0.01 = 1"));
  EXPECT_THAT(Shown(Earn(input, CommissionOf(Per::kPeriod, {hardware})).earned),
              ElementsAre("t1: 100 × 0.02 = 2"));
  camera.match.product_categories.clear();
  const Outcome tied = Earn(input, CommissionOf(Per::kPeriod, {all, hardware, camera}));
  ASSERT_THAT(Told(tied.violations), ElementsAre("t1 RULES_TIE"));
  EXPECT_THAT(tied.violations.list()[0].message, ::testing::HasSubstr("hardware and camera"));
}

// ---- laws

// ∫ of the rates from 0 to x: what marginal tables give, told in another way.
Decimal IntegralTo(const Decimal& x, const std::vector<Tier>& tiers) {
  Decimal sum;
  for (size_t i = 0; i < tiers.size(); ++i) {
    Decimal to = x;
    if (i + 1 < tiers.size() && tiers[i + 1].from < to) to = tiers[i + 1].from;
    if (i > 0 && to < tiers[i].from) break;
    sum += (to - tiers[i].from) * tiers[i].rate;
  }
  return sum;
}

RateRule AnyTable(TierMethod method) {
  RateRule rule = Rule("any", method, TierBasis::kAmount, {});
  int64_t from = 0;
  const int tiers = *rc::gen::inRange(1, 6);
  for (int i = 0; i < tiers; ++i) {
    rule.table.tiers.push_back(
        {Decimal::FromUnscaled(from, 2), Decimal::FromUnscaled(*rc::gen::inRange(0, 3000), 4)});
    from += *rc::gen::inRange(1, 200'000);
  }
  return rule;
}

RC_GTEST_PROP(EarnCommissionProperty, MarginalSlicesSumExactlyInAnyOrderOfLines, ()) {
  const RateRule rule = AnyTable(TierMethod::kMarginal);
  CalculationInput input = Input();
  Decimal total;
  const int lines = *rc::gen::inRange(0, 12);
  for (int i = 0; i < lines; ++i) {
    Credit credit = Booking("sellers/1", absl::StrCat("t", i), "0",
                            Day(*rc::gen::inRange(1, 4), *rc::gen::inRange(1, 28)));
    credit.amount = Decimal::FromUnscaled(*rc::gen::inRange(-100'000, 300'000), 2);
    total += credit.amount;
    input.credits.push_back(credit);
  }
  const Outcome outcome = Earn(input, CommissionOf(Per::kPeriod, {rule}));
  RC_ASSERT(SumOf(outcome.earned) == IntegralTo(total, rule.table.tiers));
  Decimal bases;
  for (const Earned& leaf : outcome.earned) {
    bases += *leaf.base;
    RC_ASSERT(*leaf.base * *leaf.rate == leaf.unrounded);
  }
  RC_ASSERT(bases == total);
}

RC_GTEST_PROP(EarnCommissionProperty, MarginalIsMonotoneAndContinuous, ()) {
  const RateRule rule = AnyTable(TierMethod::kMarginal);
  const Decimal cent = Decimal::FromUnscaled(1, 2);
  // Around a tier's beginning as often as anywhere.
  const auto& tiers = rule.table.tiers;
  const size_t near = *rc::gen::inRange<size_t>(0, tiers.size());
  const Decimal x = tiers[near].from + Decimal::FromUnscaled(*rc::gen::inRange(-2, 300), 2);
  const auto pay = [&](const Decimal& amount) {
    CalculationInput input = Input();
    input.credits = {Booking("sellers/1", "t1", amount.ToString())};
    return SumOf(Earn(input, CommissionOf(Per::kPeriod, {rule})).earned);
  };
  const Decimal step = pay(x + cent) - pay(x);
  RC_ASSERT(!step.is_negative());
  RC_ASSERT(step <= cent * D("0.3"));  // the highest rate: no cliff anywhere
}

RC_GTEST_PROP(EarnCommissionProperty, WholeIsOneRateTimesTheSum, ()) {
  const RateRule rule = AnyTable(TierMethod::kWhole);
  CalculationInput input = Input();
  Decimal total;
  const int lines = *rc::gen::inRange(1, 8);
  for (int i = 0; i < lines; ++i) {
    input.credits.push_back(Booking("sellers/1", absl::StrCat("t", i), "0"));
    input.credits.back().amount = Decimal::FromUnscaled(*rc::gen::inRange(1, 100'000), 2);
    total += input.credits.back().amount;
  }
  Decimal rate;
  for (const Tier& tier : rule.table.tiers) {
    if (tier.from <= total) rate = tier.rate;
  }
  RC_ASSERT(SumOf(Earn(input, CommissionOf(Per::kPeriod, {rule})).earned) == total * rate);
}

}  // namespace
}  // namespace salesops::performance::domain
