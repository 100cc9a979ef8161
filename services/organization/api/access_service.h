#pragma once

// salesops.organization.v1.AccessService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/access.pb.h"
#include "services/organization/domain/access.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class AccessService {
 public:
  explicit AccessService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::DescribeCallerResponse> DescribeCaller(
      rpc::CallContext& ctx, const v1::DescribeCallerRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::AccessRole, domain::AccessRole> roles_;
  resource::Resource<v1::Grant, domain::Grant> grants_;
};

}  // namespace salesops::organization::api
