#include "services/organization/domain/absence.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;

CivilDay Day(int n) { return CivilDay(2026, 1, 1) + n; }
DayRange Days(int start, int end) { return {Day(start), Day(end)}; }

Absence Away(const DayRange& days, const char* share) {
  Absence absence;
  absence.start_date = days.start;
  absence.end_date = days.end;
  absence.share = Decimal::Parse(share).value();
  return absence;
}

TEST(CheckAbsence, NeedsDays) {
  base::Violations violations;
  CheckAbsence(Away(Days(3, 3), "1"), &violations);
  ASSERT_EQ(violations.list().size(), 1U);
  EXPECT_EQ(violations.list()[0].field, "end_date");
  EXPECT_EQ(violations.list()[0].reason, "BAD_RANGE");
}

TEST(FirstDayAbsentAboveOne, TwoHalvesAreADay) {
  EXPECT_FALSE(FirstDayAbsentAboveOne({Away(Days(0, 9), "0.5"), Away(Days(3, 4), "0.5")}));
  EXPECT_FALSE(FirstDayAbsentAboveOne({Away(Days(0, 9), "1"), Away(Days(9, 10), "1")}));
  const auto above = FirstDayAbsentAboveOne({Away(Days(0, 9), "0.5"), Away(Days(3, 4), "0.6")});
  ASSERT_TRUE(above);
  EXPECT_EQ(above->day, Day(3));
  EXPECT_EQ(above->total, Decimal::Parse("1.1").value());
}

RC_GTEST_PROP(FirstDayAbsentAboveOneProperty, AgreesWithDayByDay, ()) {
  std::vector<Absence> absences;
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    const int start = *rc::gen::inRange(0, 20);
    Absence& absence =
        absences.emplace_back(Away(Days(start, start + *rc::gen::inRange(0, 9)), "1"));
    if (*rc::gen::inRange(0, 4) == 0) absence.end_date.reset();
    absence.share = Decimal::FromUnscaled(*rc::gen::inRange(1, 11), 1);
  }
  std::optional<CivilDay> expected;
  for (int n = 40; n >= 0; --n) {
    Decimal sum;
    for (const Absence& absence : absences) {
      if (absence.days().Contains(Day(n))) sum += absence.share;
    }
    if (sum > Decimal::FromInt(1)) expected = Day(n);
  }
  const auto above = FirstDayAbsentAboveOne(absences);
  RC_ASSERT(above.has_value() == expected.has_value());
  if (above) RC_ASSERT(above->day == *expected);
}

}  // namespace
}  // namespace salesops::organization::domain
