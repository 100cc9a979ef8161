#include "services/organization/api/fiscal_calendar_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/api/day_of_week.h"
#include "services/organization/api/named_record.h"
#include "services/organization/store/fiscal_calendar_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::FiscalCalendar;
using domain::FiscalLevel;
using salesops::api::FromDate;
using salesops::api::ToDate;

// So that no border of a period leaves the years of google.type.Date.
constexpr int kFirstYear = 3;
constexpr int kLastYear = 9997;

void ToProto(const FiscalCalendar& calendar, v1::FiscalCalendar* proto) {
  proto->set_display_name(calendar.display_name);
  proto->set_description(calendar.description);
  proto->set_kind(static_cast<v1::FiscalCalendar::Kind>(calendar.kind));
  proto->set_year_naming(static_cast<v1::FiscalCalendar::YearNaming>(calendar.year_naming));
  proto->set_start_month(calendar.start_month);
  if (calendar.week_rule) {
    v1::WeekRule* rule = proto->mutable_week_rule();
    rule->set_end_month(calendar.week_rule->end_month);
    rule->set_end_day(ToDayOfWeek(calendar.week_rule->end_day));
    rule->set_alignment(static_cast<v1::WeekRule::Alignment>(calendar.week_rule->alignment));
  }
  if (calendar.anchor_date) *proto->mutable_anchor_date() = ToDate(*calendar.anchor_date);
  for (const domain::CustomPeriod& period : calendar.custom_periods) {
    v1::CustomPeriod* item = proto->add_custom_periods();
    *item->mutable_start_date() = ToDate(period.start);
    item->set_fiscal_year(period.fiscal_year);
    item->set_quarter(period.quarter);
    item->set_display_name(period.display_name);
  }
  if (calendar.custom_end_date) {
    *proto->mutable_custom_end_date() = ToDate(*calendar.custom_end_date);
  }
  resource::ToProto(calendar.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::FiscalCalendar& proto, FiscalCalendar* calendar) {
  calendar->display_name = proto.display_name();
  calendar->description = proto.description();
  calendar->kind = static_cast<domain::FiscalKind>(proto.kind());
  calendar->year_naming = static_cast<domain::YearNaming>(proto.year_naming());
  calendar->start_month = proto.start_month();
  if (proto.has_week_rule()) {
    const v1::WeekRule& rule = proto.week_rule();
    calendar->week_rule = {rule.end_month(), FromDayOfWeek(rule.end_day()),
                           static_cast<domain::WeekAlignment>(rule.alignment())};
  }
  if (proto.has_anchor_date()) calendar->anchor_date = FromDate(proto.anchor_date());
  for (const v1::CustomPeriod& item : proto.custom_periods()) {
    calendar->custom_periods.push_back(
        {FromDate(item.start_date()), item.fiscal_year(), item.quarter(), item.display_name()});
  }
  if (proto.has_custom_end_date()) calendar->custom_end_date = FromDate(proto.custom_end_date());
  calendar->external_keys = resource::FromProto(proto.external_keys());
}

resource::Kind<v1::FiscalCalendar, FiscalCalendar> FiscalCalendarKind() {
  resource::Kind<v1::FiscalCalendar, FiscalCalendar> kind;
  kind.table = &store::FiscalCalendars();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.check = [](rpc::CallContext&, mysql::Transaction&,
                  std::vector<resource::Changed<FiscalCalendar>>& changes) {
    for (const auto& change : changes) {
      domain::CheckFiscalCalendar(*change.after, change.violations);
    }
    return absl::OkStatus();
  };
  return kind;
}

v1::FiscalPeriod ToProto(const domain::FiscalPeriod& period) {
  v1::FiscalPeriod proto;
  proto.set_code(domain::CodeOf(period));
  proto.set_display_name(period.display_name);
  proto.set_level(static_cast<v1::FiscalLevel>(period.level));
  proto.set_fiscal_year(period.fiscal_year);
  proto.set_number(period.number);
  SetDays(period.days, &proto);
  proto.set_day_count(static_cast<int32_t>(domain::DayCount(period)));
  return proto;
}

FiscalLevel LevelOf(v1::FiscalLevel level) {
  return level == v1::FISCAL_LEVEL_UNSPECIFIED ? FiscalLevel::kPeriod
                                               : static_cast<FiscalLevel>(level);
}

absl::Status CheckLevel(const FiscalCalendar& calendar, FiscalLevel level,
                        const std::string& name) {
  if (domain::HasLevel(calendar, level)) return absl::OkStatus();
  return status::FailedPrecondition(
      "NO_SUCH_LEVEL", name,
      "it has periods and years, but no quarters and halves; ask for a period or a year");
}

absl::Status Outside(const FiscalCalendar& calendar, const std::string& name,
                     const std::string& what) {
  return status::FailedPrecondition(
      "OUTSIDE_CALENDAR", name,
      absl::StrCat(what, " lies outside the listed periods, ",
                   base::FormatDay(calendar.custom_periods.front().start), " to ",
                   base::FormatDay(*calendar.custom_end_date)));
}

}  // namespace

