#include "services/organization/domain/calendar.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "services/organization/domain/day_ranges.h"

namespace salesops::organization::domain {
namespace {

void CheckIntervals(const std::vector<WorkingInterval>& intervals, const std::string& list,
                    base::Violations* violations) {
  for (size_t i = 0; i < intervals.size(); ++i) {
    const WorkingInterval& interval = intervals[i];
    const std::string item = absl::StrCat(list, "[", i, "]");
    const bool starts = interval.start_minute >= 0 && interval.start_minute < kMinutesPerDay;
    const bool ends = interval.end_minute >= 0 && interval.end_minute <= kMinutesPerDay;
    if (!starts) {
      violations->Add(item + ".start_time", "BAD_TIME",
                      "must be a time in whole minutes, 00:00 to 23:59");
    }
    if (!ends) {
      violations->Add(item + ".end_time", "BAD_TIME",
                      "must be a time in whole minutes, at most 24:00");
    }
    if (!starts || !ends) continue;
    if (interval.end_minute <= interval.start_minute) {
      violations->Add(item + ".end_time", "BAD_RANGE", "must be after start_time");
    }
    if (i == 0) continue;
    if (interval.start_minute < intervals[i - 1].start_minute) {
      violations->Add(item + ".start_time", "NOT_ORDERED",
                      "must not be before the start_time of the one before it");
    } else if (interval.start_minute < intervals[i - 1].end_minute) {
      violations->Add(item + ".start_time", "OVERLAPPING",
                      "must not be before the end_time of the one before it");
    }
  }
}

std::set<absl::Weekday> CheckHours(const Calendar& calendar, base::Violations* violations) {
  std::set<absl::Weekday> weekdays;
  for (size_t i = 0; i < calendar.working_hours.size(); ++i) {
    const WorkingHours& hours = calendar.working_hours[i];
    const std::string item = absl::StrCat("working_hours[", i, "]");
    if (!weekdays.insert(hours.weekday).second) {
      violations->Add(item + ".day_of_week", "NOT_UNIQUE",
                      "has its hours in an item before; give each day once");
    }
    CheckIntervals(hours.intervals, item + ".intervals", violations);
  }
  return weekdays;
}

void CheckMakeUpDays(const Calendar& calendar, const std::set<absl::Weekday>& weekdays,
                     base::Violations* violations) {
  for (size_t i = 0; i < calendar.make_up_days.size(); ++i) {
    const MakeUpDay& make_up = calendar.make_up_days[i];
    const std::string item = absl::StrCat("make_up_days[", i, "]");
    if (i > 0 && make_up.day <= calendar.make_up_days[i - 1].day) {
      violations->Add(item + ".date", "NOT_ORDERED", "must be after the date of the one before it");
    }
    for (const Holiday& holiday : calendar.holidays) {
      if (!holiday.days.Contains(make_up.day)) continue;
      violations->Add(item + ".date", "INSIDE_HOLIDAY",
                      absl::StrCat("lies inside the holiday ", holiday.display_name, ", ",
                                   DescribeDays(holiday.days)));
    }
    if (weekdays.count(make_up.hours_of) == 0) {
      violations->Add(item + ".hours_of", "NO_HOURS", "must be a weekday with working_hours");
    }
  }
}

}  // namespace

std::optional<absl::TimeZone> FindZone(const std::string& name) {
  absl::TimeZone zone;
  // "localtime" would be the zone of whatever machine this runs on.
  if (name == "localtime" || !absl::LoadTimeZone(name, &zone)) return std::nullopt;
  return zone;
}

void CheckCalendar(const Calendar& calendar, base::Violations* violations) {
  if (!FindZone(calendar.time_zone)) {
    violations->Add("time_zone", "NO_SUCH_ZONE",
                    "must be a name of the IANA time zone database, such as Asia/Shanghai");
  }
  const std::set<absl::Weekday> weekdays = CheckHours(calendar, violations);
  std::vector<base::DayRange> holidays;
  for (const Holiday& holiday : calendar.holidays) holidays.push_back(holiday.days);
  CheckRanges(holidays, "holidays", violations);
  CheckMakeUpDays(calendar, weekdays, violations);
  if (calendar.known_from_date && calendar.known_until_date &&
      *calendar.known_until_date <= *calendar.known_from_date) {
    violations->Add("known_until_date", "BAD_RANGE", "must be after known_from_date");
  }
}

}  // namespace salesops::organization::domain
