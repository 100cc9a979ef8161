#pragma once

// Small calculations for the tests of what looks at their results: the first quarter of 2026, in
// yuan, one commission on bookings.
//
// Thread-safety: pure functions.

#include <string>
#include <utility>
#include <vector>

#include "services/performance/domain/incentives/calculation.h"

namespace salesops::performance::domain::small_run {

inline base::Decimal D(const std::string& text) { return base::Decimal::Parse(text).value(); }

inline Credit Sale(const std::string& payee, const std::string& fact, const std::string& amount,
                   int month = 2) {
  Credit credit;
  credit.payee = payee;
  credit.fact = fact;
  credit.line = "1";
  credit.kind = FactKind::kBooking;
  credit.date = base::CivilDay(2026, month, 1);
  credit.order = "o-" + fact;
  credit.currency = "CNY";
  credit.quantity = D("1");
  credit.amount = D(amount);
  return credit;
}

inline Component CommissionOf(const std::string& id, TierMethod method,
                              const std::vector<std::pair<std::string, std::string>>& tiers) {
  Component component;
  component.id = id;
  component.kind = ComponentKind::kCommission;
  component.commission.measure.measure = Measure::kBookings;
  component.commission.per = Per::kPeriod;
  RateRule rule;
  rule.id = "all";
  rule.table.method = method;
  rule.table.basis = TierBasis::kAmount;
  for (const auto& [from, rate] : tiers) rule.table.tiers.push_back({D(from), D(rate)});
  component.commission.rules = {rule};
  return component;
}

inline CalculationInput Input(const std::vector<std::string>& payees,
                              const std::vector<Component>& components,
                              const std::vector<Credit>& credits) {
  CalculationInput input;
  input.plan.currency = "CNY";
  input.plan.fiscal_calendar = "fiscalCalendars/gregorian";
  input.plan.level = PeriodLevel::kQuarter;
  input.plan.rate_date = RateDate::kFactDate;
  input.plan.components = components;
  input.period = {base::CivilDay(2026, 1, 1), base::CivilDay(2026, 4, 1)};
  for (const std::string& payee : payees) {
    PlanMember member;
    member.payee = payee;
    member.days = {input.period};
    input.members.push_back(member);
  }
  input.credits = credits;
  return input;
}

inline CalculationResult ResultOf(const CalculationInput& input) {
  return Calculate(input).value();
}

}  // namespace salesops::performance::domain::small_run
