#include "services/pipeline/api/account_hierarchy.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/pipeline/store/account_store.h"
#include "services/pipeline/store/account_tree.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::api {
namespace {

using domain::Account;
using resource::Changed;
using Accounts = std::map<std::string, store::AccountState>;

bool Moves(const Changed<Account>& change) {
  return (change.before == nullptr ? "" : change.before->parent_id) != change.after->parent_id;
}

void CheckParent(const Accounts& accounts, const rpc::CallContext& ctx,
                 const Changed<Account>& change) {
  const auto found = accounts.find(change.after->parent_id);
  if (found == accounts.end() || !ctx.scope().Includes(found->second.owner_id)) {
    change.violations->Add("parent", "BAD_REFERENCE",
                           absl::StrCat("refers to accounts/", change.after->parent_id,
                                        ", which does not exist or is outside your scope; one of "
                                        "the same batch does not exist yet"));
  } else if (found->second.archived) {
    change.violations->Add("parent", "ARCHIVED",
                           "refers to an archived account; unarchive it or name another");
  }
}

// "accounts/a below accounts/b below accounts/a"; what the caller may not see is "…".
absl::StatusOr<std::string> Describe(const rpc::CallContext& ctx, mysql::Transaction& tx,
                                     const std::vector<std::string>& path) {
  ASSIGN_OR_RETURN(const Accounts accounts, store::FindAccounts(tx, path));
  std::vector<std::string> names;
  for (const std::string& id : path) {
    const auto found = accounts.find(id);
    const bool seen = ctx.scope().all || id == path[0] ||
                      (found != accounts.end() && ctx.scope().Includes(found->second.owner_id));
    names.push_back(seen ? absl::StrCat("accounts/", id) : "…");
  }
  return absl::StrJoin(names, " below ");
}

absl::Status Refuse(const rpc::CallContext& ctx, mysql::Transaction& tx,
                    const domain::PlacementRefusal& refusal, resource::Write* write) {
  if (!write->refused.ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string path, Describe(ctx, tx, refusal.path));
  const std::string name = absl::StrCat("accounts/", refusal.path[0]);
  write->refused =
      refusal.cycle
          ? status::FailedPrecondition("ACCOUNT_CYCLE", name,
                                       absl::StrCat("it would stand below itself: ", path))
          : status::FailedPrecondition("TOO_DEEP", name,
                                       absl::StrCat("the hierarchy would have more than ",
                                                    domain::kMostLevels, " levels: ", path));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckParents(rpc::CallContext& ctx, mysql::Transaction& tx,
                          std::vector<Changed<Account>>& changes) {
  std::set<std::string> parents, moving;
  for (const Changed<Account>& change : changes) {
    if (!Moves(change)) continue;
    if (change.before != nullptr) moving.insert(change.after->id);
    if (!change.after->parent_id.empty()) parents.insert(change.after->parent_id);
  }
  if (parents.empty()) return absl::OkStatus();  // leaving a parent breaks nothing
  RETURN_IF_ERROR(store::LockTree(tx));
  ASSIGN_OR_RETURN(const Accounts accounts,
                   store::FindAccounts(tx, {parents.begin(), parents.end()}));
  std::vector<domain::ParentChange> placements;
  std::vector<Changed<Account>*> placed;
  ASSIGN_OR_RETURN(const auto levels, store::LevelsBelow(tx, moving));
  for (Changed<Account>& change : changes) {
    if (!Moves(change)) continue;
    if (!change.after->parent_id.empty()) CheckParent(accounts, ctx, change);
    if (!change.violations->empty() || !change.write->refused.ok()) continue;
    const auto below = levels.find(change.after->id);
    placements.push_back(
        {change.after->id, change.after->parent_id, below == levels.end() ? 1 : below->second});
    placed.push_back(&change);
  }
  ASSIGN_OR_RETURN(domain::ParentOf parent_of, store::ParentsAbove(tx, parents));
  const auto refusals = domain::PlaceAccounts(std::move(parent_of), placements);
  for (size_t i = 0; i < refusals.size(); ++i) {
    if (!refusals[i]) continue;
    RETURN_IF_ERROR(Refuse(ctx, tx, *refusals[i], placed[i]->write));
  }
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::api
