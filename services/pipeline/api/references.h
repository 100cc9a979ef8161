#pragma once

// Rules about references: to what another service owns, answered from the read model, and to
// accounts. Only a reference that a change newly makes is looked at; old ones may stay.
//
// Thread-safety: pure functions, and reads through the transaction they are given.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/pipeline/store/account_store.h"
#include "shared/auth/access.h"
#include "shared/base/violation.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"

namespace salesops::pipeline::api {

// An empty id is no reference. The read model is at most seconds behind organization.
inline void CheckSeller(const roster::Roster& roster, const std::string& seller_id,
                        const std::string& field, base::Violations* violations) {
  if (seller_id.empty() || roster.HasSeller(seller_id)) return;
  violations->Add(field, "BAD_REFERENCE",
                  "no seller \"sellers/" + seller_id +
                      "\" is known here; create it in organization first (it arrives in seconds)");
}

// Owners of records with `owner_id`.
template <class Record>
void CheckOwners(const roster::Roster& roster, std::vector<resource::Changed<Record>>& changes) {
  for (resource::Changed<Record>& change : changes) {
    const bool same = change.before && change.before->owner_id == change.after->owner_id;
    if (!same) CheckSeller(roster, change.after->owner_id, "owner", change.violations);
  }
}

// Accounts of records with `account_id`: they exist, are in `scope` and are not archived.
template <class Record>
absl::Status CheckAccounts(mysql::Transaction& tx, std::vector<resource::Changed<Record>>& changes,
                           const auth::RowScope& scope) {
  auto is_new = [](const resource::Changed<Record>& change) {
    return !change.after->account_id.empty() &&
           (change.before == nullptr || change.before->account_id != change.after->account_id);
  };
  std::set<std::string> ids;
  for (const resource::Changed<Record>& change : changes) {
    if (is_new(change)) ids.insert(change.after->account_id);
  }
  ASSIGN_OR_RETURN(const auto accounts, store::FindAccounts(tx, {ids.begin(), ids.end()}));
  for (resource::Changed<Record>& change : changes) {
    if (!is_new(change)) continue;
    const auto found = accounts.find(change.after->account_id);
    if (found == accounts.end() || !scope.Includes(found->second.owner_id)) {
      change.violations->Add("account", "BAD_REFERENCE",
                             "no account \"accounts/" + change.after->account_id + "\" exists");
    } else if (found->second.archived) {
      change.violations->Add("account", "ARCHIVED",
                             "the account is archived; unarchive it or name another");
    }
  }
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::api
