#pragma once

// Ids of resources.
//
// A resource id is 1 … 63 characters of a-z, 0-9 and '-', beginning and ending with a letter or
// digit (AIP-122). Generated ids are 20 random characters, so that primary keys spread.
//
// Thread-safety: functions are safe from any thread.

#include <compare>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace salesops::base {

// 100 random bits as 20 characters of a-z and 2-7.
std::string GenerateId();
// A random UUID (version 4, RFC 9562) in lower case, for request and event ids.
std::string GenerateUuid();

bool IsValidId(absl::string_view id);
// Lower case only: one UUID, one text. Any version.
bool IsValidUuid(absl::string_view text);

}  // namespace salesops::base
