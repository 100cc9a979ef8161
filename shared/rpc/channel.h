#pragma once

// Client side: channels with the settings of grpc.md, and calls by method name without stubs.
//
//   auto channel = rpc::OpenChannel("dns:///localhost:9101", tls);
//   absl::StatusOr<Account> a = rpc::CallUnary<Account>(*channel, "/pkg.Svc/GetAccount", request,
//   options);
//
// Thread-safety: Channel is safe from any thread.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "shared/rpc/server.h"

namespace salesops::rpc {

struct CallOptions {
  std::string token;  // bearer token; empty = none (a service by its certificate)
  std::string traceparent;
  absl::Duration timeout = absl::Seconds(30);  // always sent: nothing else bounds a call
  // True: wait for a live server until the timeout. False: UNAVAILABLE at once if there is none.
  bool wait_for_ready = false;
};

// For a call that a handler makes on the way to its own answer: the user's token and the trace go
// along, and the callee gets at most `own`, and less than the handler itself has left.
CallOptions OptionsFor(const CallContext& ctx, absl::Duration own = absl::Seconds(30));

class Channel {
 public:
  virtual ~Channel() = default;
  virtual absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                            google::protobuf::Message* response, const CallOptions& options) = 0;
  // Server stream, read in the calling thread; `visit` returns false to cancel, and then the result
  // is CANCELLED.
  virtual absl::Status Stream(
      const std::string& method, const google::protobuf::Message& request,
      const google::protobuf::Message& response_prototype, const CallOptions& options,
      const std::function<bool(const google::protobuf::Message&)>& visit) = 0;
  // Bidirectional stream in lock step: `next` fills the request or returns false at the end; each
  // response goes to `visit` before the next request is asked for.
  virtual absl::Status Exchange(
      const std::string& method, const std::function<bool(google::protobuf::Message*)>& next,
      const google::protobuf::Message& request_prototype,
      const google::protobuf::Message& response_prototype, const CallOptions& options,
      const std::function<bool(const google::protobuf::Message&)>& visit) = 0;
  // Ends every call that is running on this channel with CANCELLED.
  virtual void Cancel() = 0;
};

// round_robin with client-side health checking, short DNS re-resolution, keepalive.
std::shared_ptr<Channel> OpenChannel(const std::string& target, const TlsFiles& tls);

template <class Response>
absl::StatusOr<Response> CallUnary(Channel& channel, const std::string& method,
                                   const google::protobuf::Message& request,
                                   const CallOptions& options) {
  Response response;
  absl::Status status = channel.Call(method, request, &response, options);
  if (!status.ok()) return status;
  return response;
}

}  // namespace salesops::rpc
