#pragma once

// Why two results differ: the smallest set of causes that explains every amount that changed.
//
//   const Comparison why = ComparePayouts(before, after);
//   why.difference;            // the sum of the causes' amounts, to the last cent
//   why.causes[0].subject;     // "transactions/t7", a late deal that moved tiers and met the cap
//
// An amount that changed may have several explanations: a line pays at another rate because the
// rule was changed, or because another deal moved the tiers. Causes are chosen so that as few as
// possible explain everything: what can only be explained in one way is, and the rest follows it
// where it can.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/incentives/ledger.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// Of causes that explain as much, the earlier kind is taken.
enum class CauseKind : int {
  kUnset = 0,
  kFactAdded = 1,
  kFactRemoved = 2,
  kFactChanged = 3,        // its amounts, or who is credited with it
  kMeasureChanged = 4,     // a payee's value or quota
  kRuleChanged = 5,        // a rate rule, curve, award or share; or which rule holds
  kMultiplierChanged = 6,  // its steps
  kCapChanged = 7,
  kFloorChanged = 8,
  kDrawChanged = 9,  // of the plan, or what a payee owes
  kComponentAdded = 10,
  kComponentRemoved = 11,
  kPayeeAdded = 12,
  kPayeeRemoved = 13,
};

// Everything of a payee and component that one fact's line, or the period, earned or lost.
struct Change {
  std::string payee;
  std::string component;  // empty = above components
  EntryKind kind = EntryKind::kUnset;
  std::string fact, line;
  std::string rule;  // of after, or of before if there is none after
  base::Decimal before, after;
  friend bool operator==(const Change&, const Change&) = default;
};

struct Cause {
  CauseKind kind = CauseKind::kUnset;
  // The fact, payee, component, or of rules "component/rule"; empty = the plan's.
  std::string subject;
  base::Decimal amount;         // what its changes come to
  std::vector<Change> changes;  // by payee, component and so on
  friend bool operator==(const Cause&, const Cause&) = default;
};

struct Comparison {
  base::Decimal before, after;
  base::Decimal difference;   // after - before = the sum of the causes' amounts
  std::vector<Cause> causes;  // by kind and subject
};

// Results also tell whose values and quotas changed; ledgers alone do not. Ledgers may hold deltas.
Comparison ComparePayouts(const CalculationResult& before, const CalculationResult& after);
Comparison ComparePayouts(const std::vector<Entry>& before, const std::vector<Entry>& after);

}  // namespace salesops::performance::domain
