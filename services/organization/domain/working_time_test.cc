#include "services/organization/domain/working_time.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;

std::vector<WorkingHours> MondayToFriday(const std::vector<WorkingInterval>& intervals) {
  std::vector<WorkingHours> hours;
  for (int i = 0; i < 5; ++i) hours.push_back({static_cast<absl::Weekday>(i), intervals});
  return hours;
}

// Mainland China, autumn 2024: 国办发明电〔2023〕7号.
Calendar Shanghai() {
  Calendar calendar;
  calendar.time_zone = "Asia/Shanghai";
  calendar.working_hours = MondayToFriday({{540, 720}, {780, 1080}});
  calendar.holidays = {{"中秋节", {CivilDay(2024, 9, 15), CivilDay(2024, 9, 18)}, ""},
                       {"国庆节", {CivilDay(2024, 10, 1), CivilDay(2024, 10, 8)}, ""}};
  calendar.make_up_days = {{CivilDay(2024, 9, 14), absl::Weekday::monday, "", ""},
                           {CivilDay(2024, 9, 29), absl::Weekday::monday, "", ""},
                           {CivilDay(2024, 10, 12), absl::Weekday::monday, "", ""}};
  return calendar;
}

Calendar RoundTheClock(const std::string& zone) {
  Calendar calendar;
  calendar.time_zone = zone;
  for (int i = 0; i < 7; ++i) {
    calendar.working_hours.push_back({static_cast<absl::Weekday>(i), {{0, 1440}}});
  }
  return calendar;
}

absl::Time At(const std::string& zone, absl::CivilSecond civil) {
  return absl::FromCivil(civil, *FindZone(zone));
}
absl::Time ShanghaiTime(int year, int month, int day, int hour, int minute = 0) {
  return At("Asia/Shanghai", absl::CivilSecond(year, month, day, hour, minute));
}

TEST(IsWorked, HolidaysAndMakeUpDaysGoBeforeTheWeekday) {
  const Calendar calendar = Shanghai();
  const WorkingTime working(calendar);
  EXPECT_TRUE(working.IsWorked(CivilDay(2024, 9, 13)));   // Friday
  EXPECT_TRUE(working.IsWorked(CivilDay(2024, 9, 14)));   // Saturday, made up
  EXPECT_FALSE(working.IsWorked(CivilDay(2024, 9, 16)));  // Monday, holiday
  EXPECT_TRUE(working.IsWorked(CivilDay(2024, 9, 29)));   // Sunday, made up
  EXPECT_FALSE(working.IsWorked(CivilDay(2024, 10, 7)));  // Monday, holiday
  EXPECT_FALSE(working.IsWorked(CivilDay(2024, 10, 6)));
}

TEST(CountDays, OctoberOf2024HasNineteen) {
  // 23 weekdays, 5 of them holidays, and the 12th made up.
  const Calendar calendar = Shanghai();
  const WorkingTime working(calendar);
  EXPECT_EQ(working.CountDays({CivilDay(2024, 10, 1), CivilDay(2024, 11, 1)}), 19);
  EXPECT_EQ(working.CountDays({CivilDay(2024, 10, 1), CivilDay(2024, 10, 1)}), 0);
}

TEST(Add, CountsFromTheDayAfter) {
  const Calendar calendar = Shanghai();
  const WorkingTime working(calendar);
  const CivilDay monday(2024, 9, 30);
  EXPECT_EQ(working.Add(monday, 0), monday);
  EXPECT_EQ(working.Add(monday, 1), CivilDay(2024, 10, 8));
  EXPECT_EQ(working.Add(monday, 5), CivilDay(2024, 10, 12));
  EXPECT_EQ(working.Add(monday, -1), CivilDay(2024, 9, 29));
  const CivilDay holiday(2024, 10, 3);
  EXPECT_EQ(working.Add(holiday, 0), CivilDay(2024, 10, 8));
  EXPECT_EQ(working.Add(holiday, 1), CivilDay(2024, 10, 8));
  EXPECT_EQ(working.Add(holiday, -1), CivilDay(2024, 9, 30));
}

TEST(Add, GivesUpWhereNothingIsWorked) {
  Calendar calendar = Shanghai();
  calendar.working_hours.clear();
  EXPECT_EQ(WorkingTime(calendar).Add(CivilDay(2024, 1, 1), 1), std::nullopt);
}

