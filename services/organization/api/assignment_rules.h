#pragma once

// What must hold before assignments are written, over all changes of one transaction. The sellers
// whose assignments they are have been locked.
//
// Thread-safety: uses the transaction it is given.

#include <vector>

#include "absl/status/status.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "services/organization/domain/assignment.h"
#include "shared/resource/resource.h"

namespace salesops::organization::api {

using AssignmentChanges = std::vector<resource::Changed<domain::Assignment>>;

absl::Status CheckAssignments(rpc::CallContext& ctx, mysql::Transaction& tx,
                              AssignmentChanges& changes);

}  // namespace salesops::organization::api
