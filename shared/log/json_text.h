#pragma once

// Text as a JSON string (RFC 8259), whatever bytes it has.
//
// Thread-safety: a pure function.

#include <string>

#include "absl/strings/string_view.h"

namespace salesops::log {

// Appends `text` in quotes. Bytes that are not UTF-8 become U+FFFD, so that one bad name cannot
// make a whole line unreadable.
void AppendJsonString(absl::string_view text, std::string* out);

}  // namespace salesops::log
