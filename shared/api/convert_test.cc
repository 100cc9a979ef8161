#include "shared/api/convert.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesops::api {
namespace {

TEST(ConvertTest, TimestampKeepsMicrosecondsOnBothSidesOfTheEpoch) {
  for (int64_t micros :
       {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{-1'000'000}, int64_t{1'767'225'600'123'456}}) {
    const absl::Time t = absl::FromUnixMicros(micros);
    const google::protobuf::Timestamp proto = ToTimestamp(t);
    EXPECT_GE(proto.nanos(), 0);
    EXPECT_LT(proto.nanos(), 1'000'000'000);
    EXPECT_EQ(FromTimestamp(proto), t);
  }
}

TEST(ConvertTest, TimestampCutsWhatTheDatabaseCannotKeep) {
  google::protobuf::Timestamp t;
  t.set_seconds(7);
  t.set_nanos(1'999);
  EXPECT_EQ(FromTimestamp(t), absl::FromUnixMicros(7'000'001));
}

TEST(ConvertTest, DateIsTheSameDay) {
  const base::CivilDay day(2024, 2, 29);
  EXPECT_EQ(ToDate(day).ShortDebugString(), "year: 2024 month: 2 day: 29");
  EXPECT_EQ(FromDate(ToDate(day)), day);
}

TEST(ConvertTest, DecimalTravelsInCanonicalText) {
  EXPECT_EQ(ToDecimal(base::Decimal::Parse("12.500").value()).value(), "12.5");
  google::type::Decimal d;
  d.set_value("-0.125");
  EXPECT_EQ(FromDecimal(d).ToString(), "-0.125");
}

TEST(ConvertTest, MoneySplitsIntoUnitsAndNanosOfOneSign) {
  const google::type::Money m = ToMoney({"CNY", base::Decimal::Parse("-1.75").value()});
  EXPECT_EQ(m.units(), -1);
  EXPECT_EQ(m.nanos(), -750'000'000);
  EXPECT_EQ(FromMoney(m).amount.ToString(), "-1.75");
}

TEST(ConvertTest, MoneyHasTheScaleOfItsCurrency) {
  google::type::Money m;
  m.set_currency_code("JPY");
  m.set_units(12);
  EXPECT_EQ(FromMoney(m).amount.ToString(), "12");
  m.set_currency_code("CNY");
  EXPECT_EQ(FromMoney(m).amount.ToString(), "12.00");
}

TEST(ConvertTest, MoneyLosesNoDigitSilently) {
  google::type::Money m;
  m.set_currency_code("CNY");
  m.set_nanos(1'000'000);
  EXPECT_EQ(FromMoney(m).amount, base::Decimal::Parse("0.001").value());
}

RC_GTEST_PROP(ConvertProperty, MoneyRoundTrips, (int64_t cents)) {
  const base::Money money{"CNY", base::Decimal::FromUnscaled(cents, 2)};
  RC_ASSERT(FromMoney(ToMoney(money)) == money);
}

}  // namespace
}  // namespace salesops::api
