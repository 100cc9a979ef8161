#pragma once

// Channels to the services behind the gateway, with the settings of grpc-c++ that were measured to
// matter: round_robin over everything the name resolves to, client-side health checks, resolution
// again within a second or two, retries of UNAVAILABLE for methods that only read.
//
//   ASSIGN_OR_RETURN(auto upstreams, Upstreams::Open({.targets = {{"pipeline", "pipeline:9000"}}},
//   catalog)); upstreams->Stub("pipeline")->UnaryCall(…);
//
// Thread-safety: safe from any thread.

#include <grpcpp/generic/generic_stub.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/descriptor_catalog.h"
#include "gateway/route_table.h"
#include "gateway/tls_files.h"

namespace salesops::gateway {

struct UpstreamOptions {
  std::map<std::string, std::string> targets;  // service -> host:port
  TlsFiles tls;      // no ca = plaintext; cert and key are shown to the services if given
  int channels = 2;  // HTTP/2 connections to each address
};

class Upstreams {
 public:
  // Methods that `routes` binds to GET are retried. INVALID_ARGUMENT if the files do not load.
  static absl::StatusOr<std::unique_ptr<Upstreams>> Open(const UpstreamOptions& options,
                                                         const RouteTable& routes);
  virtual ~Upstreams() = default;

  // A stub of that service, another connection in turn; nullptr if there is no such service.
  virtual grpc::GenericStub* Stub(absl::string_view service) = 0;

  // What it was opened with.
  virtual const UpstreamOptions& options() const = 0;

  // Every service, and whether it can be called: false if there is no live connection although one
  // was tried.
  virtual std::map<std::string, bool> Reachable() = 0;
};

// The service that keeps an operation: "operations/pipeline/7" -> "pipeline"; empty if the name is
// not one of an operation.
absl::string_view UpstreamOfOperation(absl::string_view name);

// INVALID_ARGUMENT: the request of an operation does not say which service has it.
absl::Status OperationUnknown();
absl::Status UpstreamUnknown();

// The stub that serves a call of `method`, passed on as bytes. An operation names its service, so
// that one request is read; it may be absent for the others.
absl::StatusOr<grpc::GenericStub*> StubFor(Upstreams& upstreams, const Method& method,
                                           const grpc::ByteBuffer* request);

// An error that the gateway's side of a connection made: what a caller may see, and `detail` for
// the log.
absl::Status StatusOfOurSide(absl::StatusCode code, absl::string_view detail);

// The status as a caller may see it. What our side of the channel says of itself (addresses, system
// errors) becomes a detail for the log.
absl::Status StatusForCaller(const grpc::Status& status, const grpc::ClientContext& context);

}  // namespace salesops::gateway
