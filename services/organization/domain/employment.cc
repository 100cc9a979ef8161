#include "services/organization/domain/employment.h"

#include "absl/strings/str_cat.h"
#include "services/organization/domain/day_ranges.h"

namespace salesops::organization::domain {

std::vector<base::DayRange> DaysOf(const std::vector<Employment>& employments) {
  std::vector<base::DayRange> days;
  for (const Employment& employment : employments) days.push_back(employment.days);
  return days;
}

void CheckEmployments(const std::vector<Employment>& employments, base::Violations* violations) {
  CheckRanges(DaysOf(employments), "employments", violations);
  for (size_t i = 0; i < employments.size(); ++i) {
    const Employment& employment = employments[i];
    if (employment.days.end) continue;
    auto refuse = [&](const char* field) {
      violations->Add(absl::StrCat("employments[", i, "].", field), "WITHOUT_END_DATE",
                      "is said only of an employment with an end_date");
    };
    if (employment.leave_reason != LeaveReason::kUnset) refuse("leave_reason");
    if (!employment.leave_note.empty()) refuse("leave_note");
    if (employment.regretted) refuse("regretted");
  }
}

std::vector<base::DayRange> FindWithoutLeaveReason(const std::vector<Employment>& employments,
                                                   const base::DayRange& window) {
  std::vector<base::DayRange> found;
  for (const Employment& employment : employments) {
    if (!employment.days.end || employment.leave_reason != LeaveReason::kUnset) continue;
    if (window.Contains(*employment.days.end)) found.push_back(employment.days);
  }
  return found;
}

}  // namespace salesops::organization::domain
