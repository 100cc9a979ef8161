#pragma once

// What callers are told when a service cannot be called or its connection fails. Words of our own
// side of a connection (addresses, system errors) are for the log.
//
// Thread-safety: pure functions.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

// INVALID_ARGUMENT: the request of an operation does not say which service has it.
absl::Status OperationUnknown();
// UNAVAILABLE: the gateway does not know where that service is.
absl::Status UpstreamUnknown();

// An error that the gateway's side of a connection made: what a caller may see, and `detail` for
// the log.
absl::Status StatusOfOurSide(absl::StatusCode code, absl::string_view detail);

}  // namespace salesops::gateway
