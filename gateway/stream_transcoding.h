#pragma once

// A call of the HTTP door in which messages stream: requests, responses, or both.
//
//   StartStreamTranscoding(*stub, std::move(call), std::move(requests));
//
// A stream of responses is written in the form that the caller asked for: lines of JSON
// ({"result":…}, and {"error":…} as the last line of a stream that fails), Server-Sent Events
// (Accept: text/event-stream), or, if its messages are HttpBody, their data one after the other. A
// stream that fails before its first message is an ordinary error.
//
// Thread-safety: Start from any thread; the call then keeps itself.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <vector>

#include "gateway/http_call.h"

namespace salesops::gateway {

void StartStreamTranscoding(grpc::GenericStub& stub, std::unique_ptr<HttpCall> call,
                            std::vector<grpc::ByteBuffer> requests);

}  // namespace salesops::gateway
