#pragma once

// The errors that a contract promises in words: "…is FAILED_PRECONDITION, reason WRONG_STAGE or
// NOT_OPEN." Contracts say every error so, with the canonical code and the reason of its ErrorInfo.
//
//   for (const DeclaredError& e : ErrorsOf(method, comments)) …
//   // {kFailedPrecondition, {"WRONG_STAGE", "NOT_OPEN"}, "An earlier stage … is FAILED_…"}
//
// Thread-safety: pure functions.

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/reference/comments.h"

namespace salesops::gateway::reference {

struct DeclaredError {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::vector<std::string> reasons;
  std::string sentence;  // that says it, after the field it is about if any
};

// What the text says, in its order.
std::vector<DeclaredError> ErrorsIn(absl::string_view text);

// Of the method's comment and of the comments of what its request holds, as far as a caller may set
// it. Ordered by code; the same sentence once.
std::vector<DeclaredError> ErrorsOf(const google::protobuf::MethodDescriptor& method,
                                    const Comments& comments);

}  // namespace salesops::gateway::reference
