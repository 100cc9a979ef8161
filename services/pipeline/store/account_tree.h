#pragma once

// The hierarchy of accounts, as their rows have it: who is above and below whom.
//
// Changes of the hierarchy happen one after another: LockTree comes after the locks of the accounts
// that change and before anything is read of the hierarchy; after it a transaction locks no account
// that was there before. So two changes cannot close a cycle together, and wait for each other in
// one order only.
//
// Thread-safety: functions are safe from any thread; a connection belongs to its caller.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/pipeline/domain/account_hierarchy.h"
#include "shared/api/filter.h"
#include "shared/mysql/database.h"

namespace salesops::pipeline::store {

absl::Status LockTree(mysql::Transaction& tx);

// The parents of `ids` and of every account above them.
absl::StatusOr<domain::ParentOf> ParentsAbove(mysql::Connection& c,
                                              const std::set<std::string>& ids,
                                              std::optional<int64_t> as_of_position = std::nullopt);

// Levels of the trees below `ids`, each itself included, counted up to one more than is allowed;
// what does not exist is left out.
absl::StatusOr<std::map<std::string, int>> LevelsBelow(mysql::Connection& c,
                                                       const std::set<std::string>& ids);

// A filter field that is true where `sql` ("r.id", "r.account_id") is the id of the named account
// or of one below it.
salesops::api::Column InTreeOf(const std::string& sql, std::optional<int64_t> as_of_position);

}  // namespace salesops::pipeline::store
