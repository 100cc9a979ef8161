#pragma once

// Who may call a method, in words.
//
// Thread-safety: pure functions.

#include <google/protobuf/descriptor.h>

#include <string>

#include "salesops/options/v1/options.pb.h"

namespace salesops::gateway::reference {

const options::v1::MethodPolicy& PolicyOf(const google::protobuf::MethodDescriptor& method);

// "Needs the permission `pipeline.accounts.read`, with scope over everything." In Markdown.
std::string AccessWords(const google::protobuf::MethodDescriptor& method);

// "BatchGetAccounts" -> "Batch get accounts".
std::string TitleOf(const google::protobuf::MethodDescriptor& method);

}  // namespace salesops::gateway::reference
