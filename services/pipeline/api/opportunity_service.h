#pragma once

// salesops.pipeline.v1.OpportunityService.
//
// Thread-safety: safe from any thread.

#include "salesops/pipeline/v1/opportunity.pb.h"
#include "services/pipeline/domain/opportunity.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class OpportunityService {
 public:
  using Opportunities = resource::Resource<v1::Opportunity, domain::Opportunity>;

  OpportunityService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();
  // For changes of opportunities in transactions of others.
  Opportunities& opportunities() { return opportunities_; }

 private:
  using Transitions = resource::Resource<v1::StageTransition, domain::StageTransition>;

  absl::StatusOr<v1::Opportunity> Advance(rpc::CallContext& ctx,
                                          const v1::AdvanceOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Regress(rpc::CallContext& ctx,
                                          const v1::RegressOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Win(rpc::CallContext& ctx,
                                      const v1::WinOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Lose(rpc::CallContext& ctx,
                                       const v1::LoseOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Reopen(rpc::CallContext& ctx,
                                         const v1::ReopenOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Assign(rpc::CallContext& ctx,
                                         const v1::AssignOpportunityRequest& request);
  absl::StatusOr<v1::AggregateOpportunitiesResponse> Aggregate(
      rpc::CallContext& ctx, const v1::AggregateOpportunitiesRequest& request);
  // In opportunity_gates.cc:
  absl::StatusOr<v1::CheckOpportunityGatesResponse> CheckGates(
      rpc::CallContext& ctx, const v1::CheckOpportunityGatesRequest& request);
  absl::StatusOr<v1::Opportunity> CompleteStep(rpc::CallContext& ctx,
                                               const v1::CompleteOpportunityStepRequest& request);
  absl::StatusOr<v1::Opportunity> UndoStep(rpc::CallContext& ctx,
                                           const v1::UndoOpportunityStepRequest& request);
  absl::StatusOr<v1::Opportunity> RequestApproval(
      rpc::CallContext& ctx, const v1::RequestOpportunityApprovalRequest& request);
  absl::StatusOr<v1::Opportunity> DecideApproval(
      rpc::CallContext& ctx, const v1::DecideOpportunityApprovalRequest& request);
  absl::StatusOr<v1::MoveOpportunitiesResponse> MoveToVersion(
      rpc::CallContext& ctx, const v1::MoveOpportunitiesRequest& request);

  absl::StatusOr<v1::StageTransition> GetTransition(rpc::CallContext& ctx,
                                                    const v1::GetStageTransitionRequest& request);

  // The rules of creating, updating, moving and importing, over all changes of a transaction.
  absl::Status Check(rpc::CallContext& ctx, mysql::Transaction& tx,
                     std::vector<resource::Changed<domain::Opportunity>>& changes);
  // Moves one opportunity to the version, or leaves it and says why.
  absl::StatusOr<v1::MovedOpportunity> MoveOne(rpc::CallContext& ctx, mysql::Transaction& tx,
                                               const domain::SalesProcessVersion& to,
                                               const domain::VersionMapping& mapping,
                                               const std::string& id, bool only_ready);
  // One verb that moves an opportunity: `rule` is a pure function of domain/.
  template <class Request, class Rule>
  absl::StatusOr<v1::Opportunity> Move(rpc::CallContext& ctx, const Request& request,
                                       const std::string& verb, const std::string& reason,
                                       Rule rule);

  const resource::Environment environment_;
  const roster::Roster* const roster_;
  Opportunities opportunities_;
  Transitions transitions_;
};

}  // namespace salesops::pipeline::api
