#include "services/organization/api/calendar_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/type/timeofday.pb.h"
#include "services/organization/api/day_of_week.h"
#include "services/organization/api/named_record.h"
#include "services/organization/domain/working_time.h"
#include "services/organization/store/calendar_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Calendar;
using domain::WorkingTime;
using salesops::api::FromDate;
using salesops::api::FromTimestamp;
using salesops::api::ToDate;

constexpr int64_t kLongestRange = 7320;  // days

int MinuteOf(const google::type::TimeOfDay& time) {
  const bool whole = time.seconds() == 0 && time.nanos() == 0;
  const bool known =
      time.hours() >= 0 && time.hours() <= 24 && time.minutes() >= 0 && time.minutes() < 60;
  const int minute = whole && known ? time.hours() * 60 + time.minutes() : domain::kNoMinute;
  return minute <= domain::kMinutesPerDay ? minute : domain::kNoMinute;
}

google::type::TimeOfDay ToTimeOfDay(int minute) {
  google::type::TimeOfDay time;
  time.set_hours(minute / 60);
  time.set_minutes(minute % 60);
  return time;
}

void ToProto(const domain::Holiday& holiday, v1::Holiday* proto) {
  proto->set_display_name(holiday.display_name);
  SetDays(holiday.days, proto);
  proto->set_source(holiday.source);
}

void ToProto(const domain::MakeUpDay& make_up, v1::MakeUpDay* proto) {
  *proto->mutable_date() = ToDate(make_up.day);
  proto->set_hours_of(ToDayOfWeek(make_up.hours_of));
  proto->set_display_name(make_up.display_name);
  proto->set_source(make_up.source);
}

void ToProto(const Calendar& calendar, v1::Calendar* proto) {
  proto->set_display_name(calendar.display_name);
  proto->set_description(calendar.description);
  proto->set_time_zone(calendar.time_zone);
  for (const domain::WorkingHours& hours : calendar.working_hours) {
    v1::WorkingHours* item = proto->add_working_hours();
    item->set_day_of_week(ToDayOfWeek(hours.weekday));
    for (const domain::WorkingInterval& interval : hours.intervals) {
      v1::WorkingInterval* part = item->add_intervals();
      *part->mutable_start_time() = ToTimeOfDay(interval.start_minute);
      *part->mutable_end_time() = ToTimeOfDay(interval.end_minute);
    }
  }
  for (const domain::Holiday& holiday : calendar.holidays) ToProto(holiday, proto->add_holidays());
  for (const domain::MakeUpDay& day : calendar.make_up_days) {
    ToProto(day, proto->add_make_up_days());
  }
  if (calendar.known_from_date) {
    *proto->mutable_known_from_date() = ToDate(*calendar.known_from_date);
  }
  if (calendar.known_until_date) {
    *proto->mutable_known_until_date() = ToDate(*calendar.known_until_date);
  }
  resource::ToProto(calendar.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::Calendar& proto, Calendar* calendar) {
  calendar->display_name = proto.display_name();
  calendar->description = proto.description();
  calendar->time_zone = proto.time_zone();
  for (const v1::WorkingHours& item : proto.working_hours()) {
    domain::WorkingHours& hours = calendar->working_hours.emplace_back();
    hours.weekday = FromDayOfWeek(item.day_of_week());
    for (const v1::WorkingInterval& interval : item.intervals()) {
      hours.intervals.push_back({MinuteOf(interval.start_time()), MinuteOf(interval.end_time())});
    }
  }
  for (const v1::Holiday& item : proto.holidays()) {
    calendar->holidays.push_back({item.display_name(), DaysOf(item), item.source()});
  }
  for (const v1::MakeUpDay& item : proto.make_up_days()) {
    calendar->make_up_days.push_back({FromDate(item.date()), FromDayOfWeek(item.hours_of()),
                                      item.display_name(), item.source()});
  }
  if (proto.has_known_from_date()) calendar->known_from_date = FromDate(proto.known_from_date());
  if (proto.has_known_until_date()) {
    calendar->known_until_date = FromDate(proto.known_until_date());
  }
  calendar->external_keys = resource::FromProto(proto.external_keys());
}

resource::Kind<v1::Calendar, Calendar> CalendarKind() {
  resource::Kind<v1::Calendar, Calendar> kind;
  kind.table = &store::Calendars();
  kind.to_proto = [](const Calendar& calendar, v1::Calendar* proto) { ToProto(calendar, proto); };
  kind.from_proto = FromProto;
  kind.check = [](rpc::CallContext&, mysql::Transaction&,
                  std::vector<resource::Changed<Calendar>>& changes) {
    for (const auto& change : changes) domain::CheckCalendar(*change.after, change.violations);
    return absl::OkStatus();
  };
  return kind;
}

// What of the calendar the answer rests on.
template <class Response>
void Explain(const WorkingTime& working, const base::DayRange& days, Response* response) {
  for (const auto& holiday : working.HolidaysIn(days)) ToProto(holiday, response->add_holidays());
  for (const auto& day : working.MakeUpDaysIn(days)) ToProto(day, response->add_make_up_days());
  response->set_provisional(working.IsProvisional(days));
}

absl::Status CheckLength(const char* field, bool ordered, int64_t days) {
  if (!ordered) return status::InvalidField(field, "BAD_RANGE", "must not be before the start");
  if (days <= kLongestRange) return absl::OkStatus();
  return status::InvalidField(
      field, "OUT_OF_RANGE",
      absl::StrCat("must be at most ", kLongestRange, " days after the start"));
}

}  // namespace

