#include "shared/roster/roster_tables.h"

#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/type/date.pb.h"
#include "salesops/organization/v1/events.pb.h"
#include "shared/base/decimal.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::roster {
namespace {

namespace v1 = organization::v1;
using salesops::events::v1::Event;

constexpr int kPage = 5000;

// "sellers/7/assignments/a" -> "a"; empty stays empty.
std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// "sellers/7/assignments/a" -> "7".
std::string SellerIdOf(const std::string& assignment_name) {
  const std::vector<std::string> parts = absl::StrSplit(assignment_name, '/');
  return parts.size() == 4 ? parts[1] : "";
}

base::CivilDay DayOf(const google::type::Date& date) {
  return base::CivilDay(date.year(), date.month(), date.day());
}

// The end of a range in any message that has end_date.
template <class Ranged>
std::optional<base::CivilDay> EndOf(const Ranged& ranged) {
  if (!ranged.has_end_date()) return std::nullopt;
  return DayOf(ranged.end_date());
}

base::DayRange RangeOf(mysql::Row& row, int start_column) {
  return {row.Day(start_column), row.OptionalDay(start_column + 1)};
}

absl::Status StoreAssignments(mysql::Transaction& tx, const v1::AssignmentsCorrected& corrected) {
  for (const char* table : {"roster_assignment", "roster_secondment"}) {
    RETURN_IF_ERROR(tx.Execute(absl::StrCat("DELETE FROM ", table, " WHERE seller = ?"),
                               {IdOf(corrected.seller())})
                        .status());
  }
  for (const v1::Assignment& assignment : corrected.assignments()) {
    RETURN_IF_ERROR(Store(tx, assignment));
  }
  return absl::OkStatus();
}

// That an assignment is a secondment, and from which other one of the seller.
absl::Status StoreHome(mysql::Transaction& tx, const std::string& seller, const std::string& id,
                       const v1::Assignment& assignment) {
  if (assignment.kind() == v1::Assignment::KIND_SECONDMENT && !assignment.has_archive_time()) {
    return tx
        .Execute("REPLACE INTO roster_secondment (seller, id, home) VALUES (?,?,?)",
                 {seller, id, IdOf(assignment.home_assignment())})
        .status();
  }
  return tx.Execute("DELETE FROM roster_secondment WHERE seller = ? AND id = ?", {seller, id})
      .status();
}

using Handler = std::function<absl::Status(mysql::Transaction&, const std::string& payload)>;
using Handlers = std::unordered_map<std::string, Handler>;

template <class Payload>
void Handle(Handlers& handlers,
            std::function<absl::Status(mysql::Transaction&, const Payload&)> store) {
  handlers[Payload::descriptor()->full_name()] = [store = std::move(store)](
                                                     mysql::Transaction& tx,
                                                     const std::string& bytes) {
    Payload payload;
    if (!payload.ParseFromString(bytes)) {
      return status::Internal(absl::StrCat("cannot parse a ", Payload::descriptor()->full_name()));
    }
    return store(tx, payload);
  };
}

// The events that carry a resource whole.
template <class Payload, class Resource>
void HandleState(Handlers& handlers, const Resource& (Payload::*resource)() const) {
  Handle<Payload>(handlers, [resource](mysql::Transaction& tx, const Payload& payload) {
    return Store(tx, (payload.*resource)());
  });
}

Handlers MakeHandlers() {
  Handlers h;
  HandleState(h, &v1::DepartmentCreated::department);
  HandleState(h, &v1::DepartmentUpdated::department);
  HandleState(h, &v1::DepartmentArchived::department);
  HandleState(h, &v1::DepartmentUnarchived::department);
  HandleState(h, &v1::TeamCreated::team);
  HandleState(h, &v1::TeamUpdated::team);
  HandleState(h, &v1::TeamArchived::team);
  HandleState(h, &v1::TeamUnarchived::team);
  HandleState(h, &v1::SellerCreated::seller);
  HandleState(h, &v1::SellerUpdated::seller);
  HandleState(h, &v1::SellerArchived::seller);
  HandleState(h, &v1::SellerUnarchived::seller);
  HandleState(h, &v1::SellerErased::seller);
  HandleState(h, &v1::AssignmentCreated::assignment);
  HandleState(h, &v1::AssignmentUpdated::assignment);
  HandleState(h, &v1::AssignmentArchived::assignment);
  HandleState(h, &v1::AssignmentUnarchived::assignment);
  HandleState(h, &v1::AccessRoleCreated::access_role);
  HandleState(h, &v1::AccessRoleUpdated::access_role);
  HandleState(h, &v1::AccessRoleArchived::access_role);
  HandleState(h, &v1::AccessRoleUnarchived::access_role);
  HandleState(h, &v1::GrantCreated::grant);
  HandleState(h, &v1::GrantUpdated::grant);
  HandleState(h, &v1::GrantArchived::grant);
  HandleState(h, &v1::GrantUnarchived::grant);
  Handle<v1::AssignmentsCorrected>(h, StoreAssignments);
  return h;
}

std::string ScopeName(v1::Grant::Scope scope) {
  switch (scope) {
    case v1::Grant::SCOPE_ALL:
      return "ALL";
    case v1::Grant::SCOPE_DEPARTMENT:
      return "DEPARTMENT";
    default:
      return "OWN_AND_REPORTS";  // the narrowest, also for what a later version may add
  }
}

GrantScope ScopeNamed(const std::string& name) {
  if (name == "ALL") return GrantScope::kAll;
  if (name == "DEPARTMENT") return GrantScope::kDepartment;
  return GrantScope::kOwnAndReports;
}

// Reads a whole table page by page. `sql` selects after the key of the row before, which `key`
// gives, in the order of the key.
template <class T>
absl::StatusOr<std::vector<T>> ReadAll(mysql::Connection& c, const std::string& sql,
                                       mysql::Params first_key,
                                       const std::function<T(mysql::Row&)>& map,
                                       const std::function<mysql::Params(mysql::Row&)>& key) {
  std::vector<T> all;
  for (mysql::Params after = std::move(first_key);;) {
    int rows = 0;
    mysql::Params last;
    RETURN_IF_ERROR(c.ForEach(absl::StrCat(sql, " LIMIT ", kPage), after, [&](mysql::Row& row) {
      all.push_back(map(row));
      if (++rows == kPage) last = key(row);
    }));
    if (rows < kPage) return all;
    after = std::move(last);
  }
}

mysql::Params IdKey(mysql::Row& row) { return {row.String(0)}; }

}  // namespace

