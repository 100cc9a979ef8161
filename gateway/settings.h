#pragma once

// What the gateway can be told.
//
// Thread-safety: a value.

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gateway/call_deadline.h"
#include "gateway/tls_files.h"
#include "shared/auth/token.h"
#include "shared/config/config.h"

namespace salesops::gateway {

struct Settings {
  config::HostPort http_listen{"0.0.0.0", 8443};
  config::HostPort grpc_listen{"0.0.0.0", 9443};
  config::HostPort admin_listen{"127.0.0.1", 9090};
  TlsFiles tls;
  std::string descriptors;
  std::map<std::string, config::HostPort> upstreams;
  auth::TokenOptions tokens;
  DeadlineLimits limits;
  std::vector<std::string> forward_headers;
  std::vector<std::string> return_headers;
  std::vector<std::string> cors_origins;
  int calls_per_second_per_caller = 0;  // 0 = no limit
  int calls_per_second = 0;
  bool docs = true;
  int max_body_bytes = 8 << 20;
  int max_connections = 10000;
  int threads = 2;
  int upstream_connections = 2;
  absl::Duration drain_wait = absl::Seconds(5);
  absl::Duration drain_limit = absl::Seconds(20);

  void Declare(config::Flags& flags);
};

}  // namespace salesops::gateway
