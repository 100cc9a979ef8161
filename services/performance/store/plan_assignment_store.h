#pragma once

// Where plan assignments are kept: tables `plan_assignment` and `plan_assignment_history`.

#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/plan_assignment.h"
#include "shared/records/table.h"

namespace salesops::performance::store {

const records::Table<domain::PlanAssignment>& PlanAssignments();

// Held by one change at a time: what two of them read together stays true until they are written.
absl::Status LockPlanAssignments(mysql::Transaction& tx);

// Rows of the table `r` that are in force on a day.
salesops::api::Predicate AssignedOn(base::CivilDay day);

// Those of any of the payees that are not archived.
absl::StatusOr<std::vector<domain::PlanAssignment>> PlanAssignmentsOfPayees(
    mysql::Connection& c, const std::vector<std::string>& payee_ids);

// Those of a plan that are not archived and have a day in common with `days`, by payee, then start.
// `as_of_position`: as known there; nullopt = now.
absl::StatusOr<std::vector<domain::PlanAssignment>> PlanAssignmentsOfPlan(
    mysql::Connection& c, const std::string& plan_id, const base::DayRange& days,
    std::optional<int64_t> as_of_position = std::nullopt);

}  // namespace salesops::performance::store
