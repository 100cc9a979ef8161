#pragma once

// What each kind of component earns, before its multipliers, cap and floor: one function per kind,
// over all payees of the plan. What stops one from being computed is added to `violations`.
//
// Thread-safety: pure functions.

#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/calculation.h"
#include "shared/base/decimal.h"
#include "shared/base/violation.h"

namespace salesops::performance::domain {

// A leaf of a component.
struct Earned {
  std::string payee;
  std::string rule;
  std::string fact, line;  // empty = the period, or all lines of an order
  std::string order;
  std::optional<base::Decimal> base, rate;
  base::Decimal unrounded;
  std::string note;
  friend bool operator==(const Earned&, const Earned&) = default;
};

// The input made ready once for all components (see measures.h).
class Measures;

std::vector<Earned> EarnCommission(const CalculationInput& input, const Measures& measures,
                                   const Commission& commission, base::Violations* violations);
std::vector<Earned> EarnQuotaBonus(const CalculationInput& input, const Measures& measures,
                                   const QuotaBonus& bonus, base::Violations* violations);
std::vector<Earned> EarnSpiff(const CalculationInput& input, const Measures& measures,
                              const Spiff& spiff, base::Violations* violations);
std::vector<Earned> EarnContest(const CalculationInput& input, const Measures& measures,
                                const Contest& contest, base::Violations* violations);
std::vector<Earned> EarnOverride(const CalculationInput& input, const Measures& measures,
                                 const Override& override, base::Violations* violations);
std::vector<Earned> EarnTeamPool(const CalculationInput& input, const Measures& measures,
                                 const TeamPool& pool, base::Violations* violations);

}  // namespace salesops::performance::domain
