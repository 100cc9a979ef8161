#include "services/organization/store/territory_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "services/organization/store/rows.h"
#include "shared/records/read_all.h"

namespace salesops::organization::domain {

using nlohmann::json;

// Rules as a JSON column; found by argument-dependent lookup from records::JsonCol.
std::string ToJson(const std::vector<TerritoryRule>& rules) {
  json list = json::array();
  for (const TerritoryRule& rule : rules) {
    json item = {{"start", base::FormatDay(rule.days.start)},
                 {"regions", rule.regions},
                 {"industries", rule.industries},
                 {"grades", rule.grades},
                 {"team", rule.team_id}};
    if (rule.days.end) item["end"] = base::FormatDay(*rule.days.end);
    list.push_back(std::move(item));
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<TerritoryRule>* rules) {
  using Texts = std::vector<std::string>;
  rules->clear();
  for (const json& item : json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    TerritoryRule& rule = rules->emplace_back();
    rule.days.start = base::ParseDay(item.value("start", "")).value_or(base::CivilDay());
    if (auto end = base::ParseDay(item.value("end", "")); end.ok()) rule.days.end = *end;
    rule.regions = item.value("regions", Texts());
    rule.industries = item.value("industries", Texts());
    rule.grades = item.value("grades", Texts());
    rule.team_id = item.value("team", "");
  }
}

}  // namespace salesops::organization::domain

namespace salesops::organization::store {
namespace {

using domain::Territory;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

constexpr size_t kRowsPerInsert = 500;

}  // namespace

const records::Table<Territory>& Territories() {
  static const auto* table = [] {
    records::Table<Territory>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "territories/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"priority", {.sql = "r.priority", .type = ColumnType::kInt}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Territory>(
        "territory", std::move(options),
        {Key("id", &Territory::id), Col("display_name", &Territory::display_name),
         Col("description", &Territory::description), Col("priority", &Territory::priority),
         JsonCol("rules", &Territory::rules), JsonCol("external_keys", &Territory::external_keys)});
  }();
  return *table;
}

absl::Status InsertTerritoryRules(
    mysql::Transaction& tx, const std::vector<std::pair<const Territory*, int64_t>>& territories) {
  std::vector<mysql::Params> rows;
  for (const auto& [territory, fact] : territories) {
    for (const domain::TerritoryRule& rule : territory->rules) {
      rows.push_back({territory->id, fact, rule.days.start, rule.days.end});
    }
  }
  for (size_t begin = 0; begin < rows.size(); begin += kRowsPerInsert) {
    std::string values;
    mysql::Params params;
    for (size_t i = begin; i < std::min(rows.size(), begin + kRowsPerInsert); ++i) {
      absl::StrAppend(&values, values.empty() ? "" : ",", "(?,LAST_INSERT_ID() + ?,?,?)");
      params.insert(params.end(), rows[i].begin(), rows[i].end());
    }
    RETURN_IF_ERROR(tx.Execute(absl::StrCat("INSERT INTO territory_rule (territory_id, "
                                            "recorded_from, start_date, end_date) VALUES ",
                                            values),
                               params)
                        .status());
  }
  return absl::OkStatus();
}

salesops::api::Predicate RuleHoldsOn(base::CivilDay day) {
  return {
      "EXISTS (SELECT 1 FROM territory_rule t WHERE t.territory_id = r.id AND t.recorded_from = "
      "r.recorded_from AND t.start_date <= ? AND (t.end_date IS NULL OR t.end_date > ?))",
      {day, day}};
}

absl::StatusOr<std::vector<Territory>> TerritoriesOn(mysql::Connection& c, base::CivilDay day,
                                                     std::optional<int64_t> as_of) {
  records::ListQuery query;
  query.where.push_back(RuleHoldsOn(day));
  query.as_of_position = as_of;
  return records::ReadAll(c, Territories(), query);
}

}  // namespace salesops::organization::store
