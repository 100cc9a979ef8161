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
  AccountService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::SearchAccountsResponse> Search(rpc::CallContext& ctx,
                                                    const v1::SearchAccountsRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::Account, domain::Account> accounts_;
};

}  // namespace salesops::pipeline::api
