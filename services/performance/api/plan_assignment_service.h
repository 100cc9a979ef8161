#pragma once

// salesops.performance.v1.PlanAssignmentService.
//
// Thread-safety: safe from any thread.

#include "salesops/performance/v1/plan_assignment.pb.h"
#include "services/performance/domain/plan_assignment.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::performance::api {

class PlanAssignmentService {
 public:
  PlanAssignmentService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();

 private:
  using Changes = std::vector<resource::Changed<domain::PlanAssignment>>;
  absl::Status Check(mysql::Transaction& tx, Changes& changes) const;
  void CheckPayees(Changes& changes) const;

  const roster::Roster* const roster_;
  resource::Resource<v1::PlanAssignment, domain::PlanAssignment> assignments_;
};

}  // namespace salesops::performance::api
