#pragma once

// Where accounts are kept: tables `account` and `account_history`.

#include <map>
#include <string>
#include <vector>

#include "services/pipeline/domain/account.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Account>& Accounts();

// What a reference to an account must know of it.
struct AccountState {
  std::string owner_id;
  bool archived = false;
};
// Those of `ids` that exist, by id.
absl::StatusOr<std::map<std::string, AccountState>> FindAccounts(
    mysql::Connection& c, const std::vector<std::string>& ids);

}  // namespace salesops::pipeline::store
