#pragma once

// Opportunities (商机) and how they move through the stages of their process.
//
// The rules take an opportunity, its pinned process version and the wish, change the opportunity
// and return the transition to record, or the precondition that is not met.
//
// Thread-safety: values and pure functions.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/pipeline/domain/deal_parts.h"
#include "services/pipeline/domain/sales_process.h"
#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

enum class OpportunityState : int { kUnspecified = 0, kOpen = 1, kWon = 2, kLost = 3 };

// A step of the checklist that is done.
struct StepCompletion {
  std::string step;
  std::string actor;  // "user:alice"
  absl::Time complete_time;
  std::string evidence;
  friend bool operator==(const StepCompletion&, const StepCompletion&) = default;
};

enum class ApprovalState : int { kUnspecified = 0, kRequested = 1, kGranted = 2, kRefused = 3 };

// The latest request of an approval rule.
struct Approval {
  std::string rule;
  ApprovalState state = ApprovalState::kRequested;
  std::string requester;
  absl::Time request_time;
  std::string request_note;
  std::string decider;  // empty = nobody yet
  std::optional<absl::Time> decide_time;
  std::string decision_note;
  std::map<std::string, std::string> basis;  // field to its value when it was requested
  friend bool operator==(const Approval&, const Approval&) = default;
};

struct Opportunity {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string account_id;  // empty = none yet
  std::string owner_id;
  std::string process_id;  // the pinned version
  std::string version_id;
  std::string stage;
  OpportunityState state = OpportunityState::kOpen;
  std::optional<base::Money> amount;
  base::CivilDay open_date;
  std::optional<base::CivilDay> expected_close_date;
  std::optional<base::CivilDay> close_date;
  std::string source;
  std::string outcome_reason;
  absl::Time stage_entered_time;
  std::vector<base::ExternalKey> external_keys;
  base::Attributes attributes;
  std::vector<StepCompletion> step_completions;  // in the order they were done
  std::vector<Approval> approvals;               // ordered by rule
  std::vector<LineItem> line_items;              // if any, `amount` is their sum
  std::vector<ContactRole> contact_roles;
  std::vector<OpportunitySplit> splits;
  std::vector<std::string> competitor_ids;
  ForecastCategory forecast_category = ForecastCategory::kUnspecified;
};

enum class TransitionKind : int {
  kUnspecified = 0,
  kCreate = 1,
  kAdvance = 2,
  kRegress = 3,
  kWin = 4,
  kLose = 5,
  kReopen = 6,
  kMoveVersion = 7
};

// One move (阶段推进); never changes.
struct StageTransition {
  std::string opportunity_id;
  std::string id;
  records::Meta meta;

  std::string from_stage;  // empty for kCreate
  std::string to_stage;
  TransitionKind kind = TransitionKind::kUnspecified;
  absl::Time transition_time;
  std::string actor;  // "user:alice"
  std::string reason;
  std::string override_reason;              // why it was made though criteria were not met
  std::vector<std::string> unmet_criteria;  // those, as "STAGE/entry/ID" or "STAGE/exit/ID"
};

// Who moves it, when and why.
struct Move {
  std::string actor;
  std::string reason;
  absl::Time time;
};

// FAILED_PRECONDITION, reason NOT_OPEN.
absl::Status CheckOpen(const Opportunity& o);

// FAILED_PRECONDITION, reasons: NOT_OPEN, ALREADY_OPEN, WRONG_STAGE, TIME_BEFORE_STAGE (the move
// would be before the opportunity entered its stage).
absl::StatusOr<StageTransition> Advance(Opportunity& o, const SalesProcessVersion& process,
                                        const std::string& stage, const Move& move);
absl::StatusOr<StageTransition> Regress(Opportunity& o, const SalesProcessVersion& process,
                                        const std::string& stage, const Move& move);
absl::StatusOr<StageTransition> Win(Opportunity& o, const SalesProcessVersion& process,
                                    base::CivilDay close_date,
                                    const std::optional<base::Money>& amount, const Move& move);
absl::StatusOr<StageTransition> Lose(Opportunity& o, const SalesProcessVersion& process,
                                     base::CivilDay close_date, const Move& move);
absl::StatusOr<StageTransition> Reopen(Opportunity& o, const SalesProcessVersion& process,
                                       const std::string& stage, const Move& move);

// The first transition of a new opportunity; its stage must be open.
StageTransition Begin(const Opportunity& o, const Move& move);

// The state that a stage of `kind` gives.
OpportunityState StateOf(StageKind kind);

// Rules over the fields of an opportunity alone: dates in order, closed ones have a close date.
void CheckOpportunity(const Opportunity& o, base::Violations* violations);

// Past transitions of an imported opportunity: in order of time, each starting where the one before
// ended, the last one ending in the opportunity's stage, every stage known to the process.
void CheckTransitions(const std::vector<StageTransition>& transitions, const Opportunity& o,
                      const SalesProcessVersion& process, base::Violations* violations);

}  // namespace salesops::pipeline::domain
