#pragma once

// absl::Status <-> grpc::Status, error details included (grpc-status-details-bin). The only header
// of this library that knows gRPC.
//
// Thread-safety: pure functions.

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace salesops::status {

// Details are cut to what fits into metadata: of many violations the first few dozen travel.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace salesops::status
