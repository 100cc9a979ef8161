#include "gateway/tls_filter.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::gateway {
namespace {

bool IsAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

// A BIO that reads from input_ and appends to *output_: no copy of the bytes in between.
BIO_METHOD* TlsFilter::WireMethod() {
  static BIO_METHOD* method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    BIO_meth_set_read(made, [](BIO* bio, char* to, int size) -> int {
      auto* self = static_cast<TlsFilter*>(BIO_get_data(bio));
      BIO_clear_retry_flags(bio);
      const size_t n = std::min(self->input_.size(), static_cast<size_t>(size));
      if (n == 0) {
        BIO_set_retry_read(bio);
        return -1;
      }
      std::memcpy(to, self->input_.data(), n);
      self->input_.remove_prefix(n);
      return static_cast<int>(n);
    });
    BIO_meth_set_write(made, [](BIO* bio, const char* from, int size) -> int {
      auto* self = static_cast<TlsFilter*>(BIO_get_data(bio));
      BIO_clear_retry_flags(bio);
      if (self->output_ != nullptr) self->output_->append(from, size);
      return size;
    });
    BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
    });
    return made;
  }();
  return method;
}

TlsFilter::TlsFilter(std::shared_ptr<TlsContext> context, Role role, const std::string& host)
    : context_(std::move(context)), ssl_(SSL_new(context_->native_handle())) {
  BIO* bio = BIO_new(WireMethod());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  if (role == kServer) {
    SSL_set_accept_state(ssl_);
    return;
  }
  SSL_set_connect_state(ssl_);
  if (IsAddress(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl_, host.c_str());
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl_, host.c_str());
  }
}

TlsFilter::~TlsFilter() { SSL_free(ssl_); }

void TlsFilter::Feed(absl::string_view bytes) { input_ = bytes; }

TlsFilter::Progress TlsFilter::Handshake(std::string& to_wire) {
  ERR_clear_error();
  output_ = &to_wire;
  const int result = SSL_do_handshake(ssl_);
  output_ = nullptr;
  if (result != 1) {
    return SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ ? Progress::kWantsInput
                                                              : Progress::kFailed;
  }
  const unsigned char* protocol = nullptr;
  unsigned int length = 0;
  SSL_get0_alpn_selected(ssl_, &protocol, &length);
  if (length != 2 || std::memcmp(protocol, "h2", 2) != 0) return Progress::kFailed;
  handshaken_ = true;
  return Progress::kDone;
}

int TlsFilter::Read(char* buffer, int size, std::string& to_wire) {
  ERR_clear_error();
  output_ = &to_wire;
  const int n = SSL_read(ssl_, buffer, size);
  output_ = nullptr;
  if (n > 0) return n;
  return SSL_get_error(ssl_, n) == SSL_ERROR_WANT_READ ? 0 : -1;
}

bool TlsFilter::Write(absl::string_view bytes, std::string& to_wire) {
  ERR_clear_error();
  output_ = &to_wire;
  bool good = true;
  while (good && !bytes.empty()) {
    const int n = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    good = n > 0;
    if (good) bytes.remove_prefix(n);
  }
  output_ = nullptr;
  return good;
}

void TlsFilter::Close(std::string& to_wire) {
  if (!handshaken_) return;
  ERR_clear_error();
  output_ = &to_wire;
  SSL_shutdown(ssl_);
  output_ = nullptr;
}

std::string TlsFilter::Problem() const {
  if (const long verified = SSL_get_verify_result(ssl_); verified != X509_V_OK) {
    return absl::StrCat("TLS: ", X509_verify_cert_error_string(verified));
  }
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return absl::StrCat("TLS: ", reason == nullptr ? "no agreement on HTTP/2" : reason);
}

}  // namespace salesops::gateway
