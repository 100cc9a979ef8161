#pragma once

// salesops.pipeline.v1.AccountService.
//
// Thread-safety: safe from any thread.

#include "salesops/pipeline/v1/account.pb.h"
#include "services/pipeline/domain/account.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class AccountService {
 public:
  using Accounts = resource::Resource<v1::Account, domain::Account>;

  AccountService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();
  // For changes of accounts in transactions of others.
  Accounts& accounts() { return accounts_; }

 private:
  absl::StatusOr<v1::SearchAccountsResponse> Search(rpc::CallContext& ctx,
                                                    const v1::SearchAccountsRequest& request);
  absl::StatusOr<v1::ListAccountAncestorsResponse> ListAncestors(
      rpc::CallContext& ctx, const v1::ListAccountAncestorsRequest& request);

  const resource::Environment environment_;
  Accounts accounts_;
};

}  // namespace salesops::pipeline::api
