#include "services/pipeline/domain/opportunity.h"

#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

absl::Status Refuse(const Opportunity& o, const char* reason, const std::string& message) {
  return status::FailedPrecondition(reason, "opportunities/" + o.id, message);
}

// The open stage a move goes to.
absl::StatusOr<int> OpenStage(const Opportunity& o, const SalesProcessVersion& process,
                              const std::string& stage) {
  const int index = process.IndexOf(stage);
  if (index < 0) {
    return Refuse(o, "WRONG_STAGE",
                  "its process version has no stage \"" + stage + "\"; name one that it has");
  }
  if (process.rules.stages[index].kind != StageKind::kOpen) {
    return Refuse(o, "WRONG_STAGE",
                  "\"" + stage + "\" closes the opportunity; use the verb win or lose");
  }
  return index;
}

absl::StatusOr<StageTransition> MoveTo(Opportunity& o, const std::string& stage,
                                       TransitionKind kind, const Move& move) {
  if (move.time < o.stage_entered_time) {
    return Refuse(o, "TIME_BEFORE_STAGE",
                  "the move would be before " +
                      absl::FormatTime(o.stage_entered_time, absl::UTCTimeZone()) +
                      ", when it entered its stage; give a later time");
  }
  StageTransition t;
  t.opportunity_id = o.id;
  t.from_stage = o.stage;
  t.to_stage = stage;
  t.kind = kind;
  t.transition_time = move.time;
  t.actor = move.actor;
  t.reason = move.reason;
  o.stage = stage;
  o.stage_entered_time = move.time;
  return t;
}

absl::StatusOr<StageTransition> Close(Opportunity& o, const SalesProcessVersion& process,
                                      StageKind kind, TransitionKind transition,
                                      base::CivilDay close_date, const Move& move) {
  RETURN_IF_ERROR(CheckOpen(o));
  if (close_date < o.open_date) {
    return Refuse(o, "CLOSED_BEFORE_OPENED",
                  "the close date is before " + base::FormatDay(o.open_date) +
                      ", when it was opened; close it on that day or later");
  }
  const Stage* stage = process.First(kind);
  if (stage == nullptr) {
    return Refuse(o, "WRONG_STAGE",
                  kind == StageKind::kWon ? "its process version has no won stage to end in"
                                          : "its process version has no lost stage to end in");
  }
  ASSIGN_OR_RETURN(StageTransition t, MoveTo(o, stage->id, transition, move));
  o.state = StateOf(kind);
  o.close_date = close_date;
  o.outcome_reason = move.reason;
  return t;
}

}  // namespace

absl::Status CheckOpen(const Opportunity& o) {
  if (o.state == OpportunityState::kOpen) return absl::OkStatus();
  return Refuse(o, "NOT_OPEN", "it is closed; reopen it first");
}

OpportunityState StateOf(StageKind kind) {
  switch (kind) {
    case StageKind::kWon:
      return OpportunityState::kWon;
    case StageKind::kLost:
      return OpportunityState::kLost;
    default:
      return OpportunityState::kOpen;
  }
}

absl::StatusOr<StageTransition> Advance(Opportunity& o, const SalesProcessVersion& process,
                                        const std::string& stage, const Move& move) {
  RETURN_IF_ERROR(CheckOpen(o));
  ASSIGN_OR_RETURN(const int to, OpenStage(o, process, stage));
  if (to <= process.IndexOf(o.stage)) {
    return Refuse(o, "WRONG_STAGE",
                  "\"" + stage + "\" is not after \"" + o.stage + "\"; use the verb regress");
  }
  return MoveTo(o, stage, TransitionKind::kAdvance, move);
}

