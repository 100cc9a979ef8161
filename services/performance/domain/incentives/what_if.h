#pragma once

// What other plans would have paid for what was sold: variants over the same periods, exactly as a
// run computes them.
//
// What was sold is history and stays as it is: no variant is supposed to sell more.
//
// Thread-safety: pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/incentives/plan.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

struct PlanVariant {
  std::string name;
  PlanRules plan;
};

struct PayeeOutcome {
  std::string payee;
  base::Decimal before, after;  // of all periods, by the baseline and by the variant
  friend bool operator==(const PayeeOutcome&, const PayeeOutcome&) = default;
};

struct VariantOutcome {
  std::string name;
  base::Decimal cost;                         // all payouts of all periods, draws included
  base::Decimal difference;                   // cost less the baseline's
  std::vector<PayeeOutcome> winners, losers;  // who moves most first, ties by payee
  int unchanged = 0;
  // Payees' pay of all periods at ranks 0 %, 10 %, … 100 % (nearest rank: pay that somebody gets,
  // never between two). Empty without payees.
  std::vector<base::Decimal> deciles;
  std::optional<base::Decimal> attained;  // sum of attainments of payees and periods, 1 = a quota
  std::optional<base::Decimal> cost_per_attainment;  // what one quota costs, to the minor unit
};

struct WhatIf {
  VariantOutcome baseline;
  std::vector<VariantOutcome> variants;  // as they were given
};

// `periods` in order of time, each with the plan of the baseline; what is owed of draws goes from
// one to the next. `measure` is what cost per attainment is about; attainments are known of
// measures that a plan uses. INVALID_ARGUMENT with every violation of every variant's plan
// ("variants[0].rules.cap"), and if its currency is not the baseline's; refusals of Calculate.
absl::StatusOr<WhatIf> RunWhatIf(std::vector<CalculationInput> periods,
                                 const std::vector<PlanVariant>& variants,
                                 const MeasureRef& measure);

// from, from + step, … up to `to`.
struct ParameterGrid {
  std::string field;  // see plan_parameter.h
  base::Decimal from, to, step;
};

inline constexpr int kMaxGridPoints = 1'000;

// What is looked for among values within the budget. Of equals the one that costs least is taken,
// and then the lowest.
enum class Objective : int {
  kUnset = 0,
  kSpendMost = 1,     // come closest to the budget
  kFewestLosers = 2,  // against the baseline
  kMostWinners = 3,
};

struct GridPoint {
  base::Decimal value;
  bool legal = true;  // else CheckPlan refuses the plan with it, and it was not computed
  base::Decimal cost;
  bool within_budget = false;
  int winners = 0, losers = 0;
};

struct Optimum {
  std::vector<GridPoint> points;  // the whole grid, every point computed
  std::optional<size_t> best;     // place in `points`; absent = none within the budget
};

// Every value of the grid in `plan`. INVALID_ARGUMENT for a field, grid or objective that cannot
// be; otherwise as RunWhatIf.
absl::StatusOr<Optimum> FindOptimum(std::vector<CalculationInput> periods, const PlanRules& plan,
                                    const ParameterGrid& grid, const base::Decimal& budget,
                                    Objective objective);

}  // namespace salesops::performance::domain