FiscalCalendarService::FiscalCalendarService(const resource::Environment& environment)
    : environment_(environment), calendars_(environment, FiscalCalendarKind()) {}

rpc::Binding FiscalCalendarService::Bind() {
  rpc::Binding binding("salesops.organization.v1.FiscalCalendarService");
  calendars_.BindTo(binding);
  binding.Unary("ListFiscalPeriods", this, &FiscalCalendarService::ListFiscalPeriods);
  binding.Unary("ResolveFiscalPeriod", this, &FiscalCalendarService::ResolveFiscalPeriod);
  return binding;
}

absl::StatusOr<v1::ListFiscalPeriodsResponse> FiscalCalendarService::ListFiscalPeriods(
    rpc::CallContext& ctx, const v1::ListFiscalPeriodsRequest& request) {
  v1::ListFiscalPeriodsResponse response;
  ASSIGN_OR_RETURN(const FiscalCalendar calendar,
                   ReadNamed(ctx, environment_, calendars_, request, &response));
  const FiscalLevel level = LevelOf(request.level());
  RETURN_IF_ERROR(CheckLevel(calendar, level, request.name()));
  for (const auto& period : domain::PeriodsOf(calendar, request.fiscal_year(), level)) {
    *response.add_fiscal_periods() = ToProto(period);
  }
  if (response.fiscal_periods().empty()) {
    return Outside(calendar, request.name(), absl::StrCat("fiscal ", request.fiscal_year()));
  }
  return response;
}

absl::StatusOr<v1::ResolveFiscalPeriodResponse> FiscalCalendarService::ResolveFiscalPeriod(
    rpc::CallContext& ctx, const v1::ResolveFiscalPeriodRequest& request) {
  const base::CivilDay day = FromDate(request.date());
  if (day.year() < kFirstYear || day.year() > kLastYear) {
    return status::InvalidField(
        "date", "OUT_OF_RANGE",
        absl::StrCat("must be in the years ", kFirstYear, " to ", kLastYear));
  }
  v1::ResolveFiscalPeriodResponse response;
  ASSIGN_OR_RETURN(const FiscalCalendar calendar,
                   ReadNamed(ctx, environment_, calendars_, request, &response));
  const FiscalLevel level = LevelOf(request.level());
  RETURN_IF_ERROR(CheckLevel(calendar, level, request.name()));
  const auto period = domain::PeriodAt(calendar, day, level);
  if (!period) return Outside(calendar, request.name(), base::FormatDay(day));
  *response.mutable_fiscal_period() = ToProto(*period);
  if (const auto previous = domain::PreviousPeriod(calendar, *period)) {
    *response.mutable_previous_fiscal_period() = ToProto(*previous);
  }
  if (const auto next = domain::NextPeriod(calendar, *period)) {
    *response.mutable_next_fiscal_period() = ToProto(*next);
  }
  return response;
}

}  // namespace salesops::organization::api
