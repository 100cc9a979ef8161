#pragma once

// JSON as people write it -> the JSON form of a message: "2017-12-31" for a google.type.Date,
// "4514.50 USD" for a google.type.Money, "0.6" for a google.type.Decimal, "true" for a bool.
//
// Thread-safety: pure functions.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"

namespace salesops::ctl {

// INVALID_ARGUMENT with the path of what does not fit.
absl::Status ParseFriendly(const nlohmann::json& value, google::protobuf::Message* message);

// "path.to.field" = text, added to an object; text that is a JSON object, array, true or false is
// taken as such.
absl::Status SetPath(const std::string& path, const std::string& text, nlohmann::json* object);

// The message as compact or indented JSON with all its populated fields.
std::string ToJson(const google::protobuf::Message& message, bool indented);

}  // namespace salesops::ctl
