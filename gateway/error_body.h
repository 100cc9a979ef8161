#pragma once

// Errors as HTTP says them: the status line of google/rpc/code.proto and the JSON of AIP-193.
//
//   {"error":{"code":404,"message":"…","status":"NOT_FOUND","details":[{"@type":…}]}}
//
// Thread-safety: pure functions.

#include <string>

#include "absl/status/status.h"

namespace salesops::gateway {

int HttpCode(absl::StatusCode code);

// The body above, without a line end. `http_code` differs from HttpCode(…) for answers that HTTP
// has its own number for (405, 413, …).
std::string ErrorBody(const absl::Status& status, int http_code);

// Whole seconds of the RetryInfo, at least 1; 0 if there is none.
int RetryAfterSeconds(const absl::Status& status);

}  // namespace salesops::gateway
