#pragma once

// What the verbs that move opportunities share.
//
// Thread-safety: pure functions, and reads through the transaction they are given.

#include <string>

#include "services/pipeline/domain/opportunity.h"
#include "shared/mysql/database.h"
#include "shared/resource/standard_methods.h"
#include "shared/rpc/call_context.h"

namespace salesops::pipeline::api {

// The caller, now.
domain::Move MoveNow(const rpc::CallContext& ctx);

// Records a transition with the change that made it.
void RecordTransition(rpc::CallContext& ctx, domain::StageTransition transition,
                      resource::Write* write);

// The version that an opportunity is pinned to; INTERNAL if it is missing.
absl::StatusOr<domain::SalesProcessVersion> PinnedVersion(mysql::Connection& c,
                                                          const domain::Opportunity& o);

// The gates on the way of a transition that is not recorded yet; `o` is the deal after it.
// FAILED_PRECONDITION, reason GATE_NOT_MET or WRONG_STAGE; with an override reason they are written
// into the transition instead, if the caller may (PERMISSION_DENIED). `entered` is when the deal
// entered the stage that it leaves.
absl::Status PassGates(rpc::CallContext& ctx, mysql::Transaction& tx,
                       const domain::SalesProcessVersion& process, const domain::Opportunity& o,
                       absl::Time entered, const std::string& override_reason,
                       domain::StageTransition* transition);

// A new deal that begins in a later stage has passed the gates before it: what it does not meet is
// a violation of `stage`, reason GATE_NOT_MET, as is a stage of a module that does not hold
// (WRONG_STAGE).
absl::Status CheckBeginning(mysql::Transaction& tx, const domain::SalesProcessVersion& process,
                            const domain::Opportunity& o, base::Violations* violations);

}  // namespace salesops::pipeline::api
