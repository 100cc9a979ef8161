#pragma once

// The incentive ledger (激励台账): what a calculation gives. Entries form trees; the amount of an
// entry with parts is their sum, so every amount is the sum of its leaves. Only leaves are rounded,
// once each, to the currency's minor unit, half away from zero.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/decimal.h"

namespace salesops::performance::domain {

enum class EntryKind : int {
  kUnset = 0,
  kPayout = 1,      // the root: all of one payee, plan and period
  kComponent = 2,   // all of one component
  kEarning = 3,     // a leaf: what one credited line, order, or the period itself earned
  kMultiplier = 4,  // a leaf: what a multiplier added or took: base × (rate - 1)
  kCap = 5,         // a leaf: what a cap took (negative)
  kFloor = 6,       // a leaf: what a floor added
  kDraw = 7,        // a leaf: paid in advance
  kRecovery = 8,    // a leaf: an advance kept back (negative)
  kClawback = 9,    // a leaf: earned before, taken back (negative)
};

struct Entry {
  int parent = -1;  // place in the entries, always before this one; -1 = a root
  EntryKind kind = EntryKind::kUnset;
  std::string payee;      // "sellers/7"
  std::string component;  // its id; empty above components
  std::string rule;       // rate rule, multiplier or whatever set the amount; may be empty
  std::string fact;       // the fact and line that it is for; empty = the period
  std::string line;
  std::optional<base::Decimal> base;       // what the rate was applied to, not rounded
  std::optional<base::Decimal> rate;       // or factor
  std::optional<base::Decimal> unrounded;  // of leaves: the exact amount
  base::Decimal amount;                    // in the plan's currency
  std::string note;  // how it was computed, in words, such as "tier 2 of 3: from 100000"
  friend bool operator==(const Entry&, const Entry&) = default;
};

// What is wrong with a ledger, for people; empty = every parent is before its parts, payouts and
// components are the sums of their parts (nothing without any), all others are leaves, have
// `unrounded` and are its rounding.
std::string FaultOf(const std::vector<Entry>& entries, int minor_digits);

}  // namespace salesops::performance::domain
