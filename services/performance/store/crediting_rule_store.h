#pragma once

// Where crediting rules are kept: tables `crediting_rule` and `crediting_rule_history`.

#include <optional>
#include <vector>

#include "services/performance/domain/crediting_rule.h"
#include "shared/records/table.h"

namespace salesops::performance::store {

const records::Table<domain::CreditingRuleRecord>& CreditingRules();

// The rules that count for facts of any of `days`: approved, not archived; by name. At most 10,000.
// `as_of_position`: as known there; nullopt = now.
absl::StatusOr<std::vector<domain::CreditingRule>> ApprovedRules(
    mysql::Connection& c, const base::DayRange& days,
    std::optional<int64_t> as_of_position = std::nullopt);

}  // namespace salesops::performance::store
