#pragma once

// Days and instants as the server writes and reads them.
//
// Thread-safety: pure functions.

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/base/civil.h"

namespace salesops::mysql {

// "2026-03-01"; nullopt outside of years 1 … 9999, which DATE cannot hold.
std::optional<std::string> DayText(base::CivilDay day);
// "2026-03-01 09:30:00.000001" in UTC, cut to microseconds; nullopt outside of years 1 … 9999.
std::optional<std::string> TimeText(absl::Time time);

std::optional<base::CivilDay> DayFromText(absl::string_view text);
// With 0 to 6 digits after the seconds: the connector leaves ".000000" away.
std::optional<absl::Time> TimeFromText(absl::string_view text);

}  // namespace salesops::mysql
