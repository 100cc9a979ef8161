#pragma once

// What a lead is qualified into: each thing is named in the request, or created from what the
// request and the lead say of it.
//
// Thread-safety: pure functions, and changes inside the transaction they are given.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "salesops/pipeline/v1/lead.pb.h"
#include "services/pipeline/domain/lead.h"
#include "shared/base/violation.h"
#include "shared/resource/standard_methods.h"
#include "shared/rpc/under_permission.h"

namespace salesops::pipeline::api {

// One of the three things.
struct Target {
  resource::StandardMethods* methods = nullptr;
  std::string field;  // of the request: "account", and "new_account"
  std::string name;   // of one that is there; empty = none is named
  bool created = false;
  bool required = false;
  // The call with the permission that naming or creating it needs; null if it is not wished.
  std::unique_ptr<rpc::UnderPermission> call;
};

// PERMISSION_DENIED if the caller may not name, or create, what it does.
absl::Status Authorise(const rpc::CallContext& ctx, const std::string& collection, Target* target);

// The id of the target; empty if none is wished, or if a rule is broken, which is then among the
// violations. `create` is the request that creates it; `account_id` is the lead's account, which
// the target belongs to if it belongs to any (empty = not known).
absl::StatusOr<std::string> FindOrCreate(const Target& target, mysql::Transaction& tx,
                                         const resource::Message& create,
                                         const std::string& account_id,
                                         base::Violations* violations);

// The requests that create what is new. What they leave open is taken from the lead.
v1::CreateAccountRequest AccountOf(const v1::QualifyLeadRequest& request, const domain::Lead& lead);
v1::CreateContactRequest ContactOf(const v1::QualifyLeadRequest& request, const domain::Lead& lead,
                                   const std::string& account_id);
v1::CreateOpportunityRequest OpportunityOf(const v1::QualifyLeadRequest& request,
                                           const domain::Lead& lead, const std::string& account_id);

}  // namespace salesops::pipeline::api
