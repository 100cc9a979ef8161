#pragma once

// TLS on both sides from PEM files that are followed when they change. Internal to shared/rpc.
//
// Thread-safety: pure functions.

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "shared/rpc/server.h"

namespace salesops::rpc {

// INVALID_ARGUMENT, in words, if a file is missing or the key is not the certificate's. All paths
// empty = plaintext. A client's certificate is asked for and, if it gives one, verified.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(const TlsFiles& files);

// `ca` alone: the server is verified and the client shows no certificate.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(const TlsFiles& files);

}  // namespace salesops::rpc
