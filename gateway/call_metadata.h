#pragma once

// Which metadata may be handed on, as it stands in header fields. HTTP lets callers send what gRPC
// does not take, so everything that is copied is checked here.
//
// Thread-safety: pure functions.

#include "absl/strings/string_view.h"

namespace salesops::gateway {

// A name of lower-case letters, digits, '-', '_' and '.'; a value of printable ASCII, which bytes
// are too: they are written in base64.
bool IsLegalMetadata(absl::string_view key, absl::string_view value);

// Names that belong to one connection, or that the gateway itself sets.
bool IsOfThisHop(absl::string_view key);

}  // namespace salesops::gateway
