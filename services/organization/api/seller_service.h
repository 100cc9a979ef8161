#pragma once

// salesops.organization.v1.SellerService.
//
// Thread-safety: safe from any thread.

#include "absl/time/time.h"
#include "salesops/organization/v1/seller.pb.h"
#include "services/organization/domain/seller.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class SellerService {
 public:
  // `zone` is the company's; it decides what today is.
  SellerService(const resource::Environment& environment, absl::TimeZone zone);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::Seller, domain::Seller> sellers_;
};

}  // namespace salesops::organization::api
