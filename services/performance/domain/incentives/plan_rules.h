#pragma once

// What a plan must keep to be stored at all. What is legal but unwise is plan_linter.h's.
//
// Thread-safety: pure functions.

#include "services/performance/domain/incentives/plan.h"
#include "shared/base/violation.h"

namespace salesops::performance::domain {

// Every violation with its field, such as "rules.components[2].commission.rules[0].table.tiers".
// Reasons: REQUIRED, NOT_UNIQUE, OUT_OF_RANGE, TOO_PRECISE, WRONG_ORDER, UNKNOWN_CURRENCY,
// BAD_NAME, BAD_ID, NOT_OF_LINES (a measure that no line of a fact has), NOT_ALLOWED (the name of
// an imported measure where another one is meant), NEEDS_PERIOD (attainments are of whole periods),
// FLOOR_ABOVE_CAP.
//
// A plan may name no calendar: a draft is stored without, and the linter blocks its approval.
void CheckPlan(const PlanRules& plan, base::Violations* violations);

// Below it are all amounts, and the rates of measures that are no money. 10^12.
base::Decimal AmountLimit();
// Rates on money are at most this: 100 = 10000 %, as bonuses on recurring pay several years.
base::Decimal RateLimit();

}  // namespace salesops::performance::domain
