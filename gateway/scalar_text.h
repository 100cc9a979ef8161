#pragma once

// Text of a number, enum value or bytes, as proto3 JSON and URLs spell them. Every function returns
// nothing for text that is not exactly one value of the type: no blanks, no '+', no leading zeros,
// no rounding of integers.
//
// Thread-safety: pure functions.

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

// The number grammar of RFC 8259.
bool IsJsonNumber(absl::string_view text);

// "1.0" and "1e3" are integers too, as in proto3 JSON.
std::optional<int32_t> ParseInt32(absl::string_view text);
std::optional<uint32_t> ParseUint32(absl::string_view text);
std::optional<int64_t> ParseInt64(absl::string_view text);
std::optional<uint64_t> ParseUint64(absl::string_view text);

// Also "NaN", "Infinity" and "-Infinity" if `allow_special`. A finite text whose value is too large
// for the type is refused.
std::optional<double> ParseDouble(absl::string_view text, bool allow_special);
std::optional<float> ParseFloat(absl::string_view text, bool allow_special);

std::optional<bool> ParseBool(absl::string_view text);

// A value's name, or a number (of an open enum: any number).
std::optional<int> ParseEnum(const google::protobuf::EnumDescriptor& type, absl::string_view text);

// Base64 in either alphabet, with or without padding.
std::optional<std::string> ParseBytes(absl::string_view text);
void AppendBase64(absl::string_view bytes, std::string& out);

}  // namespace salesops::gateway
