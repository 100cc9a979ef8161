#pragma once

// Keys and tokens for tests, made at run time with OpenSSL alone, so that the code under test is
// not judged by itself.
//
//   const SigningKey key = SigningKey::Rsa();
//   WriteFile(folder + "/k1.pem", key.PublicPem());
//   std::string token = key.Token(R"({"alg":"RS256","kid":"k1"})", R"({"iss":"…"})");
//
// Thread-safety: a const SigningKey may be used from any thread.

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace salesops::testing {

inline std::string Base64Url(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

class SigningKey {
 public:
  static SigningKey Rsa(unsigned bits = 2048) { return SigningKey(EVP_RSA_gen(bits)); }
  static SigningKey Ec(const char* curve = "P-256") { return SigningKey(EVP_EC_gen(curve)); }

  std::string PublicPem() const {
    std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PUBKEY(bio.get(), key_.get());
    const char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<size_t>(size));
  }

  // One entry of a JWKS; `extra` is more members, such as R"(,"use":"enc")".
  std::string Jwk(const std::string& kid, const std::string& extra = "") const {
    if (is_rsa()) {
      return absl::StrCat(R"({"kty":"RSA","kid":")", kid, R"(","n":")",
                          Number(OSSL_PKEY_PARAM_RSA_N, 0), R"(","e":")",
                          Number(OSSL_PKEY_PARAM_RSA_E, 0), "\"", extra, "}");
    }
    return absl::StrCat(R"({"kty":"EC","crv":"P-256","kid":")", kid, R"(","x":")",
                        Number(OSSL_PKEY_PARAM_EC_PUB_X, 32), R"(","y":")",
                        Number(OSSL_PKEY_PARAM_EC_PUB_Y, 32), "\"", extra, "}");
  }

  // Signs with SHA-256 in the way of the key's own algorithm, whatever the header claims.
  std::string Token(const std::string& header, const std::string& claims) const {
    const std::string signed_part = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
    return absl::StrCat(signed_part, ".", Base64Url(Sign(signed_part)));
  }

 private:
  explicit SigningKey(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}

  bool is_rsa() const { return EVP_PKEY_is_a(key_.get(), "RSA") == 1; }

  std::string Number(const char* name, int width) const {
    BIGNUM* raw = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &raw);
    std::string bytes(width > 0 ? width : BN_num_bytes(raw), '\0');
    BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    BN_free(raw);
    return Base64Url(bytes);
  }

  std::string Sign(const std::string& text) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free);
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    size_t size = 0;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), nullptr, &size, data, text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                   text.size());
    signature.resize(size);
    return is_rsa() ? signature : Joined(signature);
  }

  // The DER form of an ECDSA signature as JWS wants it: both numbers in 32 bytes (RFC 7518 3.4).
  static std::string Joined(const std::string& der) {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
    std::string joined(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(joined.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32);
    ECDSA_SIG_free(signature);
    return joined;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

// What an attacker makes of a public key: a token "signed" by HMAC with its text as the secret.
inline std::string HmacToken(const std::string& secret, const std::string& header,
                             const std::string& claims) {
  const std::string signed_part = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), digest,
       &size);
  return absl::StrCat(signed_part, ".", Base64Url({reinterpret_cast<const char*>(digest), size}));
}

}  // namespace salesops::testing
