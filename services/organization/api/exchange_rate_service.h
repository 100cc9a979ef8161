#pragma once

// salesops.organization.v1.ExchangeRateService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/exchange_rate.pb.h"
#include "services/organization/domain/exchange_rate.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class ExchangeRateService {
 public:
  explicit ExchangeRateService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::ConvertAmountResponse> ConvertAmount(rpc::CallContext& ctx,
                                                          const v1::ConvertAmountRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::ExchangeRate, domain::ExchangeRate> rates_;
};

}  // namespace salesops::organization::api
