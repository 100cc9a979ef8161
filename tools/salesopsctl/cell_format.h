#pragma once

// What the numbers of a workbook mean: Excel keeps days, times and percentages as numbers, and only
// the number format of the cell tells (ECMA-376 part 1, 18.8.30 and 18.17.4).
//
//   FormatKind kind = KindOfFormat("yyyy\"年\"m\"月\"d\"日\"");   // kDay
//   NumberText(46082, kind, DateSystem::k1900)                     // "2026-03-01"
//
// Thread-safety: pure functions.

#include <string>

#include "absl/status/statusor.h"

namespace salesops::ctl {

enum class FormatKind { kNumber, kPercent, kDay, kTimeOfDay };
enum class DateSystem { k1900, k1904 };

// Of a format code, by its first section.
FormatKind KindOfFormat(const std::string& code);
// Of the formats that have numbers only, with those of Chinese editions.
FormatKind KindOfBuiltIn(int id);

// As a person reads it: "1234.5" (15 significant digits, which is what Excel keeps), "25%",
// "2026-03-01", "2026-03-01 14:30:00", "14:30:00". INVALID_ARGUMENT: a day that does not exist or
// is after 9999, a whole number of more than 15 digits, whose last ones Excel has lost.
absl::StatusOr<std::string> NumberText(const std::string& stored, FormatKind kind,
                                       DateSystem system);

// Money of an export is a number that can be summed up; its currency, such as "CNY", is in the
// format, so that it is not lost. Only formats that MoneyFormat made have a currency, since what
// others mean by theirs is not known; CurrencyOf all others is "".
std::string MoneyFormat(const std::string& currency);
std::string CurrencyOf(const std::string& code);
// "1234567.50 CNY", as exports write it. INVALID_ARGUMENT as NumberText.
absl::StatusOr<std::string> MoneyText(const std::string& stored, const std::string& currency);

}  // namespace salesops::ctl
