#pragma once

// What an imported row means for the stage history of its opportunity.
//
// Thread-safety: pure functions.

#include <vector>

#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::domain {

// Sets state and stage_entered_time of `after` and returns the transitions to record.
//
// A new opportunity without given transitions began at the start of its open date (in its stage, or
// in the first open one if it is closed) and was won or lost at the start of its close date, in
// `zone`. A known one without given transitions that is now in another stage moved there at
// `now.time`. A given transition without from_stage starts where the one before ended; without kind
// it is what its stages make it. Given transitions that are `recorded` already are skipped, later
// ones are added; anything else is HISTORY_CONFLICT.
std::vector<StageTransition> PlanImport(const Opportunity* before, Opportunity& after,
                                        const SalesProcessVersion& process,
                                        std::vector<StageTransition> given,
                                        const std::vector<StageTransition>& recorded,
                                        absl::TimeZone zone, const Move& now,
                                        base::Violations* violations);

// The kind of a move between two stages of a process; an empty `from` is a creation.
TransitionKind KindOfMove(const SalesProcessVersion& process, const std::string& from,
                          const std::string& to);

}  // namespace salesops::pipeline::domain
