#pragma once

// Percent-decoding of URL parts (RFC 3986), with the three ways a gateway needs it.
//
//   PercentDecode("a%20b", PercentDecoding::kAll)          == "a b"
//   PercentDecode("a%2Fb%20c", PercentDecoding::kKeepSlash) == "a%2Fb c"
//   PercentDecode("a+b", PercentDecoding::kQuery)           == "a b"
//
// Thread-safety: pure functions.

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

enum class PercentDecoding {
  kAll,        // a path variable of exactly one segment, or a literal
  kKeepSlash,  // a path variable of several segments: %2F and %2f stay as they are
  kQuery,      // a query string: '+' is a space
};

// Empty if a '%' is not followed by two hexadecimal digits, or if the result is not UTF-8.
std::optional<std::string> PercentDecode(absl::string_view text, PercentDecoding decoding);

// True if `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool IsUtf8(absl::string_view text);

}  // namespace salesops::gateway
