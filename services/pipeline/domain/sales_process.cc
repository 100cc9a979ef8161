#include "services/pipeline/domain/sales_process.h"

#include <set>

namespace salesops::pipeline::domain {

int SalesProcessVersion::IndexOf(const std::string& stage_id) const {
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].id == stage_id) return static_cast<int>(i);
  }
  return -1;
}

const Stage* SalesProcessVersion::Find(const std::string& stage_id) const {
  const int index = IndexOf(stage_id);
  return index < 0 ? nullptr : &stages[index];
}

const Stage* SalesProcessVersion::First(StageKind kind) const {
  for (const Stage& stage : stages) {
    if (stage.kind == kind) return &stage;
  }
  return nullptr;
}

void CheckStages(const std::vector<Stage>& stages, base::Violations* violations) {
  std::set<std::string> ids;
  int open = 0, won = 0, lost = 0;
  bool closed_before = false;
  for (size_t i = 0; i < stages.size(); ++i) {
    const std::string field = "stages[" + std::to_string(i) + "]";
    if (!ids.insert(stages[i].id).second) {
      violations->Add(field + ".id", "NOT_UNIQUE", "stands twice in this version");
    }
    switch (stages[i].kind) {
      case StageKind::kOpen:
        ++open;
        if (closed_before) {
          violations->Add(field + ".kind", "WRONG_ORDER", "open stages come before won and lost");
        }
        break;
      case StageKind::kWon:
        ++won;
        closed_before = true;
        break;
      case StageKind::kLost:
        ++lost;
        closed_before = true;
        break;
      case StageKind::kUnspecified:
        break;
    }
  }
  if (open == 0) violations->Add("stages", "NO_OPEN_STAGE", "needs at least one open stage");
  if (won != 1) violations->Add("stages", "NOT_ONE_WON_STAGE", "needs exactly one won stage");
  if (lost != 1) violations->Add("stages", "NOT_ONE_LOST_STAGE", "needs exactly one lost stage");
}

}  // namespace salesops::pipeline::domain
