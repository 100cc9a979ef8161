#include "services/performance/domain/incentives/what_if.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/plan_parameter.h"
#include "services/performance/domain/incentives/plan_rules.h"
#include "shared/base/money.h"
#include "shared/base/violation.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

// What all periods come to.
struct Totals {
  std::map<std::string, Decimal> pay;  // by payee
  Decimal cost;
  std::optional<Decimal> attained;
};

// Runs all periods, by `plan` or, if it is null, by the plan that each has.
class Periods {
 public:
  Periods(std::vector<CalculationInput> periods, const MeasureRef& measure)
      : periods_(std::move(periods)), measure_(measure) {
    for (const CalculationInput& period : periods_) own_balances_.push_back(period.draw_balances);
  }

  // Requires at least one period.
  const std::string& currency() const { return periods_[0].plan.currency; }

  absl::StatusOr<Totals> Run(const PlanRules* plan) {
    Totals totals;
    std::map<std::string, Decimal> carried;  // of whoever was in a period before
    for (size_t i = 0; i < periods_.size(); ++i) {
      CalculationInput& period = periods_[i];
      period.draw_balances = own_balances_[i];
      for (const auto& [payee, balance] : carried) period.draw_balances[payee] = balance;
      ASSIGN_OR_RETURN(const CalculationResult result, Calculated(period, plan));
      Add(result, &totals);
      for (const PlanMember& member : period.members) carried[member.payee] = Decimal();
      for (const auto& [payee, balance] : result.draw_balances) carried[payee] = balance;
    }
    return totals;
  }

 private:
  // The lines of a period are many, so its plan is exchanged and put back.
  static absl::StatusOr<CalculationResult> Calculated(CalculationInput& period,
                                                      const PlanRules* plan) {
    if (plan == nullptr) return Calculate(period);
    const PlanRules own = std::exchange(period.plan, *plan);
    absl::StatusOr<CalculationResult> result = Calculate(period);
    period.plan = own;
    return result;
  }

  void Add(const CalculationResult& result, Totals* totals) const {
    for (const Entry& entry : result.entries) {
      if (entry.parent >= 0) continue;
      totals->pay[entry.payee] += entry.amount;
      totals->cost += entry.amount;
    }
    for (const Attainment& attainment : result.attainments) {
      if (attainment.measure != measure_ || !attainment.attainment) continue;
      totals->attained = totals->attained.value_or(Decimal()) + *attainment.attainment;
    }
  }

  std::vector<CalculationInput> periods_;
  const MeasureRef measure_;
  std::vector<std::map<std::string, Decimal>> own_balances_;
};

std::vector<Decimal> DecilesOf(const std::map<std::string, Decimal>& pay) {
  std::vector<Decimal> sorted;
  for (const auto& [payee, amount] : pay) sorted.push_back(amount);
  std::sort(sorted.begin(), sorted.end());
  std::vector<Decimal> deciles;
  for (size_t k = 0; k <= 10 && !sorted.empty(); ++k) {
    const size_t rank = (k * sorted.size() + 9) / 10;  // from 1; rounded up
    deciles.push_back(sorted[rank == 0 ? 0 : rank - 1]);
  }
  return deciles;
}

Decimal Gain(const PayeeOutcome& outcome) { return outcome.after - outcome.before; }

void Compare(const Totals& before, const Totals& after, VariantOutcome* outcome) {
  std::map<std::string, PayeeOutcome> payees;
  for (const auto& [payee, amount] : before.pay) payees[payee].before = amount;
  for (const auto& [payee, amount] : after.pay) payees[payee].after = amount;
  for (auto& [payee, change] : payees) {
    change.payee = payee;
    if (change.after == change.before) {
      ++outcome->unchanged;
    } else {
      (change.after > change.before ? outcome->winners : outcome->losers).push_back(change);
    }
  }
  std::stable_sort(outcome->winners.begin(), outcome->winners.end(),
                   [](const auto& a, const auto& b) { return Gain(a) > Gain(b); });
  std::stable_sort(outcome->losers.begin(), outcome->losers.end(),
                   [](const auto& a, const auto& b) { return Gain(a) < Gain(b); });
}

VariantOutcome OutcomeOf(const std::string& name, const Totals& baseline, const Totals& totals,
                         const std::string& currency) {
  VariantOutcome outcome;
  outcome.name = name;
  outcome.cost = totals.cost;
  outcome.difference = totals.cost - baseline.cost;
  outcome.deciles = DecilesOf(totals.pay);
  outcome.attained = totals.attained;
  if (totals.attained && *totals.attained > Decimal()) {
    outcome.cost_per_attainment =
        totals.cost.Divide(*totals.attained, base::MinorDigits(currency).value_or(2),
                           base::Rounding::kHalfAwayFromZero);
  }
  Compare(baseline, totals, &outcome);
  return outcome;
}

void CheckCurrency(const PlanRules& plan, const std::string& currency, const std::string& prefix,
                   base::Violations* violations) {
  if (plan.currency == currency) return;
  violations->Add(prefix + "rules.currency", "OTHER_CURRENCY",
                  absl::StrCat("must be that of the plan it is compared with, ", currency,
                               "; it is ", plan.currency));
}

