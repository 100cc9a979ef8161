#include "shared/rpc/server.h"

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "shared/log/log.h"
#include "shared/metrics/metrics.h"
#include "shared/rpc/adapter.h"
#include "shared/rpc/call.h"
#include "shared/rpc/credentials.h"
#include "shared/status/macros.h"

namespace salesops::rpc {
namespace {

// How often readiness is asked for: seldom once it is there, often while a start is waited for.
constexpr std::chrono::milliseconds kReadinessEvery(1000), kUnreadinessEvery(50);
constexpr int kMaxMetadataBytes = 32 << 10;  // a token of 16 KiB and its company
// Part of the drain limit after which streams that still have something to say are cut.
constexpr double kCutAt = 0.75;

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Linking the reflection library may have switched reflection on for every server of the process;
// this makes it so for one server.
class Reflection final : public grpc::ServerBuilderOption {
 public:
  explicit Reflection(bool wanted) : wanted_(wanted) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto plugin = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    const std::string name = plugin->name();
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(),
                                  [&](const auto& known) { return known->name() == name; }),
                   plugins->end());
    if (wanted_) plugins->push_back(std::move(plugin));
  }

 private:
  const bool wanted_;
};

// gRPC's own complaints (a failed handshake, a port in use) as log lines and a number to alert on.
void TakeGrpcLog() {
  static std::once_flag once;
  std::call_once(once, [] {
    static const metrics::Counter errors = metrics::GetCounter(
        "salesops_grpc_errors_total", "Errors that gRPC reports, such as failed TLS handshakes");
    gpr_set_log_function([](gpr_log_func_args* args) {
      if (args->severity != GPR_LOG_SEVERITY_ERROR) return;
      errors.Increment();
      log::Warning("gRPC reports an error", {{"text", args->message}});
    });
  });
}

absl::Status CheckBindings(const std::vector<Binding>& bindings) {
  std::vector<std::string> missing;
  for (const Binding& binding : bindings) {
    for (std::string& name : binding.Missing()) missing.push_back(std::move(name));
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("methods without a handler: ", absl::StrJoin(missing, ", ")));
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(duration), INT32_MAX));
}

void SetConnectionLife(const ServerOptions& options, grpc::ServerBuilder* builder) {
  const absl::Duration age = options.max_connection_age;
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(age));
  // Whatever began just before the connection grew old may still end by itself: a call by its
  // deadline, a stream by the limit that the reactors keep.
  const absl::Duration grace = std::max(options.default_deadline, age) + absl::Seconds(10);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(grace));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
}

// Answers grpc.health.v1 for every service, from what `not_ready` says.
class Readiness {
 public:
  using Ask = std::function<std::vector<std::string>()>;

  Readiness(Ask ask, grpc::HealthCheckServiceInterface* health, std::vector<std::string> services)
      : ask_(std::move(ask)), health_(health), services_(std::move(services)) {
    Publish(ask_ ? ask_() : std::vector<std::string>());
    if (ask_) asker_ = std::thread([this] { Watch(); });
  }
  ~Readiness() { Stop(); }

  std::vector<std::string> NotReady() const {
    std::lock_guard lock(mu_);
    return not_ready_;
  }

  // NOT_SERVING from now on.
  void Drain() {
    {
      std::lock_guard lock(mu_);
      draining_ = true;
    }
    Publish({});
  }

