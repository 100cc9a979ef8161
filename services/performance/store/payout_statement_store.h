#pragma once

// Where payout statements are kept: tables `payout_statement` and `payout_statement_history`.

#include <map>
#include <string>

#include "services/performance/domain/payout_statement.h"
#include "shared/records/table.h"

namespace salesops::performance::store {

const records::Table<domain::PayoutStatement>& PayoutStatements();

// All of a period, by the payee's id.
absl::StatusOr<std::map<std::string, domain::PayoutStatement>> StatementsOfPeriod(
    mysql::Connection& c, const std::string& plan_id, const std::string& period_id);

}  // namespace salesops::performance::store
