#include "gateway/call_metadata.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace salesops::gateway {

bool IsLegalMetadata(absl::string_view key, absl::string_view value) {
  if (key.empty()) return false;
  for (char c : key) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-' && c != '_' && c != '.') {
      return false;
    }
  }
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

bool IsOfThisHop(absl::string_view key) {
  if (absl::StartsWith(key, "grpc-")) return true;
  for (absl::string_view name :
       {"user-agent", "content-type", "te", "host", "content-length", "connection",
        "transfer-encoding", "accept-encoding", "x-request-id", "traceparent"}) {
    if (key == name) return true;
  }
  return false;
}

}  // namespace salesops::gateway
