#include "services/pipeline/domain/checklist.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

auto Find(const Opportunity& deal, const std::string& step_id) {
  return std::find_if(deal.step_completions.begin(), deal.step_completions.end(),
                      [&](const StepCompletion& done) { return done.step == step_id; });
}

absl::StatusOr<const Step*> StepOf(const SalesProcessVersion& process, const std::string& step_id) {
  const Step* step = process.FindStep(step_id);
  if (step != nullptr) return step;
  return status::InvalidField(
      "step", "UNKNOWN_STEP",
      absl::StrCat("must be a step of the deal's process version; \"", step_id, "\" is none"));
}

}  // namespace

bool IsDone(const Opportunity& deal, const std::string& step_id) {
  return Find(deal, step_id) != deal.step_completions.end();
}

absl::Status CompleteStep(Opportunity& deal, const SalesProcessVersion& process,
                          const Modules& held, const std::string& step_id,
                          const std::string& evidence, const Move& now) {
  ASSIGN_OR_RETURN(const Step* step, StepOf(process, step_id));
  if (step->evidence_required && evidence.empty()) {
    return status::InvalidField("evidence", "REQUIRED",
                                "must be set, as this step asks for evidence");
  }
  RETURN_IF_ERROR(CheckOpen(deal));
  if (!Counts(step->module, held)) {
    return status::FailedPrecondition(
        "STEP_NOT_ASKED", "opportunities/" + deal.id,
        absl::StrCat("\"", step_id, "\" is a step of the module \"", step->module,
                     "\", which this deal does not follow"));
  }
  if (const auto done = Find(deal, step_id); done != deal.step_completions.end()) {
    if (done->evidence == evidence) return absl::OkStatus();  // said so already
    deal.step_completions.erase(done);
  }
  deal.step_completions.push_back({step_id, now.actor, now.time, evidence});
  return absl::OkStatus();
}

absl::Status UndoStep(Opportunity& deal, const SalesProcessVersion& process,
                      const std::string& step_id) {
  RETURN_IF_ERROR(StepOf(process, step_id).status());
  RETURN_IF_ERROR(CheckOpen(deal));
  if (const auto done = Find(deal, step_id); done != deal.step_completions.end()) {
    deal.step_completions.erase(done);
  }
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::domain
