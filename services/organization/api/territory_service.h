#pragma once

// salesops.organization.v1.TerritoryService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/territory.pb.h"
#include "services/organization/domain/territory.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class TerritoryService {
 public:
  explicit TerritoryService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::ResolveTerritoriesResponse> ResolveTerritories(
      rpc::CallContext& ctx, const v1::ResolveTerritoriesRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::Territory, domain::Territory> territories_;
};

}  // namespace salesops::organization::api
