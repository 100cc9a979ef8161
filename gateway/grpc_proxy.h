#pragma once

// The gRPC door: every method of the contracts is passed to its service as bytes, nothing parsed,
// with metadata, status, details and trailers both ways, for all four kinds of call. Health and
// reflection are answered here.
//
//   GrpcProxy proxy(edge, health);
//   builder.RegisterCallbackGenericService(&proxy);
//
// Thread-safety: used by gRPC from many threads.

#include <grpcpp/generic/async_generic_service.h>

#include "gateway/edge.h"
#include "gateway/health.h"

namespace salesops::gateway {

class GrpcProxy final : public grpc::CallbackGenericService {
 public:
  GrpcProxy(const Edge& edge, Health& health) : edge_(edge), health_(health) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  const Edge& edge_;
  Health& health_;
};

}  // namespace salesops::gateway
