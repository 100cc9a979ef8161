#include "shared/rpc/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"

namespace salesops::rpc {
namespace {

// The watcher reads a few kilobytes each time.
constexpr unsigned kLookEverySeconds = 1;

std::unique_ptr<BIO, decltype(&BIO_free)> OpenFile(const std::string& path) {
  return {BIO_new_file(path.c_str(), "r"), &BIO_free};
}

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

absl::StatusOr<Certificate> ReadCertificate(const std::string& path) {
  auto file = OpenFile(path);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  Certificate certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), &X509_free);
  if (!certificate) return absl::InvalidArgumentError(absl::StrCat(path, " holds no certificate"));
  return certificate;
}

// gRPC would start with a pair that does not fit and then fail every handshake.
absl::Status CheckPair(const TlsFiles& files) {
  ASSIGN_OR_RETURN(Certificate certificate, ReadCertificate(files.cert));
  auto file = OpenFile(files.key);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot read ", files.key));
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const bool fits = key && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(files.key, " is not the private key of ", files.cert));
}

absl::Status CheckFiles(const TlsFiles& files) {
  if (files.cert.empty() != files.key.empty()) {
    return absl::InvalidArgumentError("TLS needs the certificate and its key, or neither");
  }
  if (!files.ca.empty()) RETURN_IF_ERROR(ReadCertificate(files.ca).status());
  return files.cert.empty() ? absl::OkStatus() : CheckPair(files);
}

std::shared_ptr<grpc::experimental::CertificateProviderInterface> Watch(const TlsFiles& files) {
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key, files.cert, files.ca, kLookEverySeconds);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(const TlsFiles& files) {
  RETURN_IF_ERROR(CheckFiles(files));
  if (files.cert.empty()) {
    if (files.ca.empty()) return grpc::InsecureServerCredentials();
    return absl::InvalidArgumentError("a server with a CA also needs a certificate and key");
  }
  grpc::experimental::TlsServerCredentialsOptions options(Watch(files));
  options.watch_identity_key_cert_pairs();
  if (files.ca.empty()) {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(const TlsFiles& files) {
  RETURN_IF_ERROR(CheckFiles(files));
  if (files.ca.empty()) {
    if (files.cert.empty()) return grpc::InsecureChannelCredentials();
    return absl::InvalidArgumentError("a client with a certificate also needs a CA");
  }
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(files));
  options.watch_root_certs();
  if (!files.cert.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace salesops::rpc
