#pragma once

// Rules about references: to what another service owns, answered from the read model, and to
// records of this one, answered by one query for all changes of a transaction. Only a reference
// that a change newly makes is looked at; old ones may stay.
//
//   std::vector<NewReference> references;  // {"7", "account", change.violations}, …
//   ASSIGN_OR_RETURN(const auto accounts, store::FindAccounts(tx, IdsOf(references)));
//   CheckFound(references, accounts, "account");
//
// Thread-safety: pure functions, and reads through the transaction they are given.

#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
                  "refers to sellers/" + seller_id +
                      ", which is not known here; create it in organization first (it arrives in "
                      "seconds)");
}

// Owners of records with `owner_id`.
template <class Record>
void CheckOwners(const roster::Roster& roster, std::vector<resource::Changed<Record>>& changes) {
  for (resource::Changed<Record>& change : changes) {
    const bool same = change.before && change.before->owner_id == change.after->owner_id;
    if (!same) CheckSeller(roster, change.after->owner_id, "owner", change.violations);
  }
}

// A record that a change newly refers to.
struct NewReference {
  std::string id;
  std::string field;  // relative to the resource
  base::Violations* violations;
};

// Each id once, sorted.
inline std::vector<std::string> IdsOf(const std::vector<NewReference>& references) {
  std::set<std::string> ids;
  for (const NewReference& reference : references) ids.insert(reference.id);
  return {ids.begin(), ids.end()};
}

// What is referred to is `found` (by id, with a member `archived`) and not archived. `singular` is
// "account" of "accounts/7".
template <class State>
void CheckFound(const std::vector<NewReference>& references,
                const std::map<std::string, State>& found, const std::string& singular) {
  for (const NewReference& reference : references) {
    const auto it = found.find(reference.id);
    if (it == found.end()) {
      reference.violations->Add(reference.field, "BAD_REFERENCE",
                                absl::StrCat("refers to ", singular, "s/", reference.id,
                                             ", which does not exist or is outside your scope"));
    } else if (it->second.archived) {
      reference.violations->Add(
          reference.field, "ARCHIVED",
          absl::StrCat("refers to an archived ", singular, "; unarchive it or name another"));
    }
  }
}

// Accounts of records with `account_id`: they exist, are in `scope` and are not archived.
template <class Record>
absl::Status CheckAccounts(mysql::Transaction& tx, std::vector<resource::Changed<Record>>& changes,
                           const auth::RowScope& scope) {
  std::vector<NewReference> references;
  for (resource::Changed<Record>& change : changes) {
    const std::string& id = change.after->account_id;
    const bool same = change.before != nullptr && change.before->account_id == id;
    if (!id.empty() && !same) references.push_back({id, "account", change.violations});
  }
  ASSIGN_OR_RETURN(auto accounts, store::FindAccounts(tx, IdsOf(references)));
  // To the caller what is out of its scope is not there.
  for (auto it = accounts.begin(); it != accounts.end();) {
    it = scope.Includes(it->second.owner_id) ? std::next(it) : accounts.erase(it);
  }
  CheckFound(references, accounts, "account");
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::api