CalendarService::CalendarService(const resource::Environment& environment)
    : environment_(environment), calendars_(environment, CalendarKind()) {}

rpc::Binding CalendarService::Bind() {
  rpc::Binding binding("salesops.organization.v1.CalendarService");
  calendars_.BindTo(binding);
  binding.Unary("CalculateWorkingTime", this, &CalendarService::CalculateWorkingTime);
  binding.Unary("CountWorkingDays", this, &CalendarService::CountWorkingDays);
  binding.Unary("AddWorkingDays", this, &CalendarService::AddWorkingDays);
  return binding;
}

absl::StatusOr<v1::CalculateWorkingTimeResponse> CalendarService::CalculateWorkingTime(
    rpc::CallContext& ctx, const v1::CalculateWorkingTimeRequest& request) {
  const absl::Time start = FromTimestamp(request.start_time());
  const absl::Time end = FromTimestamp(request.end_time());
  RETURN_IF_ERROR(CheckLength("end_time", start <= end, (end - start) / absl::Hours(24)));
  v1::CalculateWorkingTimeResponse response;
  ASSIGN_OR_RETURN(const Calendar calendar,
                   ReadNamed(ctx, environment_, calendars_, request, &response));
  const WorkingTime working(calendar);
  const WorkingTime::Worked worked = working.Between(start, end);
  const int64_t micros = absl::ToInt64Microseconds(worked.time);
  response.mutable_working_time()->set_seconds(micros / 1'000'000);
  response.mutable_working_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
  response.set_working_day_count(static_cast<int32_t>(worked.days));
  Explain(working, working.DaysOf(start, end), &response);
  return response;
}

absl::StatusOr<v1::CountWorkingDaysResponse> CalendarService::CountWorkingDays(
    rpc::CallContext& ctx, const v1::CountWorkingDaysRequest& request) {
  const base::DayRange days = DaysOf(request);
  RETURN_IF_ERROR(CheckLength("end_date", days.start <= *days.end, *days.end - days.start));
  v1::CountWorkingDaysResponse response;
  ASSIGN_OR_RETURN(const Calendar calendar,
                   ReadNamed(ctx, environment_, calendars_, request, &response));
  const WorkingTime working(calendar);
  response.set_working_day_count(static_cast<int32_t>(working.CountDays(days)));
  Explain(working, days, &response);
  return response;
}

absl::StatusOr<v1::AddWorkingDaysResponse> CalendarService::AddWorkingDays(
    rpc::CallContext& ctx, const v1::AddWorkingDaysRequest& request) {
  v1::AddWorkingDaysResponse response;
  ASSIGN_OR_RETURN(const Calendar calendar,
                   ReadNamed(ctx, environment_, calendars_, request, &response));
  const WorkingTime working(calendar);
  const base::CivilDay start = FromDate(request.start_date());
  const std::optional<base::CivilDay> day = working.Add(start, request.working_day_count());
  if (!day || day->year() < 1 || day->year() > 9999) {
    return status::FailedPrecondition(
        "NO_WORKING_DAY", request.name(),
        absl::StrCat("it has no such working day within ", WorkingTime::kFarthestDay, " days of ",
                     base::FormatDay(start)));
  }
  *response.mutable_date() = ToDate(*day);
  Explain(working, {std::min(start, *day), std::max(start, *day) + 1}, &response);
  return response;
}

}  // namespace salesops::organization::api
