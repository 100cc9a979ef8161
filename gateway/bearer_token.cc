#include "gateway/bearer_token.h"

#include "absl/strings/match.h"
#include "shared/status/status.h"

namespace salesops::gateway {

absl::StatusOr<auth::Principal> CheckCaller(auth::TokenVerifier& verifier,
                                            const std::vector<absl::string_view>& authorization,
                                            absl::Time now) {
  constexpr absl::string_view kScheme = "bearer ";
  if (authorization.empty()) {
    return status::Unauthenticated("TOKEN_MISSING", "send a token as `authorization: Bearer …`");
  }
  if (authorization.size() > 1) {
    return status::Unauthenticated("TOKEN_DOUBLED", "send one authorization header only");
  }
  absl::string_view value = authorization.front();
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return status::Unauthenticated("TOKEN_SCHEME", "send a token as `authorization: Bearer …`");
  }
  value.remove_prefix(kScheme.size());
  return verifier.Verify(value, now);
}

}  // namespace salesops::gateway
