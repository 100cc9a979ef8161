#include "services/organization/domain/fiscal_calendar.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::DayRange;

constexpr int kDaysPerWeek = 7;
constexpr int kBiweek = 14;

bool IsOfWeeks(FiscalKind kind) {
  return kind == FiscalKind::kWeeks445 || kind == FiscalKind::kWeeks454 ||
         kind == FiscalKind::kWeeks544;
}

std::array<int, 3> WeeksOfQuarter(FiscalKind kind) {
  if (kind == FiscalKind::kWeeks445) return {4, 4, 5};
  if (kind == FiscalKind::kWeeks454) return {4, 5, 4};
  return {5, 4, 4};
}

// The smallest periods of one fiscal year, from which the larger ones are made.
struct Piece {
  DayRange days;
  int quarter = 0;  // 0 = there are no quarters
  std::string display_name;
};

std::vector<Piece> MonthsOf(const FiscalCalendar& calendar, int fiscal_year) {
  const bool begins_before = calendar.year_naming == YearNaming::kEnd && calendar.start_month > 1;
  const absl::CivilMonth first(begins_before ? fiscal_year - 1 : fiscal_year, calendar.start_month);
  std::vector<Piece> pieces;
  for (int i = 0; i < 12; ++i) {
    pieces.push_back({{CivilDay(first + i), CivilDay(first + i + 1)}, i / 3 + 1, ""});
  }
  return pieces;
}

// The last day of the fiscal year of weeks that ends by the end of a month of `year`.
CivilDay LastDayBy(const WeekRule& rule, absl::civil_year_t year) {
  const CivilDay month_end = CivilDay(absl::CivilMonth(year, rule.end_month) + 1) - 1;
  const CivilDay before = absl::PrevWeekday(month_end + 1, rule.end_day);
  const bool after_is_nearer = 2 * (month_end - before) > kDaysPerWeek;
  return rule.alignment == WeekAlignment::kNearest && after_is_nearer ? before + kDaysPerWeek
                                                                      : before;
}

std::vector<Piece> WeekPeriodsOf(const FiscalCalendar& calendar, int fiscal_year) {
  const WeekRule& rule = *calendar.week_rule;
  const bool ends_after = calendar.year_naming == YearNaming::kStart && rule.end_month < 12;
  const int year = ends_after ? fiscal_year + 1 : fiscal_year;
  CivilDay start = LastDayBy(rule, year - 1) + 1;
  std::vector<Piece> pieces;
  for (int quarter = 1; quarter <= 4; ++quarter) {
    for (const int weeks : WeeksOfQuarter(calendar.kind)) {
      pieces.push_back({{start, start + weeks * kDaysPerWeek}, quarter, ""});
      start = *pieces.back().days.end;
    }
  }
  pieces.back().days.end = LastDayBy(rule, year) + 1;  // with the 53rd week, if there is one
  return pieces;
}

std::vector<Piece> BiweeksOf(const FiscalCalendar& calendar, int fiscal_year) {
  const CivilDay new_year(fiscal_year, 1, 1);
  const int64_t phase = ((*calendar.anchor_date - new_year) % kBiweek + kBiweek) % kBiweek;
  std::vector<Piece> pieces;
  for (CivilDay start = new_year + phase; start.year() == fiscal_year; start += kBiweek) {
    pieces.push_back({{start, start + kBiweek}, 0, ""});
  }
  return pieces;
}

std::vector<Piece> ListedOf(const FiscalCalendar& calendar, int fiscal_year) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < calendar.custom_periods.size(); ++i) {
    const CustomPeriod& period = calendar.custom_periods[i];
    if (period.fiscal_year != fiscal_year) continue;
    const bool last = i + 1 == calendar.custom_periods.size();
    const CivilDay end = last ? *calendar.custom_end_date : calendar.custom_periods[i + 1].start;
    pieces.push_back({{period.start, end}, period.quarter, period.display_name});
  }
  return pieces;
}

std::vector<Piece> PiecesOf(const FiscalCalendar& calendar, int fiscal_year) {
  switch (calendar.kind) {
    case FiscalKind::kMonthly:
      return MonthsOf(calendar, fiscal_year);
    case FiscalKind::kBiweekly:
      return BiweeksOf(calendar, fiscal_year);
    case FiscalKind::kCustom:
      return ListedOf(calendar, fiscal_year);
    case FiscalKind::kUnset:
      return {};
    default:
      return WeekPeriodsOf(calendar, fiscal_year);
  }
}

int NumberOf(FiscalLevel level, int index, int quarter) {
  switch (level) {
    case FiscalLevel::kPeriod:
      return index + 1;
    case FiscalLevel::kQuarter:
      return quarter;
    case FiscalLevel::kHalf:
      return (quarter + 1) / 2;
    default:
      return 1;
  }
}

void CheckPresence(bool present, bool wanted, const char* field, base::Violations* violations) {
  if (wanted && !present) violations->Add(field, "REQUIRED", "is required for this kind");
  if (!wanted && present) {
    violations->Add(field, "NOT_OF_THIS_KIND", "must be absent for this kind");
  }
}

