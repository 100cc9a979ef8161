#pragma once

// A call that is passed to its service as bytes, nothing parsed, with metadata, status, details and
// trailers both ways, for all four kinds of call. Bytes are taken from one side as fast as the
// other takes them.
//
//   return PassCall(edge, loop, ways, contracts, method, principal, call);
//
// Thread-safety: belongs to its loop's thread.

#include <functional>
#include <memory>

#include "gateway/edge.h"
#include "gateway/event_loop.h"
#include "gateway/incoming_call.h"
#include "gateway/service_links.h"

namespace salesops::gateway {

struct PassLimits {
  uint64_t largest_request = 8 << 20;  // message
  uint64_t largest_answer = 64 << 20;  // message
};

// The thread's way to a service; nullptr if there is no such service.
using ServiceWays = std::function<ServiceLinks*(absl::string_view service)>;

// What a call is passed with. All of it outlives the call.
struct PassSide {
  const Edge& edge;
  EventLoop& loop;
  ServiceWays ways;
  PassLimits limits;
};

// Ends the call with a status and records it. `method` is absent if it is unknown.
void RefuseCall(IncomingCall& call, const Contracts& contracts, const Method* method,
                const absl::Status& status);

// The call has been admitted.
std::shared_ptr<IncomingCall::Handler> PassCall(const PassSide& side,
                                                std::shared_ptr<const Contracts> contracts,
                                                const Method& method, auth::Principal principal,
                                                IncomingCall& call);

}  // namespace salesops::gateway