absl::StatusOr<StageTransition> Regress(Opportunity& o, const SalesProcessVersion& process,
                                        const std::string& stage, const Move& move) {
  RETURN_IF_ERROR(CheckOpen(o));
  ASSIGN_OR_RETURN(const int to, OpenStage(o, process, stage));
  if (to >= process.IndexOf(o.stage)) {
    return Refuse(o, "WRONG_STAGE",
                  "\"" + stage + "\" is not before \"" + o.stage + "\"; use the verb advance");
  }
  return MoveTo(o, stage, TransitionKind::kRegress, move);
}

absl::StatusOr<StageTransition> Win(Opportunity& o, const SalesProcessVersion& process,
                                    base::CivilDay close_date,
                                    const std::optional<base::Money>& amount, const Move& move) {
  ASSIGN_OR_RETURN(StageTransition t,
                   Close(o, process, StageKind::kWon, TransitionKind::kWin, close_date, move));
  if (amount) o.amount = amount;
  return t;
}

absl::StatusOr<StageTransition> Lose(Opportunity& o, const SalesProcessVersion& process,
                                     base::CivilDay close_date, const Move& move) {
  return Close(o, process, StageKind::kLost, TransitionKind::kLose, close_date, move);
}

absl::StatusOr<StageTransition> Reopen(Opportunity& o, const SalesProcessVersion& process,
                                       const std::string& stage, const Move& move) {
  if (o.state == OpportunityState::kOpen) {
    return Refuse(o, "ALREADY_OPEN", "it is open already; only a closed opportunity is reopened");
  }
  RETURN_IF_ERROR(OpenStage(o, process, stage).status());
  ASSIGN_OR_RETURN(StageTransition t, MoveTo(o, stage, TransitionKind::kReopen, move));
  o.state = OpportunityState::kOpen;
  o.close_date.reset();
  o.outcome_reason.clear();
  return t;
}

StageTransition Begin(const Opportunity& o, const Move& move) {
  StageTransition t;
  t.opportunity_id = o.id;
  t.to_stage = o.stage;
  t.kind = TransitionKind::kCreate;
  t.transition_time = move.time;
  t.actor = move.actor;
  return t;
}

void CheckOpportunity(const Opportunity& o, base::Violations* violations) {
  const bool closed = o.state != OpportunityState::kOpen;
  if (closed && !o.close_date) {
    violations->Add("close_date", "REQUIRED", "must be set on a closed opportunity");
  }
  if (!closed && o.close_date) {
    violations->Add("close_date", "NOT_CLOSED", "must be absent while the stage is open");
  }
  if (o.close_date && *o.close_date < o.open_date) {
    violations->Add("close_date", "OUT_OF_RANGE",
                    "must not be before the open date " + base::FormatDay(o.open_date));
  }
  if (o.owner_id.empty()) {
    violations->Add("owner", "REQUIRED", "must name the seller who works on it");
  }
}

void CheckTransitions(const std::vector<StageTransition>& transitions, const Opportunity& o,
                      const SalesProcessVersion& process, base::Violations* violations) {
  for (size_t i = 0; i < transitions.size(); ++i) {
    const StageTransition& t = transitions[i];
    const std::string field = "transitions[" + std::to_string(i) + "]";
    if (process.Find(t.to_stage) == nullptr) {
      violations->Add(field + ".to_stage", "UNKNOWN_STAGE",
                      "is not a stage of the process version");
    }
    const std::string& before = i == 0 ? std::string() : transitions[i - 1].to_stage;
    if (t.from_stage != before) {
      violations->Add(field + ".from_stage", "NOT_CONNECTED",
                      i == 0 ? "must be empty in the first transition"
                             : "must be \"" + before + "\", where the one before ended");
    }
    if (i > 0 && t.transition_time < transitions[i - 1].transition_time) {
      violations->Add(field + ".transition_time", "WRONG_ORDER",
                      "must not be before the transition_time of the one before it");
    }
  }
  if (!transitions.empty() && transitions.back().to_stage != o.stage) {
    violations->Add("transitions", "NOT_CONNECTED",
                    "must end in the opportunity's stage \"" + o.stage + "\"");
  }
}

}  // namespace salesops::pipeline::domain
