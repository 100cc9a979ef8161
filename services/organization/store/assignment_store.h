#pragma once

// Where assignments are kept, below their sellers.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/organization/domain/assignment.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::Assignment>& Assignments();

// Unarchived assignments of sellers, in the order of their names.
absl::StatusOr<std::vector<domain::Assignment>> AssignmentsOf(
    mysql::Connection& c, const std::set<std::string>& seller_ids,
    std::optional<int64_t> as_of = std::nullopt);

// Those in force on a day.
absl::StatusOr<std::vector<domain::Assignment>> AssignmentsOn(
    mysql::Connection& c, base::CivilDay day, const std::set<std::string>& seller_ids,
    std::optional<int64_t> as_of = std::nullopt);
// Assignments in force on a day whose manager is one of `manager_ids`, of all sellers.
absl::StatusOr<std::vector<domain::Assignment>> ReportsOn(
    mysql::Connection& c, base::CivilDay day, const std::set<std::string>& manager_ids,
    std::optional<int64_t> as_of = std::nullopt);

// Assignments in force on a day, for lists of assignments (alias r).
salesops::api::Predicate InForceOn(base::CivilDay day);
// Assignments to one of these teams.
salesops::api::Predicate InTeams(const std::set<std::string>& team_ids);
// Assignments with one of these managers.
salesops::api::Predicate UnderManagers(const std::set<std::string>& manager_ids);
// Assignments of sellers inside a caller's limited scope.
salesops::api::Predicate OfSellers(const std::set<std::string>& seller_ids);

// The edges to managers of `sellers` and of everybody above them on any day, by assignment
// ("seller/assignment").
absl::StatusOr<domain::EdgesByKey> ManagersFrom(mysql::Connection& c,
                                                const std::set<std::string>& sellers);
std::string EdgeKey(const domain::Assignment& assignment);

}  // namespace salesops::organization::store
