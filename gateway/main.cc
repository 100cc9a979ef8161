// The gateway process: wiring only.
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gateway/contracts_watch.h"
#include "gateway/edge.h"
#include "gateway/event_loops.h"
#include "gateway/grpc_server.h"
#include "gateway/http_server.h"
#include "gateway/settings.h"
#include "gateway/transcoder.h"
#include "gateway/upstreams.h"
#include "shared/auth/token.h"
#include "shared/base/clock.h"
#include "shared/base/end_process.h"
#include "shared/config/config.h"
#include "shared/log/log.h"
#include "shared/metrics/admin_server.h"
#include "shared/metrics/metrics.h"
#include "shared/status/macros.h"

namespace {

using namespace salesops;  // NOLINT: wiring names every part

// After a rest, what two seconds allow may come at once.
gateway::RateLimit::Options Limit(int per_second) {
  return {.per_second = static_cast<double>(per_second), .burst = 2 * per_second};
}

// Each connection is a handle, and Debian allows 1,024 of them unless asked for more.
void AllowManyConnections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

absl::Status Serve(const gateway::Settings& settings) {
  AllowManyConnections();
  gateway::ContractsWatch contracts(settings.descriptors);
  RETURN_IF_ERROR(contracts.Load());
  auth::TokenOptions token_options = settings.tokens;
  token_options.on_key_error = [](const std::string& problem) {
    log::Warning("token key not usable", {{"problem", problem}});
  };
  ASSIGN_OR_RETURN(auto tokens, auth::TokenVerifier::Create(token_options));
  gateway::EventLoops loops(settings.threads);
  gateway::UpstreamOptions upstream_options{
      .targets = {}, .tls = settings.tls, .connections = settings.upstream_connections};
  for (const auto& [name, at] : settings.upstreams) {
    upstream_options.targets[name] = at.ToString();
  }
  ASSIGN_OR_RETURN(auto upstreams, gateway::Upstreams::Open(upstream_options, loops));

  gateway::Edge edge;
  edge.clock = &base::SystemClock();
  edge.tokens = tokens.get();
  edge.contracts = &contracts.store();
  edge.upstreams = upstreams.get();
  edge.limits = settings.limits;
  edge.docs = settings.docs;
  for (const std::string& name : settings.forward_headers) edge.Forward(name);
  for (const std::string& name : settings.return_headers) edge.Return(name);
  edge.cors = gateway::Cors(settings.cors_origins, settings.forward_headers);
  edge.max_body_bytes = settings.max_body_bytes;
  gateway::RateLimit calls_per_caller(Limit(settings.calls_per_second_per_caller));
  gateway::RateLimit calls(Limit(settings.calls_per_second));
  edge.calls_per_caller = &calls_per_caller;
  edge.calls = &calls;
  gateway::Transcoder transcoder(edge);

  ASSIGN_OR_RETURN(auto grpc,
                   gateway::GrpcServer::Start({.listen = settings.grpc_listen.ToString(),
                                               .tls = settings.tls,
                                               .max_message_bytes = settings.max_body_bytes,
                                               .max_connections = settings.max_connections},
                                              edge));
  gateway::HttpServer::Options http_options;
  http_options.host = settings.http_listen.host;
  http_options.port = settings.http_listen.port;
  http_options.tls = settings.tls;
  http_options.max_body_bytes = settings.max_body_bytes;
  http_options.max_connections = settings.max_connections;
  http_options.refusal = gateway::Transcoder::Refusal;
  ASSIGN_OR_RETURN(auto http, gateway::HttpServer::Start(http_options, loops, [&](auto exchange) {
                     transcoder.Handle(std::move(exchange));
                   }));
  std::atomic<bool> draining{false};
  ASSIGN_OR_RETURN(auto admin, metrics::AdminServer::Start({.host = settings.admin_listen.host,
                                                            .port = settings.admin_listen.port},
                                                           [&]() -> std::vector<std::string> {
                                                             if (draining) return {"draining"};
                                                             return {};
                                                           }));
  const auto connections = metrics::AddCallback(
      metrics::CallbackKind::kGauge, "salesops_gateway_http_connections", "Open HTTP connections",
      {}, [&http] { return http->open_connections(); });
  const auto grpc_connections = metrics::AddCallback(
      metrics::CallbackKind::kGauge, "salesops_gateway_grpc_connections", "Open gRPC connections",
      {}, [&grpc] { return grpc->open_connections(); });
  log::Info(
      "serving",
      {{"http_port", http->port()}, {"grpc_port", grpc->port()}, {"admin_port", admin->port()}});

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const timespec look_again{2, 0};
  while (sigtimedwait(&signals, nullptr, &look_again) < 0) contracts.Refresh();

  log::Info("draining");
  draining = true;
  transcoder.SetServing(false);
  grpc->StopServing();
  http->AnnounceDrain();
  std::this_thread::sleep_for(absl::ToChronoMilliseconds(settings.drain_wait));
  std::thread http_drain([&] { http->Drain(settings.drain_limit); });
  grpc->Drain(settings.drain_limit);
  http_drain.join();
  return absl::OkStatus();
}

int Run(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);  // every thread inherits it; only Serve waits
  // Debian builds Abseil without NDEBUG, which looks for lock cycles at every lock of gRPC.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gateway::Settings settings;
  config::Flags flags("gateway", "HTTP/JSON and gRPC at the edge of the suite.");
  settings.Declare(flags);
  if (std::optional<int> exit_code = flags.ParseForMain(argc, argv)) return *exit_code;
  log::Start({});
  const absl::Status ended = Serve(settings);
  log::Stop();
  if (ended.ok()) return 0;
  std::fprintf(stderr, "gateway: %s\n", std::string(ended.message()).c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) { base::EndProcess(Run(argc, argv)); }
