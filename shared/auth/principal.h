#pragma once

// Who is calling.
//
// Thread-safety: a value.

#include <string>
#include <vector>

namespace salesops::auth {

struct Principal {
  std::string subject;              // the token's `sub`; empty if only a service calls
  std::string issuer;               // the token's `iss`
  std::vector<std::string> groups;  // the token's `groups`, sorted
  std::string service;              // identity of the peer's client certificate, such as "pipeline"

  bool has_user() const { return !subject.empty(); }
  // For logs, request rows and audit entries: "user:alice" or "service:pipeline".
  std::string ToString() const { return has_user() ? "user:" + subject : "service:" + service; }
};

}  // namespace salesops::auth
