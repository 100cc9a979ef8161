#include "gateway/grpc_proxy.h"

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/call_metadata.h"
#include "gateway/reflection.h"
#include "gateway/trace_context.h"
#include "gateway/upstreams.h"
#include "shared/status/grpc_status.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using ServerReactor = grpc::ServerGenericBidiReactor;
using ClientReactor = grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;
using ServerContext = grpc::GenericCallbackServerContext;

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

std::vector<absl::string_view> ValuesOf(const ServerContext& context, grpc::string_ref key) {
  std::vector<absl::string_view> values;
  const auto [begin, end] = context.client_metadata().equal_range(key);
  for (auto it = begin; it != end; ++it) values.push_back(View(it->second));
  return values;
}

absl::string_view FirstValue(const ServerContext& context, grpc::string_ref key) {
  const auto it = context.client_metadata().find(key);
  return it == context.client_metadata().end() ? absl::string_view() : View(it->second);
}

template <class Metadata, class Add>
void CopyMetadata(const Metadata& metadata, Add add) {
  for (const auto& [key, value] : metadata) {
    if (IsOfThisHop(View(key)) || !IsLegalMetadata(View(key), View(value))) continue;
    add(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
}

// Ends a call that does not get to a service.
class Refusal final : public ServerReactor {
 public:
  explicit Refusal(const absl::Status& status) { Finish(status::ToGrpc(status)); }
  void OnDone() override { delete this; }
};

// `method` is absent if it is unknown.
ServerReactor* Refuse(const absl::Status& status, ServerContext& context,
                      const Contracts& contracts, const Method* method, const TraceContext& trace) {
  const std::string peer = context.peer();
  CallRecord record;
  record.protocol = Protocol::kGrpc;
  if (method != nullptr) {
    record.method = method->path;
    record.metrics = &contracts.metrics[method->index];
  }
  record.status = &status;
  record.trace_id = trace.trace_id();
  record.request_id = trace.request_id;
  record.peer = peer;
  RecordCall(record);
  context.AddInitialMetadata("x-request-id", trace.request_id);
  context.AddInitialMetadata("traceparent", trace.traceparent);
  return new Refusal(status);
}

// What unary and streaming calls have in common: who calls, the way there, and the record at the
// end.
class PassedCall {
 public:
  PassedCall(const Edge& edge, std::shared_ptr<const Contracts> contracts, const Method& method,
             auth::Principal principal, TraceContext trace, ServerContext& server, bool streaming)
      : edge_(edge),
        contracts_(std::move(contracts)),
        method_(method),
        principal_(std::move(principal)),
        trace_(std::move(trace)),
        server_(server),
        started_(edge.clock->Now()) {
    CopyMetadata(server.client_metadata(),
                 [this](const std::string& key, const std::string& value) {
                   client_.AddMetadata(key, value);
                 });
    client_.AddMetadata("x-request-id", trace_.request_id);
    client_.AddMetadata("traceparent", trace_.traceparent);
    SetDeadline(streaming);
    server.AddInitialMetadata("x-request-id", trace_.request_id);
    server.AddInitialMetadata("traceparent", trace_.traceparent);
  }

 protected:
  grpc::ClientContext& client() { return client_; }
  const Method& method() const { return method_; }
  const Edge& edge() const { return edge_; }

  void TakeInitialMetadata() {
    CopyMetadata(client_.GetServerInitialMetadata(),
                 [this](const std::string& key, const std::string& value) {
                   server_.AddInitialMetadata(key, value);
                 });
  }

  // Takes over the trailers and returns what the caller is told.
  grpc::Status TakeEnd(const grpc::Status& status, int64_t request_bytes, int64_t response_bytes) {
    CopyMetadata(client_.GetServerTrailingMetadata(),
                 [this](const std::string& key, const std::string& value) {
                   server_.AddTrailingMetadata(key, value);
                 });
    if (status.ok()) {
      Record(absl::OkStatus(), request_bytes, response_bytes);
      return status;
    }
    const absl::Status shown = StatusForCaller(status, client_);
    Record(shown, request_bytes, response_bytes);
    return status::ToGrpc(shown);
  }

  grpc::Status Fail(const absl::Status& status) {
    Record(status, 0, 0);
    return status::ToGrpc(status);
  }

 private:
  void SetDeadline(bool streaming) {
    const auto asked = server_.deadline();
    const auto now = std::chrono::system_clock::now();
    std::optional<absl::Duration> timeout;
    // Callers that set no deadline have one in the far future.
    if (asked < now + std::chrono::hours(24)) timeout = absl::FromChrono(asked - now);
    client_.set_deadline(
        now + absl::ToChronoMicroseconds(AllowedTimeout(timeout, streaming, edge_.limits)));
  }

  void Record(const absl::Status& status, int64_t request_bytes, int64_t response_bytes) {
    CallRecord record;
    record.protocol = Protocol::kGrpc;
    record.method = method_.path;
    record.metrics = &contracts_->metrics[method_.index];
    record.status = &status;
    record.subject = principal_.subject;
    record.trace_id = trace_.trace_id();
    record.request_id = trace_.request_id;
    const std::string peer = server_.peer();
    record.peer = peer;
    record.took = edge_.clock->Now() - started_;
    record.request_bytes = request_bytes;
    record.response_bytes = response_bytes;
    RecordCall(record);
  }

  const Edge& edge_;
  const std::shared_ptr<const Contracts> contracts_;
  const Method& method_;
  const auth::Principal principal_;
  const TraceContext trace_;
  ServerContext& server_;
  const absl::Time started_;
  const CallInFlight in_flight_;
  grpc::ClientContext client_;
};

// One message there, one message back: read, call, write and finish, with the fewest operations.
class UnaryPass final : public ServerReactor, private PassedCall {
 public:
  template <class... Args>
  explicit UnaryPass(Args&&... args)
      : PassedCall(std::forward<Args>(args)..., /*streaming=*/false) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      return Finish(Fail(status::Make(absl::StatusCode::kInvalidArgument, "REQUEST_MISSING",
                                      "the call holds no request")));
    }
    absl::StatusOr<grpc::GenericStub*> stub = StubFor(*edge().upstreams, method(), &request_);
    if (!stub.ok()) return Finish(Fail(stub.status()));
    (*stub)->UnaryCall(&client(), method().path, grpc::StubOptions(), &request_, &response_,
                       [this](grpc::Status status) { Answer(std::move(status)); });
  }

  void OnCancel() override { client().TryCancel(); }
  void OnDone() override { delete this; }
  // Runs OnDone where the call ends instead of waking another thread for it: a tenth of the cost of
  // a call. gRPC calls this internal; it is a hint, and ours is a trivial reaction.
  bool InternalInlineable() override { return true; }

 private:
  void Answer(grpc::Status status) {
    TakeInitialMetadata();
    const int64_t response_bytes = status.ok() ? response_.Length() : 0;
    const grpc::Status end = TakeEnd(status, request_.Length(), response_bytes);
    // Nothing of this object may be touched after either of these.
    if (end.ok()) {
      StartWriteAndFinish(&response_, grpc::WriteOptions(), end);
    } else {
      Finish(end);
    }
  }

  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

// The other three kinds. Two halves, one towards the caller and one towards the service; each
// message is written to one half before the next is read from the other, which carries
// back-pressure through. The service's half is kept open by two holds: one until the caller's
// messages end, one until the service's do.
class StreamPass final : private PassedCall {
 public:
  template <class... Args>
  static ServerReactor* Start(grpc::GenericStub& stub, Args&&... args) {
    auto* call = new StreamPass(std::forward<Args>(args)...);
    call->Begin(stub);
    return &call->towards_caller_;
  }

 private:
  class TowardsCaller final : public ServerReactor {
   public:
    explicit TowardsCaller(StreamPass& call) : call_(call) {}
    void OnReadDone(bool ok) override { call_.CallerSent(ok); }
    void OnWriteDone(bool ok) override { call_.CallerTook(ok); }
    void OnCancel() override { call_.client().TryCancel(); }
    void OnDone() override { call_.HalfDone(); }

   private:
    StreamPass& call_;
  };

  class TowardsService final : public ClientReactor {
   public:
    explicit TowardsService(StreamPass& call) : call_(call) {}
    void OnReadInitialMetadataDone(bool ok) override { call_.ServiceBegan(ok); }
    void OnReadDone(bool ok) override { call_.ServiceSent(ok); }
    void OnWriteDone(bool ok) override { call_.ServiceTook(ok); }
    void OnDone(const grpc::Status& status) override { call_.ServiceEnded(status); }

   private:
    StreamPass& call_;
  };

  template <class... Args>
  explicit StreamPass(Args&&... args)
      : PassedCall(std::forward<Args>(args)..., /*streaming=*/true),
        towards_caller_(*this),
        towards_service_(*this) {}

  void Begin(grpc::GenericStub& stub) {
    stub.PrepareBidiStreamingCall(&client(), method().path, grpc::StubOptions(), &towards_service_);
    towards_service_.AddMultipleHolds(2);
    towards_service_.StartCall();
    towards_caller_.StartRead(&request_);
  }

  // -- caller to service

  void CallerSent(bool ok) {
    std::lock_guard lock(mu_);
    if (requests_over_) return;
    if (!ok) {
      towards_service_.StartWritesDone();
      return EndRequests();
    }
    request_bytes_ += request_.Length();
    towards_service_.StartWrite(&request_);
  }

  void ServiceTook(bool ok) {
    {
      std::lock_guard lock(mu_);
      if (requests_over_) return;
      if (!ok) return EndRequests();
    }
    towards_caller_.StartRead(&request_);
  }

  // Under mu_. Afterwards nothing more is written to the service.
  void EndRequests() {
    requests_over_ = true;
    towards_service_.RemoveHold();
  }

  // -- service to caller

  void ServiceBegan(bool ok) {
    if (ok) {
      TakeInitialMetadata();
      towards_caller_.StartSendInitialMetadata();
    }
    towards_service_.StartRead(&response_);
  }

  void ServiceSent(bool ok) {
    if (ok) {
      response_bytes_ += response_.Length();
      towards_caller_.StartWrite(&response_);
      return;
    }
    {
      std::lock_guard lock(mu_);
      if (!requests_over_) EndRequests();
    }
    towards_service_.RemoveHold();
  }

  void CallerTook(bool ok) {
    if (!ok) client().TryCancel();
    towards_service_.StartRead(&response_);
  }

  void ServiceEnded(const grpc::Status& status) {
    towards_caller_.Finish(TakeEnd(status, request_bytes_, response_bytes_));
    HalfDone();
  }

  // Each half calls this last.
  void HalfDone() {
    if (halves_.fetch_sub(1) == 1) delete this;
  }

  TowardsCaller towards_caller_;
  TowardsService towards_service_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::atomic<int64_t> request_bytes_{0};
  std::atomic<int64_t> response_bytes_{0};
  std::mutex mu_;
  bool requests_over_ = false;
  std::atomic<int> halves_{2};
};

}  // namespace

