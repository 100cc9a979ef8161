#pragma once

// The gRPC port: a server around a GrpcProxy.
//
// Thread-safety: safe from any thread.

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
    absl::Duration max_connection_age = absl::Minutes(10);
  };

  // `edge` outlives the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Options& options,
                                                           const Edge& edge);
  virtual ~GrpcServer() = default;
  virtual int port() const = 0;
  // Tells watchers of its health that it is going.
  virtual void StopServing() = 0;
  // Takes no new calls, and ends those that run at the limit.
  virtual void Drain(absl::Duration limit) = 0;
};

}  // namespace salesops::gateway
