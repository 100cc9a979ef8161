#include "shared/base/civil.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace salesops::base {
namespace {

// The number in `digits`, or -1 if there is anything but digits.
int Number(absl::string_view digits) {
  int value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

absl::Status BadDay() {
  return absl::InvalidArgumentError("not a day: expected YYYY-MM-DD, such as 2026-03-01");
}

// Ends are exclusive and an absent one is open, so it never comes first.
bool EndsBefore(const std::optional<CivilDay>& a, const std::optional<CivilDay>& b) {
  return a && (!b || *a < *b);
}

}  // namespace

std::string FormatDay(CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

absl::StatusOr<CivilDay> ParseDay(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return BadDay();
  const int year = Number(text.substr(0, 4));
  const int month = Number(text.substr(5, 2));
  const int day = Number(text.substr(8, 2));
  if (year < 1 || month < 1 || day < 1) return BadDay();
  // CivilDay carries 2026-02-30 over into March; a day that moved does not exist.
  const CivilDay result(year, month, day);
  if (result.year() != year || result.month() != month || result.day() != day) return BadDay();
  return result;
}

bool DayRange::Overlaps(const DayRange& other) const { return Intersect(*this, other).has_value(); }

std::optional<DayRange> Intersect(const DayRange& a, const DayRange& b) {
  const DayRange both{std::max(a.start, b.start), EndsBefore(a.end, b.end) ? a.end : b.end};
  if (both.IsEmpty()) return std::nullopt;
  return both;
}

std::vector<DayRange> Subtract(const DayRange& whole, std::vector<DayRange> holes) {
  std::sort(holes.begin(), holes.end(),
            [](const DayRange& a, const DayRange& b) { return a.start < b.start; });
  std::vector<DayRange> left;
  DayRange rest = whole;
  for (const DayRange& hole : holes) {
    const std::optional<DayRange> cut = Intersect(rest, hole);
    if (!cut) continue;
    if (rest.start < cut->start) left.push_back({rest.start, cut->start});
    if (!cut->end) return left;
    rest.start = *cut->end;
  }
  if (!rest.IsEmpty()) left.push_back(rest);
  return left;
}

}  // namespace salesops::base
