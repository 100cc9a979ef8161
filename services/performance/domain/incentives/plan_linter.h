#pragma once

// Looks for what plan authors get wrong: a plan that is legal but pays strangely.
//
// Thread-safety: pure functions.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/plan.h"

namespace salesops::performance::domain {

enum class FindingKind : int {
  kUnset = 0,
  kGap = 1,              // lines that no rule matches, attainments between curve and nothing
  kOverlap = 2,          // two rules, equally specific, that can match the same line
  kCliff = 3,            // one cent more sold changes pay by more than a tenth of it
  kNonMonotone = 4,      // selling more pays less
  kUnreachableTier = 5,  // above the cap, or hidden by another
  kCapBelowTarget = 6,   // the cap is below what attainment of 100 % pays
  kMissingCalendar = 7,
  kPeriodShift = 8,  // what a payee gains by moving a deal across a period's end
};

struct Finding {
  FindingKind kind = FindingKind::kUnset;
  bool blocks = false;  // approval is refused while it stands; else it must be acknowledged
  std::string field;    // path into the plan
  std::string message;  // what is wrong, with the figures, and what to do
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct LintContext {
  bool calendar_known = true;
  // Usual quota by measure, to look at attainments as amounts; absent = tiers by attainment are
  // looked at in shares only.
  std::map<MeasureRef, base::Decimal> typical_quota;
  base::Decimal typical_deal;  // for kPeriodShift; 0 = not looked at
};

// Findings in the order of the plan's fields. Requires a plan that CheckPlan has no violation of.
//
// Pay is looked at as a piecewise linear function of what is sold (pay_curve.h), rules as sets of
// lines (line_space.h); nothing is sampled. Jumps and the gain of moving a deal are told of above a
// tenth: of what is paid at the jump or at 100 % of the typical quota, and of that pay (or, without
// a quota, of what the last breakpoint pays). Overlaps, pay that falls, and a missing calendar
// block approval.
std::vector<Finding> LintPlan(const PlanRules& plan, const LintContext& context);

}  // namespace salesops::performance::domain
