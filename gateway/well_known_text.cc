#include "gateway/well_known_text.h"

#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace salesops::gateway {
namespace {

constexpr int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z
constexpr int64_t kLongestDuration = 315576000000;

// Takes exactly `count` digits.
bool TakeDigits(absl::string_view& text, size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!absl::ascii_isdigit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool TakeChar(absl::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// Takes ".ddd" if there is one.
bool TakeFraction(absl::string_view& text, int32_t& nanos) {
  nanos = 0;
  if (!TakeChar(text, '.')) return true;
  int digits = 0;
  while (!text.empty() && absl::ascii_isdigit(text[0])) {
    if (++digits > 9) return false;
    nanos = nanos * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  if (digits == 0) return false;
  for (; digits < 9; ++digits) nanos *= 10;
  return true;
}

void AppendFraction(int32_t nanos, std::string& out) {
  if (nanos == 0) return;
  char text[16];
  if (nanos % 1000000 == 0) {
    std::snprintf(text, sizeof text, ".%03d", nanos / 1000000);
  } else if (nanos % 1000 == 0) {
    std::snprintf(text, sizeof text, ".%06d", nanos / 1000);
  } else {
    std::snprintf(text, sizeof text, ".%09d", nanos);
  }
  out += text;
}

void AppendCamel(absl::string_view path, std::string& out) {
  bool upper = false;
  for (char c : path) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper ? absl::ascii_toupper(c) : c;
    upper = false;
  }
}

}  // namespace

std::optional<SecondsAndNanos> ParseTimestamp(absl::string_view text) {
  int year, month, day, hour, minute, second;
  SecondsAndNanos time;
  if (!TakeDigits(text, 4, year) || !TakeChar(text, '-') || !TakeDigits(text, 2, month) ||
      !TakeChar(text, '-') || !TakeDigits(text, 2, day) || !TakeChar(text, 'T') ||
      !TakeDigits(text, 2, hour) || !TakeChar(text, ':') || !TakeDigits(text, 2, minute) ||
      !TakeChar(text, ':') || !TakeDigits(text, 2, second) || !TakeFraction(text, time.nanos)) {
    return std::nullopt;
  }
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day || civil.hour() != hour ||
      civil.minute() != minute || civil.second() != second) {
    return std::nullopt;
  }
  time.seconds = civil - absl::CivilSecond(1970, 1, 1);
  if (!TakeChar(text, 'Z')) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const int sign = text[0] == '+' ? 1 : -1;
    text.remove_prefix(1);
    int offset_hours, offset_minutes;
    if (!TakeDigits(text, 2, offset_hours) || !TakeChar(text, ':') ||
        !TakeDigits(text, 2, offset_minutes) || offset_hours > 23 || offset_minutes > 59) {
      return std::nullopt;
    }
    time.seconds -= sign * (offset_hours * 3600 + offset_minutes * 60);
  }
  if (!text.empty() || time.seconds < kFirstSecond || time.seconds > kLastSecond) {
    return std::nullopt;
  }
  return time;
}

bool AppendTimestamp(SecondsAndNanos time, std::string& out) {
  if (time.seconds < kFirstSecond || time.seconds > kLastSecond || time.nanos < 0 ||
      time.nanos > 999999999) {
    return false;
  }
  const absl::CivilSecond civil = absl::CivilSecond(1970, 1, 1) + time.seconds;
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", static_cast<int>(civil.year()),
                civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second());
  out += text;
  AppendFraction(time.nanos, out);
  out += 'Z';
  return true;
}

std::optional<SecondsAndNanos> ParseDuration(absl::string_view text) {
  const bool negative = TakeChar(text, '-');
  SecondsAndNanos length;
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
  if (digits == 0 || digits > 12 || !absl::SimpleAtoi(text.substr(0, digits), &length.seconds)) {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  if (!TakeFraction(text, length.nanos) || text != "s" || length.seconds > kLongestDuration ||
      (length.seconds == kLongestDuration && length.nanos > 0)) {
    return std::nullopt;
  }
  if (negative) {
    length.seconds = -length.seconds;
    length.nanos = -length.nanos;
  }
  return length;
}

bool AppendDuration(SecondsAndNanos length, std::string& out) {
  if (length.seconds > kLongestDuration || length.seconds < -kLongestDuration ||
      length.nanos > 999999999 || length.nanos < -999999999 ||
      (length.seconds > 0 && length.nanos < 0) || (length.seconds < 0 && length.nanos > 0)) {
    return false;
  }
  if (length.seconds < 0 || length.nanos < 0) out += '-';
  out += std::to_string(length.seconds < 0 ? -length.seconds : length.seconds);
  AppendFraction(length.nanos < 0 ? -length.nanos : length.nanos, out);
  out += 's';
  return true;
}

std::optional<std::vector<std::string>> ParseFieldMask(absl::string_view text) {
  std::vector<std::string> paths;
  if (text.empty()) return paths;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    if (part.empty()) return std::nullopt;
    std::string path;
    bool quoted = false;  // a map key in back quotes (AIP-161) is data, not a name
    for (char c : part) {
      if (c == '`') quoted = !quoted;
      if (quoted || c == '`') {
        path += c;
      } else if (absl::ascii_isupper(c)) {
        path += '_';
        path += absl::ascii_tolower(c);
      } else if (absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '*') {
        path += c;
      } else {
        return std::nullopt;
      }
    }
    if (quoted) return std::nullopt;
    paths.push_back(std::move(path));
  }
  return paths;
}

void AppendFieldMask(const std::vector<std::string>& paths, std::string& out) {
  for (size_t i = 0; i < paths.size(); ++i) {
    if (i > 0) out += ',';
    AppendCamel(paths[i], out);
  }
}

}  // namespace salesops::gateway
