#pragma once

// The index over accounts' names: table `account_name_gram`, written in the transaction that writes
// the account.
//
// Thread-safety: functions are safe from any thread; a connection belongs to its caller.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/pipeline/domain/name_search.h"
#include "shared/api/filter.h"
#include "shared/mysql/database.h"

namespace salesops::pipeline::store {

// A name that an account had and has; empty = none.
struct RenamedAccount {
  std::string id;
  std::string before, after;
};

absl::Status IndexNames(mysql::Transaction& tx, const std::vector<RenamedAccount>& renamed);

struct NamedAccount {
  std::string id;
  std::string display_name;
};

struct NameCandidates {
  std::vector<NamedAccount> accounts;  // none twice; some may not fit
  bool complete = true;                // false: more may fit than were looked at
};

// The accounts whose names may fit `query` (`text` as it was typed), those that begin with it
// always among them. `where` uses the alias r. At most `limit` of each way to look.
absl::StatusOr<NameCandidates> FindNames(mysql::Connection& c, const domain::FoldedName& query,
                                         const std::string& text,
                                         const std::vector<salesops::api::Predicate>& where,
                                         bool show_archived, int limit);

}  // namespace salesops::pipeline::store
