#pragma once

// salesops.performance.v1.PayoutStatementService.
//
// Thread-safety: safe from any thread.

#include <memory>

#include "salesops/performance/v1/payout_statement.pb.h"
#include "services/performance/domain/payout_statement.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::performance::api {

class PayoutStatementService {
 public:
  using Statements = resource::Resource<v1::PayoutStatement, domain::PayoutStatement>;

  explicit PayoutStatementService(const resource::Environment& environment);
  rpc::Binding Bind();

  // For the calculation of periods, which makes the statements.
  Statements& statements() { return statements_; }

 private:
  class Replay;
  using ReplayStep = rpc::Producer<v1::ReplayStatementResponse>;

  absl::StatusOr<v1::ExplainPayoutResponse> Explain(rpc::CallContext& ctx,
                                                    const v1::ExplainPayoutRequest& request);
  absl::StatusOr<std::unique_ptr<ReplayStep>> OpenReplay(rpc::CallContext& ctx,
                                                         const v1::ReplayStatementRequest& request);

  const resource::Environment environment_;
  Statements statements_;
};

}  // namespace salesops::performance::api
