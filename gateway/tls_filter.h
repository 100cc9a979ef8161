#pragma once

// One end of a TLS connection between byte strings: what came from the wire goes in, what the other
// end said comes out, and the other way round. It does no input or output, so that a connection can
// read and write in pieces of its own size.
//
//   TlsFilter tls(context, TlsFilter::kServer, "");
//   tls.Feed(from_wire);
//   if (!tls.Handshake(to_wire)) …                       // appends what is to be sent
//   while ((n = tls.Read(buffer, sizeof buffer)) > 0) …
//   tls.Write(bytes, to_wire);
//
// Thread-safety: belongs to one thread.

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "gateway/tls_context.h"

namespace salesops::gateway {

class TlsFilter {
 public:
  enum Role { kServer, kClient };
  enum class Progress { kWantsInput, kDone, kFailed };

  // A client checks the server's certificate for `host`, a name or an address.
  TlsFilter(std::shared_ptr<TlsContext> context, Role role, const std::string& host);
  ~TlsFilter();
  TlsFilter(const TlsFilter&) = delete;
  TlsFilter& operator=(const TlsFilter&) = delete;

  // Takes bytes from the wire, which must stay where they are until Read or Handshake wants more.
  void Feed(absl::string_view bytes);

  // One more step; ends with kDone once both sides agree on HTTP/2.
  Progress Handshake(std::string& to_wire);
  bool handshaken() const { return handshaken_; }

  // Decrypted bytes; 0 if more input is needed, -1 at the end or after an error.
  int Read(char* buffer, int size, std::string& to_wire);
  // False after an error.
  bool Write(absl::string_view bytes, std::string& to_wire);
  void Close(std::string& to_wire);

  // Why it failed.
  std::string Problem() const;

 private:
  static BIO_METHOD* WireMethod();

  std::shared_ptr<TlsContext> context_;
  SSL* ssl_ = nullptr;
  bool handshaken_ = false;
  absl::string_view input_;
  std::string* output_ = nullptr;
};

}  // namespace salesops::gateway
