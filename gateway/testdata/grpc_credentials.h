#pragma once

// Credentials of a gRPC caller from PEM files.
//
// Thread-safety: a pure function.

#include <grpcpp/security/credentials.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "gateway/tls_files.h"

namespace salesops::gateway {

// Plaintext if `files` has no ca.
inline std::shared_ptr<grpc::ChannelCredentials> ClientCredentials(const TlsFiles& files) {
  const auto read = [](const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  if (files.ca.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options{.pem_root_certs = read(files.ca)};
  if (files.enabled()) {
    options.pem_private_key = read(files.key);
    options.pem_cert_chain = read(files.cert);
  }
  return grpc::SslCredentials(options);
}

}  // namespace salesops::gateway
