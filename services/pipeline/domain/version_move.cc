#include "services/pipeline/domain/version_move.h"

namespace salesops::pipeline::domain {
namespace {

std::string Mapped(const std::map<std::string, std::string>& map, const std::string& id) {
  const auto found = map.find(id);
  return found == map.end() ? id : found->second;
}

}  // namespace

std::string StageAfterMove(const SalesProcessVersion& to, const VersionMapping& mapping,
                           const std::string& stage) {
  const std::string id = Mapped(mapping.stages, stage);
  const Stage* found = to.Find(id);
  return found != nullptr && found->kind == StageKind::kOpen ? id : "";
}

StageTransition MoveToVersion(Opportunity& deal, const SalesProcessVersion& to,
                              const VersionMapping& mapping, const Move& now) {
  StageTransition t;
  t.opportunity_id = deal.id;
  t.from_stage = deal.stage;
  t.to_stage = StageAfterMove(to, mapping, deal.stage);
  t.kind = TransitionKind::kMoveVersion;
  t.transition_time = now.time;
  t.actor = now.actor;
  t.reason = now.reason;
  deal.process_id = to.process_id;
  deal.version_id = to.id;
  if (deal.stage != t.to_stage) {
    deal.stage = t.to_stage;
    deal.stage_entered_time = now.time;
  }
  for (StepCompletion& done : deal.step_completions) done.step = Mapped(mapping.steps, done.step);
  return t;
}

}  // namespace salesops::pipeline::domain
