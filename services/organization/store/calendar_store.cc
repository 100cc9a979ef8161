#include "services/organization/store/calendar_store.h"

#include <utility>

#include "nlohmann/json.hpp"

namespace salesops::organization::domain {
namespace {

using nlohmann::json;

base::CivilDay DayIn(const json& item, const char* key) {
  return base::ParseDay(item.value(key, "")).value_or(base::CivilDay());
}

absl::Weekday WeekdayIn(const json& item, const char* key) {
  return static_cast<absl::Weekday>(item.value(key, 0));
}

}  // namespace

// [{"weekday": 0 … 6 from Monday, "intervals": [[start, end], …] in minutes after midnight}]
std::string ToJson(const std::vector<WorkingHours>& list) {
  json items = json::array();
  for (const WorkingHours& hours : list) {
    json intervals = json::array();
    for (const WorkingInterval& interval : hours.intervals) {
      intervals.push_back(json::array({interval.start_minute, interval.end_minute}));
    }
    items.push_back(
        {{"weekday", static_cast<int>(hours.weekday)}, {"intervals", std::move(intervals)}});
  }
  return items.dump();
}

void FromJson(const std::string& text, std::vector<WorkingHours>* list) {
  list->clear();
  for (const json& item : json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    WorkingHours hours;
    hours.weekday = WeekdayIn(item, "weekday");
    for (const json& interval : item.value("intervals", json::array())) {
      if (interval.size() == 2) hours.intervals.push_back({interval[0], interval[1]});
    }
    list->push_back(std::move(hours));
  }
}

std::string ToJson(const std::vector<Holiday>& list) {
  json items = json::array();
  for (const Holiday& holiday : list) {
    items.push_back({{"name", holiday.display_name},
                     {"start", base::FormatDay(holiday.days.start)},
                     {"end", base::FormatDay(*holiday.days.end)},
                     {"source", holiday.source}});
  }
  return items.dump();
}

void FromJson(const std::string& text, std::vector<Holiday>* list) {
  list->clear();
  for (const json& item : json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    list->push_back({item.value("name", ""),
                     {DayIn(item, "start"), DayIn(item, "end")},
                     item.value("source", "")});
  }
}

std::string ToJson(const std::vector<MakeUpDay>& list) {
  json items = json::array();
  for (const MakeUpDay& make_up : list) {
    items.push_back({{"day", base::FormatDay(make_up.day)},
                     {"hours_of", static_cast<int>(make_up.hours_of)},
                     {"name", make_up.display_name},
                     {"source", make_up.source}});
  }
  return items.dump();
}

void FromJson(const std::string& text, std::vector<MakeUpDay>* list) {
  list->clear();
  for (const json& item : json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    list->push_back({DayIn(item, "day"), WeekdayIn(item, "hours_of"), item.value("name", ""),
                     item.value("source", "")});
  }
}

}  // namespace salesops::organization::domain

namespace salesops::organization::store {
namespace {

using domain::Calendar;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

}  // namespace

const records::Table<Calendar>& Calendars() {
  static const auto* table = [] {
    records::Table<Calendar>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "calendars/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"time_zone", {.sql = "r.time_zone"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Calendar>(
        "calendar", std::move(options),
        {Key("id", &Calendar::id), Col("display_name", &Calendar::display_name),
         Col("description", &Calendar::description), Col("time_zone", &Calendar::time_zone),
         JsonCol("working_hours", &Calendar::working_hours),
         JsonCol("holidays", &Calendar::holidays), JsonCol("make_up_days", &Calendar::make_up_days),
         Col("known_from_date", &Calendar::known_from_date),
         Col("known_until_date", &Calendar::known_until_date),
         JsonCol("external_keys", &Calendar::external_keys)});
  }();
  return *table;
}

}  // namespace salesops::organization::store
