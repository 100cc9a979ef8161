#pragma once

// One number of a plan by its path, to try other values of it.
//
// Thread-safety: pure functions.

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/performance/domain/incentives/plan.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// The number at a path as CheckPlan writes them, such as
// "rules.components[0].commission.rules[1].table.tiers[2].rate": rates, amounts, shares, caps,
// floors, and where tiers, points and steps begin. A cap or floor that is absent becomes one of 0.
// INVALID_ARGUMENT, field `field`, if there is none. The pointer lives as long as the plan is not
// changed.
absl::StatusOr<base::Decimal*> FindParameter(PlanRules& plan, absl::string_view path,
                                             absl::string_view field);

}  // namespace salesops::performance::domain
