#pragma once

// What a token says about itself, for showing to its owner: who and until when. Nothing is verified
// here; that is the server's work.
//
// Thread-safety: pure functions.

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace salesops::ctl {

struct TokenClaims {
  std::string subject;
  std::optional<absl::Time> expires;
};

// nullopt if it is not a JSON Web Token (RFC 7519).
std::optional<TokenClaims> ClaimsOf(const std::string& token);

// "expires in 2 h 10 min", "expired 3 min ago", or "" if the token does not say.
std::string ExpiryText(const std::string& token, absl::Time now);
bool HasExpired(const std::string& token, absl::Time now);

// Its text is that of a token: no white space, no control characters, not empty.
bool LooksLikeToken(const std::string& token);

// "40 s", "5 min", "2 h 10 min", "3 days"
std::string SpanText(absl::Duration span);

}  // namespace salesops::ctl
