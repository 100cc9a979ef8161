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
  kManager = 3,  // the direct managers, on the fact's day, of those whom the fact declares, in
                 // equal parts; the part of one who has no manager goes by the splits, of overlays
                 // to nobody
};

// A rule that applies to the facts of its days. Of the rules that are no overlays the most specific
// one holds for a line, with `kinds` as one condition more; each overlay that matches credits on
// top.
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

// Shares of splits that are no overlays sum to 1 (SHARES_NOT_ONE), no seller twice among them nor
// among the overlays (NOT_UNIQUE), shares in (0, 1] with at most 10 digits after the point
// (OUT_OF_RANGE).
void CheckSplits(const std::vector<DeclaredSplit>& splits, base::Violations* violations);

// The credits of all facts, ordered by fact, line, overlay and payee. Each amount of a line is
// split by largest remainder at the minor digits of its currency (quantities at 6 digits), ties by
// payee. Each overlay, declared or by a rule, is split likewise between those whom it credits and
// the rest, which nobody gets: half a unit goes to the payee. A payee has at most one credit of a
// line that is an overlay and one that is none, each the sum of all. Facts
// of the same name count once.
// FAILED_PRECONDITION, reason NOT_CREDITED, with every violation, the subject being the fact:
// RULES_TIE (once for each two rules, with their first fact), BAD_CURRENCY, TOO_MANY_DIGITS and
// those of CheckSplits.
absl::StatusOr<std::vector<Credit>> CreditFacts(const std::vector<Fact>& facts,
                                                const std::vector<CreditingRule>& rules,
                                                const std::vector<ManagedDays>& managed);

}  // namespace salesops::performance::domain
