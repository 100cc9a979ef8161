#pragma once

// What people write in tables, as the API writes it. Each takes a text without white space at its
// ends and is INVALID_ARGUMENT with a sentence if the text is nothing of the kind.
//
//   DayFrom("2026年3月1日", {"yyyy年M月d日"})          "2026-03-01"
//   DecimalFrom("1,234.5万")                           "12345000"
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace salesops::ctl {

// White space at the ends off, that of Chinese text too (U+3000, no-break space, byte order mark).
std::string Trimmed(absl::string_view text);
// Lower-case letters and digits, everything else a single hyphen.
std::string Slug(const std::string& text);
// Full-width letters, digits and signs as ASCII: "１２．５％" is "12.5%".
std::string HalfWidth(const std::string& text);

// Forms are made of yyyy or yy (20yy), M or MM, d or dd, H or HH, m or mm, s or ss, and anything
// else that is no ASCII letter but T; one letter takes one or two digits. A day's form may have a
// time in it, which is left out. INVALID_ARGUMENT names what a form lacks.
absl::Status CheckDayForm(const std::string& form);
absl::Status CheckTimeForm(const std::string& form);
// 2026-03-01 is understood besides the forms; without forms also 2026/3/1, 2026.3.1 and
// 2026年3月1日.
absl::StatusOr<std::string> DayFrom(const std::string& text, const std::vector<std::string>& forms);
// An instant in UTC, "2026-03-01T06:30:00Z". Besides the forms: RFC 3339, "2026-03-01 14:30:00" and
// 2026-03-01 (its beginning) in the zone. A time that the zone leaves out or has twice is taken
// with the offset before the change.
absl::StatusOr<std::string> TimeFrom(const std::string& text, const std::vector<std::string>& forms,
                                     absl::TimeZone zone);

// Thousands separators, 百 千 万 亿 behind the number, ¥ before and 元 behind it, a minus sign or
// parentheses: "(1,200元)" is -1200.
absl::StatusOr<std::string> DecimalFrom(const std::string& text);
// "25%" and "25" are 0.25.
absl::StatusOr<std::string> PercentFrom(const std::string& text);
// "true" or "false": 是/否, 对/错, 真/假, 有/无, yes/no, y/n, true/false, t/f, on/off, 1/0, √/×; in
// any case. Words of one's own ("在职", "离职") replace these.
absl::StatusOr<std::string> BoolFrom(const std::string& text, const std::string& yes,
                                     const std::string& no);

// Parts between any of the characters of `separators` (UTF-8), trimmed, without empty ones.
std::vector<std::string> SplitList(const std::string& text, const std::string& separators);
inline constexpr char kListSeparators[] = ",;\n，；、";

}  // namespace salesops::ctl
