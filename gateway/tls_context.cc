#include "gateway/tls_context.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cstring>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"

namespace salesops::gateway {
namespace {

using boost::system::error_code;

constexpr unsigned char kAlpnH2[] = {2, 'h', '2'};

// Picks HTTP/2, or ends the handshake.
int ChooseH2(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
             unsigned int offered_length, void*) {
  for (unsigned int i = 0; i < offered_length; i += offered[i] + 1u) {
    if (offered[i] == 2 && i + 2 < offered_length && std::memcmp(offered + i + 1, "h2", 2) == 0) {
      *out = offered + i + 1;
      *length = 2;
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

absl::Status ShowCertificate(const TlsFiles& files, TlsContext& context) {
  error_code error;
  context.use_certificate_chain_file(files.cert, error);
  if (error) return absl::InvalidArgumentError("cannot load the certificate " + files.cert);
  context.use_private_key_file(files.key, TlsContext::pem, error);
  if (error || SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot load the key ", files.key, ", or it is not the key of ", files.cert));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<TlsContext>> LoadContext(const TlsFiles& files, TlsUse use) {
  const bool client = use == TlsUse::kGrpcClient;
  auto context =
      std::make_shared<TlsContext>(client ? TlsContext::tls_client : TlsContext::tls_server);
  SSL_CTX* raw = context->native_handle();
  context->set_options(TlsContext::default_workarounds | TlsContext::no_sslv2 |
                       TlsContext::no_sslv3 | TlsContext::no_tlsv1 | TlsContext::no_tlsv1_1);
  if (files.enabled()) RETURN_IF_ERROR(ShowCertificate(files, *context));
  // Buffers go while a connection rests; a write may be tried again from another place.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // There OpenSSL reads the socket itself: a record with one call.
  if (use == TlsUse::kHttpServer) SSL_CTX_set_read_ahead(raw, 1);
  if (use == TlsUse::kGrpcServer) SSL_CTX_set_alpn_select_cb(raw, ChooseH2, nullptr);
  if (client) {
    error_code error;
    context->load_verify_file(files.ca, error);
    if (error) return absl::InvalidArgumentError("cannot load the roots " + files.ca);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_alpn_protos(raw, kAlpnH2, sizeof kAlpnH2);
  }
  return context;
}

int64_t ModifiedAt(const std::string& path) {
  struct stat info {};
  if (path.empty() || ::stat(path.c_str(), &info) != 0) return 0;
  return info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
}

}  // namespace

absl::Status WatchedTls::Load(const TlsFiles& files) {
  files_ = files;
  if (!wanted()) return absl::OkStatus();
  stamp_ = CurrentStamp();
  ASSIGN_OR_RETURN(std::shared_ptr<TlsContext> context, LoadContext(files, use_));
  std::lock_guard lock(mu_);
  current_ = std::move(context);
  return absl::OkStatus();
}

void WatchedTls::Refresh() {
  if (!wanted()) return;
  const Stamp stamp = CurrentStamp();
  if (stamp == stamp_) return;
  stamp_ = stamp;
  absl::StatusOr<std::shared_ptr<TlsContext>> context = LoadContext(files_, use_);
  if (!context.ok()) return;
  std::lock_guard lock(mu_);
  current_ = *std::move(context);
}

std::shared_ptr<TlsContext> WatchedTls::Current() const {
  std::lock_guard lock(mu_);
  return current_;
}

WatchedTls::Stamp WatchedTls::CurrentStamp() const {
  return {ModifiedAt(files_.cert), ModifiedAt(files_.key), ModifiedAt(files_.ca)};
}

}  // namespace salesops::gateway
