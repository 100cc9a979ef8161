#include "shared/testing/status_matchers.h"

#include "absl/strings/str_cat.h"

namespace salesops::testing {

std::string Describe(const absl::Status& status) {
  if (status.ok()) return "which is OK";
  std::string text =
      absl::StrCat("which is ", absl::StatusCodeToString(status.code()), ": ", status.message());
  if (const std::string reason = status::Reason(status); !reason.empty()) {
    absl::StrAppend(&text, "\n  reason ", reason);
  }
  const base::Violations violations = status::ViolationsOf(status);
  for (const base::Violation& v : violations.list()) {
    absl::StrAppend(&text, "\n  ", v.field, ": ", v.reason, ": ", v.message);
  }
  if (const std::string detail = status::LogDetail(status); !detail.empty()) {
    absl::StrAppend(&text, "\n  log detail ", detail);
  }
  return text;
}

namespace internal_violations {

bool Contains(const absl::Status& status, const std::string& field, const std::string* reason) {
  const base::Violations violations = status::ViolationsOf(status);
  for (const base::Violation& v : violations.list()) {
    if (v.field == field && (reason == nullptr || v.reason == *reason)) return true;
  }
  return false;
}

}  // namespace internal_violations
}  // namespace salesops::testing
