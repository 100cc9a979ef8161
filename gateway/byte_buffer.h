#pragma once

// protobuf messages in and out of gRPC's byte buffers.
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

namespace salesops::gateway {

// False if the bytes are not such a message.
bool ParseMessage(const grpc::ByteBuffer& buffer, google::protobuf::Message& message);
grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message);

}  // namespace salesops::gateway
