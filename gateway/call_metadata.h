#pragma once

// Which metadata may be handed on. gRPC aborts the process that sends a name or value it does not
// take, and HTTP lets callers send such values, so everything that is copied is checked here.
//
// Thread-safety: pure functions.

#include "absl/strings/string_view.h"

namespace salesops::gateway {

// A name of lower-case letters, digits, '-', '_' and '.'; a value of printable ASCII, or of any
// bytes if the name ends in "-bin".
bool IsLegalMetadata(absl::string_view key, absl::string_view value);

// Names that belong to one connection, or that the gateway itself sets.
bool IsOfThisHop(absl::string_view key);

}  // namespace salesops::gateway
