#pragma once

// salesops.performance.v1.QuotaService.
//
// Thread-safety: safe from any thread.

#include "salesops/performance/v1/quota.pb.h"
#include "services/performance/domain/quota.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::performance::api {

class QuotaService {
 public:
  QuotaService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::Quota, domain::Quota> quotas_;
};

}  // namespace salesops::performance::api
