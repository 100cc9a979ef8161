#include "gateway/edge.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "gateway/bearer_token.h"
#include "gateway/call_metadata.h"

namespace salesops::gateway {

absl::StatusOr<auth::Principal> Edge::Admit(
    const Method& method, const std::vector<absl::string_view>& authorization) const {
  if (method.unauthenticated) return auth::Principal();
  return CheckCaller(*tokens, authorization, clock->Now());
}

void Edge::Forward(absl::string_view header) {
  const std::string name = absl::AsciiStrToLower(header);
  // The value of a "-bin" header is base64 in HTTP and bytes in gRPC: not the same text.
  if (IsOfThisHop(name) || absl::EndsWith(name, "-bin") || !IsLegalMetadata(name, "")) return;
  forwarded_headers.push_back(name);
}

}  // namespace salesops::gateway
