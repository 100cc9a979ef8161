#pragma once

// How long a call may take: what the caller asks for, within what the gateway allows.
//
// Thread-safety: pure functions.

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace salesops::gateway {

struct DeadlineLimits {
  absl::Duration default_timeout = absl::Seconds(30);
  absl::Duration max_timeout = absl::Seconds(120);
  // Streams live longer; services end theirs before their connections age out.
  absl::Duration stream_timeout = absl::Minutes(10);
};

// X-Request-Timeout: seconds such as "5", "0.25" or "5s". Nothing if it is not a positive number.
std::optional<absl::Duration> ParseRequestTimeout(absl::string_view text);

// grpc-timeout: up to eight digits and one of H M S m u n.
std::optional<absl::Duration> ParseGrpcTimeout(absl::string_view text);

// The time a call gets. `asked` is absent if the caller named none.
absl::Duration AllowedTimeout(std::optional<absl::Duration> asked, bool streaming,
                              const DeadlineLimits& limits);

}  // namespace salesops::gateway