ServerReactor* GrpcProxy::CreateReactor(ServerContext* context) {
  const std::string& path = context->method();
  std::shared_ptr<const Contracts> contracts = edge_.contracts->Current();
  TraceContext trace =
      ContinueTrace(FirstValue(*context, "traceparent"), FirstValue(*context, "x-request-id"));
  const Method* method = contracts->catalog.FindMethod(path);
  if (method == nullptr) {
    if (path == "/grpc.health.v1.Health/Check") return health_.Check();
    if (path == "/grpc.health.v1.Health/Watch") return health_.Watch();
    if (path == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo" ||
        path == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo") {
      return ReflectionCall(std::move(contracts));
    }
    return Refuse(status::Make(absl::StatusCode::kUnimplemented, "METHOD_UNKNOWN",
                               "no service here has this method"),
                  *context, *contracts, nullptr, trace);
  }
  absl::StatusOr<auth::Principal> principal =
      edge_.Admit(*method, ValuesOf(*context, "authorization"));
  if (!principal.ok()) return Refuse(principal.status(), *context, *contracts, method, trace);
  if (method->unary()) {
    return new UnaryPass(edge_, std::move(contracts), *method, *std::move(principal),
                         std::move(trace), *context);
  }
  absl::StatusOr<grpc::GenericStub*> stub = StubFor(*edge_.upstreams, *method, nullptr);
  if (!stub.ok()) return Refuse(stub.status(), *context, *contracts, method, trace);
  return StreamPass::Start(**stub, edge_, std::move(contracts), *method, *std::move(principal),
                           std::move(trace), *context);
}

}  // namespace salesops::gateway
