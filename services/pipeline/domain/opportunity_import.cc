#include "services/pipeline/domain/opportunity_import.h"

#include <algorithm>

namespace salesops::pipeline::domain {
namespace {

absl::Time StartOf(base::CivilDay day, absl::TimeZone zone) {
  return absl::FromCivil(absl::CivilSecond(day), zone);
}

StageTransition MoveOf(const Opportunity& o, const SalesProcessVersion& process,
                       const std::string& from, const std::string& to, absl::Time time,
                       const Move& now) {
  StageTransition t;
  t.opportunity_id = o.id;
  t.from_stage = from;
  t.to_stage = to;
  t.kind = KindOfMove(process, from, to);
  t.transition_time = time;
  t.actor = now.actor;
  return t;
}

bool SameMove(const StageTransition& a, const StageTransition& b) {
  return a.transition_time == b.transition_time && a.from_stage == b.from_stage &&
         a.to_stage == b.to_stage;
}

// The given transitions that come after the recorded ones.
std::vector<StageTransition> Later(const std::vector<StageTransition>& given,
                                   const std::vector<StageTransition>& recorded,
                                   base::Violations* violations) {
  std::vector<StageTransition> later;
  for (size_t i = 0; i < given.size(); ++i) {
    const bool known = std::any_of(recorded.begin(), recorded.end(),
                                   [&](const auto& r) { return SameMove(r, given[i]); });
    if (known && later.empty()) continue;
    const StageTransition& last = later.empty() ? recorded.back() : later.back();
    if (known || given[i].transition_time < last.transition_time ||
        given[i].from_stage != last.to_stage) {
      violations->Add("transitions[" + std::to_string(i) + "]", "HISTORY_CONFLICT",
                      "does not follow what is recorded; recorded transitions never change");
      return {};
    }
    later.push_back(given[i]);
  }
  return later;
}

}  // namespace

TransitionKind KindOfMove(const SalesProcessVersion& process, const std::string& from,
                          const std::string& to) {
  if (from.empty()) return TransitionKind::kCreate;
  const Stage* source = process.Find(from);
  const Stage* target = process.Find(to);
  if (target != nullptr && target->kind == StageKind::kWon) return TransitionKind::kWin;
  if (target != nullptr && target->kind == StageKind::kLost) return TransitionKind::kLose;
  if (source != nullptr && source->kind != StageKind::kOpen) return TransitionKind::kReopen;
  return process.IndexOf(to) < process.IndexOf(from) ? TransitionKind::kRegress
                                                     : TransitionKind::kAdvance;
}

std::vector<StageTransition> PlanImport(const Opportunity* before, Opportunity& after,
                                        const SalesProcessVersion& process,
                                        std::vector<StageTransition> given,
                                        const std::vector<StageTransition>& recorded,
                                        absl::TimeZone zone, const Move& now,
                                        base::Violations* violations) {
  const Stage* stage = process.Find(after.stage);
  if (stage == nullptr) {
    violations->Add("stage", "UNKNOWN_STAGE",
                    "is not a stage of the process version; its stages are listed by "
                    "GetSalesProcessVersion");
    return {};
  }
  after.state = StateOf(stage->kind);
  for (size_t i = 0; i < given.size(); ++i) {
    StageTransition& t = given[i];
    t.opportunity_id = after.id;
    if (i > 0 && t.from_stage.empty()) t.from_stage = given[i - 1].to_stage;
    if (t.actor.empty()) t.actor = now.actor;
    if (t.kind == TransitionKind::kUnspecified) {
      t.kind = KindOfMove(process, t.from_stage, t.to_stage);
    }
  }

  std::vector<StageTransition> moves;
  if (before == nullptr && given.empty()) {
    const Stage* first = process.First(StageKind::kOpen);
    const bool closed = after.state != OpportunityState::kOpen;
    moves.push_back(MoveOf(after, process, "", closed && first ? first->id : after.stage,
                           StartOf(after.open_date, zone), now));
    if (closed && after.close_date) {
      moves.push_back(MoveOf(after, process, moves[0].to_stage, after.stage,
                             StartOf(*after.close_date, zone), now));
      moves.back().reason = after.outcome_reason;
    }
  } else if (before == nullptr) {
    CheckTransitions(given, after, process, violations);
    moves = std::move(given);
  } else if (given.empty()) {
    if (before->stage != after.stage) {
      moves.push_back(MoveOf(after, process, before->stage, after.stage, now.time, now));
    }
  } else {
    moves = Later(given, recorded, violations);
    if (violations->empty() && !moves.empty()) {
      if (moves.back().to_stage != after.stage) {
        violations->Add("transitions", "NOT_CONNECTED",
                        "must end in the opportunity's stage \"" + after.stage + "\"");
      }
    } else if (violations->empty() && recorded.back().to_stage != after.stage) {
      violations->Add("transitions", "NOT_CONNECTED",
                      "must say how it came to stage \"" + after.stage + "\"");
    }
  }
  if (!moves.empty()) after.stage_entered_time = moves.back().transition_time;
  return moves;
}

}  // namespace salesops::pipeline::domain
