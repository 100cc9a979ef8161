#include "gateway/settings.h"

#include <optional>

namespace salesops::gateway {

void Settings::Declare(config::Flags& flags) {
  flags.Address("http_listen", &http_listen, "address of HTTP/JSON");
  flags.Address("grpc_listen", &grpc_listen, "address of gRPC");
  flags.Address("admin_listen", &admin_listen, "address of /metrics, /livez and /readyz");
  flags.AddressMap("upstream", &upstreams, "a service and where it is").Required();
  flags.ExistingPath("descriptors", &descriptors, "folder of <service>.binpb files").Required();
  flags.ExistingPath("tls_cert", &tls.cert, "certificate shown to callers and to the services");
  flags.ExistingPath("tls_key", &tls.key, "its key");
  flags.ExistingPath("tls_ca", &tls.ca, "roots of the services' certificates; absent: plaintext");
  flags.ExistingPath("token_keys", &tokens.keys, "folder of PEM keys, or a JWKS file").Required();
  flags.String("token_issuer", &tokens.issuer, "who must have issued a token").Required();
  flags.String("token_audience", &tokens.audience, "whom a token must be for").Required();
  flags.List("forward_header", &forward_headers, "further HTTP headers that services may see");
  flags.List("return_header", &return_headers, "further metadata of services that callers may see");
  flags.List("cors_origin", &cors_origins,
             "origins whose pages may call, such as https://crm.example.com; * = any");
  flags.Int("calls_per_second_per_caller", &calls_per_second_per_caller,
            "calls of one principal; twice as many at once after a rest; 0 = no limit",
            {0, 10'000'000});
  flags.Int("calls_per_second", &calls_per_second, "the same for all callers together",
            {0, 10'000'000});
  flags.Bool("docs", &docs, "serve /openapi.json and /docs, which need no token");
  flags.Int("max_body_bytes", &max_body_bytes, "largest body or message", {1024, 1 << 30});
  flags.Int("max_connections", &max_connections, "most HTTP, and most gRPC connections",
            {1, 1'000'000});
  flags.Int("threads", &threads, "threads that serve callers, best one per core", {1, 64});
  flags.Int("upstream_connections", &upstream_connections,
            "connections to each replica, at least one per thread", {1, 16});
  flags.Duration("default_timeout", &limits.default_timeout, "of calls that name none", {});
  flags.Duration("max_timeout", &limits.max_timeout, "longest that a call may ask for", {});
  flags.Duration("stream_timeout", &limits.stream_timeout, "longest life of a stream", {});
  flags.Duration("drain_wait", &drain_wait, "between NOT_SERVING and refusing calls", {});
  flags.Duration("drain_limit", &drain_limit, "for calls that run when the drain begins", {});
  flags.Check([this]() -> std::optional<std::string> {
    if (tls.cert.empty() == tls.key.empty()) return std::nullopt;
    return "--tls_cert and --tls_key go together";
  });
}

}  // namespace salesops::gateway
