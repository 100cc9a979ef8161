#pragma once

// Days without a time zone, and ranges of them. Every range of the suite is start inclusive, end
// exclusive, an absent end open.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace salesops::base {

using absl::CivilDay;

// "2026-03-01". Years 1 … 9999, as in google.type.Date and MySQL's DATE.
std::string FormatDay(CivilDay day);
absl::StatusOr<CivilDay> ParseDay(absl::string_view text);

// The civil day of an instant in a zone.
inline CivilDay DayOf(absl::Time t, absl::TimeZone zone) { return absl::ToCivilDay(t, zone); }

struct DayRange {
  CivilDay start;
  std::optional<CivilDay> end;  // exclusive; absent = open

  bool Contains(CivilDay day) const { return start <= day && (!end || day < *end); }
  bool Overlaps(const DayRange& other) const;
  // Empty ranges (end <= start) are invalid in requests.
  bool IsEmpty() const { return end && *end <= start; }
  friend bool operator==(const DayRange&, const DayRange&) = default;
};

// The overlap of two ranges; nullopt if there is none.
std::optional<DayRange> Intersect(const DayRange& a, const DayRange& b);
// What is left of `whole` outside all of `holes`, in order of start.
std::vector<DayRange> Subtract(const DayRange& whole, std::vector<DayRange> holes);

}  // namespace salesops::base
