#pragma once

// Update masks (AIP-134): an absent mask means all populated fields, "*" replaces everything that
// can be written, a path may go into sub-messages and map keys (`attributes.grade`).
//
//   ApplyUpdate(request.account(), request.update_mask(), &current);
//
// OUTPUT_ONLY and IDENTIFIER fields and `etag` never change, named or not. IMMUTABLE ones are a
// violation if they would change; left empty under "*" they stay as they are. Timestamps, dates,
// amounts and other google.type values are one value: a path ends there. A key of a map that is not
// letters, digits and underscores is quoted: attributes.`a.b`.
//
// Thread-safety: pure functions.

#include <string>

#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "shared/base/violation.h"

namespace salesops::api {

// Merges `update` into `*current`. Repeated fields and maps named whole are replaced whole.
// Returns violations (BAD_MASK, IMMUTABLE) whose fields begin with the resource's name in requests,
// such as "account.owner", or are "update_mask"; then `*current` is unspecified.
base::Violations ApplyUpdate(const google::protobuf::Message& update,
                             const google::protobuf::FieldMask& mask,
                             google::protobuf::Message* current);

// The top-level paths in which two messages of one type differ, OUTPUT_ONLY fields and etag left
// out; sorted.
google::protobuf::FieldMask ChangedFields(const google::protobuf::Message& before,
                                          const google::protobuf::Message& after);

// Clears the OUTPUT_ONLY fields of a resource that a client sent: they are the service's to say.
void ClearOutputOnly(google::protobuf::Message* resource);

}  // namespace salesops::api
