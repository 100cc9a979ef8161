#pragma once

// What a plan must keep to be stored at all. What is legal but unwise is plan_linter.h's.
//
// Thread-safety: pure functions.

#include "services/performance/domain/incentives/plan.h"
#include "shared/base/violation.h"

namespace salesops::performance::domain {

// Every violation with its field, such as "rules.components[2].commission.rules[0].table.tiers".
void CheckPlan(const PlanRules& plan, base::Violations* violations);

}  // namespace salesops::performance::domain
