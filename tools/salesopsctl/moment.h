#pragma once

// Instants as people type them.
//
//   ParseMoment("2026-03-01T09:00:00Z")   an instant (RFC 3339)
//   ParseMoment("2026-03-01")             the beginning of that day, UTC
//   ParseMoment("2h ago"), ("-90min")     before now: s, min, h, d, w
//   ParseMoment("yesterday"), ("now")
//
// Thread-safety: pure functions.

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace salesops::ctl {

// INVALID_ARGUMENT shows the forms above.
absl::StatusOr<absl::Time> ParseMoment(const std::string& text, absl::Time now);

// With microseconds, which is what the suite keeps: 2026-03-01T09:00:00.000001Z
std::string MomentText(absl::Time time);

// "30s", "2min", "1h30min" or seconds without a unit; positive.
absl::StatusOr<absl::Duration> ParseSpan(const std::string& text);

}  // namespace salesops::ctl
