#pragma once

// Message types that mean one value, and how that value looks in JSON: the well-known types of
// google.protobuf, and google.type.{Date, Decimal, Money} as the suite's field rules bound them.
//
// Thread-safety: pure functions.

#include <google/protobuf/descriptor.h>

#include <optional>

#include "gateway/reference/field_facts.h"
#include "gateway/reference/json_tree.h"

namespace salesops::gateway::reference {

// The schema of a well-known type whose JSON is not an object of its fields.
std::optional<Json> WellKnownSchema(const google::protobuf::Descriptor& type);

// The schema, to be referred to by name, of a google.type that our services check as a value.
std::optional<Json> SharedValueSchema(const google::protobuf::Descriptor& type);

// Adds to the schema of a Decimal, a Money or a 64-bit integer what the bounds of a field leave of
// its text. Bounds that no short pattern says stand in x-minimum and x-maximum alone.
void BoundText(const google::protobuf::FieldDescriptor& value, const options::v1::FieldRules& rules,
               Json& schema);

// A value of such a type that keeps the rules; nullopt for any other type.
std::optional<Json> ValueExample(const google::protobuf::FieldDescriptor& field,
                                 const options::v1::FieldRules& rules);

}  // namespace salesops::gateway::reference
