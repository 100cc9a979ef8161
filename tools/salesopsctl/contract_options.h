#pragma once

// What contracts say beside types: permissions, rules of fields, routes, comments.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "google/api/http.pb.h"
#include "google/protobuf/descriptor.h"
#include "salesops/options/v1/options.pb.h"

namespace salesops::ctl {

options::v1::MethodPolicy PolicyOf(const google::protobuf::MethodDescriptor* method);
options::v1::FieldRules FieldRulesOf(const google::protobuf::FieldDescriptor* field);
bool IsPersonal(const google::protobuf::FieldDescriptor* field);
options::v1::ResourceRules ResourceRulesOf(const google::protobuf::Descriptor* type);

// "GET /pipeline/v1/{name=accounts/*}", the first binding first.
std::vector<std::string> RoutesOf(const google::protobuf::MethodDescriptor* method);

// "required", "output only", "immutable", "identifier"; "" for the rest.
std::string BehaviourOf(const google::protobuf::FieldDescriptor* field);
// "1 to 200 characters", "matches [a-z]+", "at most 20 items", "names Account"; in a fixed order.
std::vector<std::string> RuleTexts(const google::protobuf::FieldDescriptor* field);
// "string", "google.type.Date", "map<string, AttributeValue>", "repeated ExternalKey"
std::string TypeText(const google::protobuf::FieldDescriptor* field);

// The comment above an element, its lines joined; "" if the contracts came without comments.
template <class Element>
std::string CommentOf(const Element* element);

}  // namespace salesops::ctl
