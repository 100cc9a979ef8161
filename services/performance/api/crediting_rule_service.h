#pragma once

// salesops.performance.v1.CreditingRuleService.
//
// Thread-safety: safe from any thread.

#include "salesops/performance/v1/crediting_rule.pb.h"
#include "services/performance/domain/crediting_rule.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::performance::api {

class CreditingRuleService {
 public:
  CreditingRuleService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::CreditingRule> Approve(rpc::CallContext& ctx,
                                            const v1::ApproveCreditingRuleRequest& request);

  resource::Resource<v1::CreditingRule, domain::CreditingRuleRecord> rules_;
};

}  // namespace salesops::performance::api
