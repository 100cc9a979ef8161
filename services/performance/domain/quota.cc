#include "services/performance/domain/quota.h"

#include "absl/strings/str_cat.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;

constexpr int kUnitDigits = 6;
// A fiscal year of 53 weeks has 371 days; a year in which the calendar changes may have more.
constexpr int kMostDays = 400;

int DigitsOf(const Quota& quota) {
  if (quota.currency.empty()) return kUnitDigits;
  return base::MinorDigits(quota.currency).value_or(kUnitDigits);
}

bool IsMoney(Measure measure) {
  return measure != Measure::kUnits && measure != Measure::kImported;
}

int MostOf(PeriodLevel level) {
  switch (level) {
    case PeriodLevel::kYear:
      return 1;
    case PeriodLevel::kHalf:
      return 2;
    case PeriodLevel::kQuarter:
      return 4;
    default:
      return 366;
  }
}

bool HasDays(const Quota& quota) {
  return quota.end_date > quota.start_date && quota.end_date - quota.start_date <= kMostDays;
}

bool IsOrdered(const Quota& quota) {
  for (size_t i = 1; i < quota.ramp.size(); ++i) {
    if (quota.ramp[i].start_date <= quota.ramp[i - 1].start_date) return false;
  }
  return true;
}

bool RampFits(const Quota& quota) {
  return HasDays(quota) && IsOrdered(quota) && !quota.ramp.empty() &&
         quota.ramp.front().start_date == quota.start_date &&
         quota.ramp.back().start_date < quota.end_date;
}

void CheckMeasure(const Quota& quota, base::Violations* violations) {
  const bool imported = quota.measure == Measure::kImported;
  if (imported && quota.imported_measure.empty()) {
    violations->Add("measure.imported_measure", "REQUIRED", "must say which measure is imported");
  }
  if (!imported && !quota.imported_measure.empty()) {
    violations->Add("measure.imported_measure", "NOT_ALLOWED",
                    "is of MEASURE_IMPORTED only; leave it out");
  }
  if (IsMoney(quota.measure) && quota.currency.empty()) {
    violations->Add("currency_code", "REQUIRED", "must be given: the measure is one of money");
  }
  if (!IsMoney(quota.measure) && !quota.currency.empty()) {
    violations->Add("currency_code", "NOT_ALLOWED", "must be empty: the measure is none of money");
  }
  if (!quota.currency.empty() && !base::MinorDigits(quota.currency)) {
    violations->Add("currency_code", "BAD_CURRENCY", "must be a code of ISO 4217 such as CNY");
  }
}

void CheckPeriod(const Quota& quota, base::Violations* violations) {
  if (quota.number > MostOf(quota.level)) {
    violations->Add("number", "OUT_OF_RANGE",
                    absl::StrCat("must be at most ", MostOf(quota.level), " at this level"));
  }
  if (!HasDays(quota)) {
    violations->Add("end_date", "BAD_RANGE",
                    absl::StrCat("must be after start_date, at most ", kMostDays, " days"));
  }
}

void CheckRamp(const Quota& quota, base::Violations* violations) {
  if (quota.ramp.empty() || !HasDays(quota)) return;
  for (size_t i = 0; i < quota.ramp.size(); ++i) {
    const CivilDay start = quota.ramp[i].start_date;
    const std::string field = absl::StrCat("ramp[", i, "].start_date");
    if (start < quota.start_date || start >= quota.end_date) {
      violations->Add(field, "BAD_RANGE", "must be within the period");
    } else if (i == 0 && start != quota.start_date) {
      violations->Add(field, "BAD_RANGE", "must be the first day of the period");
    }
    if (i > 0 && start <= quota.ramp[i - 1].start_date) {
      violations->Add(field, "NOT_ORDERED", "must be after that of the step before");
    }
  }
  if (RampFits(quota) && RampedAmount(quota).is_zero()) {
    violations->Add("ramp", "OUT_OF_RANGE",
                    "must leave something of the amount; a quota of nothing is no quota");
  }
}

}  // namespace

void CheckQuota(const Quota& quota, base::Violations* violations) {
  CheckMeasure(quota, violations);
  CheckPeriod(quota, violations);
  const int digits = DigitsOf(quota);
  if (quota.amount.Round(digits, base::Rounding::kDown) != quota.amount) {
    violations->Add("amount", "TOO_PRECISE",
                    absl::StrCat("must have at most ", digits, " digits after the point"));
  }
  CheckRamp(quota, violations);
}

Decimal RampedAmount(const Quota& quota) {
  if (!RampFits(quota)) return quota.amount;
  Decimal share_days;
  for (size_t i = 0; i < quota.ramp.size(); ++i) {
    const CivilDay end = i + 1 < quota.ramp.size() ? quota.ramp[i + 1].start_date : quota.end_date;
    share_days += quota.ramp[i].share * Decimal::FromInt(end - quota.ramp[i].start_date);
  }
  return (quota.amount * share_days)
      .Divide(Decimal::FromInt(quota.end_date - quota.start_date), DigitsOf(quota),
              base::Rounding::kHalfAwayFromZero);
}

}  // namespace salesops::performance::domain
