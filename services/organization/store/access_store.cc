#include "services/organization/store/access_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/store/rows.h"
#include "shared/records/read_all.h"

namespace salesops::organization::store {
namespace {

using domain::AccessRole;
using domain::Grant;
using domain::GrantScope;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

}  // namespace

const records::Table<AccessRole>& AccessRoles() {
  static const auto* table = [] {
    records::Table<AccessRole>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "accessRoles/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<AccessRole>(
        "access_role", std::move(options),
        {Key("id", &AccessRole::id), Col("display_name", &AccessRole::display_name),
         Col("description", &AccessRole::description),
         JsonCol("permissions", &AccessRole::permissions),
         JsonCol("external_keys", &AccessRole::external_keys)});
  }();
  return *table;
}

const records::Table<Grant>& Grants() {
  static const auto* table = [] {
    records::Table<Grant>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "grants/"}},
        {"access_role",
         {.sql = "r.role_id", .type = ColumnType::kId, .name_prefix = "accessRoles/"}},
        {"member", {.sql = "r.member"}},
        {"scope",
         {.sql = "r.scope",
          .type = ColumnType::kEnum,
          .enum_values = {{"SCOPE_ALL", 1},
                          {"SCOPE_DEPARTMENT", 2},
                          {"SCOPE_OWN_AND_REPORTS", 3}}}},
        {"department",
         {.sql = "r.department_id", .type = ColumnType::kId, .name_prefix = "departments/"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Grant>(
        "access_grant", std::move(options),
        {Key("id", &Grant::id), Col("role_id", &Grant::role_id), Col("member", &Grant::member),
         Col("scope", &Grant::scope), Col("department_id", &Grant::department_id),
         JsonCol("external_keys", &Grant::external_keys)});
  }();
  return *table;
}

absl::StatusOr<bool> RoleInUse(mysql::Connection& c, const std::string& role_id) {
  ASSIGN_OR_RETURN(auto grant,
                   c.QueryOne("SELECT id FROM access_grant WHERE role_id = ? AND "
                              "archive_time IS NULL LIMIT 1",
                              {role_id}, [](mysql::Row& row) { return row.String(0); }));
  return grant.has_value();
}

absl::StatusOr<domain::Administration> ReadAdministration(mysql::Connection& c) {
  records::ListQuery query;
  ASSIGN_OR_RETURN(std::vector<AccessRole> roles, records::ReadAll(c, AccessRoles(), query));
  query.where.push_back({"r.scope = ?", {static_cast<int64_t>(GrantScope::kAll)}});
  ASSIGN_OR_RETURN(std::vector<Grant> grants, records::ReadAll(c, Grants(), query));
  domain::Administration administration;
  for (const AccessRole& role : roles) administration.Put(role);
  for (const Grant& grant : grants) administration.Put(grant);
  return administration;
}

absl::StatusOr<std::vector<Granted>> GrantedTo(mysql::Connection& c,
                                               const std::set<std::string>& members) {
  mysql::Params params;
  const std::string list = InList(members, &params);
  return c.Query(
      absl::StrCat("SELECT r.permissions, g.scope, g.department_id FROM access_grant g "
                   "JOIN access_role r ON r.id = g.role_id WHERE g.member IN ",
                   list, " AND g.archive_time IS NULL AND r.archive_time IS NULL LIMIT 10000"),
      params, [](mysql::Row& row) {
        Granted granted;
        records::FromJson(row.String(0), &granted.permissions);
        granted.scope = static_cast<GrantScope>(row.Int64(1));
        granted.department_id = row.String(2);
        return granted;
      });
}

absl::StatusOr<bool> WasGranted(mysql::Connection& c, const std::string& role_id,
                                const std::string& member) {
  ASSIGN_OR_RETURN(
      auto grant, c.QueryOne("SELECT id FROM access_grant WHERE role_id = ? AND member = ? LIMIT 1",
                             {role_id, member}, [](mysql::Row& row) { return row.String(0); }));
  return grant.has_value();
}

}  // namespace salesops::organization::store
