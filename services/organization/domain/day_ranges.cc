#include "services/organization/domain/day_ranges.h"

#include "absl/strings/str_cat.h"

namespace salesops::organization::domain {

void CheckRanges(const std::vector<base::DayRange>& ranges, const std::string& list,
                 base::Violations* violations) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    const std::string item = absl::StrCat(list, "[", i, "]");
    if (ranges[i].IsEmpty()) {
      violations->Add(item + ".end_date", "BAD_RANGE", "must be after start_date");
    }
    if (i == 0) continue;
    if (ranges[i].start < ranges[i - 1].start) {
      violations->Add(item + ".start_date", "NOT_ORDERED",
                      "must not be before the start_date of the one before it");
    } else if (ranges[i].Overlaps(ranges[i - 1])) {
      violations->Add(item + ".start_date", "OVERLAPPING",
                      "must not be before the end_date of the one before it");
    }
  }
}

bool Covers(const std::vector<base::DayRange>& ranges, const base::DayRange& days) {
  return base::Subtract(days, ranges).empty();
}

std::string DescribeDays(const base::DayRange& days) {
  if (!days.end) return absl::StrCat(base::FormatDay(days.start), " on");
  return absl::StrCat(base::FormatDay(days.start), " to ", base::FormatDay(*days.end));
}

}  // namespace salesops::organization::domain
