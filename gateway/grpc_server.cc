#include "gateway/grpc_server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/grpc_credentials.h"
#include "gateway/grpc_proxy.h"
#include "shared/status/macros.h"

namespace salesops::gateway {
namespace {

class ProxyServer final : public GrpcServer {
 public:
  explicit ProxyServer(const Edge& edge)
      : health_([&edge](const std::string& service) {
          const auto contracts = edge.contracts->Current();
          const auto& services = contracts->catalog.services();
          return std::binary_search(services.begin(), services.end(), service);
        }),
        proxy_(edge, health_) {}

  ~ProxyServer() override { Drain(absl::ZeroDuration()); }

  absl::Status Listen(const Options& options) {
    ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                     ServerCredentials(options.tls));
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options.listen, credentials, &port_);
    builder.RegisterCallbackGenericService(&proxy_);
    // Health is answered by the proxy, also in a process that enables gRPC's own.
    builder.SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
    builder.SetMaxReceiveMessageSize(options.max_message_bytes);
    builder.SetMaxSendMessageSize(-1);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, options.max_metadata_bytes);
    builder.AddChannelArgument(
        GRPC_ARG_MAX_CONNECTION_AGE_MS,
        static_cast<int>(absl::ToInt64Milliseconds(options.max_connection_age)));
    builder.AddChannelArgument(
        GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
        static_cast<int>(absl::ToInt64Milliseconds(options.max_connection_age)));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20000);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1000);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen));
    }
    return absl::OkStatus();
  }

  int port() const override { return port_; }
  void StopServing() override { health_.SetServing(false); }

  void Drain(absl::Duration limit) override {
    if (server_ == nullptr) return;
    health_.SetServing(false);
    health_.EndWatches();
    server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(limit));
    server_.reset();
  }

 private:
  Health health_;
  GrpcProxy proxy_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Options& options,
                                                              const Edge& edge) {
  auto server = std::make_unique<ProxyServer>(edge);
  if (absl::Status listening = server->Listen(options); !listening.ok()) return listening;
  return server;
}

}  // namespace salesops::gateway
