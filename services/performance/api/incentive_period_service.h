#pragma once

// salesops.performance.v1.IncentivePeriodService.
//
// Thread-safety: safe from any thread.

#include <memory>

#include "salesops/performance/v1/incentive_period.pb.h"
#include "services/performance/api/payout_statement_service.h"
#include "services/performance/domain/incentive_period.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::performance::api {

class IncentivePeriodService {
 public:
  using Periods = resource::Resource<v1::IncentivePeriod, domain::IncentivePeriod>;

  // `statements` outlive it: a calculation writes them.
  IncentivePeriodService(const resource::Environment& environment,
                         PayoutStatementService::Statements* statements);
  rpc::Binding Bind();

 private:
  class Calculation;
  friend class Calculation;
  using CalculateStep = rpc::Producer<v1::CalculateIncentivePeriodResponse>;

  absl::StatusOr<std::unique_ptr<CalculateStep>> Calculate(
      rpc::CallContext& ctx, const v1::CalculateIncentivePeriodRequest& request);
  absl::StatusOr<v1::IncentivePeriod> Review(rpc::CallContext& ctx,
                                             const v1::ReviewIncentivePeriodRequest& request);
  absl::StatusOr<v1::IncentivePeriod> Approve(rpc::CallContext& ctx,
                                              const v1::ApproveIncentivePeriodRequest& request);
  absl::StatusOr<v1::IncentivePeriod> Reopen(rpc::CallContext& ctx,
                                             const v1::ReopenIncentivePeriodRequest& request);
  absl::StatusOr<v1::IncentivePeriod> Close(rpc::CallContext& ctx,
                                            const v1::CloseIncentivePeriodRequest& request);
  absl::StatusOr<v1::IncentivePeriod> Pay(rpc::CallContext& ctx,
                                          const v1::PayIncentivePeriodRequest& request);

  const resource::Environment environment_;
  PayoutStatementService::Statements* const statements_;
  Periods periods_;
};

}  // namespace salesops::performance::api
