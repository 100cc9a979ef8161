#pragma once

// The framing of gRPC-Web: a flag byte, four bytes of length in network order, and that many bytes,
// repeated. Flag 0 is a message; 0x80 marks the trailers, written like a block of HTTP/1 header
// lines with lower-case names, which end an answer; bit 0 says that the frame is compressed, which
// is not served.
//
//   ASSIGN_OR_RETURN(std::vector<absl::string_view> messages, ReadGrpcWebMessages(body));
//   AppendGrpcWebMessage(bytes, answer);
//   AppendGrpcWebTrailers(status, {{"x-cost", "3"}}, answer);
//
// Thread-safety: pure functions.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

// The messages of a request body, which they point into. INVALID_ARGUMENT if the body is not a row
// of whole frames or holds one that is not a message; UNIMPLEMENTED if one is compressed.
absl::StatusOr<std::vector<absl::string_view>> ReadGrpcWebMessages(absl::string_view body);

void AppendGrpcWebMessage(absl::string_view message, std::string& out);

using GrpcWebMetadata = std::vector<std::pair<std::string, std::string>>;

// `metadata` holds names and values that IsLegalMetadata allows.
void AppendGrpcWebTrailers(const absl::Status& status, const GrpcWebMetadata& metadata,
                           std::string& out);

}  // namespace salesops::gateway
