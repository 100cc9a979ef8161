#pragma once

// salesops.performance.v1.IncentivePlanService.
//
// Thread-safety: safe from any thread.

#include <functional>
#include <string>

#include "salesops/performance/v1/incentive_plan.pb.h"
#include "services/performance/domain/incentive_plan.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::performance::api {

// Whether a fiscal calendar, "fiscalCalendars/gregorian", is known here.
using CalendarKnown =
    std::function<absl::StatusOr<bool>(mysql::Connection&, const std::string& calendar)>;

class IncentivePlanService {
 public:
  using Versions = resource::Resource<v1::IncentivePlanVersion, domain::IncentivePlanVersion>;

  // Without `calendar_known` every calendar that a plan names is taken as known.
  explicit IncentivePlanService(const resource::Environment& environment,
                                CalendarKnown calendar_known = nullptr);
  rpc::Binding Bind();

  // For what simulates a version: the versions, as every other verb changes them.
  Versions& versions() { return versions_; }

 private:
  absl::StatusOr<v1::IncentivePlanVersion> Lint(rpc::CallContext& ctx,
                                                const v1::LintIncentivePlanVersionRequest& request);
  absl::StatusOr<v1::IncentivePlanVersion> Approve(
      rpc::CallContext& ctx, const v1::ApproveIncentivePlanVersionRequest& request);
  absl::StatusOr<v1::IncentivePlanVersion> Activate(
      rpc::CallContext& ctx, const v1::ActivateIncentivePlanVersionRequest& request);
  absl::StatusOr<v1::IncentivePlanVersion> Retire(
      rpc::CallContext& ctx, const v1::RetireIncentivePlanVersionRequest& request);
  // What the linter looks at besides the plan. INVALID_ARGUMENT: NOT_UNIQUE.
  absl::StatusOr<domain::LintContext> ContextOf(
      mysql::Connection& c, const domain::PlanRules& rules,
      const v1::LintIncentivePlanVersionRequest& request) const;

  const CalendarKnown calendar_known_;
  resource::Resource<v1::IncentivePlan, domain::IncentivePlan> plans_;
  Versions versions_;
};

}  // namespace salesops::performance::api
