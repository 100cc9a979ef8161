#include "services/organization/store/assignment_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/store/rows.h"
#include "shared/records/read_all.h"

namespace salesops::organization::store {
namespace {

using domain::Assignment;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;
using salesops::api::Predicate;

Predicate In(const char* column, const std::set<std::string>& values) {
  Predicate predicate;
  predicate.sql = absl::StrCat(column, " IN ", InList(values, &predicate.params));
  return predicate;
}

// A home is of the seller whose assignment it lends: only its id is kept. Read after the key.
records::Column<Assignment> HomeCol() {
  return {"home_id", false, [](const Assignment& a) { return mysql::Value(a.home_id); },
          [](Assignment& a, mysql::Row& row, int i) {
            a.home_id = row.String(i);
            if (!a.home_id.empty()) a.home_seller_id = a.seller_id;
          }};
}

// The sellers' assignments that a query is about.
void SelectSellers(const std::set<std::string>& seller_ids, records::ListQuery* query) {
  if (seller_ids.size() == 1) {
    query->parent = {*seller_ids.begin()};
  } else {
    query->where.push_back(OfSellers(seller_ids));
  }
}

}  // namespace

const records::Table<Assignment>& Assignments() {
  static const auto* table = [] {
    records::Table<Assignment>::Options options;
    options.fields = {
        {"name", {.sql = "CONCAT('sellers/',r.seller_id,'/assignments/',r.id)"}},
        {"team", {.sql = "r.team_id", .type = ColumnType::kId, .name_prefix = "teams/"}},
        {"job_role", {.sql = "r.job_role_id", .type = ColumnType::kId, .name_prefix = "jobRoles/"}},
        {"manager", {.sql = "r.manager_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"region", {.sql = "r.region"}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay}},
        {"end_date", {.sql = "r.end_date", .type = ColumnType::kDay, .nullable = true}},
        {"kind",
         {.sql = "r.kind",
          .type = ColumnType::kEnum,
          .enum_values = {{"KIND_REGULAR", 1}, {"KIND_SECONDMENT", 2}}}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Assignment>(
        "assignment", std::move(options),
        {Key("seller_id", &Assignment::seller_id), Key("id", &Assignment::id),
         Col("team_id", &Assignment::team_id), Col("job_role_id", &Assignment::job_role_id),
         Col("manager_id", &Assignment::manager_id), Col("region", &Assignment::region),
         Col("share", &Assignment::share), Col("start_date", &Assignment::start_date),
         Col("end_date", &Assignment::end_date),
         JsonCol("external_keys", &Assignment::external_keys), Col("kind", &Assignment::kind),
         HomeCol()});
  }();
  return *table;
}

absl::StatusOr<std::vector<Assignment>> AssignmentsOf(mysql::Connection& c,
                                                      const std::set<std::string>& seller_ids,
                                                      std::optional<int64_t> as_of) {
  if (seller_ids.empty()) return std::vector<Assignment>();
  records::ListQuery query;
  query.as_of_position = as_of;
  SelectSellers(seller_ids, &query);
  return records::ReadAll(c, Assignments(), std::move(query));
}

absl::StatusOr<std::vector<Assignment>> AssignmentsOn(mysql::Connection& c, base::CivilDay day,
                                                      const std::set<std::string>& seller_ids,
                                                      std::optional<int64_t> as_of) {
  if (seller_ids.empty()) return std::vector<Assignment>();
  records::ListQuery query;
  query.as_of_position = as_of;
  SelectSellers(seller_ids, &query);
  query.where.push_back(InForceOn(day));
  return records::ReadAll(c, Assignments(), std::move(query));
}

absl::StatusOr<std::vector<Assignment>> ReportsOn(mysql::Connection& c, base::CivilDay day,
                                                  const std::set<std::string>& manager_ids,
                                                  std::optional<int64_t> as_of) {
  records::ListQuery query;
  query.as_of_position = as_of;
  query.where.push_back(UnderManagers(manager_ids));
  query.where.push_back(InForceOn(day));
  return records::ReadAll(c, Assignments(), std::move(query));
}

Predicate InForceOn(base::CivilDay day) {
  return {"r.start_date <= ? AND (r.end_date IS NULL OR r.end_date > ?)", {day, day}};
}

Predicate InTeams(const std::set<std::string>& team_ids) { return In("r.team_id", team_ids); }

Predicate UnderManagers(const std::set<std::string>& manager_ids) {
  return In("r.manager_id", manager_ids);
}

Predicate OfSellers(const std::set<std::string>& seller_ids) {
  return In("r.seller_id", seller_ids);
}

absl::StatusOr<domain::EdgesByKey> ManagersFrom(mysql::Connection& c,
                                                const std::set<std::string>& sellers) {
  domain::EdgesByKey edges;
  std::set<std::string> seen = sellers;
  std::set<std::string> open = sellers;
  while (!open.empty()) {
    mysql::Params params;
    const std::string list = InList(open, &params);
    std::set<std::string> above;
    RETURN_IF_ERROR(c.ForEach(
        absl::StrCat("SELECT seller_id, id, manager_id, start_date, end_date FROM assignment WHERE "
                     "seller_id IN ",
                     list, " AND manager_id <> '' AND archive_time IS NULL LIMIT 1000000"),
        params, [&](mysql::Row& row) {
          const std::string seller = row.String(0);
          const std::string manager = row.String(2);
          edges[absl::StrCat(seller, "/", row.String(1))].push_back(
              {seller, manager, {row.Day(3), row.OptionalDay(4)}});
          if (seen.insert(manager).second) above.insert(manager);
        }));
    open = std::move(above);
  }
  return edges;
}

std::string EdgeKey(const Assignment& assignment) {
  return absl::StrCat(assignment.seller_id, "/", assignment.id);
}

}  // namespace salesops::organization::store
