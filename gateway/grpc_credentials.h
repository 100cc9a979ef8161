#pragma once

// gRPC credentials from PEM files that are read again when they change, so that certificates rotate
// without a restart.
//
// Thread-safety: pure functions.

#include <grpcpp/security/credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "gateway/tls_files.h"

namespace salesops::gateway {

// Plaintext if `files` has no ca. The server's name is checked against its certificate.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientCredentials(const TlsFiles& files);

}  // namespace salesops::gateway
