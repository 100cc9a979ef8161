#pragma once

// A client that sends exactly the metadata and bytes it is told to, on one connection of its own.
// Only for tests of shared/rpc.
//
// Thread-safety: safe from any thread.

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/rpc_method.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/sync_stream.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace salesops::rpc {

class RawClient {
 public:
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  explicit RawClient(const std::string& target) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), own);
  }

  grpc::Status CallBytes(const std::string& method, const std::string& bytes, std::string* answer,
                         const Metadata& metadata) {
    grpc::ClientContext context;
    Prepare(&context, metadata);
    const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    grpc::ByteBuffer out;
    grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer,
                                                            grpc::ByteBuffer, grpc::ByteBuffer>(
        channel_.get(), rpc, &context, Buffer(bytes), &out);
    if (status.ok() && answer != nullptr) *answer = Text(out);
    return status;
  }

  grpc::Status Call(const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response, const Metadata& metadata) {
    std::string answer;
    grpc::Status status = CallBytes(method, request.SerializeAsString(), &answer, metadata);
    if (status.ok()) response->ParseFromString(answer);
    return status;
  }

  // "SERVING", "NOT_SERVING" or "NOT_FOUND", from grpc.health.v1: HealthCheckRequest has the name
  // as field 1, the answer its status as field 1.
  std::string Health(const std::string& service) {
    std::string request;
    if (!service.empty()) {
      request = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
    }
    std::string answer;
    grpc::Status status = CallBytes("/grpc.health.v1.Health/Check", request, &answer, {});
    if (!status.ok()) {
      return status.error_code() == grpc::StatusCode::NOT_FOUND ? "NOT_FOUND"
                                                                : status.error_message();
    }
    if (answer == "\x08\x01") return "SERVING";
    return answer == "\x08\x02" ? "NOT_SERVING" : "UNKNOWN";
  }

  // The raw answer to "list services" of grpc.reflection.v1alpha, or "UNIMPLEMENTED".
  std::string Reflect() {
    grpc::ClientContext context;
    Prepare(&context, {});
    const grpc::internal::RpcMethod rpc(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        grpc::internal::RpcMethod::BIDI_STREAMING);
    std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream(
        grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
            channel_.get(), rpc, &context));
    stream->Write(Buffer(std::string("\x3a\x01*", 3)));  // list_services = 7
    grpc::ByteBuffer answer;
    const bool read = stream->Read(&answer);
    stream->WritesDone();
    grpc::Status status = stream->Finish();
    if (read) return Text(answer);
    return status.error_code() == grpc::StatusCode::UNIMPLEMENTED ? "UNIMPLEMENTED"
                                                                  : status.error_message();
  }

 private:
  static void Prepare(grpc::ClientContext* context, const Metadata& metadata) {
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    context->set_wait_for_ready(true);
    for (const auto& [name, value] : metadata) context->AddMetadata(name, value);
  }
  static grpc::ByteBuffer Buffer(const std::string& bytes) {
    grpc::Slice slice(bytes);
    return grpc::ByteBuffer(&slice, 1);
  }
  static std::string Text(const grpc::ByteBuffer& buffer) {
    std::vector<grpc::Slice> slices;
    buffer.Dump(&slices);
    std::string text;
    for (const grpc::Slice& slice : slices) {
      text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return text;
  }

  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace salesops::rpc
