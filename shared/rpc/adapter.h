#pragma once

// The grpc::Service of one Binding: the only place where gRPC hands a call to us. Internal to
// shared/rpc.
//
// Thread-safety: built in one thread before the server starts; gRPC calls it from many.

#include <grpcpp/impl/codegen/service_type.h>

#include <deque>
#include <memory>
#include <string>

#include "shared/rpc/binding.h"
#include "shared/rpc/call.h"

namespace salesops::rpc {

class Adapter final : public grpc::Service {
 public:
  Adapter(Host& host, Binding binding);

 private:
  Host& host_;
  const Binding binding_;
  std::deque<ServedMethod> methods_;  // stable: calls refer to them
};

// One call of each kind; gRPC owns what they return until it is done.
grpc::ServerUnaryReactor* BeginUnary(Host& host, const ServedMethod& served,
                                     grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response);
grpc::ServerWriteReactor<grpc::ByteBuffer>* BeginServerStream(Host& host,
                                                              const ServedMethod& served,
                                                              grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request);
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* BeginExchange(
    Host& host, const ServedMethod& served, grpc::CallbackServerContext* context);

}  // namespace salesops::rpc
