#include "gateway/byte_buffer.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

#include <string>

namespace salesops::gateway {

bool ParseMessage(const grpc::ByteBuffer& buffer, google::protobuf::Message& message) {
  grpc::ByteBuffer bytes(buffer);  // shares the slices; the reader wants one it may change
  if (!bytes.Valid()) return false;
  grpc::ProtoBufferReader reader(&bytes);
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message) {
  const size_t size = message.ByteSizeLong();
  grpc::Slice slice(size);
  auto* data = const_cast<uint8_t*>(slice.begin());
  message.SerializeWithCachedSizesToArray(data);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace salesops::gateway
