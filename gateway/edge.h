#pragma once

// What both doors of the gateway, HTTP and gRPC, share: the contracts, the threads and their ways
// to the services, who may pass, and for how long.
//
// Thread-safety: the struct is filled once, before the doors open; what it refers to is safe from
// any thread and outlives them.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/call_deadline.h"
#include "gateway/contracts.h"
#include "gateway/cors.h"
#include "gateway/rate_limit.h"
#include "shared/auth/principal.h"
#include "shared/auth/token.h"
#include "shared/base/clock.h"

namespace salesops::gateway {

class Upstreams;

struct Edge {
  const base::Clock* clock = nullptr;
  auth::TokenVerifier* tokens = nullptr;
  const ContractStore* contracts = nullptr;
  Upstreams* upstreams = nullptr;
  DeadlineLimits limits;
  bool docs = true;  // /openapi.json and /docs are served
  // HTTP headers that become metadata of the call, in lower case, besides those the gateway sets.
  std::vector<std::string> forwarded_headers = {"accept-language", "tracestate"};
  // Initial metadata of services that HTTP callers see as headers, in lower case.
  std::vector<std::string> returned_headers = {"content-language"};
  Cors cors;
  RateLimit* calls_per_caller = nullptr;  // absent: no limit
  RateLimit* calls = nullptr;             // of all callers together
  size_t max_body_bytes = 8 << 20;        // of an HTTP body once it is unpacked
  uint64_t max_answer_bytes = 64 << 20;   // of one message of a service

  // Adds to forwarded_headers, unless it is a name that must not or cannot be metadata.
  void Forward(absl::string_view header);
  // The same for returned_headers.
  void Return(absl::string_view header);

  // Who is calling; an empty principal for a method that needs no identity. RESOURCE_EXHAUSTED with
  // RetryInfo beyond a rate limit.
  absl::StatusOr<auth::Principal> Admit(const Method& method,
                                        const std::vector<absl::string_view>& authorization) const;

 private:
  absl::Status Pace(const auth::Principal& principal) const;
};

}  // namespace salesops::gateway
