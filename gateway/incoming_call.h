#pragma once

// A call as it comes in at the gRPC door: what its caller asks, and how it is answered. Requests
// that are not gRPC are refused in HTTP's own terms before anybody else sees them.
//
//   std::shared_ptr<Handler> Route(IncomingCall& call) override {
//     call.Finish(status, {});           // at once, or return who will
//   }
//
// Thread-safety: belongs to its loop's thread.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/event_loop.h"
#include "gateway/grpc_wire.h"
#include "gateway/h2_stream.h"
#include "gateway/trace_context.h"

namespace salesops::gateway {

class IncomingCall final : public H2Stream, public std::enable_shared_from_this<IncomingCall> {
 public:
  // Who answers. Kept until the call is over.
  class Handler {
   public:
    virtual ~Handler() = default;
    // Framed messages, cut anywhere. Consume them when they have gone on.
    virtual void OnRequestBytes(absl::string_view bytes) = 0;
    virtual void OnRequestEnd() = 0;
    // So much of the answer has left.
    virtual void OnAnswerSent(size_t bytes) = 0;
    // The caller went before the answer was finished.
    virtual void OnGone() = 0;
  };

  class Router {
   public:
    virtual ~Router() = default;
    // nullptr if the call is finished already.
    virtual std::shared_ptr<Handler> Route(IncomingCall& call) = 0;
  };

  explicit IncomingCall(Router& router) : router_(router) {}

  absl::string_view path() const { return path_; }
  const std::string& peer() const { return peer_; }
  // Of the caller, or new; every answer says it.
  const TraceContext& trace() const { return trace_; }

  // The first block of the answer. `metadata` is not copied: see H2Fields.
  void Answer(const H2Fields& metadata);
  bool answered() const { return answered_; }
  // The end of the answer, after which nothing is sent; begins it if need be. What SendBody got
  // before is sent first.
  void Finish(const absl::Status& status, const H2Fields& metadata);
  bool finished() const { return finished_; }

 private:
  void OnHeaders() override;
  void OnBody(absl::string_view bytes) override;
  void OnRemoteEnd() override;
  void OnSent(size_t bytes) override;
  void OnClosed(uint32_t code) override;
  void RefuseInHttp(absl::string_view code);

  Router& router_;
  std::shared_ptr<Handler> handler_;
  absl::string_view path_;
  std::string peer_;
  TraceContext trace_;
  std::string message_, details_;  // of the status
  bool answered_ = false;
  bool finished_ = false;
};

}  // namespace salesops::gateway
