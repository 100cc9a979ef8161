#include "tools/salesopsctl/cell_format.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/status/macros.h"

namespace salesops::ctl {
namespace {

// Two to nine digits after the point, as google.type.Money has them.
constexpr char kMoneyBegins[] = "#,##0.00#######\" ";
constexpr double kFirstTooLong = 1e15;
constexpr int64_t kSecondsOfDay = 86'400;
constexpr int64_t kLastSerial = 2'958'465;  // 9999-12-31 in the 1900 system
constexpr int64_t k1904Shift = 1'462;       // days between the two systems

bool IsDigits(const std::string& text) {
  for (size_t i = text[0] == '-' ? 1 : 0; i < text.size(); ++i) {
    if (!absl::ascii_isdigit(text[i])) return false;
  }
  return !text.empty();
}

absl::StatusOr<std::string> PlainNumber(const std::string& stored, double number) {
  if (std::abs(number) >= kFirstTooLong && number == std::floor(number)) {
    // Other programs than Excel keep all digits.
    if (IsDigits(stored)) return stored;
    return absl::InvalidArgumentError(
        absl::StrCat(stored,
                     " has more than 15 digits, of which Excel has lost the last ones; "
                     "format such a column as text before it is filled"));
  }
  const std::string rounded = absl::StrFormat("%.15g", number);
  const absl::StatusOr<base::Decimal> decimal = base::Decimal::Parse(rounded);
  return decimal.ok() ? decimal->ToCanonicalString() : rounded;
}

absl::StatusOr<std::string> PercentText(double number) {
  const absl::StatusOr<base::Decimal> decimal =
      base::Decimal::Parse(absl::StrFormat("%.15g", number));
  if (!decimal.ok()) return absl::InvalidArgumentError("is too large for a percentage");
  const absl::StatusOr<base::Decimal> percent =
      base::Decimal::CheckedMultiply(*decimal, base::Decimal::FromInt(100));
  if (!percent.ok()) return absl::InvalidArgumentError("is too large for a percentage");
  return percent->ToCanonicalString() + "%";
}

std::string ClockText(int64_t seconds) {
  return absl::StrFormat("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

absl::StatusOr<std::string> DayText(const std::string& stored, double serial, DateSystem system) {
  if (serial < 0 || serial >= static_cast<double>(kLastSerial) + 1) {
    return absl::InvalidArgumentError(absl::StrCat(stored, " is no day that Excel knows"));
  }
  int64_t day = static_cast<int64_t>(std::floor(serial));
  int64_t seconds = std::llround((serial - std::floor(serial)) * kSecondsOfDay);
  if (seconds == kSecondsOfDay) {
    ++day;
    seconds = 0;
  }
  if (system == DateSystem::k1904) day += k1904Shift;
  // Excel believes that 1900 was a leap year; its day 60 never was.
  if (system == DateSystem::k1900 && (day == 60 || day == 0)) {
    return absl::InvalidArgumentError(absl::StrCat(stored, " is a day that does not exist"));
  }
  if (day > kLastSerial) {
    return absl::InvalidArgumentError(absl::StrCat(stored, " is no day that Excel knows"));
  }
  const base::CivilDay zero =
      day < 60 ? base::CivilDay(1899, 12, 31) : base::CivilDay(1899, 12, 30);
  const std::string text = base::FormatDay(zero + day);
  return seconds == 0 ? text : absl::StrCat(text, " ", ClockText(seconds));
}

}  // namespace

FormatKind KindOfFormat(const std::string& code) {
  bool day = false, time = false, percent = false;
  for (size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = absl::ascii_tolower(code[i]);
    if (c == '"') {
      while (++i < code.size() && code[i] != '"') {
      }
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      // A colour, a condition, a language, or a length of time: [h].
      const char next = i + 1 < code.size() ? absl::ascii_tolower(code[i + 1]) : ' ';
      const char after = i + 2 < code.size() ? absl::ascii_tolower(code[i + 2]) : ' ';
      time =
          time || ((next == 'h' || next == 'm' || next == 's') && (after == ']' || after == next));
      while (i < code.size() && code[i] != ']') ++i;
    } else if (c == 'y' || c == 'd') {
      day = true;
    } else if (c == 'h' || c == 's') {
      // Not that of "General".
      time = true;
    } else if (c == 'm' && !time) {
      day = day || code.find_first_of("hHsS", i) == std::string::npos;
    } else if (c == '%') {
      percent = true;
    } else if (c == 'g' && absl::AsciiStrToLower(code.substr(i, 7)) == "general") {
      i += 6;
    }
  }
  if (day) return FormatKind::kDay;
  if (time) return FormatKind::kTimeOfDay;
  return percent ? FormatKind::kPercent : FormatKind::kNumber;
}

FormatKind KindOfBuiltIn(int id) {
  if (id == 9 || id == 10) return FormatKind::kPercent;
  if ((id >= 14 && id <= 17) || id == 22) return FormatKind::kDay;
  if ((id >= 18 && id <= 21) || (id >= 45 && id <= 47)) return FormatKind::kTimeOfDay;
  // Of East Asian editions (18.8.30): days but for the times 32 to 35 and 55, 56.
  if ((id >= 32 && id <= 35) || id == 55 || id == 56) return FormatKind::kTimeOfDay;
  if ((id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return FormatKind::kDay;
  return FormatKind::kNumber;
}

absl::StatusOr<std::string> NumberText(const std::string& stored, FormatKind kind,
                                       DateSystem system) {
  double number = 0;
  if (!absl::SimpleAtod(stored, &number) || !std::isfinite(number)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", stored, "\" is not a number"));
  }
  switch (kind) {
    case FormatKind::kNumber:
      break;
    case FormatKind::kPercent:
      return PercentText(number);
    case FormatKind::kDay:
      return DayText(stored, number, system);
    case FormatKind::kTimeOfDay:
      // More than a day is a length of time, or a day whose time alone is shown.
      if (number < 0 || number > 366) return DayText(stored, number, system);
      return ClockText(std::llround(number * kSecondsOfDay));
  }
  return PlainNumber(stored, number);
}

std::string MoneyFormat(const std::string& currency) {
  return absl::StrCat(kMoneyBegins, currency, "\"");
}

std::string CurrencyOf(const std::string& code) {
  constexpr size_t kBegin = sizeof kMoneyBegins - 1;
  if (code.size() != kBegin + 4 || !absl::StartsWith(code, kMoneyBegins) || code.back() != '"') {
    return "";
  }
  const std::string currency = code.substr(kBegin, 3);
  for (const char c : currency) {
    if (!absl::ascii_isupper(c)) return "";
  }
  return currency;
}

absl::StatusOr<std::string> MoneyText(const std::string& stored, const std::string& currency) {
  ASSIGN_OR_RETURN(std::string amount, NumberText(stored, FormatKind::kNumber, DateSystem::k1900));
  size_t point = amount.find('.');
  if (point == std::string::npos) {
    point = amount.size();
    amount += '.';
  }
  while (amount.size() < point + 3) amount += '0';
  return absl::StrCat(amount, " ", currency);
}

}  // namespace salesops::ctl
