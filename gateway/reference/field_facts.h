#pragma once

// What a contract declares of a field, read from its options: (google.api.field_behavior),
// (salesops.options.v1.field), (salesops.options.v1.personal).
//
//   const FieldFacts facts = FactsOf(*field);
//   if (facts.required) …
//
// Thread-safety: pure functions.

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "salesops/options/v1/options.pb.h"

namespace salesops::gateway::reference {

struct FieldFacts {
  bool required = false;
  bool output_only = false;
  bool input_only = false;
  bool immutable = false;
  bool identifier = false;
  bool personal = false;
  options::v1::FieldRules rules;
  // The forms of the resource type that `references` names, such as "sellers/{seller}".
  std::vector<std::string> name_forms;
};

FieldFacts FactsOf(const google::protobuf::FieldDescriptor& field);

// The type of the values of a field: its own, or of a map its values'.
const google::protobuf::FieldDescriptor& ValueField(const google::protobuf::FieldDescriptor& field);

// True if a value that is zero or false cannot be told from an absent one, so that answers leave it
// out and requests may.
bool ZeroIsAbsent(const google::protobuf::FieldDescriptor& field);

// True if a message that lacks the field is refused: it is required, and what its absence reads as
// is not allowed.
bool MustBeGiven(const google::protobuf::FieldDescriptor& field, const FieldFacts& facts);

// The resource that a request changes by its `update_mask`; nullptr if it is no such request. Its
// required fields need to be given only as far as the mask names them.
const google::protobuf::FieldDescriptor* UpdatedResource(
    const google::protobuf::Descriptor& request);

// What every id in a resource name must match, as shared/base/id.h checks it.
inline constexpr char kIdPattern[] = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

}  // namespace salesops::gateway::reference
