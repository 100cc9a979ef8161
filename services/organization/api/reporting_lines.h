#pragma once

// Who is above a seller on a day and who below, as of today's knowledge or that of a moment before.
//
// Thread-safety: reads through the database of the environment.

#include "absl/status/statusor.h"
#include "salesops/organization/v1/seller.pb.h"
#include "shared/resource/standard_methods.h"
#include "shared/rpc/call_context.h"

namespace salesops::organization::api {

// Both: NOT_FOUND if there is no such seller; to a caller whose scope leaves it out,
// PERMISSION_DENIED.
absl::StatusOr<v1::GetManagerChainResponse> ReadManagerChain(
    rpc::CallContext& ctx, const resource::Environment& environment,
    const v1::GetManagerChainRequest& request);
absl::StatusOr<v1::ListReportsResponse> ReadReports(rpc::CallContext& ctx,
                                                    const resource::Environment& environment,
                                                    const v1::ListReportsRequest& request);

}  // namespace salesops::organization::api
