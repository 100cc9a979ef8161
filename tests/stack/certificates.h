#pragma once

// A certificate authority for one test run, and what it signs: P-256 keys, valid for an hour.
//
//   Authority authority;
//   Authority::Pair pair = authority.Sign("pipeline",
//   "DNS:localhost,URI:spiffe://salesops/pipeline");
//
// Thread-safety: const methods may be called from any thread.

#include <openssl/types.h>

#include <string>

namespace salesops::stack {

class Authority {
 public:
  struct Pair {
    std::string certificate, key;  // PEM
  };

  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  std::string Certificate() const;
  // `names` as OpenSSL writes a subjectAltName.
  Pair Sign(const std::string& common_name, const std::string& names) const;

 private:
  EVP_PKEY* const key_;
  X509* const certificate_;
};

}  // namespace salesops::stack
