#include "tools/salesopsctl/moment.h"

#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {
namespace {

absl::Status NotAMoment(const std::string& text) {
  return UsageError(absl::StrCat("\"", text,
                                 "\" is not a moment; write it like 2026-03-01T09:00:00Z, "
                                 "2026-03-01, \"2h ago\" or yesterday"));
}

// One number with its unit, taken off the front.
bool ConsumeSpan(absl::string_view* text, absl::Duration* span) {
  static const auto* units = new std::map<std::string, absl::Duration>{
      {"", absl::Seconds(1)},    {"s", absl::Seconds(1)},   {"m", absl::Minutes(1)},
      {"min", absl::Minutes(1)}, {"h", absl::Hours(1)},     {"d", absl::Hours(24)},
      {"day", absl::Hours(24)},  {"days", absl::Hours(24)}, {"w", absl::Hours(7 * 24)}};
  size_t digits = 0;
  while (digits < text->size() && absl::ascii_isdigit((*text)[digits])) ++digits;
  int64_t number = 0;
  if (digits == 0 || !absl::SimpleAtoi(text->substr(0, digits), &number)) return false;
  absl::string_view rest = absl::StripLeadingAsciiWhitespace(text->substr(digits));
  size_t letters = 0;
  while (letters < rest.size() && absl::ascii_isalpha(rest[letters])) ++letters;
  const auto unit = units->find(std::string(rest.substr(0, letters)));
  if (unit == units->end()) return false;
  *span += number * unit->second;
  *text = absl::StripLeadingAsciiWhitespace(rest.substr(letters));
  return true;
}

bool ParseWholeSpan(absl::string_view text, absl::Duration* span) {
  *span = absl::ZeroDuration();
  do {
    if (!ConsumeSpan(&text, span)) return false;
  } while (!text.empty());
  return true;
}

}  // namespace

absl::StatusOr<absl::Time> ParseMoment(const std::string& text, absl::Time now) {
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  if (rest == "now") return now;
  if (rest == "yesterday") return now - absl::Hours(24);
  const bool ago = absl::ConsumeSuffix(&rest, "ago");
  if (ago || absl::ConsumePrefix(&rest, "-")) {
    absl::Duration span;
    if (!ParseWholeSpan(absl::StripAsciiWhitespace(rest), &span)) return NotAMoment(text);
    return now - span;
  }
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, rest, &time, &error)) return time;
  if (rest.size() == 10 && absl::ParseTime("%Y-%m-%d", rest, &time, &error)) return time;
  return NotAMoment(text);
}

std::string MomentText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

absl::StatusOr<absl::Duration> ParseSpan(const std::string& text) {
  absl::Duration span;
  if (!ParseWholeSpan(absl::StripAsciiWhitespace(text), &span) || span <= absl::ZeroDuration()) {
    return UsageError(
        absl::StrCat("\"", text, "\" is not a length of time; write it like 30s, 2min or 1h30min"));
  }
  return span;
}

}  // namespace salesops::ctl
