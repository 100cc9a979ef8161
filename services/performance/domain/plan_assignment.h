#pragma once

// Plan assignments: who is paid by which incentive plan on which days.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::performance::domain {

struct PlanAssignment {
  std::string id;
  records::Meta meta;

  std::string plan_id;
  std::string payee_id;  // seller
  base::CivilDay start_date;
  std::optional<base::CivilDay> end_date;
  std::vector<base::ExternalKey> external_keys;

  base::DayRange days() const { return {start_date, end_date}; }
};

// BAD_RANGE.
void CheckPlanAssignment(const PlanAssignment& assignment, base::Violations* violations);

// The first of `others` that has a day in common with `assignment` for the same plan and payee and
// is not the same one; nullptr if there is none. Archived ones do not count, on either side.
const PlanAssignment* FindOverlapping(const PlanAssignment& assignment,
                                      const std::vector<PlanAssignment>& others);

}  // namespace salesops::performance::domain
