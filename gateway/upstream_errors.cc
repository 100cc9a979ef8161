#include "gateway/upstream_errors.h"

#include <utility>

#include "absl/time/time.h"
#include "shared/status/status.h"

namespace salesops::gateway {

absl::Status OperationUnknown() {
  return status::InvalidField("name", "INVALID_NAME", "must be operations/<service>/<id>");
}

absl::Status UpstreamUnknown() {
  return status::Unavailable("UPSTREAM_UNKNOWN",
                             "this gateway does not lead to that service; ask whoever operates it",
                             absl::Seconds(30));
}

absl::Status StatusOfOurSide(absl::StatusCode code, absl::string_view detail) {
  absl::Status shown;
  switch (code) {
    case absl::StatusCode::kUnavailable:
      shown = status::Unavailable("UPSTREAM_UNAVAILABLE",
                                  "the service cannot be reached; try again", absl::Seconds(1));
      break;
    case absl::StatusCode::kDeadlineExceeded:
      shown = status::Make(
          absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
          "the call took longer than its deadline allows; allow it more time, or ask for less");
      break;
    case absl::StatusCode::kCancelled:
      shown = status::Make(absl::StatusCode::kCancelled, "CANCELLED", "the caller has gone");
      break;
    case absl::StatusCode::kResourceExhausted:
      shown = status::Make(
          absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE",
          "a message is larger than the gateway carries; send or ask for less at once");
      break;
    default:
      shown = status::Internal("");
  }
  return status::WithLogDetail(std::move(shown), detail);
}

}  // namespace salesops::gateway
