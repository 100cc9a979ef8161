#pragma once

// A call of the HTTP door with one request message and one response message.
//
//   StartUnaryTranscoding(*links, std::move(call), std::move(service_request),
//   FrameMessage(bytes));
//
// Thread-safety: belongs to the thread of the exchange's loop; the call then keeps itself.

#include <memory>
#include <string>

#include "gateway/http_call.h"

namespace salesops::gateway {

// `message` is framed; `service_request` is the call's.
void StartUnaryTranscoding(ServiceLinks& links, std::unique_ptr<HttpCall> call,
                           ServiceCall::Request service_request, const std::string& message);

}  // namespace salesops::gateway
