#include "services/performance/domain/plan_assignment.h"

namespace salesops::performance::domain {

void CheckPlanAssignment(const PlanAssignment& assignment, base::Violations* violations) {
  if (assignment.days().IsEmpty()) {
    violations->Add("end_date", "BAD_RANGE", "must be after start_date");
  }
}

const PlanAssignment* FindOverlapping(const PlanAssignment& assignment,
                                      const std::vector<PlanAssignment>& others) {
  if (assignment.meta.archive_time || assignment.days().IsEmpty()) return nullptr;
  for (const PlanAssignment& other : others) {
    if (other.id == assignment.id || other.meta.archive_time || other.days().IsEmpty()) continue;
    if (other.plan_id != assignment.plan_id || other.payee_id != assignment.payee_id) continue;
    if (other.days().Overlaps(assignment.days())) return &other;
  }
  return nullptr;
}

}  // namespace salesops::performance::domain
