#pragma once

// Measures of payees over the period of a calculation, in the plan's currency.
//
// Thread-safety: immutable once made.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

// Of quotas and targets that are prorated, half away from zero.
inline constexpr int kProratedDigits = 4;
inline constexpr int kAttainmentDigits = 10;

// The order that a credit belongs to; one without belongs to an order of its own fact.
inline const std::string& OrderOf(const Credit& credit) {
  return credit.order.empty() ? credit.fact : credit.order;
}

// value / quota with 10 digits, half away from zero; nullopt without a quota above 0, or if it is
// 10^15 or more.
std::optional<base::Decimal> AttainmentAt(const base::Decimal& value, const base::Decimal& quota);

// For people: "bookings", or the name of an imported one.
std::string NameOf(const MeasureRef& measure);
// Every measure that a component, or one of its multipliers, looks at; ordered, each once.
std::vector<MeasureRef> MeasuresOf(const PlanRules& plan);

class Measures {
 public:
  // Points into `input`, which must outlive it. Requires a period that is not empty. Violations:
  // RATE_MISSING, once for each pair and day; RATE_AMBIGUOUS, QUOTA_AMBIGUOUS, VALUE_AMBIGUOUS and
  // MEMBER_TWICE for inputs that contradict each other; AMOUNT_OUT_OF_RANGE. Credits outside the
  // period are left out.
  Measures(const CalculationInput& input, base::Violations* violations);
  Measures(const Measures&) = delete;
  Measures& operator=(const Measures&) = delete;

  // Those to whom the plan is assigned on a day of the period, by payee.
  const std::vector<const PlanMember*>& members() const { return members_; }
  bool IsMember(const std::string& payee) const;

  // The credits of a payee that count for a measure, on days on which the plan is assigned to the
  // payee, ordered by date, fact, line and overlay. A line without cost counts as nothing for
  // kMargin and is COST_MISSING. Empty for kImported. Their magnitudes sum to less than 10^20, or
  // it is empty and AMOUNT_OUT_OF_RANGE.
  std::vector<Counted> CountedOf(const std::string& payee, const MeasureRef& measure,
                                 base::Violations* violations) const;
  // The same of somebody who may be no member of the plan, on the given days.
  std::vector<Counted> CountedOn(const std::string& payee, const MeasureRef& measure,
                                 const base::DayRange& days, base::Violations* violations) const;
  // The sum of them, or the imported value (of the range of days that contains the period, the
  // shortest if there are several; nullopt if there is none).
  std::optional<base::Decimal> ValueOf(const std::string& payee, const MeasureRef& measure,
                                       base::Violations* violations) const;
  // The quota of a payee, prorated by days of assignment if the plan says so; nullopt = none.
  std::optional<base::Decimal> QuotaOf(const std::string& payee, const MeasureRef& measure) const;
  // AttainmentAt of them; nullopt without value or quota.
  std::optional<base::Decimal> AttainmentOf(const std::string& payee, const MeasureRef& measure,
                                            base::Violations* violations) const;
  // Days of assignment / days of the period, with 10 digits; 1 if the plan does not prorate.
  base::Decimal ProrationOf(const std::string& payee) const;
  // `amount` × days of assignment / days of the period, with 4 digits, or the amount itself if the
  // plan does not prorate or the payee is assigned on every day. Requires an amount in range.
  base::Decimal Prorated(const std::string& payee, const base::Decimal& amount) const;

 private:
  struct Ready {
    const Credit* credit = nullptr;
    const base::Decimal* rate = nullptr;  // to the plan's currency; nullptr = 1
  };
  struct Span {
    size_t begin = 0, end = 0;
  };

  void ReadMembers(base::Violations* violations);
  void ReadRates(base::Violations* violations);
  void ReadCredits(base::Violations* violations);
  struct Placed {
    size_t payee = 0;  // its rank by name
    size_t day = 0;    // of the period
    Ready ready;
  };
  void OrderCredits();
  static void OrderBy(size_t Placed::*number, std::vector<Placed>* placed);
  void ReadQuotas(base::Violations* violations);
  void ReadValues(base::Violations* violations);
  const PlanMember* MemberOf(const std::string& payee) const;
  int64_t AssignedDaysOf(const std::string& payee) const;
  std::optional<base::Decimal> ImportedOf(const std::string& payee, const std::string& name) const;
  // The credits of a payee on some days, in their order.
  std::vector<Counted> Count(const std::string& payee, const MeasureRef& measure,
                             const base::DayRange* days, size_t ranges,
                             base::Violations* violations) const;

  const CalculationInput& input_;
  int64_t period_days_ = 0;
  std::vector<const PlanMember*> members_;
  std::unordered_map<std::string_view, const PlanMember*> member_of_;
  std::map<std::pair<std::string_view, base::CivilDay>, base::Decimal> rates_;
  std::vector<Ready> credits_;  // by payee, each in order
  std::unordered_map<std::string_view, Span> credits_of_;
  std::unordered_map<std::string_view, std::vector<const QuotaAmount*>> quotas_of_;
  std::unordered_map<std::string_view, std::vector<const MeasureValue*>> values_of_;
};

}  // namespace salesops::performance::domain
