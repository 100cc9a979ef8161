#pragma once

// Requests that break declared field rules, made from the descriptors alone, so that a new method
// or rule is tested by being there.
//
// Every variant of a request breaks one rule of every field that has rules, a different one in each
// variant (absent, too long, off the pattern, out of range, too many …), all at once.
//
// Thread-safety: pure functions.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace salesops::contract {

struct BadRequest {
  std::unique_ptr<google::protobuf::Message> request;
  // Paths that must be reported; of very many, those of the first that an error has room for.
  std::set<std::string> fields;
};

// Of a generated request type; empty if it has no rules that can be broken.
std::vector<BadRequest> BadRequests(const google::protobuf::Descriptor* request_type);

}  // namespace salesops::contract
