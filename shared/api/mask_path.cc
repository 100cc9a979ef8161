#include "shared/api/mask_path.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"

namespace salesops::api {
namespace {

absl::Status Problem(absl::string_view path, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("path \"", path, "\": ", problem));
}

// Splits at dots outside of back quotes; quotes are taken off.
absl::StatusOr<std::vector<std::string>> Segments(absl::string_view path) {
  std::vector<std::string> segments(1);
  bool quoted = false;
  for (char c : path) {
    if (c == '`') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      segments.emplace_back();
    } else {
      segments.back().push_back(c);
    }
  }
  if (quoted) return Problem(path, "a back quote is never closed");
  for (const std::string& segment : segments) {
    if (segment.empty()) return Problem(path, "a part is empty");
  }
  return segments;
}

}  // namespace

absl::StatusOr<MaskPath> ResolveMaskPath(absl::string_view path, const MessagePlan& plan) {
  ASSIGN_OR_RETURN(const std::vector<std::string> segments, Segments(path));
  MaskPath resolved;
  const MessagePlan* within = &plan;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (within == nullptr) {
      const FieldPlan& last = *resolved.steps.back().field;
      return Problem(path, absl::StrCat("\"", last.field->name(),
                                        last.repeated ? "\" is a list" : "\" is one value",
                                        "; name it as a whole"));
    }
    MaskStep step;
    step.field = within->Find(segments[i]);
    if (step.field == nullptr) {
      return Problem(path,
                     absl::StrCat(within->type->name(), " has no field \"", segments[i], "\""));
    }
    if (step.field->map && i + 1 < segments.size()) {
      if (step.field->map_key->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
        return Problem(path, "only maps with text keys can be named by entry");
      }
      step.key = segments[++i];
    }
    within = step.field->repeated || (step.field->map && !step.key) ? nullptr : step.field->message;
    resolved.unwritable = resolved.unwritable || step.field->unwritable;
    resolved.steps.push_back(std::move(step));
  }
  return resolved;
}

}  // namespace salesops::api
