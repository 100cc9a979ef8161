#pragma once

// One path of an update mask, resolved against a message type. Private to shared/api.
//
//   absl::StatusOr<MaskPath> path = ResolveMaskPath("attributes.grade", PlanOf(type));
//
// Thread-safety: pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/api/message_plan.h"

namespace salesops::api {

struct MaskStep {
  const FieldPlan* field = nullptr;
  std::optional<std::string> key;  // of a map: the entry meant
};

struct MaskPath {
  std::vector<MaskStep> steps;  // never empty
  bool unwritable = false;      // goes through a field that no update writes
};

// An error's message says what is wrong with the path.
absl::StatusOr<MaskPath> ResolveMaskPath(absl::string_view path, const MessagePlan& plan);

// The largest number of paths that a mask may have.
inline constexpr int kMaxMaskPaths = 100;

}  // namespace salesops::api
