#pragma once

// The gRPC door: every method of the contracts is passed to its service as bytes, with metadata,
// status, details and trailers both ways, for all four kinds of call. Health and reflection are
// answered here. HTTP/2 is nghttp2's.
//
//   ASSIGN_OR_RETURN(auto server, GrpcServer::Start({.listen = "0.0.0.0:9443", .tls = tls}, edge));
//   …  server->StopServing(); … server->Drain(absl::Seconds(20));
//
// Thread-safety: safe from any thread but the loops'.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/edge.h"
#include "gateway/tls_files.h"

namespace salesops::gateway {

class GrpcServer {
 public:
  struct Options {
    std::string listen;  // "127.0.0.1:0" picks a port; see port()
    TlsFiles tls;        // no cert = plaintext
    int max_message_bytes = 8 << 20;
    int max_metadata_bytes = 16 << 10;
    int max_connections = 10000;
    // Afterwards a connection takes no new calls; those that run are cut after as long again.
    absl::Duration max_connection_age = absl::Minutes(10);
    absl::Duration max_connection_idle = absl::Minutes(5);
    absl::Duration tls_refresh = absl::Seconds(5);
  };

  // Runs on the loops of `edge.upstreams`; `edge` outlives the server. INVALID_ARGUMENT if the
  // certificate does not load or the address cannot be read, UNAVAILABLE if `listen` is taken.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Options& options,
                                                           const Edge& edge);
  virtual ~GrpcServer() = default;
  virtual int port() const = 0;
  virtual int open_connections() const = 0;
  // Tells watchers of its health that it is going.
  virtual void StopServing() = 0;
  // Takes no new calls, and cuts those that still run at the limit.
  virtual void Drain(absl::Duration limit) = 0;
};

}  // namespace salesops::gateway
