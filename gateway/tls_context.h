#pragma once

// TLS contexts from PEM files that are read again when they change, so that certificates rotate
// without a restart.
//
//   WatchedTls tls(TlsUse::kGrpcServer);
//   RETURN_IF_ERROR(tls.Load(files));
//   std::shared_ptr<TlsContext> context = tls.Current();   // for one new connection
//   tls.Refresh();                                         // every few seconds
//
// Thread-safety: Load and Refresh belong to one thread; Current is safe from any.

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "gateway/tls_files.h"

namespace salesops::gateway {

using TlsContext = boost::asio::ssl::context;

enum class TlsUse {
  kHttpServer,
  kGrpcServer,  // HTTP/2 by ALPN, or no connection
  kGrpcClient,  // HTTP/2 by ALPN; checks the server against files.ca; shows a certificate if given
};

class WatchedTls {
 public:
  explicit WatchedTls(TlsUse use) : use_(use) {}

  // INVALID_ARGUMENT if the files do not load.
  absl::Status Load(const TlsFiles& files);
  // Files that do not load leave the last good ones in force.
  void Refresh();
  // Absent if the files name no TLS.
  std::shared_ptr<TlsContext> Current() const;

 private:
  using Stamp = std::array<int64_t, 3>;
  bool wanted() const {
    return use_ == TlsUse::kGrpcClient ? !files_.ca.empty() : files_.enabled();
  }
  Stamp CurrentStamp() const;

  const TlsUse use_;
  TlsFiles files_;
  Stamp stamp_{};
  mutable std::mutex mu_;
  std::shared_ptr<TlsContext> current_;
};

}  // namespace salesops::gateway
