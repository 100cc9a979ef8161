#include "shared/mysql/text.h"

#include <cstdint>
#include <string>

#include "absl/time/civil_time.h"

namespace salesops::mysql {
namespace {

constexpr int kDayLength = 10;   // YYYY-MM-DD
constexpr int kTimeLength = 19;  // YYYY-MM-DD HH:MM:SS

bool HasStorableYear(int64_t year) { return year >= 1 && year <= 9999; }

void PutDigits(char* to, int width, int64_t value) {
  for (int i = width - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// The number that `text` holds at [from, from + width), or -1.
int Digits(absl::string_view text, size_t from, size_t width) {
  int value = 0;
  for (size_t i = from; i < from + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

void PutDay(char* to, absl::CivilDay day) {
  PutDigits(to, 4, day.year());
  to[4] = '-';
  PutDigits(to + 5, 2, day.month());
  to[7] = '-';
  PutDigits(to + 8, 2, day.day());
}

// Microseconds of up to six digits after the point.
std::optional<int> Fraction(absl::string_view digits) {
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  int value = Digits(digits, 0, digits.size());
  if (value < 0) return std::nullopt;
  for (size_t i = digits.size(); i < 6; ++i) value *= 10;
  return value;
}

}  // namespace

std::optional<std::string> DayText(base::CivilDay day) {
  if (!HasStorableYear(day.year())) return std::nullopt;
  std::string text(kDayLength, ' ');
  PutDay(text.data(), day);
  return text;
}

std::optional<std::string> TimeText(absl::Time time) {
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
  const absl::TimeZone::CivilInfo info = absl::UTCTimeZone().At(time);
  if (!HasStorableYear(info.cs.year())) return std::nullopt;
  std::string text(kTimeLength + 7, ' ');
  PutDay(text.data(), absl::CivilDay(info.cs));
  PutDigits(&text[11], 2, info.cs.hour());
  text[13] = ':';
  PutDigits(&text[14], 2, info.cs.minute());
  text[16] = ':';
  PutDigits(&text[17], 2, info.cs.second());
  text[19] = '.';
  PutDigits(&text[20], 6, absl::ToInt64Microseconds(info.subsecond));
  return text;
}

std::optional<base::CivilDay> DayFromText(absl::string_view text) {
  if (text.size() != kDayLength || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = Digits(text, 0, 4);
  const int month = Digits(text, 5, 2);
  const int day = Digits(text, 8, 2);
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  const base::CivilDay result(year, month, day);
  // CivilDay turns the 31st of June into the 1st of July.
  if (result.month() != month || result.day() != day) return std::nullopt;
  return result;
}

std::optional<absl::Time> TimeFromText(absl::string_view text) {
  if (text.size() < kTimeLength || text[10] != ' ' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const std::optional<base::CivilDay> day = DayFromText(text.substr(0, kDayLength));
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  if (!day || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  int micros = 0;
  if (text.size() > kTimeLength) {
    if (text[kTimeLength] != '.') return std::nullopt;
    const std::optional<int> fraction = Fraction(text.substr(kTimeLength + 1));
    if (!fraction) return std::nullopt;
    micros = *fraction;
  }
  const int64_t days = *day - absl::CivilDay(1970, 1, 1);
  return absl::UnixEpoch() + absl::Seconds(days * 86400 + hour * 3600 + minute * 60 + second) +
         absl::Microseconds(micros);
}

}  // namespace salesops::mysql
