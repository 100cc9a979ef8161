#pragma once

// The one check of a caller at the edge: exactly one `authorization: Bearer …`, and a token that
// the verifier accepts (which remembers verified tokens for up to 60 s). Services check again.
//
//   ASSIGN_OR_RETURN(auth::Principal who, CheckCaller(verifier, {authorization}, clock.Now()));
//
// Thread-safety: safe from any thread, as the verifier is.

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/auth/principal.h"
#include "shared/auth/token.h"

namespace salesops::gateway {

// UNAUTHENTICATED with the reason: TOKEN_MISSING, TOKEN_DOUBLED, TOKEN_SCHEME, or the verifier's.
absl::StatusOr<auth::Principal> CheckCaller(auth::TokenVerifier& verifier,
                                            const std::vector<absl::string_view>& authorization,
                                            absl::Time now);

}  // namespace salesops::gateway
