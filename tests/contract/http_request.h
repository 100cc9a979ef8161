#pragma once

// A request message as the HTTP request that its google.api.http rule makes of it.
//
// Thread-safety: pure functions.

#include <optional>
#include <set>
#include <string>

#include "google/protobuf/descriptor.h"
#include "tests/contract/violations.h"

namespace salesops::contract {

struct HttpRequest {
  std::string method;            // "PATCH"
  std::string target;            // path and query
  std::string body;              // JSON; empty = none
  std::set<std::string> fields;  // of the bad request, those that HTTP can carry
};

// Path variables get valid names, so that the path is found; what is bound there, and repeated
// messages that would be query parameters, are left out of `fields`. nullopt if nothing that is
// broken can be sent, or the query would be longer than a header may be.
std::optional<HttpRequest> ToHttp(const google::protobuf::MethodDescriptor* method,
                                  const BadRequest& bad);

}  // namespace salesops::contract
