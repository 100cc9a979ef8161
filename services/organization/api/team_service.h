#pragma once

// salesops.organization.v1.TeamService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/team.pb.h"
#include "services/organization/domain/team.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class TeamService {
 public:
  explicit TeamService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::ListTeamMembersResponse> ListTeamMembers(
      rpc::CallContext& ctx, const v1::ListTeamMembersRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::Team, domain::Team> teams_;
};

}  // namespace salesops::organization::api
