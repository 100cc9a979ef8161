#pragma once

// Strict JSON objects for tokens and key sets: jansson behind RAII.
//
//   JsonPtr header = ParseObject(text);          // null: not one object, or a member given twice
//   std::optional<std::string> alg = StringMember(header.get(), "alg");
//
// Thread-safety: pure functions; a parsed value belongs to one thread.

#include <jansson.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace salesops::auth {

struct JsonRelease {
  void operator()(json_t* value) const { json_decref(value); }
};
using JsonPtr = std::unique_ptr<json_t, JsonRelease>;

// One JSON object and nothing after it; a doubled member anywhere inside makes it null.
JsonPtr ParseObject(absl::string_view text);

// The member if it is a string.
std::optional<std::string> StringMember(const json_t* object, const char* name);

}  // namespace salesops::auth
