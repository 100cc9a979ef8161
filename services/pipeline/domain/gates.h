#pragma once

// Gates: what a deal must show to move forward, and which stages it has on its way.
//
// An advance passes the exit gate of its stage, both gates of every stage between, and the entry
// gate of the stage entered; winning passes all that is left. Losing asks the entry gate of the
// lost stage alone. Stages, steps and criteria of a module count only while its condition holds.
//
// Thread-safety: pure functions.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/pipeline/domain/account.h"
#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::domain {

// How many activities of each kind are done.
using ActivityCounts = std::map<ActivityKind, int64_t>;

// What a gate looks at.
struct DealFacts {
  const Opportunity* deal = nullptr;
  const Account* account = nullptr;  // nullptr: the deal has none
  // Whether a condition of the version holds for the two.
  std::function<bool(const std::string& condition)> holds;
  ActivityCounts activities;           // of the deal
  ActivityCounts activities_in_stage;  // since it entered the stage it comes from
};

using Modules = std::set<std::string>;  // ids of those that hold

Modules HeldModules(const SalesProcessVersion& process, const DealFacts& facts);

// Whether something that names `module` (possibly none) counts.
inline bool Counts(const std::string& module, const Modules& held) {
  return module.empty() || held.count(module) > 0;
}

// Ids of the stages on the deal's way, in order, without the lost one.
std::vector<std::string> StagesOnTheWay(const SalesProcessVersion& process, const Modules& held);
// The next of them after `stage`; empty after the won stage.
std::string NextStage(const SalesProcessVersion& process, const Modules& held,
                      const std::string& stage);

struct CriterionResult {
  std::string criterion;  // "STAGE/entry/ID" or "STAGE/exit/ID"
  bool met = true;
  std::string reason;   // FIELD_MISSING, CONDITION_NOT_MET, STEP_NOT_DONE, ACTIVITY_MISSING,
                        // APPROVAL_MISSING, APPROVAL_PENDING, APPROVAL_REFUSED, APPROVAL_STALE;
                        // empty = met
  std::string message;  // what to do, for people; empty = met
};

// Every criterion on the way from stage `from` to `to`, in its order. `from` empty: the deal comes
// from before the first stage, whose entry gate is not asked.
std::vector<CriterionResult> CheckGates(const SalesProcessVersion& process, const DealFacts& facts,
                                        const Modules& held, const std::string& from,
                                        const std::string& to);
std::vector<CriterionResult> Unmet(std::vector<CriterionResult> results);

// FAILED_PRECONDITION, reason WRONG_STAGE, if the stage belongs to a module that does not hold.
absl::Status CheckStageCounts(const SalesProcessVersion& process, const DealFacts& facts,
                              const Modules& held, const std::string& stage);
// FAILED_PRECONDITION, reason GATE_NOT_MET, with every unmet criterion.
absl::Status GateNotMet(const Opportunity& deal, const std::vector<CriterionResult>& unmet);

}  // namespace salesops::pipeline::domain