  void Stop() {
    {
      std::lock_guard lock(mu_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (asker_.joinable()) asker_.join();
  }

 private:
  void Watch() {
    std::unique_lock lock(mu_);
    const auto next = [this] {
      return std::chrono::system_clock::now() + (serving_ ? kReadinessEvery : kUnreadinessEvery);
    };
    while (!changed_.wait_until(lock, next(), [this] { return stopping_; })) {
      lock.unlock();
      Publish(ask_());
      lock.lock();
    }
  }

  void Publish(std::vector<std::string> not_ready) {
    std::lock_guard lock(mu_);
    if (draining_) not_ready.emplace_back("draining");
    not_ready_ = std::move(not_ready);
    const bool serving = not_ready_.empty();
    if (published_ && serving == serving_) return;
    if (published_) {
      log::Info(serving ? "ready" : "not ready", {{"reasons", absl::StrJoin(not_ready_, "; ")}});
    }
    published_ = true;
    serving_ = serving;
    health_->SetServingStatus(serving);  // every known service, and the server as a whole
    for (const std::string& service : services_) health_->SetServingStatus(service, serving);
  }

  const Ask ask_;
  grpc::HealthCheckServiceInterface* const health_;
  const std::vector<std::string> services_;
  mutable std::mutex mu_;
  std::condition_variable changed_;
  std::vector<std::string> not_ready_;
  bool published_ = false, serving_ = false;
  bool draining_ = false, stopping_ = false;
  std::thread asker_;
};

class RunningServer final : public Server {
 public:
  RunningServer(const ServerOptions& options, const ServerDependencies& dependencies,
                std::vector<Binding> bindings)
      : host_(options, dependencies) {
    for (Binding& binding : bindings) {
      services_.push_back(binding.service()->full_name());
      adapters_.push_back(std::make_unique<Adapter>(host_, std::move(binding)));
    }
  }

  ~RunningServer() override {
    if (server_ == nullptr) return;
    std::call_once(drained_, [this] { EndCalls(absl::ZeroDuration()); });
  }

  absl::Status Listen(std::shared_ptr<grpc::ServerCredentials> credentials) {
    const ServerOptions& options = host_.options;
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options.listen, std::move(credentials), &port_);
    builder.SetMaxReceiveMessageSize(options.max_message_bytes);
    builder.SetMaxSendMessageSize(options.max_message_bytes);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
    SetConnectionLife(options, &builder);
    builder.SetOption(std::make_unique<Reflection>(options.reflection));
    for (const auto& adapter : adapters_) builder.RegisterService(adapter.get());
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen));
    }
    CountFilling();
    readiness_ = std::make_unique<Readiness>(host_.dependencies.not_ready,
                                             server_->GetHealthCheckService(), services_);
    return absl::OkStatus();
  }

  int port() const override { return port_; }
  std::vector<std::string> NotReady() const override { return readiness_->NotReady(); }
  int InFlight() const override { return host_.pool.calls(); }
  int OpenStreams() const override { return host_.streams.count(); }
  void WakeProducers() override { host_.streams.WakeAll(); }

  void WaitForSignalAndDrain() override {
    const sigset_t signals = EndSignals();
    int signal = 0;
    sigwait(&signals, &signal);
    Drain();
  }

  void Drain() override {
    std::call_once(drained_, [this] {
      readiness_->Drain();
      // Clients and load balancers see NOT_SERVING and go elsewhere; calls are still served.
      absl::SleepFor(host_.options.drain_wait);
      EndCalls(host_.options.drain_limit);
    });
  }

 private:
  void CountFilling() {
    const auto gauge = [this](const char* name, const char* help, std::function<double()> read) {
      gauges_.push_back(
          metrics::AddCallback(metrics::CallbackKind::kGauge, name, help, {}, std::move(read)));
    };
    gauge("salesops_calls_in_flight", "Calls that a worker runs or that wait for one",
          [this] { return host_.pool.calls(); });
    gauge("salesops_calls_queued", "Calls and steps of streams that wait for a worker",
          [this] { return host_.pool.waiting(); });
    gauge("salesops_streams_open", "Open streams", [this] { return host_.streams.count(); });
  }

  void EndCalls(absl::Duration limit) {
    const absl::Time now = absl::Now();
    host_.streams.EndAll(now + limit * kCutAt);
    server_->Shutdown(absl::ToChronoTime(now + limit));
    readiness_->Stop();
    host_.pool.Stop();
  }

  Host host_;
  std::vector<std::string> services_;
  std::vector<std::unique_ptr<Adapter>> adapters_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Readiness> readiness_;
  std::once_flag drained_;
  std::vector<std::shared_ptr<metrics::Registration>> gauges_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const ServerDependencies& dependencies,
                                                      std::vector<Binding> bindings) {
  if (dependencies.clock == nullptr || dependencies.tokens == nullptr ||
      dependencies.access == nullptr) {
    return absl::InvalidArgumentError("a server needs a clock, a token verifier and access");
  }
  if (options.workers < 1 || options.queue < 0 || options.streams < 1) {
    return absl::InvalidArgumentError("a server needs workers of at least 1 and no negative queue");
  }
  RETURN_IF_ERROR(CheckBindings(bindings));
  TakeGrpcLog();
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials, ServerTls(options.tls));
  auto server = std::make_unique<RunningServer>(options, dependencies, std::move(bindings));
  RETURN_IF_ERROR(server->Listen(std::move(credentials)));
  return server;
}

void BlockSignals() {
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace salesops::rpc
