// Any bytes as a gRPC-Web body. Nothing may crash, and what is accepted is written again byte by
// byte.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/grpc_web_frames.h"

namespace gateway = salesops::gateway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view body(reinterpret_cast<const char*>(data), size);
  const auto messages = gateway::ReadGrpcWebMessages(body);
  if (!messages.ok()) return 0;
  std::string again;
  for (absl::string_view message : *messages) {
    gateway::AppendGrpcWebMessage(message, again);
  }
  if (again != body) std::abort();
  return 0;
}
