#pragma once

// salesops.organization.v1.AssignmentService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/assignment.pb.h"
#include "services/organization/domain/assignment.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class AssignmentService {
 public:
  explicit AssignmentService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::CorrectAssignmentsResponse> CorrectAssignments(
      rpc::CallContext& ctx, const v1::CorrectAssignmentsRequest& request);
  absl::StatusOr<v1::CorrectAssignmentsResponse> CorrectInside(
      rpc::CallContext& ctx, mysql::Transaction& tx, const v1::CorrectAssignmentsRequest& request,
      const std::vector<domain::Assignment>& given);
  absl::StatusOr<v1::ListAssignmentGapsResponse> ListAssignmentGaps(
      rpc::CallContext& ctx, const v1::ListAssignmentGapsRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::Assignment, domain::Assignment> assignments_;
};

}  // namespace salesops::organization::api
