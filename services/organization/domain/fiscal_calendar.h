#pragma once

// Fiscal calendars (财年): how days are cut into fiscal years, halves, quarters and periods.
//
// The periods of a level follow each other without gap or overlap; those of a smaller level never
// cross the border of a larger one.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

enum class FiscalKind {
  kUnset = 0,
  kMonthly = 1,   // twelve calendar months
  kWeeks445 = 2,  // 52 or 53 weeks, quarters of 4, 4 and 5; the 53rd belongs to the last period
  kWeeks454 = 3,
  kWeeks544 = 4,
  kBiweekly = 5,  // two weeks each; a year has the periods that begin in the calendar year
  kCustom = 6,    // as listed
};

// Which calendar year a fiscal year is named by.
enum class YearNaming { kUnset = 0, kStart = 1, kEnd = 2 };

enum class WeekAlignment { kUnset = 0, kLast = 1, kNearest = 2 };

// A year of whole weeks ends on the last `end_day` of a month, or on the one nearest to the month's
// last day; the next begins the day after.
struct WeekRule {
  int end_month = 0;  // 1 … 12
  absl::Weekday end_day = absl::Weekday::saturday;
  WeekAlignment alignment = WeekAlignment::kUnset;
};

struct CustomPeriod {
  base::CivilDay start;  // it lasts until the next one begins
  int fiscal_year = 0;
  int quarter = 0;  // 1 … 4; 0 in all = no quarters
  std::string display_name;
};

struct FiscalCalendar {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  FiscalKind kind = FiscalKind::kUnset;
  YearNaming year_naming = YearNaming::kUnset;  // monthly and weeks
  int32_t start_month = 0;                      // monthly
  std::optional<WeekRule> week_rule;            // weeks
  std::optional<base::CivilDay> anchor_date;    // biweekly: the first day of any period
  std::vector<CustomPeriod> custom_periods;     // custom, by start
  std::optional<base::CivilDay> custom_end_date;
  std::vector<base::ExternalKey> external_keys;
};

enum class FiscalLevel { kPeriod = 1, kQuarter = 2, kHalf = 3, kYear = 4 };

struct FiscalPeriod {
  FiscalLevel level = FiscalLevel::kPeriod;
  int fiscal_year = 0;
  int number = 0;  // of its level in the fiscal year, from 1
  base::DayRange days;
  std::string display_name;
  friend bool operator==(const FiscalPeriod&, const FiscalPeriod&) = default;
};

// Rules over one calendar: what its kind needs is there (REQUIRED) and nothing else
// (NOT_OF_THIS_KIND); listed periods are ordered (NOT_ORDERED), their fiscal years without a gap
// (BAD_FISCAL_YEAR), their quarters all or none (REQUIRED), their end after the last (BAD_RANGE).
void CheckFiscalCalendar(const FiscalCalendar& calendar, base::Violations* violations);

// The functions below require a calendar without violations.

// False for quarters and halves of a calendar that has none.
bool HasLevel(const FiscalCalendar& calendar, FiscalLevel level);

// The periods of a fiscal year, in order; empty for a year or level that the calendar does not
// have.
std::vector<FiscalPeriod> PeriodsOf(const FiscalCalendar& calendar, int fiscal_year,
                                    FiscalLevel level);

// The period that a day lies in; nullopt outside a listed calendar, or without such a level.
std::optional<FiscalPeriod> PeriodAt(const FiscalCalendar& calendar, base::CivilDay day,
                                     FiscalLevel level);
std::optional<FiscalPeriod> NextPeriod(const FiscalCalendar& calendar, const FiscalPeriod& period);
std::optional<FiscalPeriod> PreviousPeriod(const FiscalCalendar& calendar,
                                           const FiscalPeriod& period);

inline int64_t DayCount(const FiscalPeriod& period) { return *period.days.end - period.days.start; }

// "FY2024", "FY2024-H1", "FY2024-Q3", "FY2024-P07".
std::string CodeOf(const FiscalPeriod& period);

}  // namespace salesops::organization::domain
