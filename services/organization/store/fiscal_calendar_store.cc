#include "services/organization/store/fiscal_calendar_store.h"

#include <utility>

#include "nlohmann/json.hpp"

namespace salesops::organization::domain {

using nlohmann::json;

// {"end_month": 1 … 12, "end_day": 0 … 6 from Monday, "alignment": n}; "" = none
std::string ToJson(const std::optional<WeekRule>& rule) {
  if (!rule) return "";
  const json object = {{"end_month", rule->end_month},
                       {"end_day", static_cast<int>(rule->end_day)},
                       {"alignment", static_cast<int>(rule->alignment)}};
  return object.dump();
}

void FromJson(const std::string& text, std::optional<WeekRule>* rule) {
  rule->reset();
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return;
  *rule =
      WeekRule{object.value("end_month", 0), static_cast<absl::Weekday>(object.value("end_day", 0)),
               static_cast<WeekAlignment>(object.value("alignment", 0))};
}

std::string ToJson(const std::vector<CustomPeriod>& periods) {
  json list = json::array();
  for (const CustomPeriod& period : periods) {
    list.push_back({{"start", base::FormatDay(period.start)},
                    {"fiscal_year", period.fiscal_year},
                    {"quarter", period.quarter},
                    {"name", period.display_name}});
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<CustomPeriod>* periods) {
  periods->clear();
  for (const json& item : json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    periods->push_back({base::ParseDay(item.value("start", "")).value_or(base::CivilDay()),
                        item.value("fiscal_year", 0), item.value("quarter", 0),
                        item.value("name", "")});
  }
}

}  // namespace salesops::organization::domain

namespace salesops::organization::store {
namespace {

using domain::FiscalCalendar;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

}  // namespace

const records::Table<FiscalCalendar>& FiscalCalendars() {
  static const auto* table = [] {
    records::Table<FiscalCalendar>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "fiscalCalendars/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"kind",
         {.sql = "r.kind",
          .type = ColumnType::kEnum,
          .enum_values = {{"KIND_MONTHLY", 1},
                          {"KIND_WEEKS_4_4_5", 2},
                          {"KIND_WEEKS_4_5_4", 3},
                          {"KIND_WEEKS_5_4_4", 4},
                          {"KIND_BIWEEKLY", 5},
                          {"KIND_CUSTOM", 6}}}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<FiscalCalendar>(
        "fiscal_calendar", std::move(options),
        {Key("id", &FiscalCalendar::id), Col("display_name", &FiscalCalendar::display_name),
         Col("description", &FiscalCalendar::description), Col("kind", &FiscalCalendar::kind),
         Col("year_naming", &FiscalCalendar::year_naming),
         Col("start_month", &FiscalCalendar::start_month),
         JsonCol("week_rule", &FiscalCalendar::week_rule),
         Col("anchor_date", &FiscalCalendar::anchor_date),
         JsonCol("custom_periods", &FiscalCalendar::custom_periods),
         Col("custom_end_date", &FiscalCalendar::custom_end_date),
         JsonCol("external_keys", &FiscalCalendar::external_keys)});
  }();
  return *table;
}

}  // namespace salesops::organization::store
