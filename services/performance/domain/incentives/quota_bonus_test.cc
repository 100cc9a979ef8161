#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "services/performance/domain/incentives/sample_input.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

QuotaBonus Bonus(CurveShape shape) {
  // By hand: nothing below 80 %, half at 80 %, the target at 100 %, double from 150 % on.
  QuotaBonus bonus;
  bonus.measure = Ref(Measure::kBookings);
  bonus.target_amount = D("10000");
  bonus.shape = shape;
  bonus.points = {{D("0.8"), D("0.5")}, {D("1"), D("1")}, {D("1.5"), D("2")}};
  return bonus;
}

Earned BonusAt(const std::string& sold, CurveShape shape) {
  CalculationInput input = Input();
  input.quotas = {{"sellers/1", Ref(Measure::kBookings), D("1000")}};
  input.credits = {Booking("sellers/1", "t1", sold)};
  base::Violations violations;
  const Measures measures(input, &violations);
  return EarnQuotaBonus(input, measures, Bonus(shape), &violations).at(0);
}

TEST(EarnQuotaBonus, StepsPayTheLastPointReached) {
  const auto pay = [](const char* sold) { return BonusAt(sold, CurveShape::kSteps).unrounded; };
  EXPECT_EQ(pay("799.99"), D("0"));
  EXPECT_EQ(pay("800"), D("5000"));
  EXPECT_EQ(pay("999.99"), D("5000"));
  EXPECT_EQ(pay("1000"), D("10000"));
  EXPECT_EQ(pay("9000"), D("20000"));
  EXPECT_EQ(pay("-5"), D("0"));
}

TEST(EarnQuotaBonus, LinearPaysBetweenPoints) {
  const auto pay = [](const char* sold) { return BonusAt(sold, CurveShape::kLinear).unrounded; };
  EXPECT_EQ(pay("799.99"), D("0"));
  EXPECT_EQ(pay("800"), D("5000"));
  EXPECT_EQ(pay("900"), D("7500"));    // half way from 0.5 to 1
  EXPECT_EQ(pay("1125"), D("12500"));  // a quarter of the way from 1 to 2
  EXPECT_EQ(pay("1500"), D("20000"));
  EXPECT_EQ(pay("1600"), D("20000"));
  // A third of the way: 0.6666666667 after the point, with 10 digits.
  QuotaBonus thirds = Bonus(CurveShape::kLinear);
  EXPECT_EQ(BonusAt("1166.67", CurveShape::kLinear).rate, D("1.33334"));
}

TEST(EarnQuotaBonus, ExplainsItself) {
  const Earned bonus = BonusAt("900", CurveShape::kLinear);
  EXPECT_EQ(bonus.base, D("10000"));
  EXPECT_EQ(bonus.rate, D("0.75"));
  EXPECT_EQ(bonus.note,
            "attainment 0.9; between point 1 of 3: 0.5 from attainment 0.8 and point 2 of 3: 1 "
            "from attainment 1");
  EXPECT_THAT(BonusAt("1", CurveShape::kSteps).note, HasSubstr("below the first point"));
}

TEST(EarnQuotaBonus, TargetAndQuotaAreProrated) {
  CalculationInput input = Input();
  input.members[0].days = {{Day(3, 2), Day(4, 1)}};  // 30 of 90 days
  input.quotas = {{"sellers/1", Ref(Measure::kBookings), D("900")}};
  input.credits = {Booking("sellers/1", "t1", "300", Day(3, 5))};
  base::Violations violations;
  const Measures measures(input, &violations);
  const auto earned = EarnQuotaBonus(input, measures, Bonus(CurveShape::kSteps), &violations);
  ASSERT_EQ(earned.size(), 1u);
  EXPECT_EQ(earned[0].base, D("3333.3333"));
  EXPECT_EQ(earned[0].unrounded, D("3333.3333"));
}

TEST(EarnQuotaBonus, NeedsQuotaAndValue) {
  CalculationInput input = Input();
  input.members = {Member("sellers/1"), Member("sellers/2")};
  input.quotas = {{"sellers/2", Imported("satisfaction"), D("80")}};
  QuotaBonus bonus = Bonus(CurveShape::kSteps);
  bonus.measure = Imported("satisfaction");
  base::Violations violations;
  const Measures measures(input, &violations);
  EarnQuotaBonus(input, measures, bonus, &violations);
  EXPECT_THAT(Told(violations), ElementsAre("sellers/1 QUOTA_MISSING", "sellers/2 VALUE_MISSING"));
}

RC_GTEST_PROP(EarnQuotaBonusProperty, ARisingCurveNeverPaysLessForMore, ()) {
  const auto shape = *rc::gen::element(CurveShape::kSteps, CurveShape::kLinear);
  const Decimal sold = Decimal::FromUnscaled(*rc::gen::inRange(0, 200'000), 2);
  const Decimal more = sold + Decimal::FromUnscaled(*rc::gen::inRange(0, 10'000), 2);
  RC_ASSERT(BonusAt(sold.ToString(), shape).unrounded <= BonusAt(more.ToString(), shape).unrounded);
}

}  // namespace
}  // namespace salesops::performance::domain
