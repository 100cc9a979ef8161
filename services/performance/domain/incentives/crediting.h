#pragma once

// Crediting (业绩归属): who gets how much of which line of a fact.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/incentives/facts.h"
#include "services/performance/domain/incentives/plan.h"
#include "shared/base/violation.h"

namespace salesops::performance::domain {

enum class CreditTo : int {
  kUnset = 0,
  kSplits = 1,   // those whom the fact declares
  kSeller = 2,   // a named seller
  kManager = 3,  // the direct managers, on the fact's day, of those whom the fact declares
};

// A rule that applies to the facts of its days. Of the rules that are no overlays the most specific
// one holds for a line; each overlay that matches credits on top.
struct CreditingRule {
  std::string name;  // resource name
  base::DayRange days;
  std::vector<FactKind> kinds;  // empty = all
  LineMatch match;
  CreditTo to = CreditTo::kUnset;
  std::string seller;   // of kSeller
  base::Decimal share;  // of the line, (0, 1]; what a rule that is no overlay leaves goes by the
                        // splits
  bool overlay = false;
};

// Shares of splits that are no overlays sum to 1, no seller twice, shares in (0, 1].
void CheckSplits(const std::vector<DeclaredSplit>& splits, base::Violations* violations);

// The credits of all facts, ordered by fact, line, overlay and payee. Each amount of a line is
// split by largest remainder at `minor_digits` of its currency (quantities at 6 digits), ties by
// payee. FAILED_PRECONDITION, violations RULES_TIE, naming fact and rules.
absl::StatusOr<std::vector<Credit>> CreditFacts(const std::vector<Fact>& facts,
                                                const std::vector<CreditingRule>& rules,
                                                const std::vector<ManagedDays>& managed);

}  // namespace salesops::performance::domain
