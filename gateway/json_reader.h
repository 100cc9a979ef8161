#pragma once

// JSON -> protobuf message, by the rules of proto3 JSON without its liberties: every unknown name,
// doubled field (also by its two names), second member of a oneof, wrong kind and number out of
// range is a violation with the path of the field; all of them are reported together.
//
//   ReadJson(json->root(), message, /*path=*/"", violations);
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>

#include "absl/strings/string_view.h"
#include "gateway/json_document.h"
#include "shared/base/violation.h"

namespace salesops::gateway {

// Adds what `json` says to `message`, which need not be empty. `path` begins every violation.
void ReadJson(JsonValue json, google::protobuf::Message& message, absl::string_view path,
              base::Violations& violations);

// The same for one field of `message`, which may be repeated or a map. `path` is the field's.
void ReadJsonField(JsonValue json, google::protobuf::Message& message,
                   const google::protobuf::FieldDescriptor& field, absl::string_view path,
                   base::Violations& violations);

// The field that `name` means, by its proto or JSON name; nullptr if there is none.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& type,
                                                   absl::string_view name);

}  // namespace salesops::gateway
