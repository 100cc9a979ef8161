#include "services/performance/domain/quota.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/performance/domain/measure_value.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> FaultsOf(const Quota& quota) {
  base::Violations violations;
  CheckQuota(quota, &violations);
  std::vector<std::string> faults;
  for (const base::Violation& v : violations.list()) faults.push_back(v.field + " " + v.reason);
  return faults;
}

// The second quarter of 2026: 91 days.
Quota Bookings() {
  Quota quota;
  quota.payee = "sellers/s1";
  quota.measure = Measure::kBookings;
  quota.calendar_id = "gregorian";
  quota.level = PeriodLevel::kQuarter;
  quota.fiscal_year = 2026;
  quota.number = 2;
  quota.start_date = CivilDay(2026, 4, 1);
  quota.end_date = CivilDay(2026, 7, 1);
  quota.amount = Decimal::FromInt(910000);
  quota.currency = "CNY";
  return quota;
}

TEST(QuotaTest, AWholeOneHasNoFault) { EXPECT_THAT(FaultsOf(Bookings()), IsEmpty()); }

TEST(QuotaTest, MoneyHasACurrencyAndUnitsHaveNone) {
  Quota quota = Bookings();
  quota.currency = "";
  EXPECT_THAT(FaultsOf(quota), ElementsAre("currency_code REQUIRED"));
  quota.measure = Measure::kUnits;
  EXPECT_THAT(FaultsOf(quota), IsEmpty());
  quota.currency = "CNY";
  EXPECT_THAT(FaultsOf(quota), ElementsAre("currency_code NOT_ALLOWED"));
}

TEST(QuotaTest, OnlyAnImportedMeasureIsNamed) {
  Quota quota = Bookings();
  quota.imported_measure = "satisfaction";
  EXPECT_THAT(FaultsOf(quota), ElementsAre("measure.imported_measure NOT_ALLOWED"));
  quota.measure = Measure::kImported;
  quota.currency = "";
  EXPECT_THAT(FaultsOf(quota), IsEmpty());
  quota.imported_measure = "";
  EXPECT_THAT(FaultsOf(quota), ElementsAre("measure.imported_measure REQUIRED"));
}

TEST(QuotaTest, ThereAreFourQuarters) {
  Quota quota = Bookings();
  quota.number = 5;
  EXPECT_THAT(FaultsOf(quota), ElementsAre("number OUT_OF_RANGE"));
  quota.end_date = quota.start_date;
  quota.number = 4;
  EXPECT_THAT(FaultsOf(quota), ElementsAre("end_date BAD_RANGE"));
}

TEST(QuotaTest, AmountsHaveTheDigitsOfTheCurrency) {
  Quota quota = Bookings();
  quota.amount = *Decimal::Parse("100.001");
  EXPECT_THAT(FaultsOf(quota), ElementsAre("amount TOO_PRECISE"));
}

TEST(QuotaTest, StepsAreInOrderFromTheFirstDay) {
  Quota quota = Bookings();
  quota.ramp = {{CivilDay(2026, 4, 2), Decimal::FromInt(1)}};
  EXPECT_THAT(FaultsOf(quota), ElementsAre("ramp[0].start_date BAD_RANGE"));
  quota.ramp = {{CivilDay(2026, 4, 1), *Decimal::Parse("0.5")},
                {CivilDay(2026, 6, 1), Decimal::FromInt(1)},
                {CivilDay(2026, 5, 1), Decimal::FromInt(1)}};
  EXPECT_THAT(FaultsOf(quota), ElementsAre("ramp[2].start_date NOT_ORDERED"));
  quota.ramp = {{CivilDay(2026, 4, 1), Decimal()}};
  EXPECT_THAT(FaultsOf(quota), ElementsAre("ramp OUT_OF_RANGE"));
}

// By hand: 910,000 / 91 = 10,000 a day; April 30 × 0.25, May 31 × 0.5, June 30 × 1:
// 75,000 + 155,000 + 300,000 = 530,000.
TEST(QuotaTest, ARampLeavesTheSharesOfItsDays) {
  Quota quota = Bookings();
  EXPECT_EQ(RampedAmount(quota), Decimal::FromInt(910000));
  quota.ramp = {{CivilDay(2026, 4, 1), *Decimal::Parse("0.25")},
                {CivilDay(2026, 5, 1), *Decimal::Parse("0.5")},
                {CivilDay(2026, 6, 1), Decimal::FromInt(1)}};
  EXPECT_THAT(FaultsOf(quota), IsEmpty());
  EXPECT_EQ(RampedAmount(quota), Decimal::FromInt(530000));
  // 100 × (30 × 0.25 + 31 × 0.5 + 30) / 91 = 5300 / 91 = 58.2417…, once rounded.
  quota.amount = Decimal::FromInt(100);
  EXPECT_EQ(RampedAmount(quota), *Decimal::Parse("58.24"));
}

TEST(MeasureValueTest, ItsDaysHaveAnEnd) {
  MeasureValueRecord value;
  value.start_date = value.end_date = CivilDay(2026, 1, 1);
  base::Violations violations;
  CheckMeasureValue(value, &violations);
  ASSERT_EQ(violations.list().size(), 1u);
  EXPECT_EQ(violations.list()[0].reason, "BAD_RANGE");
}

TEST(MeasureValueTest, OnlyASellerIsASeller) {
  EXPECT_EQ(SellerIdOf("sellers/7"), "7");
  EXPECT_EQ(SellerIdOf("teams/7"), "");
}

}  // namespace
}  // namespace salesops::performance::domain
