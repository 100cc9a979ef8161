#include "services/organization/domain/calendar.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Calendar Good() {
  Calendar calendar;
  calendar.time_zone = "Asia/Shanghai";
  calendar.working_hours = {{absl::Weekday::monday, {{540, 720}, {780, 1080}}},
                            {absl::Weekday::saturday, {{0, 1440}}}};
  calendar.holidays = {{"a", {CivilDay(2026, 1, 1), CivilDay(2026, 1, 4)}, ""},
                       {"b", {CivilDay(2026, 1, 4), CivilDay(2026, 1, 5)}, ""}};
  calendar.make_up_days = {{CivilDay(2026, 1, 5), absl::Weekday::monday, "", ""}};
  return calendar;
}

std::vector<std::string> ViolationsOf(const Calendar& calendar) {
  base::Violations violations;
  CheckCalendar(calendar, &violations);
  std::vector<std::string> texts;
  for (const base::Violation& v : violations.list()) texts.push_back(v.field + " " + v.reason);
  return texts;
}

TEST(CheckCalendar, TakesAGoodOne) { EXPECT_THAT(ViolationsOf(Good()), IsEmpty()); }

TEST(CheckCalendar, KnowsZonesOfTheDatabaseOnly) {
  for (const char* zone : {"Asia/Shanghai", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+8"}) {
    EXPECT_TRUE(FindZone(zone)) << zone;
  }
  for (const char* zone : {"Asia/Peking", "localtime", "", "Shanghai"}) {
    EXPECT_FALSE(FindZone(zone)) << zone;
  }
  Calendar calendar = Good();
  calendar.time_zone = "Asia/Peking";
  EXPECT_THAT(ViolationsOf(calendar), ElementsAre("time_zone NO_SUCH_ZONE"));
}

TEST(CheckCalendar, WantsHoursOrderedAndApart) {
  Calendar calendar = Good();
  calendar.working_hours[0].intervals = {{540, 720}, {700, 800}, {600, 590}, {kNoMinute, 1441}};
  EXPECT_THAT(ViolationsOf(calendar),
              ElementsAre("working_hours[0].intervals[1].start_time OVERLAPPING",
                          "working_hours[0].intervals[2].end_time BAD_RANGE",
                          "working_hours[0].intervals[2].start_time NOT_ORDERED",
                          "working_hours[0].intervals[3].start_time BAD_TIME",
                          "working_hours[0].intervals[3].end_time BAD_TIME"));
}

TEST(CheckCalendar, WantsAWeekdayOnce) {
  Calendar calendar = Good();
  calendar.working_hours[1].weekday = absl::Weekday::monday;
  EXPECT_THAT(ViolationsOf(calendar), ElementsAre("working_hours[1].day_of_week NOT_UNIQUE"));
}

TEST(CheckCalendar, WantsHolidaysOrderedAndApart) {
  Calendar calendar = Good();
  calendar.holidays[1].days = {CivilDay(2026, 1, 3), CivilDay(2026, 1, 3)};
  EXPECT_THAT(ViolationsOf(calendar), ElementsAre("holidays[1].end_date BAD_RANGE"));
  calendar.holidays[1].days = {CivilDay(2026, 1, 3), CivilDay(2026, 1, 5)};
  EXPECT_THAT(ViolationsOf(calendar), ElementsAre("holidays[1].start_date OVERLAPPING"));
}

TEST(CheckCalendar, WantsMakeUpDaysThatCanBeWorked) {
  Calendar calendar = Good();
  calendar.make_up_days = {{CivilDay(2026, 1, 3), absl::Weekday::monday, "", ""},
                           {CivilDay(2026, 1, 3), absl::Weekday::tuesday, "", ""}};
  calendar.known_from_date = calendar.known_until_date = CivilDay(2026, 1, 1);
  EXPECT_THAT(ViolationsOf(calendar),
              ElementsAre("make_up_days[0].date INSIDE_HOLIDAY", "make_up_days[1].date NOT_ORDERED",
                          "make_up_days[1].date INSIDE_HOLIDAY",
                          "make_up_days[1].hours_of NO_HOURS", "known_until_date BAD_RANGE"));
}

}  // namespace
}  // namespace salesops::organization::domain
