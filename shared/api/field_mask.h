#pragma once

// Update masks (AIP-134): an absent mask means all populated fields, "*" replaces everything that
// can be written, a path may go into sub-messages and map keys (`attributes.grade`).
//
//   ApplyUpdate(request.account(), request.update_mask(), &current);
//
// OUTPUT_ONLY and IDENTIFIER fields and `etag` never change; IMMUTABLE ones are a violation if they
// would.
//
// Thread-safety: pure functions.

#include <string>

#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "shared/base/violation.h"

namespace salesops::api {

// Merges `update` into `*current`. Repeated fields and maps named whole are replaced whole.
// Returns violations (BAD_MASK, IMMUTABLE); then `*current` is unspecified.
base::Violations ApplyUpdate(const google::protobuf::Message& update,
                             const google::protobuf::FieldMask& mask,
                             google::protobuf::Message* current);

// The top-level paths in which two messages of one type differ, OUTPUT_ONLY fields and etag left
// out; sorted.
google::protobuf::FieldMask ChangedFields(const google::protobuf::Message& before,
                                          const google::protobuf::Message& after);

}  // namespace salesops::api
