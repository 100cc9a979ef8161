#pragma once

// salesops.organization.v1.SellerService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/seller.pb.h"
#include "services/organization/domain/seller.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class SellerService {
 public:
  explicit SellerService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::Seller> Erase(rpc::CallContext& ctx, const v1::EraseSellerRequest& request);
  absl::StatusOr<v1::GetManagerChainResponse> GetManagerChain(
      rpc::CallContext& ctx, const v1::GetManagerChainRequest& request);
  absl::StatusOr<v1::ListReportsResponse> ListReports(rpc::CallContext& ctx,
                                                      const v1::ListReportsRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::Seller, domain::Seller> sellers_;
};

}  // namespace salesops::organization::api
