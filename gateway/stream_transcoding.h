#pragma once

// A call of the HTTP door in which messages stream: requests, responses, or both.
//
//   StartStreamTranscoding(*links, std::move(call), std::move(service_request), requests);
//
// A stream of responses is written in the form that the caller asked for: lines of JSON
// ({"result":…}, and {"error":…} as the last line of a stream that fails), Server-Sent Events
// (Accept: text/event-stream), or, if its messages are HttpBody, their data one after the other. A
// stream that fails before its first message is an ordinary error.
//
// Thread-safety: belongs to the thread of the exchange's loop; the call then keeps itself.

#include <memory>
#include <string>

#include "gateway/http_call.h"

namespace salesops::gateway {

// `requests` are framed messages; `service_request` is the call's.
void StartStreamTranscoding(ServiceLinks& links, std::unique_ptr<HttpCall> call,
                            ServiceCall::Request service_request, const std::string& requests);

}  // namespace salesops::gateway
