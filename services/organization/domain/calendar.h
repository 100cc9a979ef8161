#pragma once

// Working calendars (工作日历): which days and hours are worked in one time zone, with holidays and
// the make-up days (调休) that are worked instead.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

// A range of one day's clock, in minutes after midnight, 0 … 1440, the end exclusive. kNoMinute
// stands for what is not a time of day.
inline constexpr int kNoMinute = -1;
inline constexpr int kMinutesPerDay = 1440;
struct WorkingInterval {
  int start_minute = 0;
  int end_minute = 0;
  friend bool operator==(const WorkingInterval&, const WorkingInterval&) = default;
};

struct WorkingHours {
  absl::Weekday weekday = absl::Weekday::monday;
  std::vector<WorkingInterval> intervals;
};

struct Holiday {
  std::string display_name;
  base::DayRange days;  // always ends
  std::string source;   // who says so, such as the number of a notice
};

struct MakeUpDay {
  base::CivilDay day;
  absl::Weekday hours_of = absl::Weekday::monday;
  std::string display_name;
  std::string source;
};

struct Calendar {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  std::string time_zone;  // IANA
  std::vector<WorkingHours> working_hours;
  std::vector<Holiday> holidays;        // by start, not overlapping
  std::vector<MakeUpDay> make_up_days;  // by day
  // The days for which holidays have been entered; absent = open.
  std::optional<base::CivilDay> known_from_date;
  std::optional<base::CivilDay> known_until_date;
  std::vector<base::ExternalKey> external_keys;
};

// A zone of the time zone database; nullopt if it has none of that name.
std::optional<absl::TimeZone> FindZone(const std::string& name);

// Rules over one calendar: a known zone (NO_SUCH_ZONE), times of day (BAD_TIME), ranges that are
// not empty (BAD_RANGE), ordered (NOT_ORDERED) and apart (OVERLAPPING), weekdays once (NOT_UNIQUE),
// make-up days outside holidays (INSIDE_HOLIDAY) that have hours (NO_HOURS).
void CheckCalendar(const Calendar& calendar, base::Violations* violations);

}  // namespace salesops::organization::domain