absl::Status ApplyEvent(mysql::Transaction& tx, const Event& event) {
  static const auto* handlers = new Handlers(MakeHandlers());
  auto handler = handlers->find(event.type());
  if (handler == handlers->end()) return absl::OkStatus();
  return handler->second(tx, event.payload());
}

absl::Status EmptyTables(mysql::Transaction& tx) {
  for (const char* table :
       {"roster_department", "roster_team", "roster_team_placement", "roster_seller",
        "roster_assignment", "roster_secondment", "roster_access_role", "roster_grant"}) {
    RETURN_IF_ERROR(tx.Execute(absl::StrCat("DELETE FROM ", table)).status());
  }
  return absl::OkStatus();
}

absl::Status Store(mysql::Transaction& tx, const v1::Department& department) {
  return tx
      .Execute("REPLACE INTO roster_department (id, display_name, archived) VALUES (?,?,?)",
               {IdOf(department.name()), department.display_name(), department.has_archive_time()})
      .status();
}

absl::Status Store(mysql::Transaction& tx, const v1::Team& team) {
  const std::string id = IdOf(team.name());
  RETURN_IF_ERROR(tx.Execute("REPLACE INTO roster_team (id, display_name, archived) VALUES (?,?,?)",
                             {id, team.display_name(), team.has_archive_time()})
                      .status());
  RETURN_IF_ERROR(tx.Execute("DELETE FROM roster_team_placement WHERE team = ?", {id}).status());
  for (const v1::TeamPlacement& placement : team.placements()) {
    RETURN_IF_ERROR(tx.Execute("INSERT INTO roster_team_placement"
                               " (team, start_date, end_date, parent_team, department)"
                               " VALUES (?,?,?,?,?)",
                               {id, DayOf(placement.start_date()), EndOf(placement),
                                IdOf(placement.parent_team()), IdOf(placement.department())})
                        .status());
  }
  return absl::OkStatus();
}

absl::Status Store(mysql::Transaction& tx, const v1::Seller& seller) {
  return tx
      .Execute(
          "REPLACE INTO roster_seller (id, display_name, subject, archived) VALUES (?,?,?,?)",
          {IdOf(seller.name()), seller.display_name(), seller.subject(), seller.has_archive_time()})
      .status();
}

absl::Status Store(mysql::Transaction& tx, const v1::Assignment& assignment) {
  const std::string seller = SellerIdOf(assignment.name());
  const std::string id = IdOf(assignment.name());
  RETURN_IF_ERROR(StoreHome(tx, seller, id, assignment));
  if (assignment.has_archive_time()) {
    return tx.Execute("DELETE FROM roster_assignment WHERE seller = ? AND id = ?", {seller, id})
        .status();
  }
  ASSIGN_OR_RETURN(const base::Decimal share, base::Decimal::Parse(assignment.share().value()));
  return tx
      .Execute(
          "REPLACE INTO roster_assignment"
          " (seller, id, team, job_role, manager, region, share, start_date, end_date)"
          " VALUES (?,?,?,?,?,?,?,?,?)",
          {seller, id, IdOf(assignment.team()), IdOf(assignment.job_role()),
           IdOf(assignment.manager()), assignment.region(), share, DayOf(assignment.start_date()),
           EndOf(assignment)})
      .status();
}

