#pragma once

// Days, instants and statements as the server writes and reads them.
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

// The first word of a statement in upper case, comments before it left out.
std::string FirstWord(absl::string_view sql);

// BEGIN, COMMIT, SET and the like: they change the session behind the back of its owner.
bool ControlsSession(absl::string_view first_word);
// CREATE, ALTER and the like commit the open transaction without being asked.
bool CommitsImplicitly(absl::string_view first_word);

}  // namespace salesops::mysql
