#pragma once

// Finding the message type that a google.protobuf.Any names, in the descriptors of the message that
// holds it, then in those linked into this program (error details).
//
// Thread-safety: pure functions over immutable pools.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

// "type.googleapis.com/google.rpc.ErrorInfo" -> "google.rpc.ErrorInfo".
absl::string_view TypeOfUrl(absl::string_view url);

// An empty message of that type; nullptr if it is unknown.
const google::protobuf::Message* FindPrototype(const google::protobuf::Message& holder,
                                               absl::string_view full_name);

// True for the types whose JSON is not an object of fields (and Empty is not one of them), which an
// Any spells as {"@type": …, "value": …}.
bool IsWrittenAsValue(const google::protobuf::Descriptor& type);

}  // namespace salesops::gateway
