#pragma once

// salesops.pipeline.v1.RetentionRuleService: the rules, and erasing what is due by one.
//
// Nothing here runs by itself: an operator's timer calls ApplyRetentionRule.
//
// Thread-safety: safe from any thread.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "salesops/pipeline/v1/retention_rule.pb.h"
#include "services/pipeline/api/activity_service.h"
#include "services/pipeline/api/erasure.h"
#include "services/pipeline/domain/retention_rule.h"
#include "services/pipeline/store/retention_store.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

// Clears what was said in an activity, and the address of everybody who took part.
void EraseTextFrom(v1::Activity* activity);

class RetentionRuleService {
 public:
  // They outlive the service.
  RetentionRuleService(const resource::Environment& environment, PersonErasure* erasure,
                       ActivityService::Activities* activities);
  rpc::Binding Bind();

 private:
  // What one call of ApplyRetentionRule is about.
  struct Work {
    domain::RetentionKind kind = domain::RetentionKind::kUnspecified;
    absl::Time before;
    std::vector<store::DueRecord> due;  // one more than was asked for if there are more
  };

  absl::StatusOr<v1::ApplyRetentionRuleResponse> Apply(
      rpc::CallContext& ctx, const v1::ApplyRetentionRuleRequest& request);
  absl::StatusOr<Work> FindWork(rpc::CallContext& ctx, const std::string& name, int most);
  // False: it is not due any more.
  absl::StatusOr<bool> Erase(rpc::CallContext& ctx, const Work& work, const std::string& id);
  absl::StatusOr<bool> EraseLead(rpc::CallContext& ctx, const store::DueRecord& lead);
  absl::StatusOr<bool> EraseContact(rpc::CallContext& ctx, const store::DueRecord& contact);
  absl::StatusOr<bool> EraseText(rpc::CallContext& ctx, const std::string& activity_id);

  const resource::Environment environment_;
  resource::Resource<v1::RetentionRule, domain::RetentionRule> rules_;
  PersonErasure* const erasure_;
  ActivityService::Activities* const activities_;
};

}  // namespace salesops::pipeline::api
