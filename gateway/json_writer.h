#pragma once

// protobuf message -> proto3 JSON: lowerCamel names, 64-bit integers as strings, enums by name,
// well-known types in their own forms. A field without presence that holds its default is left out.
//
//   std::string out;
//   RETURN_IF_ERROR(WriteJson(message, out));
//
// An Any of unknown type is {"@type": …, "value": base64}, so that an error detail nobody linked
// does not hide the error.
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

// Appends to `out`. INTERNAL if a value has no JSON form (a Timestamp out of range, a broken Any).
absl::Status WriteJson(const google::protobuf::Message& message, std::string& out);

// The same for one field, for response_body.
absl::Status WriteJsonField(const google::protobuf::Message& message,
                            const google::protobuf::FieldDescriptor& field, std::string& out);

// A JSON string, quotes included.
void AppendJsonString(absl::string_view text, std::string& out);

}  // namespace salesops::gateway
