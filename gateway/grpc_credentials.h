#pragma once

// gRPC credentials from PEM files that are read again when they change, so that certificates rotate
// without a restart.
//
// Thread-safety: pure functions.

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "gateway/tls_files.h"

namespace salesops::gateway {

// Plaintext if `files` has no ca. The server's name is checked against its certificate.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientCredentials(const TlsFiles& files);

// Plaintext if `files` has no cert. Callers are told apart by their tokens, so no client
// certificate is asked for.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsFiles& files);

}  // namespace salesops::gateway
