#pragma once

// salesops.pipeline.v1.LeadService.
//
// Thread-safety: safe from any thread.

#include <string>

#include "salesops/pipeline/v1/lead.pb.h"
#include "services/pipeline/api/account_service.h"
#include "services/pipeline/api/contact_service.h"
#include "services/pipeline/api/opportunity_service.h"
#include "services/pipeline/domain/lead.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class PersonErasure;

class LeadService {
 public:
  using Leads = resource::Resource<v1::Lead, domain::Lead>;
  // What leads are qualified into; they outlive the service.
  struct Targets {
    AccountService::Accounts* accounts;
    ContactService::Contacts* contacts;
    OpportunityService::Opportunities* opportunities;
  };
  LeadService(const resource::Environment& environment, const roster::Roster* roster,
              const Targets& targets);
  // It outlives the binding.
  rpc::Binding Bind(PersonErasure* erasure);
  // For changes of leads in transactions of others.
  Leads& leads() { return leads_; }

 private:
  absl::StatusOr<v1::Lead> Qualify(rpc::CallContext& ctx, const v1::QualifyLeadRequest& request);
  absl::StatusOr<v1::Lead> Disqualify(rpc::CallContext& ctx,
                                      const v1::DisqualifyLeadRequest& request);
  absl::StatusOr<v1::Lead> Reopen(rpc::CallContext& ctx, const v1::ReopenLeadRequest& request);

  Leads leads_;
  const Targets targets_;
};

}  // namespace salesops::pipeline::api
