#pragma once

// The JSON strings of google.protobuf.Timestamp, Duration and FieldMask.
//
// Thread-safety: pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

struct SecondsAndNanos {
  int64_t seconds = 0;
  int32_t nanos = 0;
  friend bool operator==(const SecondsAndNanos&, const SecondsAndNanos&) = default;
};

// RFC 3339 with 'T', up to nine digits of a second, and 'Z' or an offset; years 0001 to 9999.
std::optional<SecondsAndNanos> ParseTimestamp(absl::string_view text);
// UTC with 0, 3, 6 or 9 digits. False if out of range.
bool AppendTimestamp(SecondsAndNanos time, std::string& out);

// Seconds with up to nine digits and the suffix "s", within 10,000 years either way.
std::optional<SecondsAndNanos> ParseDuration(absl::string_view text);
bool AppendDuration(SecondsAndNanos length, std::string& out);

// "displayName,close_time,amount.currencyCode" -> the proto names of the paths. Both spellings of a
// name are accepted; "*" stands for itself; empty text is the empty mask.
std::optional<std::vector<std::string>> ParseFieldMask(absl::string_view text);
void AppendFieldMask(const std::vector<std::string>& paths, std::string& out);

}  // namespace salesops::gateway
