#include "services/organization/domain/working_time.h"

#include <algorithm>

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::DayRange;

size_t IndexOf(absl::Weekday weekday) { return static_cast<size_t>(weekday); }

// The moment a time of day stands for, in the order of the clock (absl::FromCivil keeps it).
absl::Time MomentOf(CivilDay day, int minute, absl::TimeZone zone) {
  return absl::FromCivil(absl::CivilMinute(day) + minute, zone);
}

}  // namespace

WorkingTime::WorkingTime(const Calendar& calendar)
    : calendar_(calendar), zone_(FindZone(calendar.time_zone).value_or(absl::UTCTimeZone())) {
  for (const WorkingHours& hours : calendar.working_hours) {
    hours_[IndexOf(hours.weekday)] = hours.intervals;
  }
}

const std::vector<WorkingInterval>& WorkingTime::HoursOn(CivilDay day) const {
  static const auto* none = new std::vector<WorkingInterval>;
  const auto make_up =
      std::lower_bound(calendar_.make_up_days.begin(), calendar_.make_up_days.end(), day,
                       [](const MakeUpDay& item, CivilDay wanted) { return item.day < wanted; });
  if (make_up != calendar_.make_up_days.end() && make_up->day == day) {
    return hours_[IndexOf(make_up->hours_of)];
  }
  const auto after = std::upper_bound(
      calendar_.holidays.begin(), calendar_.holidays.end(), day,
      [](CivilDay wanted, const Holiday& item) { return wanted < item.days.start; });
  if (after != calendar_.holidays.begin() && (after - 1)->days.Contains(day)) return *none;
  return hours_[IndexOf(absl::GetWeekday(day))];
}

int64_t WorkingTime::CountDays(const DayRange& days) const {
  int64_t count = 0;
  for (CivilDay day = days.start; day < *days.end; ++day) count += IsWorked(day) ? 1 : 0;
  return count;
}

std::optional<CivilDay> WorkingTime::Add(CivilDay start, int count) const {
  if (count == 0 && IsWorked(start)) return start;
  const int step = count < 0 ? -1 : 1;
  int left = std::max(1, std::abs(count));
  for (int distance = 1; distance <= kFarthestDay; ++distance) {
    const CivilDay day = start + step * distance;
    if (IsWorked(day) && --left == 0) return day;
  }
  return std::nullopt;
}

WorkingTime::Worked WorkingTime::Between(absl::Time start, absl::Time end) const {
  Worked worked;
  // Where clocks are set back over midnight, a moment's day can be the one before or after.
  const CivilDay last = absl::ToCivilDay(end, zone_) + 1;
  for (CivilDay day = absl::ToCivilDay(start, zone_) - 1; day <= last; ++day) {
    absl::Duration time;
    for (const WorkingInterval& interval : HoursOn(day)) {
      const absl::Time from = std::max(start, MomentOf(day, interval.start_minute, zone_));
      const absl::Time to = std::min(end, MomentOf(day, interval.end_minute, zone_));
      if (from < to) time += to - from;
    }
    worked.time += time;
    worked.days += time > absl::ZeroDuration() ? 1 : 0;
  }
  return worked;
}

DayRange WorkingTime::DaysOf(absl::Time start, absl::Time end) const {
  return {absl::ToCivilDay(start, zone_), absl::ToCivilDay(end, zone_) + 1};
}

std::vector<Holiday> WorkingTime::HolidaysIn(const DayRange& days) const {
  std::vector<Holiday> met;
  for (const Holiday& holiday : calendar_.holidays) {
    if (base::Intersect(holiday.days, days)) met.push_back(holiday);
  }
  return met;
}

std::vector<MakeUpDay> WorkingTime::MakeUpDaysIn(const DayRange& days) const {
  std::vector<MakeUpDay> met;
  for (const MakeUpDay& make_up : calendar_.make_up_days) {
    if (days.Contains(make_up.day)) met.push_back(make_up);
  }
  return met;
}

bool WorkingTime::IsProvisional(const DayRange& days) const {
  if (days.IsEmpty()) return false;
  return (calendar_.known_from_date && days.start < *calendar_.known_from_date) ||
         (calendar_.known_until_date && (!days.end || *calendar_.known_until_date < *days.end));
}

}  // namespace salesops::organization::domain