absl::Status Store(mysql::Transaction& tx, const v1::AccessRole& role) {
  return tx
      .Execute(
          "REPLACE INTO roster_access_role (id, permissions, archived) VALUES (?,?,?)",
          {IdOf(role.name()), absl::StrJoin(role.permissions(), "\n"), role.has_archive_time()})
      .status();
}

absl::Status Store(mysql::Transaction& tx, const v1::Grant& grant) {
  const std::string id = IdOf(grant.name());
  if (grant.has_archive_time()) {
    return tx.Execute("DELETE FROM roster_grant WHERE id = ?", {id}).status();
  }
  return tx
      .Execute(
          "REPLACE INTO roster_grant (id, access_role, member, scope, department)"
          " VALUES (?,?,?,?,?)",
          {id, IdOf(grant.access_role()), grant.member(), ScopeName(grant.scope()),
           IdOf(grant.department())})
      .status();
}

absl::StatusOr<Progress> ReadProgress(mysql::Connection& c) {
  ASSIGN_OR_RETURN(auto progress,
                   c.QueryOne("SELECT log_id, position FROM consumer_position WHERE name = ?",
                              {kReadModel}, [](mysql::Row& r) {
                                return Progress{r.String(0), r.Int64(1)};
                              }));
  return progress.value_or(Progress{});
}

absl::StatusOr<RosterRows> ReadRows(mysql::Connection& c) {
  RosterRows rows;
  ASSIGN_OR_RETURN(
      rows.sellers,
      ReadAll<RosterRows::Seller>(
          c, "SELECT id, subject, archived FROM roster_seller WHERE id > ? ORDER BY id", {""},
          [](mysql::Row& r) {
            return RosterRows::Seller{r.String(0), r.String(1), r.Bool(2)};
          },
          IdKey));
  ASSIGN_OR_RETURN(
      rows.assignments,
      ReadAll<RosterRows::Assignment>(
          c,
          "SELECT seller, id, team, manager, start_date, end_date FROM roster_assignment"
          " WHERE seller >= ? AND (seller > ? OR id > ?) ORDER BY seller, id",
          {"", "", ""},
          [](mysql::Row& r) {
            return RosterRows::Assignment{r.String(0), r.String(2), r.String(3), RangeOf(r, 4)};
          },
          [](mysql::Row& r) {
            return mysql::Params{r.String(0), r.String(0), r.String(1)};
          }));
  ASSIGN_OR_RETURN(
      rows.placements,
      ReadAll<RosterRows::Placement>(
          c,
          "SELECT team, start_date, end_date, parent_team, department FROM roster_team_placement"
          " WHERE team >= ? AND (team > ? OR start_date > ?) ORDER BY team, start_date",
          {"", "", base::CivilDay(1, 1, 1)},
          [](mysql::Row& r) {
            return RosterRows::Placement{r.String(0), r.String(3), r.String(4), RangeOf(r, 1)};
          },
          [](mysql::Row& r) {
            return mysql::Params{r.String(0), r.String(0), r.Day(1)};
          }));
  ASSIGN_OR_RETURN(rows.roles, ReadAll<RosterRows::Role>(
                                   c,
                                   "SELECT id, permissions FROM roster_access_role"
                                   " WHERE id > ? AND NOT archived ORDER BY id",
                                   {""},
                                   [](mysql::Row& r) {
                                     return RosterRows::Role{
                                         r.String(0),
                                         absl::StrSplit(r.String(1), '\n', absl::SkipEmpty())};
                                   },
                                   IdKey));
  ASSIGN_OR_RETURN(rows.grants,
                   ReadAll<RosterRows::Grant>(
                       c,
                       "SELECT id, access_role, member, scope, department FROM roster_grant"
                       " WHERE id > ? ORDER BY id",
                       {""},
                       [](mysql::Row& r) {
                         return RosterRows::Grant{r.String(1), r.String(2), ScopeNamed(r.String(3)),
                                                  r.String(4)};
                       },
                       IdKey));
  ASSIGN_OR_RETURN(rows.teams,
                   ReadAll<std::string>(
                       c, "SELECT id FROM roster_team WHERE id > ? AND NOT archived ORDER BY id",
                       {""}, [](mysql::Row& r) { return r.String(0); }, IdKey));
  return rows;
}

}  // namespace salesops::roster
