#pragma once

// One call from its arrival to its end: the context its handler sees, and the steps that all kinds
// of calls share. Internal to shared/rpc.
//
// Thread-safety: belongs to one reactor, which moves it from thread to thread; `Cancel` and what
// CallContext promises are safe from any thread.

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "shared/rpc/call_meter.h"
#include "shared/rpc/caller.h"
#include "shared/rpc/open_streams.h"
#include "shared/rpc/server.h"
#include "shared/rpc/worker_pool.h"

namespace salesops::rpc {

// What every call of a server shares.
struct Host {
  Host(const ServerOptions& options, const ServerDependencies& dependencies)
      : options(options),
        dependencies(dependencies),
        streams(options.streams),
        pool(options.workers, options.queue, dependencies.thread_scope) {}

  const ServerOptions options;
  const ServerDependencies dependencies;
  OpenStreams streams;
  WorkerPool pool;
};

// A bound method and what its calls need again and again.
struct ServedMethod {
  explicit ServedMethod(const internal::Method& bound);

  const internal::Method& bound;
  const std::string path;  // "/package.Service/Method"
  // `string request_id` of the request, for the log; null if it has none.
  const google::protobuf::FieldDescriptor* const request_id;
  const CallMeter meter;
};

class Call final : public CallContext {
 public:
  Call(Host& host, const ServedMethod& served);

  // Reads what the call brings and decides whether it may go on: deadline, identity, permission.
  absl::Status Arrive(const grpc::CallbackServerContext& context);
  // On the worker, before anything else: does anyone still want the answer?
  absl::Status StillWanted();
  // Begins work on one more message of a stream: its own deadline and its own "now".
  void BeginStep();

  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Parse(const grpc::ByteBuffer& bytes);
  // Masks, audit and serialisation of one answer.
  absl::Status Answer(const google::protobuf::Message& request, google::protobuf::Message* response,
                      grpc::ByteBuffer* out);
  // Runs `work`, turning anything thrown into INTERNAL.
  static absl::Status Guarded(const std::function<absl::Status()>& work);
  // Records the end and says what the client is told.
  grpc::Status Conclude(absl::Status status);

  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  // When the client gives up; far away if it did not say.
  absl::Time client_deadline() const { return client_deadline_; }
  absl::Time arrival() const { return arrival_; }
  const internal::Method& bound() const { return served_.bound; }
  Host& host() const { return host_; }

  absl::Time deadline() const override {
    return absl::FromUnixNanos(deadline_.load(std::memory_order_relaxed));
  }
  bool cancelled() const override { return cancelled_.load(std::memory_order_relaxed); }
  const std::string& method() const override { return served_.path; }
  const auth::MethodPolicy& policy() const override { return served_.bound.policy; }
  const auth::Principal& principal() const override { return caller_.principal; }
  const auth::Access& access() const override { return *caller_.access; }
  const auth::RowScope& scope() const override { return caller_.scope; }
  const std::string& traceparent() const override { return traceparent_; }
  absl::string_view token() const override { return token_; }
  absl::Time start_time() const override { return start_time_; }

 private:
  void SetDeadline(absl::Time deadline);
  void Log(const absl::Status& status, absl::Duration latency, absl::Duration queued) const;

  Host& host_;
  const ServedMethod& served_;
  const absl::Time arrival_;  // machine time
  absl::Time start_time_;     // the service's clock
  absl::Time client_deadline_ = absl::InfiniteFuture();
  absl::Time work_began_;
  std::atomic<int64_t> deadline_{0};  // nanoseconds of the Unix epoch
  std::atomic<bool> cancelled_{false};
  std::string traceparent_;
  std::string peer_, request_id_;
  Caller caller_;
  absl::string_view token_;  // in the metadata that gRPC keeps until the call is done
  int64_t request_bytes_ = 0, response_bytes_ = 0;
};

// Refusal of a call for which there is no room.
absl::Status NoRoom();

// A reactor that is certain to be finished: whoever holds it must end it, and if it is dropped
// (an exception, a stopped pool) it ends itself with INTERNAL.
template <class Reactor>
struct FinishUnanswered {
  void operator()(Reactor* reactor) const {
    reactor->End(absl::InternalError("the call was dropped without an answer"));
  }
};
template <class Reactor>
using Live = std::unique_ptr<Reactor, FinishUnanswered<Reactor>>;

// Ends a call; nothing may touch the reactor afterwards.
template <class Reactor>
void EndCall(Live<Reactor> live, absl::Status status) {
  live.release()->End(std::move(status));
}

}  // namespace salesops::rpc