TEST(Between, LeavesOutNightsBreaksWeekendsAndHolidays) {
  const Calendar calendar = Shanghai();
  const WorkingTime working(calendar);
  // Friday 17:30 to Saturday 09:30, which is made up.
  const auto over_night =
      working.Between(ShanghaiTime(2024, 9, 13, 17, 30), ShanghaiTime(2024, 9, 14, 9, 30));
  EXPECT_EQ(over_night.time, absl::Hours(1));
  EXPECT_EQ(over_night.days, 2);
  EXPECT_EQ(working.Between(ShanghaiTime(2024, 9, 30, 11), ShanghaiTime(2024, 9, 30, 14)).time,
            absl::Hours(2));
  EXPECT_EQ(working.Between(ShanghaiTime(2024, 9, 30, 18), ShanghaiTime(2024, 10, 8, 9)).time,
            absl::ZeroDuration());
  EXPECT_EQ(working.Between(ShanghaiTime(2024, 9, 30, 17), ShanghaiTime(2024, 10, 8, 10)).time,
            absl::Hours(2));
}

TEST(Between, GoesOverTheEndOfAYear) {
  Calendar calendar = Shanghai();
  calendar.holidays = {
      {"元旦", {CivilDay(2025, 1, 1), CivilDay(2025, 1, 2)}, "国办发明电〔2024〕12号"}};
  calendar.make_up_days.clear();
  // Tuesday afternoon to Thursday morning.
  EXPECT_EQ(WorkingTime(calendar)
                .Between(ShanghaiTime(2024, 12, 31, 13), ShanghaiTime(2025, 1, 2, 12))
                .time,
            absl::Hours(8));
}

TEST(Between, CountsTheHoursThatANightReallyHas) {
  // New York set clocks forward on 2024-03-10 and back on 2024-11-03, at 02:00.
  const Calendar calendar = RoundTheClock("America/New_York");
  const WorkingTime working(calendar);
  const auto day = [&](int month, int day) {
    return working
        .Between(At("America/New_York", absl::CivilDay(2024, month, day)),
                 At("America/New_York", absl::CivilDay(2024, month, day + 1)))
        .time;
  };
  EXPECT_EQ(day(3, 10), absl::Hours(23));
  EXPECT_EQ(day(3, 11), absl::Hours(24));
  EXPECT_EQ(day(11, 3), absl::Hours(25));
}

TEST(Between, TheDayThatSamoaLeftOutHasNoHours) {
  // Samoa went from Thursday 2011-12-29 to Saturday 2011-12-31.
  const Calendar calendar = RoundTheClock("Pacific/Apia");
  const auto worked =
      WorkingTime(calendar).Between(At("Pacific/Apia", absl::CivilDay(2011, 12, 29)),
                                    At("Pacific/Apia", absl::CivilDay(2012, 1, 1)));
  EXPECT_EQ(worked.time, absl::Hours(48));
  EXPECT_EQ(worked.days, 2);
}

TEST(Between, AnotherZoneHasItsOwnDays) {
  // Friday 18:00 in Shanghai is Friday 11:00 in London (summer time).
  Calendar calendar = Shanghai();
  calendar.time_zone = "Europe/London";
  calendar.holidays.clear();
  calendar.make_up_days.clear();
  EXPECT_EQ(WorkingTime(calendar)
                .Between(ShanghaiTime(2024, 7, 5, 18), ShanghaiTime(2024, 7, 5, 20))
                .time,
            absl::Hours(1));
}

TEST(IsProvisional, OutsideTheDaysThatAreKnown) {
  Calendar calendar = Shanghai();
  EXPECT_FALSE(WorkingTime(calendar).IsProvisional({CivilDay(1900, 1, 1), CivilDay(2100, 1, 1)}));
  calendar.known_from_date = CivilDay(2024, 1, 1);
  calendar.known_until_date = CivilDay(2025, 1, 1);
  const WorkingTime working(calendar);
  EXPECT_FALSE(working.IsProvisional({CivilDay(2024, 1, 1), CivilDay(2025, 1, 1)}));
  EXPECT_TRUE(working.IsProvisional({CivilDay(2024, 1, 1), CivilDay(2025, 1, 2)}));
  EXPECT_TRUE(working.IsProvisional({CivilDay(2023, 12, 31), CivilDay(2024, 1, 2)}));
}

// ---- laws