void CheckListed(const FiscalCalendar& calendar, base::Violations* violations) {
  const std::vector<CustomPeriod>& periods = calendar.custom_periods;
  for (size_t i = 0; i < periods.size(); ++i) {
    const std::string item = absl::StrCat("custom_periods[", i, "]");
    if ((periods[i].quarter == 0) != (periods[0].quarter == 0)) {
      violations->Add(item + ".quarter", "REQUIRED", "must be set in all periods or in none");
    }
    if (i == 0) continue;
    const CustomPeriod& before = periods[i - 1];
    if (periods[i].start <= before.start) {
      violations->Add(item + ".start_date", "NOT_ORDERED",
                      "must be after the start_date of the one before it");
    }
    const int years = periods[i].fiscal_year - before.fiscal_year;
    if (years < 0 || years > 1) {
      violations->Add(item + ".fiscal_year", "BAD_FISCAL_YEAR",
                      "must be that of the one before it or the next");
    }
    if (years == 0 && periods[i].quarter < before.quarter && periods[i].quarter != 0) {
      violations->Add(item + ".quarter", "NOT_ORDERED",
                      "must not be less than that of the one before it");
    }
  }
  if (!periods.empty() && calendar.custom_end_date &&
      *calendar.custom_end_date <= periods.back().start) {
    violations->Add("custom_end_date", "BAD_RANGE", "must be after the start of the last period");
  }
}

}  // namespace

void CheckFiscalCalendar(const FiscalCalendar& calendar, base::Violations* violations) {
  const FiscalKind kind = calendar.kind;
  const bool monthly = kind == FiscalKind::kMonthly;
  const bool listed = kind == FiscalKind::kCustom;
  CheckPresence(calendar.year_naming != YearNaming::kUnset, monthly || IsOfWeeks(kind),
                "year_naming", violations);
  CheckPresence(calendar.start_month != 0, monthly, "start_month", violations);
  CheckPresence(calendar.week_rule.has_value(), IsOfWeeks(kind), "week_rule", violations);
  CheckPresence(calendar.anchor_date.has_value(), kind == FiscalKind::kBiweekly, "anchor_date",
                violations);
  CheckPresence(!calendar.custom_periods.empty(), listed, "custom_periods", violations);
  CheckPresence(calendar.custom_end_date.has_value(), listed, "custom_end_date", violations);
  if (listed) CheckListed(calendar, violations);
}

bool HasLevel(const FiscalCalendar& calendar, FiscalLevel level) {
  if (level == FiscalLevel::kPeriod || level == FiscalLevel::kYear) return true;
  if (calendar.kind == FiscalKind::kCustom) return calendar.custom_periods[0].quarter != 0;
  return calendar.kind != FiscalKind::kBiweekly;
}

std::vector<FiscalPeriod> PeriodsOf(const FiscalCalendar& calendar, int fiscal_year,
                                    FiscalLevel level) {
  std::vector<FiscalPeriod> periods;
  if (!HasLevel(calendar, level)) return periods;
  const std::vector<Piece> pieces = PiecesOf(calendar, fiscal_year);
  for (size_t i = 0; i < pieces.size(); ++i) {
    const int number = NumberOf(level, static_cast<int>(i), pieces[i].quarter);
    if (!periods.empty() && periods.back().number == number) {
      periods.back().days.end = pieces[i].days.end;
      continue;
    }
    const bool named = level == FiscalLevel::kPeriod;
    periods.push_back(
        {level, fiscal_year, number, pieces[i].days, named ? pieces[i].display_name : ""});
  }
  return periods;
}

std::optional<FiscalPeriod> PeriodAt(const FiscalCalendar& calendar, CivilDay day,
                                     FiscalLevel level) {
  int first = static_cast<int>(day.year()) - 1;
  int last = first + 2;
  if (calendar.kind == FiscalKind::kCustom) {
    const auto after = std::upper_bound(
        calendar.custom_periods.begin(), calendar.custom_periods.end(), day,
        [](CivilDay wanted, const CustomPeriod& period) { return wanted < period.start; });
    if (after == calendar.custom_periods.begin()) return std::nullopt;
    first = last = (after - 1)->fiscal_year;
  }
  for (int year = first; year <= last; ++year) {
    for (const FiscalPeriod& period : PeriodsOf(calendar, year, level)) {
      if (period.days.Contains(day)) return period;
    }
  }
  return std::nullopt;
}

std::optional<FiscalPeriod> NextPeriod(const FiscalCalendar& calendar, const FiscalPeriod& period) {
  return PeriodAt(calendar, *period.days.end, period.level);
}

std::optional<FiscalPeriod> PreviousPeriod(const FiscalCalendar& calendar,
                                           const FiscalPeriod& period) {
  return PeriodAt(calendar, period.days.start - 1, period.level);
}

std::string CodeOf(const FiscalPeriod& period) {
  switch (period.level) {
    case FiscalLevel::kPeriod:
      return absl::StrFormat("FY%d-P%02d", period.fiscal_year, period.number);
    case FiscalLevel::kQuarter:
      return absl::StrFormat("FY%d-Q%d", period.fiscal_year, period.number);
    case FiscalLevel::kHalf:
      return absl::StrFormat("FY%d-H%d", period.fiscal_year, period.number);
    default:
      return absl::StrFormat("FY%d", period.fiscal_year);
  }
}

}  // namespace salesops::organization::domain
