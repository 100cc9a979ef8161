#pragma once

// Measures of payees over the period of a calculation, in the plan's currency.
//
// Thread-safety: immutable once made.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/incentives/plan.h"
#include "shared/base/decimal.h"
#include "shared/base/violation.h"

namespace salesops::performance::domain {

// A credit's worth in one measure, exact (not rounded) in the plan's currency or in units.
struct Counted {
  const Credit* credit = nullptr;
  base::Decimal value;
};

class Measures {
 public:
  // Points into `input`, which must outlive it. Rates that are missing: RATE_MISSING, once for each
  // pair and day.
  Measures(const CalculationInput& input, base::Violations* violations);

  // The credits of a payee that count for a measure, on days on which the plan is assigned to the
  // payee, ordered by date, fact, line and overlay. A line without cost counts as nothing for
  // kMargin and is COST_MISSING. Empty for kImported.
  std::vector<Counted> CountedOf(const std::string& payee, const MeasureRef& measure,
                                 base::Violations* violations) const;
  // The same of somebody who may be no member of the plan, on the given days.
  std::vector<Counted> CountedOn(const std::string& payee, const MeasureRef& measure,
                                 const base::DayRange& days, base::Violations* violations) const;
  // The sum of them, or the imported value (of the range of days that contains the period; nullopt
  // if there is none).
  std::optional<base::Decimal> ValueOf(const std::string& payee, const MeasureRef& measure,
                                       base::Violations* violations) const;
  // The quota of a payee, prorated by days of assignment if the plan says so; nullopt = none.
  std::optional<base::Decimal> QuotaOf(const std::string& payee, const MeasureRef& measure) const;
  // value / quota with 10 digits, half away from zero; nullopt without value or quota.
  std::optional<base::Decimal> AttainmentOf(const std::string& payee, const MeasureRef& measure,
                                            base::Violations* violations) const;
  // Days of assignment / days of the period; 1 if the plan does not prorate.
  base::Decimal ProrationOf(const std::string& payee) const;

 private:
  const CalculationInput& input_;
  std::map<std::string, const PlanMember*> members_;
  std::map<std::string, std::vector<const Credit*>> credits_;              // by payee, ordered
  std::map<std::pair<std::string, base::CivilDay>, base::Decimal> rates_;  // to the plan's currency
};

}  // namespace salesops::performance::domain
