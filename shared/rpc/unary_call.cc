#include "shared/rpc/adapter.h"
#include "shared/status/macros.h"

namespace salesops::rpc {
namespace {

class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(Host& host, const ServedMethod& served, const grpc::ByteBuffer* request,
            grpc::ByteBuffer* response)
      : call_(host, served), request_(request), response_(response) {}

  void Begin(grpc::CallbackServerContext* context) {
    Live<UnaryCall> live(this);
    absl::Status refused = call_.Arrive(*context);
    if (!refused.ok()) return EndCall(std::move(live), std::move(refused));
    WorkerPool::Task task = [live = std::move(live)]() mutable {
      absl::Status status = Call::Guarded([&] { return live->Serve(); });
      EndCall(std::move(live), std::move(status));
    };
    if (call_.host().pool.TryPushCall(std::move(task))) return;
    Refuse(std::move(task));  // NOLINT(bugprone-use-after-move): the pool leaves what it refuses
  }

  void End(absl::Status status) { Finish(call_.Conclude(std::move(status))); }
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  absl::Status Serve() {
    RETURN_IF_ERROR(refused_);
    RETURN_IF_ERROR(call_.StillWanted());
    ASSIGN_OR_RETURN(std::unique_ptr<google::protobuf::Message> request, call_.Parse(*request_));
    std::unique_ptr<google::protobuf::Message> response(call_.bound().response_prototype->New());
    RETURN_IF_ERROR(call_.bound().unary(call_, *request, response.get()));
    return call_.Answer(*request, response.get(), response_);
  }

  // The task holds the call: running it is the one way to end it.
  void Refuse(WorkerPool::Task task) {
    refused_ = NoRoom();
    task();
  }

  Call call_;
  const grpc::ByteBuffer* const request_;  // gRPC keeps both until the call is done
  grpc::ByteBuffer* const response_;
  absl::Status refused_;
};

}  // namespace

grpc::ServerUnaryReactor* BeginUnary(Host& host, const ServedMethod& served,
                                     grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  auto* call = new UnaryCall(host, served, request, response);
  call->Begin(context);
  return call;
}

}  // namespace salesops::rpc
