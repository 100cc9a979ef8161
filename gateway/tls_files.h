#pragma once

// Paths of PEM files.
//
// Thread-safety: a value.

#include <string>

namespace salesops::gateway {

struct TlsFiles {
  std::string cert;  // chain, leaf first; empty = no TLS
  std::string key;
  std::string ca;  // roots that peers are checked against

  bool enabled() const { return !cert.empty(); }
};

}  // namespace salesops::gateway