Calendar AnyCalendar() {
  static const std::vector<std::string> kZones = {
      "Asia/Shanghai",  "America/New_York",  "Europe/London",       "Pacific/Apia",
      "Asia/Kathmandu", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"};
  Calendar calendar;
  calendar.time_zone = *rc::gen::elementOf(kZones);
  for (int i = 0; i < 7; ++i) {
    WorkingHours hours{static_cast<absl::Weekday>(i), {}};
    int minute = *rc::gen::inRange(0, 600);
    for (int n = *rc::gen::inRange(i == 0 ? 1 : 0, 4); n > 0 && minute < kMinutesPerDay; --n) {
      const int end = std::min(kMinutesPerDay, minute + *rc::gen::inRange(1, 500));
      hours.intervals.push_back({minute, end});
      minute = end + *rc::gen::inRange(0, 120);
    }
    if (!hours.intervals.empty()) calendar.working_hours.push_back(hours);
  }
  CivilDay day(2011, 10, 1);
  for (int n = *rc::gen::inRange(0, 8); n > 0; --n) {
    day += *rc::gen::inRange(1, 40);
    const CivilDay end = day + *rc::gen::inRange(1, 9);
    calendar.holidays.push_back({"h", {day, end}, ""});
    day = end;
    calendar.make_up_days.push_back({day, absl::Weekday::monday, "", ""});
    day += 1;
  }
  return calendar;
}

CivilDay AnyDay() { return CivilDay(2011, 9, 1) + *rc::gen::inRange(0, 500); }
absl::Time AnyTime() {
  return absl::FromCivil(absl::CivilDay(2011, 9, 1), absl::UTCTimeZone()) +
         absl::Microseconds(*rc::gen::inRange<int64_t>(0, int64_t{500} * 86'400'000'000));
}

RC_GTEST_PROP(WorkingTimeProperty, TheGeneratedCalendarsAreGood, ()) {
  base::Violations violations;
  CheckCalendar(AnyCalendar(), &violations);
  RC_ASSERT(violations.empty());
}

RC_GTEST_PROP(WorkingTimeProperty, WhatARangeHasIsWhatItsPartsHave, ()) {
  const Calendar calendar = AnyCalendar();
  const WorkingTime working(calendar);
  std::vector<absl::Time> times = {AnyTime(), AnyTime(), AnyTime()};
  std::sort(times.begin(), times.end());
  const absl::Duration whole = working.Between(times[0], times[2]).time;
  RC_ASSERT(whole ==
            working.Between(times[0], times[1]).time + working.Between(times[1], times[2]).time);
  RC_ASSERT(whole >= absl::ZeroDuration());
  RC_ASSERT(whole <= times[2] - times[0]);
}

RC_GTEST_PROP(WorkingTimeProperty, WhatIsAddedIsWhatIsCounted, ()) {
  const Calendar calendar = AnyCalendar();
  const WorkingTime working(calendar);
  const CivilDay start = AnyDay();
  const int count = *rc::gen::inRange(1, 60);
  const CivilDay after = *working.Add(start, count);
  RC_ASSERT(working.IsWorked(after));
  RC_ASSERT(working.CountDays({start + 1, after + 1}) == count);
  const CivilDay before = *working.Add(start, -count);
  RC_ASSERT(working.IsWorked(before));
  RC_ASSERT(working.CountDays({before, start}) == count);
  // From a worked day, there and back again.
  if (working.IsWorked(start)) RC_ASSERT(*working.Add(after, -count) == start);
}

RC_GTEST_PROP(WorkingTimeProperty, DaysAddUp, ()) {
  const Calendar calendar = AnyCalendar();
  const WorkingTime working(calendar);
  std::vector<CivilDay> days = {AnyDay(), AnyDay(), AnyDay()};
  std::sort(days.begin(), days.end());
  RC_ASSERT(working.CountDays({days[0], days[2]}) ==
            working.CountDays({days[0], days[1]}) + working.CountDays({days[1], days[2]}));
}

// The definition, minute by minute: a minute is worked if the clock of the zone says so. True where
// no clock is set back, since then no time of day comes twice.
RC_GTEST_PROP(WorkingTimeProperty, AgreesWithTheClockMinuteByMinute, ()) {
  Calendar calendar = AnyCalendar();
  calendar.time_zone = *rc::gen::element<std::string>("Asia/Shanghai", "Asia/Kathmandu", "UTC");
  const WorkingTime working(calendar);
  const absl::TimeZone zone = *FindZone(calendar.time_zone);
  const absl::Time start = absl::FromCivil(absl::CivilMinute(AnyDay()), zone);
  const int minutes = *rc::gen::inRange(0, 6000);
  absl::Duration expected;
  for (int i = 0; i < minutes; ++i) {
    const absl::CivilMinute civil = absl::ToCivilMinute(start + absl::Minutes(i), zone);
    const int minute = civil.hour() * 60 + civil.minute();
    for (const WorkingInterval& interval : working.HoursOn(CivilDay(civil))) {
      if (interval.start_minute <= minute && minute < interval.end_minute) {
        expected += absl::Minutes(1);
      }
    }
  }
  RC_ASSERT(working.Between(start, start + absl::Minutes(minutes)).time == expected);
}

}  // namespace
}  // namespace salesops::organization::domain
