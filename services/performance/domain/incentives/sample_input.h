#pragma once

// Small inputs of calculations, for tests: the first quarter of 2026, 90 days, in yuan.
//
// Thread-safety: pure functions.

#include <string>
#include <utility>
#include <vector>

#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/measures.h"

namespace salesops::performance::domain {
inline namespace sample {

inline base::Decimal D(const std::string& text) { return base::Decimal::Parse(text).value(); }

inline base::CivilDay Day(int month, int day) { return base::CivilDay(2026, month, day); }

inline base::DayRange Quarter() { return {Day(1, 1), Day(4, 1)}; }

inline MeasureRef Ref(Measure measure) { return {measure, ""}; }
inline MeasureRef Imported(const std::string& name) { return {Measure::kImported, name}; }

inline PlanMember Member(const std::string& payee) { return {payee, {Quarter()}, {}, {}}; }

inline Credit CreditOf(FactKind kind, const std::string& payee, const std::string& fact,
                       const std::string& amount, base::CivilDay day = Day(2, 1)) {
  Credit credit;
  credit.payee = payee;
  credit.fact = fact;
  credit.line = "1";
  credit.kind = kind;
  credit.date = day;
  credit.order = "o-" + fact;
  credit.currency = "CNY";
  credit.account = "accounts/1";
  credit.product = "products/camera";
  credit.product_category = "hardware";
  credit.quantity = D("1");
  credit.amount = D(amount);
  return credit;
}
inline Credit Booking(const std::string& payee, const std::string& fact, const std::string& amount,
                      base::CivilDay day = Day(2, 1)) {
  return CreditOf(FactKind::kBooking, payee, fact, amount, day);
}

// A rate rule for every line; tiers as {from, rate}.
inline RateRule Rule(const std::string& id, TierMethod method, TierBasis basis,
                     const std::vector<std::pair<std::string, std::string>>& tiers) {
  RateRule rule;
  rule.id = id;
  rule.table.method = method;
  rule.table.basis = basis;
  for (const auto& [from, rate] : tiers) rule.table.tiers.push_back({D(from), D(rate)});
  return rule;
}

inline Commission CommissionOf(Per per, std::vector<RateRule> rules) {
  return {Ref(Measure::kBookings), per, std::move(rules)};
}

inline Component CommissionComponent(const std::string& id, Commission commission) {
  Component component;
  component.id = id;
  component.kind = ComponentKind::kCommission;
  component.commission = std::move(commission);
  return component;
}

inline CalculationInput Input() {
  CalculationInput input;
  input.plan.currency = "CNY";
  input.plan.level = PeriodLevel::kQuarter;
  input.plan.rate_date = RateDate::kFactDate;
  input.period = Quarter();
  input.members = {Member("sellers/1")};
  return input;
}

// "field reason" of each.
inline std::vector<std::string> Told(const base::Violations& violations) {
  std::vector<std::string> told;
  for (const base::Violation& v : violations.list()) told.push_back(v.field + " " + v.reason);
  return told;
}

inline base::Decimal SumOf(const std::vector<Earned>& earned) {
  base::Decimal sum;
  for (const Earned& leaf : earned) sum += leaf.unrounded;
  return sum;
}

}  // namespace sample
}  // namespace salesops::performance::domain
