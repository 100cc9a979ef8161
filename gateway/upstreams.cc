#include "gateway/upstreams.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <atomic>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/byte_buffer.h"
#include "gateway/grpc_credentials.h"
#include "shared/status/grpc_status.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

std::string ServiceConfig(const std::string& service, const RouteTable& routes) {
  std::set<std::string> names;
  for (const Route& route : routes.routes()) {
    const Method& method = *route.method;
    if (route.http_method != "GET" || method.upstream != service || !method.unary()) continue;
    names.insert(absl::StrCat("{\"service\":\"", method.descriptor->service()->full_name(),
                              "\",\"method\":\"", method.descriptor->name(), "\"}"));
  }
  std::string config =
      "{\"loadBalancingConfig\":[{\"round_robin\":{}}],\"healthCheckConfig\":{\"serviceName\":"
      "\"\"}";
  if (!names.empty()) {
    config += ",\"methodConfig\":[{\"name\":[";
    bool first = true;
    for (const std::string& name : names) {
      if (!std::exchange(first, false)) config += ',';
      config += name;
    }
    config +=
        "],\"retryPolicy\":{\"maxAttempts\":3,\"initialBackoff\":\"0.05s\",\"maxBackoff\":\"0.5s\","
        "\"backoffMultiplier\":2,\"retryableStatusCodes\":[\"UNAVAILABLE\"]}}]";
  }
  return config + "}";
}

// One service: several channels that do not share connections.
class Upstream {
 public:
  Upstream(const std::string& target, const std::string& config,
           const std::shared_ptr<grpc::ChannelCredentials>& credentials, int channels) {
    const bool whole = absl::StrContains(target, ":///") || absl::StartsWith(target, "ipv4:");
    const std::string name = whole ? target : "dns:///" + target;
    for (int i = 0; i < std::max(1, channels); ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetServiceConfigJSON(config);
      arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1000);
      arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);  // how long a connect may take
      arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
      arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
      arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
      arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
      arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
      // A stream whose reader is slow holds a window of 64 KiB, which gRPC would widen to
      // megabytes.
      arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
      arguments.SetMaxReceiveMessageSize(64 << 20);
      arguments.SetMaxSendMessageSize(-1);
      channels_.push_back(grpc::CreateCustomChannel(name, credentials, arguments));
      stubs_.push_back(std::make_unique<grpc::GenericStub>(channels_.back()));
      channels_.back()->GetState(/*try_to_connect=*/true);
    }
  }

  // Each channel connects again in its own time after replicas restarted: one that has nobody to
  // call is passed over while another has.
  grpc::GenericStub* Next() {
    const size_t first = next_.fetch_add(1, std::memory_order_relaxed);
    for (size_t i = first; i < first + channels_.size(); ++i) {
      if (StateOf(i) != GRPC_CHANNEL_TRANSIENT_FAILURE) return stubs_[i % stubs_.size()].get();
    }
    return stubs_[first % stubs_.size()].get();
  }

  bool Reachable() const {
    for (size_t i = 0; i < channels_.size(); ++i) {
      if (StateOf(i) != GRPC_CHANNEL_TRANSIENT_FAILURE) return true;
    }
    return false;
  }

 private:
  grpc_connectivity_state StateOf(size_t i) const {
    return channels_[i % channels_.size()]->GetState(/*try_to_connect=*/true);
  }

  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::atomic<size_t> next_{0};
};

class OpenUpstreams final : public Upstreams {
 public:
  explicit OpenUpstreams(const UpstreamOptions& options) : options_(options) {}

  void Add(const std::string& service, std::unique_ptr<Upstream> upstream) {
    by_service_[service] = std::move(upstream);
  }

  grpc::GenericStub* Stub(absl::string_view service) override {
    const auto found = by_service_.find(service);
    return found == by_service_.end() ? nullptr : found->second->Next();
  }

  const UpstreamOptions& options() const override { return options_; }

  std::map<std::string, bool> Reachable() override {
    std::map<std::string, bool> all;
    for (const auto& [service, upstream] : by_service_) all[service] = upstream->Reachable();
    return all;
  }

 private:
  const UpstreamOptions options_;
  absl::flat_hash_map<std::string, std::unique_ptr<Upstream>> by_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Upstreams>> Upstreams::Open(const UpstreamOptions& options,
                                                           const RouteTable& routes) {
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::ChannelCredentials> credentials,
                   ClientCredentials(options.tls));
  auto upstreams = std::make_unique<OpenUpstreams>(options);
  for (const auto& [service, target] : options.targets) {
    upstreams->Add(service, std::make_unique<Upstream>(target, ServiceConfig(service, routes),
                                                       credentials, options.channels));
  }
  return upstreams;
}

absl::string_view UpstreamOfOperation(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "operations/")) return {};
  return name.substr(0, name.find('/'));
}

absl::StatusOr<grpc::GenericStub*> StubFor(Upstreams& upstreams, const Method& method,
                                           const grpc::ByteBuffer* request) {
  std::string name = method.upstream;
  if (name.empty() && request != nullptr) {
    std::unique_ptr<google::protobuf::Message> message(method.request->New());
    const auto* field = message->GetDescriptor()->FindFieldByName("name");
    if (field != nullptr && ParseMessage(*request, *message)) {
      name = std::string(UpstreamOfOperation(message->GetReflection()->GetString(*message, field)));
    }
    if (name.empty()) return OperationUnknown();
  }
  if (grpc::GenericStub* stub = upstreams.Stub(name)) return stub;
  return UpstreamUnknown();
}

absl::Status OperationUnknown() {
  return status::InvalidField("name", "INVALID_NAME", "must be operations/<service>/<id>");
}

absl::Status UpstreamUnknown() {
  return status::Unavailable("UPSTREAM_UNKNOWN", "the service is not configured here",
                             absl::Seconds(30));
}

absl::Status StatusOfOurSide(absl::StatusCode code, absl::string_view detail) {
  absl::Status shown;
  switch (code) {
    case absl::StatusCode::kUnavailable:
      shown = status::Unavailable("UPSTREAM_UNAVAILABLE",
                                  "the service cannot be reached; try again", absl::Seconds(1));
      break;
    case absl::StatusCode::kDeadlineExceeded:
      shown = status::Make(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                           "the call took longer than its deadline allows");
      break;
    case absl::StatusCode::kCancelled:
      shown = status::Make(absl::StatusCode::kCancelled, "CANCELLED", "the caller has gone");
      break;
    case absl::StatusCode::kResourceExhausted:
      shown = status::Make(absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE",
                           "a message is larger than the gateway carries");
      break;
    default:
      shown = status::Internal("");
  }
  return status::WithLogDetail(std::move(shown), detail);
}

absl::Status StatusForCaller(const grpc::Status& status, const grpc::ClientContext& context) {
  if (status.ok()) return absl::OkStatus();
  const bool from_service = !status.error_details().empty() ||
                            absl::StrContains(context.debug_error_string(), "received from peer");
  if (from_service) return status::FromGrpc(status);
  return StatusOfOurSide(static_cast<absl::StatusCode>(status.error_code()),
                         absl::StrCat(status.error_message(), " ", context.debug_error_string()));
}

}  // namespace salesops::gateway
