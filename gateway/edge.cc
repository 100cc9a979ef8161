#include "gateway/edge.h"

#include "absl/strings/ascii.h"
#include "gateway/bearer_token.h"

namespace salesops::gateway {

absl::StatusOr<auth::Principal> Edge::Admit(
    const Method& method, const std::vector<absl::string_view>& authorization) const {
  if (method.unauthenticated) return auth::Principal();
  return CheckCaller(*tokens, authorization, clock->Now());
}

void Edge::Forward(absl::string_view header) {
  forwarded_headers.push_back(absl::AsciiStrToLower(header));
}

}  // namespace salesops::gateway
