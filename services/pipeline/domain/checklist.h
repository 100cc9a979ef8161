#pragma once

// The checklist of a deal: which steps (SOP 步骤) of its process version are done, by whom, when
// and with what evidence.
//
// Thread-safety: pure functions.

#include <string>

#include "absl/status/status.h"
#include "services/pipeline/domain/gates.h"
#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::domain {

bool IsDone(const Opportunity& deal, const std::string& step_id);

// INVALID_ARGUMENT: UNKNOWN_STEP, REQUIRED (evidence). FAILED_PRECONDITION: NOT_OPEN,
// STEP_NOT_ASKED (its module does not hold). A step that is done already gets the new evidence.
absl::Status CompleteStep(Opportunity& deal, const SalesProcessVersion& process,
                          const Modules& held, const std::string& step_id,
                          const std::string& evidence, const Move& now);
// INVALID_ARGUMENT: UNKNOWN_STEP. FAILED_PRECONDITION: NOT_OPEN.
absl::Status UndoStep(Opportunity& deal, const SalesProcessVersion& process,
                      const std::string& step_id);

}  // namespace salesops::pipeline::domain
