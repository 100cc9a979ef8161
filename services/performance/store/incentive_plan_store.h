#pragma once

// Where incentive plans and their versions are kept, each with its history: tables `incentive_plan`
// and `incentive_plan_version`. The rules of a version are one JSON text.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/incentive_plan.h"
#include "shared/records/table.h"

namespace salesops::performance::store {

const records::Table<domain::IncentivePlan>& IncentivePlans();
const records::Table<domain::IncentivePlanVersion>& IncentivePlanVersions();

// Locks plans until the transaction ends, in the order of their ids: their versions are activated
// one after the other.
absl::Status LockPlans(mysql::Transaction& tx, const std::vector<std::string>& plan_ids);

// Those of `ids` that exist -> whether they are archived. They cannot be archived before the
// transaction ends.
absl::StatusOr<std::map<std::string, bool>> FindPlans(mysql::Transaction& tx,
                                                      const std::vector<std::string>& ids);

// The name of another active version of the plan that begins on the same day; empty = none.
absl::StatusOr<std::string> OtherActiveOn(mysql::Connection& c,
                                          const domain::IncentivePlanVersion& version);

// The version of a plan that is in force on a day: of those that are active and not archived the
// one that began last. nullopt if none has begun. `as_of_position`: as known there; nullopt = now.
absl::StatusOr<std::optional<domain::IncentivePlanVersion>> VersionInForce(
    mysql::Connection& c, const std::string& plan_id, base::CivilDay day,
    std::optional<int64_t> as_of_position = std::nullopt);

}  // namespace salesops::performance::store
