#pragma once

// Which account an account may belong to.
//
// Thread-safety: reads through the transaction it is given.

#include <vector>

#include "services/pipeline/domain/account.h"
#include "shared/resource/resource.h"

namespace salesops::pipeline::api {

// A parent that a change newly names exists, is in the caller's scope and is not archived
// (violations); no cycle and no tree of more than domain::kMostLevels arises (refusals,
// ACCOUNT_CYCLE and TOO_DEEP). A parent that the same transaction creates does not exist yet.
absl::Status CheckParents(rpc::CallContext& ctx, mysql::Transaction& tx,
                          std::vector<resource::Changed<domain::Account>>& changes);

}  // namespace salesops::pipeline::api
