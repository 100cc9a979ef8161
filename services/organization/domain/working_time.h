#pragma once

// What a calendar says about days and instants: is a day worked, how many are, how much of a range
// of time is.
//
//   const WorkingTime working(calendar);
//   working.Between(asked, answered).time   // the response time by the calendar
//   working.Add(day, 3)                     // within three working days
//
// A day is that of the calendar's time zone. A make-up day has the hours of the weekday it names,
// whatever else holds; a holiday has none; every other day has those of its weekday. Where clocks
// change inside an interval, the interval is as long as it then really is: a working night in which
// clocks are set back lasts an hour longer. A time of day that is skipped stands for the moment of
// the change, one that comes twice for the first.
//
// Thread-safety: immutable after construction.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "services/organization/domain/calendar.h"

namespace salesops::organization::domain {

class WorkingTime {
 public:
  // Days that Add looks at on the way before it gives up.
  static constexpr int kFarthestDay = 36525;

  // Requires a calendar without violations, which outlives this.
  explicit WorkingTime(const Calendar& calendar);

  bool IsWorked(base::CivilDay day) const { return !HoursOn(day).empty(); }
  const std::vector<WorkingInterval>& HoursOn(base::CivilDay day) const;

  // Number of worked days; the range must end.
  int64_t CountDays(const base::DayRange& days) const;

  // The count-th worked day after `start`, the -count-th before it for a negative count; for 0 the
  // start itself if it is worked, else the first worked day after it. nullopt: none so near.
  std::optional<base::CivilDay> Add(base::CivilDay start, int count) const;

  struct Worked {
    absl::Duration time;
    int64_t days = 0;  // with some working time in the range
  };
  // Requires start <= end.
  Worked Between(absl::Time start, absl::Time end) const;

  // The days on which a range of instants lies.
  base::DayRange DaysOf(absl::Time start, absl::Time end) const;
  // What a range of days meets, for an answer that explains itself.
  std::vector<Holiday> HolidaysIn(const base::DayRange& days) const;
  std::vector<MakeUpDay> MakeUpDaysIn(const base::DayRange& days) const;
  // True if some of the days are ones for which holidays have not been entered.
  bool IsProvisional(const base::DayRange& days) const;

 private:
  const Calendar& calendar_;
  const absl::TimeZone zone_;
  std::array<std::vector<WorkingInterval>, 7> hours_;  // by weekday
};

}  // namespace salesops::organization::domain
