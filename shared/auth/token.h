#pragma once

// Verifies bearer tokens: JWT (RFC 7519) signed with RS256 or ES256.
//
//   ASSIGN_OR_RETURN(auto verifier, TokenVerifier::Create(options));
//   absl::StatusOr<Principal> who = verifier->Verify(token, clock.Now());
//
// Refused, each with its own reason: `none` and HMAC algorithms, an algorithm that is not its
// key's, an unknown or missing kid, a doubled header field, another issuer or audience, an expired
// or not yet valid token, a malformed one. Keys come from a folder of PEM public keys (kid = file
// stem) or a JWKS file; both are read again when they change, without a restart. A file that cannot
// be read or parsed keeps what it gave before; a file that is gone takes its key with it.
// A verified token is remembered for at most 60 s and never past its expiry.
//
// Thread-safety: safe from any thread.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/auth/principal.h"

namespace salesops::auth {

struct TokenOptions {
  std::string keys;      // folder of PEM files, or a JWKS file
  std::string issuer;    // required `iss`
  std::string audience;  // required among `aud`
  absl::Duration skew = absl::Seconds(30);
  // Told, in words, about a key file that could not be used after the start; may be empty.
  std::function<void(const std::string&)> on_key_error;
};

class TokenVerifier {
 public:
  static absl::StatusOr<std::unique_ptr<TokenVerifier>> Create(const TokenOptions& options);
  virtual ~TokenVerifier() = default;
  // UNAUTHENTICATED with the reason (TOKEN_EXPIRED, TOKEN_AUDIENCE, TOKEN_SIGNATURE, …).
  virtual absl::StatusOr<Principal> Verify(absl::string_view token, absl::Time now) = 0;
};

}  // namespace salesops::auth
