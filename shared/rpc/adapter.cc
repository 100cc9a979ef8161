#include "shared/rpc/adapter.h"

#include <grpcpp/impl/codegen/rpc_service_method.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>

#include "absl/strings/str_cat.h"

namespace salesops::rpc {
namespace {

using grpc::ByteBuffer;
using grpc::CallbackServerContext;

grpc::internal::RpcMethod::RpcType TypeOf(Kind kind) {
  switch (kind) {
    case Kind::kUnary:
      return grpc::internal::RpcMethod::NORMAL_RPC;
    case Kind::kServerStream:
      return grpc::internal::RpcMethod::SERVER_STREAMING;
    case Kind::kExchange:
      break;
  }
  return grpc::internal::RpcMethod::BIDI_STREAMING;
}

// gRPC deletes it with the service.
grpc::internal::MethodHandler* NewHandler(Host& host, const ServedMethod& served) {
  switch (served.bound.kind) {
    case Kind::kUnary:
      return new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
          [&](CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out) {
            return BeginUnary(host, served, context, in, out);
          });
    case Kind::kServerStream:
      return new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
          [&](CallbackServerContext* context, const ByteBuffer* in) {
            return BeginServerStream(host, served, context, in);
          });
    case Kind::kExchange:
      break;
  }
  return new grpc::internal::CallbackBidiHandler<ByteBuffer, ByteBuffer>(
      [&](CallbackServerContext* context) { return BeginExchange(host, served, context); });
}

}  // namespace

// Registered by name, so that the server reflects the service; bytes instead of types, so that no
// generated stub is needed and messages are parsed on a worker.
Adapter::Adapter(Host& host, Binding binding) : host_(host), binding_(std::move(binding)) {
  int index = 0;
  for (const auto& bound : binding_.methods()) {
    const ServedMethod& served = methods_.emplace_back(*bound);
    AddMethod(
        new grpc::internal::RpcServiceMethod(served.path.c_str(), TypeOf(bound->kind), nullptr));
    MarkMethodRawCallback(index++, NewHandler(host_, served));
  }
}

}  // namespace salesops::rpc
