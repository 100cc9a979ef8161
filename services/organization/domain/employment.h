#pragma once

// Employments of a seller: when, and why one ended.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/civil.h"
#include "shared/base/violation.h"

namespace salesops::organization::domain {

enum class LeaveReason {
  kUnset = 0,
  kResignation = 1,
  kDismissal = 2,
  kRedundancy = 3,
  kRetirement = 4,
  kContractEnd = 5,
  kTransfer = 6,
  kDeath = 7,
  kOther = 8,
};

struct Employment {
  base::DayRange days;
  LeaveReason leave_reason = LeaveReason::kUnset;  // personal
  std::string leave_note;                          // personal
  std::optional<bool> regretted;                   // personal; absent = not said
  friend bool operator==(const Employment&, const Employment&) = default;
};

std::vector<base::DayRange> DaysOf(const std::vector<Employment>& employments);

// The ranges are in order and apart (CheckRanges); why one ended is said only of one that has an
// end (WITHOUT_END_DATE). Violations name fields of "employments".
void CheckEmployments(const std::vector<Employment>& employments, base::Violations* violations);

// Those whose end_date is in `window` and that do not say why they ended; in their order. It is no
// violation: what another system never recorded can be imported.
std::vector<base::DayRange> FindWithoutLeaveReason(const std::vector<Employment>& employments,
                                                   const base::DayRange& window);

}  // namespace salesops::organization::domain
