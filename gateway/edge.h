#pragma once

// What both doors of the gateway, HTTP and gRPC, share: the contracts, the way to the services, who
// may pass, and for how long.
//
// Thread-safety: the struct is filled once, before the doors open; what it refers to is safe from
// any thread and outlives them.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/call_deadline.h"
#include "gateway/contracts.h"
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
  // HTTP headers that become metadata of the call, in lower case, besides those the gateway sets.
  std::vector<std::string> forwarded_headers = {"accept-language", "tracestate"};

  // Adds to forwarded_headers, unless it is a name that must not or cannot be metadata.
  void Forward(absl::string_view header);

  // Who is calling; an empty principal for a method that needs no identity.
  absl::StatusOr<auth::Principal> Admit(const Method& method,
                                        const std::vector<absl::string_view>& authorization) const;
};

}  // namespace salesops::gateway
