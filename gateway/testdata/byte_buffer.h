#pragma once

// protobuf messages in and out of gRPC's byte buffers.
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

namespace salesops::gateway {

// False if the bytes are not such a message.
inline bool ParseMessage(const grpc::ByteBuffer& buffer, google::protobuf::Message& message) {
  grpc::ByteBuffer bytes(buffer);  // shares the slices; the reader wants one it may change
  if (!bytes.Valid()) return false;
  grpc::ProtoBufferReader reader(&bytes);
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

inline grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace salesops::gateway
