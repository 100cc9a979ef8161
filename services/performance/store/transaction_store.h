#pragma once

// Where transactions are kept: table `sales_transaction`, whose rows never change.

#include <map>
#include <set>
#include <string>

#include "services/performance/domain/transaction.h"
#include "shared/records/table.h"

namespace salesops::performance::store {

const records::Table<domain::Transaction>& Transactions();

// Those of `ids` that exist, by id, locked, so that two corrections of one meet here.
absl::StatusOr<std::map<std::string, domain::Transaction>> LockTransactions(
    mysql::Transaction& tx, const std::set<std::string>& ids);

// What corrects those of `ids` that are corrected: the id of the correction by that of what it
// corrects.
absl::StatusOr<std::map<std::string, std::string>> CorrectionsOf(mysql::Connection& c,
                                                                 const std::set<std::string>& ids);

}  // namespace salesops::performance::store
