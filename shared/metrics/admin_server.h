#pragma once

// The port for machines that watch the process: plain HTTP, GET and HEAD only.
//
//   /metrics  200, Prometheus text; with what process_metrics.h lists
//   /livez    200 "ok" while the process runs
//   /readyz   200 {"ready":true} or 503 {"ready":false,"reasons":["database unreachable"]}
//
//   ASSIGN_OR_RETURN(auto admin, metrics::AdminServer::Start({.host = "0.0.0.0", .port = 9090},
//       [&] { return NotReady(); }));
//
// It has no secrets to give and asks for none; still, bind it to an address that only the cluster
// reaches. One thread serves one request at a time and closes the connection after each; a peer
// gets 2 s to send its request and to take the answer, so none can hold the port.
//
// Thread-safety: safe from any thread; `not_ready` is called on the server's thread.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace salesops::metrics {

class AdminServer {
 public:
  struct Options {
    std::string host = "127.0.0.1";              // an IP address or a name
    int port = 0;                                // 0 picks one; see port()
    absl::Duration patience = absl::Seconds(2);  // for a peer to send and to receive
  };
  // The reasons not to send work here; empty = ready. Must be quick and must not throw.
  using NotReady = std::function<std::vector<std::string>()>;

  // UNAVAILABLE if the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(const Options& options,
                                                            NotReady not_ready);
  virtual ~AdminServer() = default;
  virtual int port() const = 0;
};

}  // namespace salesops::metrics
