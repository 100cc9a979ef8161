#pragma once

// What brings an incentive ledger from one result to another by appending, as nothing in a ledger
// is ever edited: a row of the other sign for each leaf that no longer stands, then each new leaf
// as it is. Both are rounded once, as any leaf is.
//
//   const std::vector<Entry> delta = DeltaOf(ledger, recalculated);
//   ledger = Appended(ledger, delta);            // NetLeaves(ledger) == NetLeaves(recalculated)
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "services/performance/domain/incentives/ledger.h"

namespace salesops::performance::domain {

// Begins the note of a row that takes another one back; base, unrounded and amount have the other
// sign, everything else is the other row's.
inline constexpr char kReversalNote[] = "reverses: ";

// Orders leaves by payee, component (those above components last), kind, fact, line, rule and then
// everything else but `parent`.
bool LeafIsBefore(const Entry& a, const Entry& b);

// The leaves that stand: without those that were taken back, and without what took them back.
// Ordered, parents -1. The same for a ledger with any history of deltas as for its last result.
std::vector<Entry> NetLeaves(const std::vector<Entry>& entries);

// Trees to append: a payout of each payee touched, the components touched, their leaves. Empty if
// the same leaves stand in both. `ledger` may hold deltas already.
std::vector<Entry> DeltaOf(const std::vector<Entry>& ledger, const std::vector<Entry>& result);

// The ledger with the delta after it, parents moved to where they are then.
std::vector<Entry> Appended(const std::vector<Entry>& ledger, const std::vector<Entry>& delta);

}  // namespace salesops::performance::domain
