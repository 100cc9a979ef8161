#include "gateway/grpc_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <unistd.h>

#include <string>

#include "absl/status/status.h"

namespace salesops::gateway {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kRefreshSeconds = 5;

absl::Status Readable(const std::string& path) {
  if (::access(path.c_str(), R_OK) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError("cannot read " + path);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientCredentials(const TlsFiles& files) {
  if (files.ca.empty()) return grpc::InsecureChannelCredentials();
  if (absl::Status ca = Readable(files.ca); !ca.ok()) return ca;
  tls::TlsChannelCredentialsOptions options;
  if (files.enabled()) {
    if (absl::Status cert = Readable(files.cert); !cert.ok()) return cert;
    if (absl::Status key = Readable(files.key); !key.ok()) return key;
    options.set_certificate_provider(std::make_shared<tls::FileWatcherCertificateProvider>(
        files.key, files.cert, files.ca, kRefreshSeconds));
    options.watch_identity_key_cert_pairs();
  } else {
    options.set_certificate_provider(
        std::make_shared<tls::FileWatcherCertificateProvider>(files.ca, kRefreshSeconds));
  }
  options.watch_root_certs();
  return tls::TlsCredentials(options);
}

}  // namespace salesops::gateway
