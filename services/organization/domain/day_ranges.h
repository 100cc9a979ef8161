#pragma once

// Rules over lists of day ranges: employments of a seller, placements of a team.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "shared/base/civil.h"
#include "shared/base/violation.h"

namespace salesops::organization::domain {

// Every range ends after it starts (BAD_RANGE), they are ordered by start (NOT_ORDERED) and do not
// overlap (OVERLAPPING). `list` names the field in the violations: "employments".
void CheckRanges(const std::vector<base::DayRange>& ranges, const std::string& list,
                 base::Violations* violations);

// True if every day of `days` is in one of `ranges`.
bool Covers(const std::vector<base::DayRange>& ranges, const base::DayRange& days);

// "2026-01-01 to 2026-03-01", the end exclusive as everywhere; "2026-01-01 on" if it is open.
std::string DescribeDays(const base::DayRange& days);

}  // namespace salesops::organization::domain
