#include "shared/rpc/channel.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_method.h>
#include <grpcpp/support/sync_stream.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/rpc/credentials.h"
#include "shared/status/grpc_status.h"

namespace salesops::rpc {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageLite;
using grpc::internal::RpcMethod;

// Only what must not depend on a resolver: spread calls over all live backends, and take one out
// as soon as it says NOT_SERVING.
constexpr char kServiceConfig[] =
    R"({"loadBalancingConfig":[{"round_robin":{}}],"healthCheckConfig":{"serviceName":""}})";

// What a handler keeps for itself of the time it has left, to answer after a callee timed out.
constexpr absl::Duration kAnswerMargin = absl::Milliseconds(20);

grpc::ChannelArguments ChannelSettings() {
  grpc::ChannelArguments args;
  args.SetServiceConfigJSON(kServiceConfig);
  args.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1'000);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  args.SetMaxReceiveMessageSize(16 << 20);
  return args;
}

class GrpcChannel final : public Channel {
 public:
  explicit GrpcChannel(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  absl::Status Call(const std::string& method, const Message& request, Message* response,
                    const CallOptions& options) override {
    RunningCall call(*this, options);
    const RpcMethod rpc(method.c_str(), RpcMethod::NORMAL_RPC);
    return status::FromGrpc(grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
        channel_.get(), rpc, call.context(), request, response));
  }

  absl::Status Stream(const std::string& method, const Message& request,
                      const Message& response_prototype, const CallOptions& options,
                      const std::function<bool(const Message&)>& visit) override {
    RunningCall call(*this, options);
    const RpcMethod rpc(method.c_str(), RpcMethod::SERVER_STREAMING);
    std::unique_ptr<grpc::ClientReader<MessageLite>> reader(
        grpc::internal::ClientReaderFactory<MessageLite>::Create<MessageLite>(
            channel_.get(), rpc, call.context(), request));
    std::unique_ptr<Message> response(response_prototype.New());
    bool wanted = true;
    while (reader->Read(response.get())) {
      if (!wanted || visit(*response)) continue;
      wanted = false;  // what is already on its way is dropped
      call.context()->TryCancel();
    }
    return status::FromGrpc(reader->Finish());
  }

  absl::Status Exchange(const std::string& method, const std::function<bool(Message*)>& next,
                        const Message& request_prototype, const Message& response_prototype,
                        const CallOptions& options,
                        const std::function<bool(const Message&)>& visit) override {
    RunningCall call(*this, options);
    const RpcMethod rpc(method.c_str(), RpcMethod::BIDI_STREAMING);
    std::unique_ptr<grpc::ClientReaderWriter<MessageLite, MessageLite>> stream(
        grpc::internal::ClientReaderWriterFactory<MessageLite, MessageLite>::Create(
            channel_.get(), rpc, call.context()));
    std::unique_ptr<Message> request(request_prototype.New());
    std::unique_ptr<Message> response(response_prototype.New());
    while (next(request.get())) {
      if (!stream->Write(*request) || !stream->Read(response.get())) break;
      if (!visit(*response)) {
        call.context()->TryCancel();
        break;
      }
      request->Clear();
    }
    stream->WritesDone();
    return status::FromGrpc(stream->Finish());
  }

  void Cancel() override {
    std::lock_guard lock(mu_);
    for (grpc::ClientContext* running : running_) running->TryCancel();
  }

 private:
  // The context of one call, known to Cancel while it runs.
  class RunningCall {
   public:
    RunningCall(GrpcChannel& channel, const CallOptions& options) : channel_(channel) {
      context_.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
      context_.set_wait_for_ready(options.wait_for_ready);
      if (!options.token.empty()) {
        context_.AddMetadata("authorization", absl::StrCat("Bearer ", options.token));
      }
      if (!options.traceparent.empty()) context_.AddMetadata("traceparent", options.traceparent);
      std::lock_guard lock(channel_.mu_);
      channel_.running_.insert(&context_);
    }
    ~RunningCall() {
      std::lock_guard lock(channel_.mu_);
      channel_.running_.erase(&context_);
    }
    grpc::ClientContext* context() { return &context_; }

   private:
    GrpcChannel& channel_;
    grpc::ClientContext context_;
  };

  const std::shared_ptr<grpc::Channel> channel_;
  std::mutex mu_;
  std::set<grpc::ClientContext*> running_;
};

// Of a channel whose certificates cannot be used: says so at every call.
class BrokenChannel final : public Channel {
 public:
  explicit BrokenChannel(absl::Status why) : why_(std::move(why)) {}
  absl::Status Call(const std::string&, const Message&, Message*, const CallOptions&) override {
    return why_;
  }
  absl::Status Stream(const std::string&, const Message&, const Message&, const CallOptions&,
                      const std::function<bool(const Message&)>&) override {
    return why_;
  }
  absl::Status Exchange(const std::string&, const std::function<bool(Message*)>&, const Message&,
                        const Message&, const CallOptions&,
                        const std::function<bool(const Message&)>&) override {
    return why_;
  }
  void Cancel() override {}

 private:
  const absl::Status why_;
};

}  // namespace

CallOptions OptionsFor(const CallContext& ctx, absl::Duration own) {
  CallOptions options;
  options.token = std::string(ctx.token());
  options.traceparent = ctx.traceparent();
  const absl::Duration left = ctx.deadline() - absl::Now() - kAnswerMargin;
  options.timeout = std::max(absl::ZeroDuration(), std::min(own, left));
  return options;
}

std::shared_ptr<Channel> OpenChannel(const std::string& target, const TlsFiles& tls) {
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = ClientTls(tls);
  if (!credentials.ok()) return std::make_shared<BrokenChannel>(std::move(credentials).status());
  return std::make_shared<GrpcChannel>(
      grpc::CreateCustomChannel(target, *credentials, ChannelSettings()));
}

}  // namespace salesops::rpc
