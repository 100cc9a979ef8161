#pragma once

// How one resource differs from itself at another time, field by field.
//
//   std::vector<FieldChange> changes = DiffMessages(*before, *after);
//   DiffText(changes, /*colour=*/false)
//     ~ stage       qualify -> won
//     + close_date  2026-03-01
//
// Maps are compared entry by entry, lists of messages by what identifies an element (id, name, key,
// source) or else by place, lists of values as sets. Left out: etag and update_time, which follow
// every change.
//
// Thread-safety: pure functions.

#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace salesops::ctl {

struct FieldChange {
  std::string path;  // "amount", "attributes.product", "stages[won].display_name"
  std::optional<std::string> before, after;  // exact text; nullopt = not set

  bool operator==(const FieldChange&) const = default;
};

// In the order of the fields. Either may be null: then everything of the other is new, or gone.
std::vector<FieldChange> DiffMessages(const google::protobuf::Message* before,
                                      const google::protobuf::Message* after);

std::string DiffText(const std::vector<FieldChange>& changes, bool colour);

}  // namespace salesops::ctl
