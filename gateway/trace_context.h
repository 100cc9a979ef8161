#pragma once

// The two names every answer carries: a request id of the gateway (or of the caller, if it is
// plain) and a W3C traceparent.
//
// Thread-safety: safe from any thread.

#include <string>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

struct TraceContext {
  std::string request_id;   // "x-request-id"
  std::string traceparent;  // for the next hop: the caller's trace, a span of ours

  // The 32 hexadecimal digits of the trace.
  absl::string_view trace_id() const { return absl::string_view(traceparent).substr(3, 32); }
};

// Keeps the caller's trace if `traceparent` is well-formed (https://www.w3.org/TR/trace-context),
// and its request id if that is 1 to 64 of [A-Za-z0-9._-]; makes new ones otherwise.
TraceContext ContinueTrace(absl::string_view traceparent, absl::string_view request_id);

}  // namespace salesops::gateway
