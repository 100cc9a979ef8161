#pragma once

// Where incentive periods are kept: tables `incentive_period` and `incentive_period_history`.

#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/incentive_period.h"
#include "shared/records/table.h"

namespace salesops::performance::store {

const records::Table<domain::IncentivePeriod>& IncentivePeriods();

// Those of a plan that are not archived, by their first day.
absl::StatusOr<std::vector<domain::IncentivePeriod>> PeriodsOfPlan(mysql::Connection& c,
                                                                   const std::string& plan_id);

}  // namespace salesops::performance::store
