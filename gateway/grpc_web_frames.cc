#include "gateway/grpc_web_frames.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "gateway/grpc_wire.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

constexpr size_t kHeadBytes = 5;
constexpr uint8_t kCompressed = 0x01;
constexpr char kTrailers = '\x80';

absl::Status Malformed(absl::string_view what) {
  return status::Make(absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME", what);
}

size_t LengthIn(absl::string_view head) {
  size_t length = 0;
  for (char c : head.substr(1)) length = length << 8 | static_cast<uint8_t>(c);
  return length;
}

// Room for a length that is written once it is known.
size_t BeginFrame(char flags, std::string& out) {
  out.push_back(flags);
  out.append(kHeadBytes - 1, '\0');
  return out.size();
}

void EndFrame(size_t begin, std::string& out) {
  const auto length = static_cast<uint32_t>(out.size() - begin);
  for (size_t i = 0; i < 4; ++i) {
    out[begin - 4 + i] = static_cast<char>(length >> (8 * (3 - i)));
  }
}

}  // namespace

absl::StatusOr<std::vector<absl::string_view>> ReadGrpcWebMessages(absl::string_view body) {
  std::vector<absl::string_view> messages;
  while (!body.empty()) {
    if (body.size() < kHeadBytes) return Malformed("the body ends inside the head of a frame");
    const auto flags = static_cast<uint8_t>(body[0]);
    if (flags == kCompressed) {
      return status::Make(absl::StatusCode::kUnimplemented, "GRPC_WEB_COMPRESSED",
                          "messages are taken uncompressed only");
    }
    if (flags != 0) return Malformed("the body holds a frame that is not a message");
    const size_t length = LengthIn(body.substr(0, kHeadBytes));
    body.remove_prefix(kHeadBytes);
    if (length > body.size()) return Malformed("a frame is longer than the body");
    messages.push_back(body.substr(0, length));
    body.remove_prefix(length);
  }
  return messages;
}

void AppendGrpcWebMessage(absl::string_view message, std::string& out) {
  out.reserve(out.size() + kHeadBytes + message.size());
  const size_t begin = BeginFrame('\0', out);
  out.append(message.data(), message.size());
  EndFrame(begin, out);
}

void AppendGrpcWebTrailers(const absl::Status& status, const GrpcWebMetadata& metadata,
                           std::string& out) {
  const StatusFields said(status);
  const size_t begin = BeginFrame(kTrailers, out);
  absl::StrAppend(&out, "grpc-status: ", said.code, "\r\n");
  if (!said.message.empty()) absl::StrAppend(&out, "grpc-message: ", said.message, "\r\n");
  if (!said.details.empty()) {
    absl::StrAppend(&out, "grpc-status-details-bin: ", said.details, "\r\n");
  }
  for (const auto& [name, value] : metadata) absl::StrAppend(&out, name, ": ", value, "\r\n");
  EndFrame(begin, out);
}

}  // namespace salesops::gateway
