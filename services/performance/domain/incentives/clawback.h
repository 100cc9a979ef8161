#pragma once

// Clawback (扣回): what credit notes, cancellations, refunds, unpaid invoices and leavers take back
// of what was earned before. Closed periods are never edited: what is taken back is negative leaves
// of the open period.
//
// Each leaf that earned gives back the share of its line that is lost:
//   - on a booking: what was cancelled of it, or what its order's invoices lost, whichever is more,
//     as an order that is cancelled after it was invoiced has both;
//   - on an invoice: what was credited of it and, at the end of the days that it may stay unpaid,
//     what was neither paid nor credited; what is credited after that counts only beyond it;
//   - on a payment: what was refunded of it;
//   - of a leaver: all, if the last day of employment is at most so many days after the booking (or
//     after what it was earned on, without one).
// A line of a correction takes from the line of the same id of the fact that it corrects, or from
// all lines of that fact in proportion if it has none; a correction of a fact of another kind, or
// of none, takes from all lines of its order in proportion. What is taken in total is rounded and
// not each part, so that corrections that add up to the line take back exactly what was earned.
//
// Thread-safety: pure functions.

#include <map>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/facts.h"
#include "services/performance/domain/incentives/plan.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// A leaf of an earlier period, or of the open one. Several of the same payee, component and line
// add up. What was earned by the period itself is no leaf of this kind. A negative amount is what a
// correcting fact itself took in the same component, as measures count it; that is not taken again.
struct EarnedLeaf {
  std::string payee;
  std::string component;
  FactKind kind = FactKind::kUnset;  // what the component measures: booking, invoice or payment
  std::string fact, line;            // empty = all lines of the order
  std::string order;                 // may be empty if there is a fact
  base::Decimal amount;              // what it came to in the end (CameTo), in minor units
  base::Decimal paid;                // of the amount, what was paid out
  base::Decimal taken;               // of the amount, what earlier clawbacks took, >= 0
};

enum class ClawbackCause : int {
  kUnset = 0,
  kCreditNote = 1,
  kCancellation = 2,
  kRefund = 3,  // with on_credit_note
  kUnpaid = 4,
  kLeaver = 5,
};

struct TakenBack {
  std::string payee;
  std::string component;
  std::string fact, line, order;  // of the leaf that earned it
  ClawbackCause cause = ClawbackCause::kUnset;
  std::string by;        // the correcting fact, or the invoice that was not paid; empty for leavers
  base::CivilDay date;   // of the fact; the last day on which the invoice might be paid; the last
                         // day of employment
  base::Decimal amount;  // negative
  base::Decimal unpaid;  // of it, what only lessens what is not paid out yet; the rest is recovered
                         // from later pay
  friend bool operator==(const TakenBack&, const TakenBack&) = default;
};

// What is taken back in addition to what was taken before, by everything that happened before
// `until`, ordered by payee, component, order, fact, line and date. Never more of a leaf than its
// amount. `facts` are all facts of the orders of the leaves, of any order and each any number of
// times; `left` is the last day of employment of whoever left. Leaves whose fact is not among them
// lose nothing but to leavers.
std::vector<TakenBack> TakeBack(const Clawback& rules, int minor_digits,
                                const std::vector<EarnedLeaf>& earned,
                                const std::vector<Fact>& facts,
                                const std::map<std::string, base::CivilDay>& left,
                                base::CivilDay until);

// What each leaf of a component (in minor units) came to when the component in total, after
// multipliers and cap but without a floor, came to `total`: the parts of those above 0 in
// proportion, by largest remainder; nothing for the others. So nobody gives back what a cap kept.
std::vector<base::Decimal> CameTo(const std::vector<base::Decimal>& leaves,
                                  const base::Decimal& total, int minor_digits);

}  // namespace salesops::performance::domain
