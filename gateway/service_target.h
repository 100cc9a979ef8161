#pragma once

// Where a service is, as a flag or a test names it: "host:port", "dns:///host:port", or a fixed
// list "ipv4:10.0.0.1:9000,10.0.0.2:9000" ("ipv6:[::1]:9000,…").
//
//   ASSIGN_OR_RETURN(ServiceTarget target, ServiceTarget::Parse("dns:///pipeline:9000"));
//
// Thread-safety: a value.

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

struct ServiceTarget {
  static absl::StatusOr<ServiceTarget> Parse(absl::string_view text);

  std::string host;  // to be resolved, and in the certificate
  std::string port;
  std::string authority;  // ":authority" of requests
  // Filled if there is nothing to resolve.
  std::vector<boost::asio::ip::tcp::endpoint> addresses;
};

}  // namespace salesops::gateway
