#pragma once

// What gRPC writes into HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md):
// messages behind five bytes of flag and length, a status as fields, a timeout as text.
//
//   MessageMeter meter(8 << 20);
//   if (!meter.Take(bytes)) …            // too large, or no message
//   StatusFields fields(status);         // what goes into the trailers
//
// Thread-safety: pure functions; a MessageMeter belongs to one thread.

#include <google/protobuf/message.h>

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/header_list.h"

namespace salesops::gateway {

// Follows messages through bytes that come in any pieces.
class MessageMeter {
 public:
  explicit MessageMeter(uint64_t largest) : largest_(largest) {}

  // False once a message is larger than allowed or has an unknown flag.
  bool Take(absl::string_view bytes);
  // Complete ones.
  int64_t messages() const { return messages_; }
  // Bytes of messages, without what stands before each.
  int64_t bytes() const { return bytes_; }
  // No message has begun and not ended.
  bool between_messages() const { return head_size_ == 0 && left_ == 0; }

 private:
  const uint64_t largest_;
  std::array<unsigned char, 5> head_{};
  size_t head_size_ = 0;
  uint64_t left_ = 0;
  int64_t messages_ = 0;
  int64_t bytes_ = 0;
};

// A message with its five bytes.
std::string FrameMessage(absl::string_view message);
void AppendFramed(const google::protobuf::Message& message, std::string& out);

// The status as trailers say it.
struct StatusFields {
  explicit StatusFields(const absl::Status& status);
  absl::string_view code;  // "0" to "16"
  std::string message;     // percent-encoded; empty = left out
  std::string details;     // base64; empty = left out
};

// The status that a service's last block of fields says; UNKNOWN if it says none.
absl::Status ReadStatus(const HeaderList& fields);

// What an answer that is not gRPC means, by its HTTP code.
absl::StatusCode CodeOfHttp(absl::string_view status);
// What the reset of a stream means, by its HTTP/2 code.
absl::StatusCode CodeOfReset(uint32_t code);

// A value of grpc-timeout.
std::string FormatGrpcTimeout(absl::Duration timeout);

// grpc-message: printable ASCII but '%' as it is, every other byte as %XX.
std::string PercentEncode(absl::string_view text);
std::string PercentDecode(absl::string_view text);

}  // namespace salesops::gateway
