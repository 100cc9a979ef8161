#pragma once

// Who may call a method, read from its descriptor's (salesops.options.v1.policy).
//
// Thread-safety: pure values and functions.

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace google::protobuf {
class MethodDescriptor;
}

namespace salesops::auth {

struct MethodPolicy {
  std::string permission;                     // "pipeline.accounts.read"
  std::vector<std::string> allowed_services;  // may call without a user's token
  bool full_scope = false;
  bool unauthenticated = false;
  // No permission: anyone with an identity may call, and the handler decides from what the named
  // thing itself says. Only google.longrunning.Operations, whose file cannot carry our options.
  bool owner_decides = false;
};

// FAILED_PRECONDITION if the method declares no permission.
absl::StatusOr<MethodPolicy> PolicyOf(const google::protobuf::MethodDescriptor* method);

}  // namespace salesops::auth
