#pragma once

// Where retention rules are kept: tables `retention_rule` and `retention_rule_history`; and what is
// due by one.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/pipeline/domain/retention_rule.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::RetentionRule>& RetentionRules();

// A lead, contact or activity that is due.
struct DueRecord {
  std::string id;
  int64_t version = 0;
};

// At most so many records of the kind that count from before `before`, the oldest first; of one
// that was erased nothing is due. Costs, beside those found: of leads, the entries of an index of
// others in the same state that are as old; of contacts, some reads of indexes for each that was
// not changed since; of activities, nothing.
absl::StatusOr<std::vector<DueRecord>> FindDue(mysql::Connection& c, domain::RetentionKind kind,
                                               absl::Time before, int limit);
// The record if it is due; nullopt: it is not.
absl::StatusOr<std::optional<DueRecord>> FindDue(mysql::Connection& c, domain::RetentionKind kind,
                                                 absl::Time before, const std::string& id);

}  // namespace salesops::pipeline::store
