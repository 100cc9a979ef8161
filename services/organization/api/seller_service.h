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
  resource::Resource<v1::Seller, domain::Seller> sellers_;
};

}  // namespace salesops::organization::api
