#pragma once

// Moving a deal to another version of its process, by the mapping that the version declares.
//
// Thread-safety: pure functions.

#include <string>

#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::domain {

// Where a deal in `stage` goes; empty: the new version has no open stage for it.
std::string StageAfterMove(const SalesProcessVersion& to, const VersionMapping& mapping,
                           const std::string& stage);

// Moves an open deal whose stage has a place in `to`: version, stage and the ids of what is done.
// It keeps the time it entered its stage if the stage keeps its id. Returns the transition.
StageTransition MoveToVersion(Opportunity& deal, const SalesProcessVersion& to,
                              const VersionMapping& mapping, const Move& now);

}  // namespace salesops::pipeline::domain
