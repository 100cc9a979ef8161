#pragma once

// The public keys that tokens may be signed with, read from a folder of PEM files or a JWKS file.
//
//   absl::StatusOr<KeySet> keys = ReadKeys(path, /*previous=*/{}, &problems);
//   const VerificationKey* key = keys->Find(kid);
//
// Thread-safety: values; reading a KeySet from many threads is safe.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct _cjose_jwk_int;

namespace salesops::auth {

struct VerificationKey {
  std::string algorithm;                // "RS256" or "ES256": the only one this key may verify
  std::shared_ptr<_cjose_jwk_int> jwk;  // public part only
};

struct KeySet {
  std::map<std::string, VerificationKey> keys;  // by kid

  const VerificationKey* Find(const std::string& kid) const {
    auto it = keys.find(kid);
    return it == keys.end() ? nullptr : &it->second;
  }
};

// What changes whenever the key files do: names, sizes, inodes and times, never their content.
std::string KeyFingerprint(const std::string& path);

// Reads every key. A file that cannot be used adds a sentence to `problems` and keeps the keys it
// had in `previous`.
KeySet ReadKeys(const std::string& path, const KeySet& previous,
                std::vector<std::string>* problems);

// RSA of at least 2048 bits or EC P-256.
absl::StatusOr<VerificationKey> KeyFromPem(absl::string_view pem);
absl::StatusOr<KeySet> KeysFromJwks(absl::string_view json);

}  // namespace salesops::auth
