#pragma once

// Reads and writes fields of a message by the names that all contracts share. A field that the
// message does not have reads as empty and is not written.
//
// Thread-safety: pure functions.

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace salesops::resource {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string GetString(const Message& m, const char* field);
bool GetBool(const Message& m, const char* field);
int64_t GetInt(const Message& m, const char* field);
// The singular sub-message if it is set, else nullptr.
const Message* GetMessage(const Message& m, const std::string& field);
std::vector<std::string> GetStrings(const Message& m, const char* field);

void SetString(Message* m, const char* field, const std::string& value);
void SetInt(Message* m, const char* field, int64_t value);
void ClearField(Message* m, const char* field);
// The sub-message to write into, or nullptr if there is no such field.
Message* MutableMessage(Message* m, const std::string& field);
// The first repeated field whose element type is `type`, or nullptr.
const FieldDescriptor* RepeatedOf(const Message& m, const google::protobuf::Descriptor* type);

// Copies every populated field of `from` over `to`; repeated fields and maps are replaced whole.
void Overlay(const Message& from, Message* to);

// Every sub-message of `type` with this name, at any depth; `m` itself is looked into, not at.
void ForEachNamed(Message* m, const google::protobuf::Descriptor* type, const std::string& name,
                  const std::function<void(Message*)>& visit);

// Top-level fields in which two messages of one type differ, sorted, without name, etag,
// create_time and update_time. Unlike api::ChangedFields it sees what only verbs change.
std::vector<std::string> DifferingFields(const Message& before, const Message& after);

}  // namespace salesops::resource
