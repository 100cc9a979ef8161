#include "services/organization/store/team_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "services/organization/store/rows.h"
#include "shared/records/read_all.h"

namespace salesops::organization::domain {

// Placements as a JSON column; found by argument-dependent lookup from records::JsonCol.
std::string ToJson(const std::vector<TeamPlacement>& placements) {
  nlohmann::json list = nlohmann::json::array();
  for (const TeamPlacement& placement : placements) {
    nlohmann::json item = {{"parent", placement.parent_id},
                           {"department", placement.department_id},
                           {"start", base::FormatDay(placement.days.start)}};
    if (placement.days.end) item["end"] = base::FormatDay(*placement.days.end);
    list.push_back(std::move(item));
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<TeamPlacement>* placements) {
  placements->clear();
  for (const nlohmann::json& item : nlohmann::json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    TeamPlacement placement{item.value("parent", ""), item.value("department", ""), {}};
    placement.days.start = base::ParseDay(item.value("start", "")).value_or(base::CivilDay());
    if (auto end = base::ParseDay(item.value("end", "")); end.ok()) placement.days.end = *end;
    placements->push_back(std::move(placement));
  }
}

}  // namespace salesops::organization::domain

namespace salesops::organization::store {
namespace {

using domain::Team;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

constexpr size_t kRowsPerInsert = 500;

}  // namespace

const records::Table<Team>& Teams() {
  static const auto* table = [] {
    records::Table<Team>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "teams/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Team>(
        "team", std::move(options),
        {Key("id", &Team::id), Col("display_name", &Team::display_name),
         JsonCol("placements", &Team::placements), JsonCol("external_keys", &Team::external_keys)});
  }();
  return *table;
}

absl::Status InsertPlacements(mysql::Transaction& tx,
                              const std::vector<std::pair<const Team*, int64_t>>& teams) {
  std::vector<mysql::Params> rows;
  for (const auto& [team, fact] : teams) {
    for (const domain::TeamPlacement& placement : team->placements) {
      rows.push_back({team->id, fact, placement.days.start, placement.days.end, placement.parent_id,
                      placement.department_id});
    }
  }
  for (size_t begin = 0; begin < rows.size(); begin += kRowsPerInsert) {
    std::string values;
    mysql::Params params;
    for (size_t i = begin; i < std::min(rows.size(), begin + kRowsPerInsert); ++i) {
      absl::StrAppend(&values, values.empty() ? "" : ",", "(?,LAST_INSERT_ID() + ?,?,?,?,?)");
      params.insert(params.end(), rows[i].begin(), rows[i].end());
    }
    RETURN_IF_ERROR(
        tx.Execute(absl::StrCat("INSERT INTO team_placement (team_id, recorded_from, start_date, "
                                "end_date, parent_id, department_id) VALUES ",
                                values),
                   params)
            .status());
  }
  return absl::OkStatus();
}

salesops::api::Predicate PlacedOn(base::CivilDay day) {
  return {
      "EXISTS (SELECT 1 FROM team_placement p WHERE p.team_id = r.id AND p.recorded_from = "
      "r.recorded_from AND p.start_date <= ? AND (p.end_date IS NULL OR p.end_date > ?))",
      {day, day}};
}

absl::StatusOr<domain::EdgesByKey> EdgesFrom(mysql::Connection& c,
                                             const std::set<std::string>& teams) {
  domain::EdgesByKey edges;
  std::set<std::string> open = teams;
  while (!open.empty()) {
    mysql::Params params;
    const std::string list = InList(open, &params);
    ASSIGN_OR_RETURN(
        std::vector<domain::DatedEdge> level,
        c.Query(absl::StrCat("SELECT p.team_id, p.parent_id, p.start_date, p.end_date FROM team r "
                             "JOIN team_placement p ON p.team_id = r.id AND p.recorded_from = "
                             "r.recorded_from WHERE r.id IN ",
                             list, " AND p.parent_id <> '' LIMIT 1000000"),
                params, [](mysql::Row& row) {
                  return domain::DatedEdge{
                      row.String(0), row.String(1), {row.Day(2), row.OptionalDay(3)}};
                }));
    for (const std::string& team : open) edges[team];
    std::set<std::string> above;
    for (domain::DatedEdge& edge : level) {
      if (edges.count(edge.above) == 0) above.insert(edge.above);
      edges[edge.below].push_back(std::move(edge));
    }
    open = std::move(above);
  }
  return edges;
}

absl::StatusOr<std::vector<domain::ParentOfTeam>> TreeOn(mysql::Connection& c, base::CivilDay day,
                                                         std::optional<int64_t> as_of) {
  records::ListQuery query;
  query.where.push_back(PlacedOn(day));
  query.show_archived = true;  // an archived team still stands where it stands
  query.as_of_position = as_of;
  ASSIGN_OR_RETURN(std::vector<Team> teams, records::ReadAll(c, Teams(), query));
  std::vector<domain::ParentOfTeam> tree;
  for (const Team& team : teams) {
    for (const domain::TeamPlacement& placement : team.placements) {
      if (placement.days.Contains(day)) tree.push_back({team.id, placement.parent_id});
    }
  }
  return tree;
}

absl::StatusOr<bool> TeamInUse(mysql::Connection& c, const std::string& team_id,
                               base::CivilDay today) {
  ASSIGN_OR_RETURN(
      auto parent,
      c.QueryOne("SELECT p.team_id FROM team_placement p JOIN team r ON r.id = p.team_id AND "
                 "r.recorded_from = p.recorded_from WHERE p.parent_id = ? AND r.archive_time IS "
                 "NULL AND (p.end_date IS NULL OR p.end_date > ?) LIMIT 1",
                 {team_id, today}, [](mysql::Row& row) { return row.String(0); }));
  if (parent) return true;
  ASSIGN_OR_RETURN(
      auto seller,
      c.QueryOne("SELECT seller_id FROM assignment WHERE team_id = ? AND archive_time IS NULL AND "
                 "(end_date IS NULL OR end_date > ?) LIMIT 1",
                 {team_id, today}, [](mysql::Row& row) { return row.String(0); }));
  return seller.has_value();
}

}  // namespace salesops::organization::store
