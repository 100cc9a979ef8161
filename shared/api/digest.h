#pragma once

// Fingerprints of messages: SHA-256 over the type's name and a deterministic serialisation, so that
// equal messages of one binary give equal digests whatever the order of their maps.
//
//   std::string hash = DigestOf(request, principal);  // 32 bytes
//
// Thread-safety: pure functions.

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace salesops::api {

std::string Sha256(absl::string_view data);

// `context` (such as who asks) is part of what is digested.
std::string DigestOf(const google::protobuf::Message& message, absl::string_view context);

// Unknown fields included; maps in key order.
std::string SerializeDeterministically(const google::protobuf::Message& message);

}  // namespace salesops::api
