#pragma once

// What every request is checked for before its handler runs.
//
// Thread-safety: a pure function.

#include "google/protobuf/message.h"
#include "shared/base/violation.h"

namespace salesops::service {

// The declared field rules. Parts of an import are checked row by row by their handler instead: one
// bad row must not refuse the rest of its batch.
base::Violations Validate(const google::protobuf::Message& request);

}  // namespace salesops::service
