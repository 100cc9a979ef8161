#pragma once

// A call that is passed to its service as bytes, nothing parsed, with metadata, status, details and
// trailers both ways, for all four kinds of call. Bytes are taken from one side as fast as the
// other takes them.
//
//   return PassCall(side, contracts, method, principal, call);
//
// Thread-safety: belongs to its loop's thread.

#include <memory>

#include "gateway/edge.h"
#include "gateway/event_loop.h"
#include "gateway/incoming_call.h"

namespace salesops::gateway {

// What a call is passed with. All of it outlives the call.
struct PassSide {
  const Edge& edge;
  EventLoop& loop;
  uint64_t largest_request = 8 << 20;  // message
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
