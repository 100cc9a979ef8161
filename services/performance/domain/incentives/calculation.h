#pragma once

// A run: a pure function of facts, plan, quotas, roster, rates and calendar. The same inputs in any
// order and in any batches give the same entries.
//
// Thread-safety: pure functions.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/performance/domain/incentives/facts.h"
#include "services/performance/domain/incentives/ledger.h"
#include "services/performance/domain/incentives/plan.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// A part of a fact's line that counts for a payee. Credits of a line that are no overlays sum to
// the line, to the last minor unit, in each of its amounts.
struct Credit {
  std::string payee;
  std::string fact, line;  // as in the facts; ties of rounding go by payee
  bool overlay = false;
  FactKind kind = FactKind::kUnset;
  base::CivilDay date;
  std::string order;
  std::string currency;
  std::string account;
  std::map<std::string, std::string> attributes;
  std::string product, product_category;
  std::optional<base::Decimal> discount;
  base::Decimal quantity;
  base::Decimal amount;
  std::optional<base::Decimal> margin;
  base::Decimal recurring;
  friend bool operator==(const Credit&, const Credit&) = default;
};

struct QuotaAmount {
  std::string payee;
  MeasureRef measure;
  base::Decimal amount;  // of the whole period, in the plan's currency or in units; > 0
};

struct TeamDays {
  std::string team;  // "teams/3"
  base::DayRange days;
  friend bool operator==(const TeamDays&, const TeamDays&) = default;
};

// The days of the period on which the plan is assigned to the payee.
struct PlanMember {
  std::string payee;
  std::vector<base::DayRange> days;    // within the period, ordered, apart
  std::vector<TeamDays> teams;         // for pools; apart, so that a transfer is two of them
  std::optional<base::CivilDay> left;  // last day of employment, if it is over
};

// Who manages whom on which days, for overrides.
struct ManagedDays {
  std::string manager, report;  // payees; direct
  base::DayRange days;
};

// `amount` of `from` = amount × rate of `to` on a day.
struct DayRate {
  std::string from, to;
  base::CivilDay date;
  base::Decimal rate;
};

struct CalculationInput {
  PlanRules plan;
  base::DayRange period;  // with an end
  std::vector<PlanMember> members;
  std::vector<Credit> credits;  // of members and of those below them, of the period
  std::vector<QuotaAmount> quotas;
  std::vector<MeasureValue> values;
  std::vector<ManagedDays> managed;
  std::vector<DayRate> rates;  // every pair of currencies and day that is needed
  std::map<std::string, base::Decimal> draw_balances;  // owed by a payee from periods before, >= 0
};

struct Attainment {
  std::string payee;
  MeasureRef measure;
  base::Decimal value;                      // of the measure
  std::optional<base::Decimal> quota;       // prorated
  std::optional<base::Decimal> attainment;  // 10 digits, half away from zero
};

struct CalculationResult {
  std::vector<Entry> entries;  // trees of one payee after the other, by payee
  std::vector<Attainment> attainments;
  std::map<std::string, base::Decimal> draw_balances;  // after the period, of whoever owes
};

// FAILED_PRECONDITION, reason NOT_CALCULABLE, with every reason at once (violations: QUOTA_MISSING,
// VALUE_MISSING, RATE_MISSING, COST_MISSING, RULES_TIE, AMOUNT_OUT_OF_RANGE, …), each naming payee
// or fact and what to do about it. Requires a plan that CheckPlan has no violation of.
//
// Of each payee, in this order: the components of the plan, each what it earned, then its
// multipliers one after the other, each on what is there so far, its cap and its floor; then the
// plan's cap and floor and the draw. Floors and draws are prorated, caps are not. Recovery limits
// are of what is above the draw.
absl::StatusOr<CalculationResult> Calculate(const CalculationInput& input);

// The text whose SHA-256 is the hash of a payee's statement: what the payee's result was computed
// from, and the result, without times and generated ids. Equal for inputs that differ only in
// order, and for decimals that differ only in zeros after the point. Of what belongs to others only
// what the plan looks at is in it: those below for overrides, the team for pools, everybody for
// contests. The hash is made by the caller, as this library knows no cryptography:
// absl::BytesToHexString(api::Sha256(CanonicalStatement(…))). Stored with each statement, with the
// version of the engine.
std::string CanonicalStatement(const CalculationInput& input, const CalculationResult& result,
                               const std::string& payee);

// Raised whenever the same inputs could give another result. Older ones stay for replay.
inline constexpr int kEngineVersion = 1;

}  // namespace salesops::performance::domain
