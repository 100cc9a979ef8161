#pragma once

// The rules of a field in words, for tables: "required; 1 to 200 characters; names a Seller".
//
// Thread-safety: pure functions.

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace salesops::gateway::reference {

// Each rule by itself, in Markdown.
std::vector<std::string> RulesInWords(const google::protobuf::FieldDescriptor& field);

}  // namespace salesops::gateway::reference