absl::Status CheckPeriods(const std::vector<CalculationInput>& periods) {
  if (periods.empty()) {
    return status::InvalidField("periods", "REQUIRED", "needs at least one period");
  }
  for (size_t i = 1; i < periods.size(); ++i) {
    if (periods[i].plan.currency == periods[0].plan.currency) continue;
    return status::InvalidField(absl::StrCat("periods[", i, "]"), "OTHER_CURRENCY",
                                absl::StrCat("must be paid in the currency of the first period, ",
                                             periods[0].plan.currency));
  }
  return absl::OkStatus();
}

// The number of points; 0 = the grid cannot be.
int PointsOf(const ParameterGrid& grid) {
  if (grid.step <= Decimal() || grid.to < grid.from) return 0;
  const absl::StatusOr<Decimal> width = Decimal::CheckedAdd(grid.to, -grid.from);
  if (!width.ok()) return 0;
  const absl::StatusOr<Decimal> steps = width->CheckedDivide(grid.step, 0, base::Rounding::kFloor);
  if (!steps.ok() || *steps >= Decimal::FromInt(kMaxGridPoints)) return 0;
  return static_cast<int>(steps->unscaled()) + 1;
}

absl::Status CheckGrid(const ParameterGrid& grid, Objective objective) {
  base::Violations violations;
  if (PointsOf(grid) == 0) {
    violations.Add("grid", "OUT_OF_RANGE",
                   absl::StrCat("must have a step above 0, `to` not below `from`, and at most ",
                                kMaxGridPoints, " points"));
  }
  if (objective == Objective::kUnset) {
    violations.Add("objective", "REQUIRED", "must say what is looked for within the budget");
  }
  return violations.empty() ? absl::OkStatus() : status::InvalidArgument(violations);
}

bool IsBetter(const GridPoint& a, const GridPoint& b, Objective objective) {
  if (objective == Objective::kSpendMost && a.cost != b.cost) return a.cost > b.cost;
  if (objective == Objective::kFewestLosers && a.losers != b.losers) return a.losers < b.losers;
  if (objective == Objective::kMostWinners && a.winners != b.winners) return a.winners > b.winners;
  return std::tie(a.cost, a.value) < std::tie(b.cost, b.value);
}

}  // namespace

absl::StatusOr<WhatIf> RunWhatIf(std::vector<CalculationInput> periods,
                                 const std::vector<PlanVariant>& variants,
                                 const MeasureRef& measure) {
  RETURN_IF_ERROR(CheckPeriods(periods));
  Periods runs(std::move(periods), measure);
  base::Violations violations;
  for (size_t i = 0; i < variants.size(); ++i) {
    const std::string prefix = absl::StrCat("variants[", i, "].");
    base::Violations own;
    CheckPlan(variants[i].plan, &own);
    violations.AddAll(prefix, own);
    CheckCurrency(variants[i].plan, runs.currency(), prefix, &violations);
  }
  if (!violations.empty()) return status::InvalidArgument(violations);
  ASSIGN_OR_RETURN(const Totals baseline, runs.Run(nullptr));
  WhatIf result;
  result.baseline = OutcomeOf("", baseline, baseline, runs.currency());
  for (const PlanVariant& variant : variants) {
    ASSIGN_OR_RETURN(const Totals totals, runs.Run(&variant.plan));
    result.variants.push_back(OutcomeOf(variant.name, baseline, totals, runs.currency()));
  }
  return result;
}

absl::StatusOr<Optimum> FindOptimum(std::vector<CalculationInput> periods, const PlanRules& plan,
                                    const ParameterGrid& grid, const Decimal& budget,
                                    Objective objective) {
  RETURN_IF_ERROR(CheckPeriods(periods));
  RETURN_IF_ERROR(CheckGrid(grid, objective));
  PlanRules tried = plan;
  ASSIGN_OR_RETURN(Decimal* const parameter, FindParameter(tried, grid.field, "grid.field"));
  Periods runs(std::move(periods), MeasureRef());
  base::Violations violations;
  CheckCurrency(plan, runs.currency(), "", &violations);
  if (!violations.empty()) return status::InvalidArgument(violations);
  ASSIGN_OR_RETURN(const Totals baseline, runs.Run(nullptr));

  Optimum optimum;
  Decimal value = grid.from;
  for (int left = PointsOf(grid); left > 0; --left, value += grid.step) {
    GridPoint point;
    point.value = value;
    *parameter = value;
    base::Violations own;
    CheckPlan(tried, &own);
    point.legal = own.empty();
    if (point.legal) {
      ASSIGN_OR_RETURN(const Totals totals, runs.Run(&tried));
      VariantOutcome outcome;
      Compare(baseline, totals, &outcome);
      point.cost = totals.cost;
      point.within_budget = totals.cost <= budget;
      point.winners = static_cast<int>(outcome.winners.size());
      point.losers = static_cast<int>(outcome.losers.size());
    }
    optimum.points.push_back(point);
    const size_t place = optimum.points.size() - 1;
    if (point.within_budget &&
        (!optimum.best || IsBetter(point, optimum.points[*optimum.best], objective))) {
      optimum.best = place;
    }
  }
  return optimum;
}

}  // namespace salesops::performance::domain
