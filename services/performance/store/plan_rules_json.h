#pragma once

// The rules of a plan version, and the lines that a rule is for, as JSON text of a column. What is
// empty is left out, so that a plain plan stays a short text; decimals are canonical text, so that
// equal rules are equal text.
//
// Text that is not what ToJson writes leaves the value empty.
//
// Thread-safety: pure functions.

#include <string>

#include "services/performance/domain/incentives/plan.h"

namespace salesops::performance::domain {

std::string ToJson(const PlanRules& rules);
void FromJson(const std::string& text, PlanRules* rules);

std::string ToJson(const LineMatch& match);
void FromJson(const std::string& text, LineMatch* match);

}  // namespace salesops::performance::domain
