#pragma once

// Holds (冻结): a held order earns as any other, but what it earned is not payable until it is
// released.
//
// Thread-safety: pure functions.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

struct OrderHold {
  std::string order;
  base::DayRange days;  // from the day it was placed to the day of its release; open = not released
};

// All that a payee earned on an order so far, and what was paid of it. Several of the same payee
// and order add up. What is for no order has an empty one and is never held.
struct OrderBalance {
  std::string payee;
  std::string order;
  base::Decimal earned;  // less what was taken back
  base::Decimal paid;
};

struct PayeeBalance {
  base::Decimal payable;  // negative: more was paid than is earned now
  base::Decimal held;     // >= 0
  friend bool operator==(const PayeeBalance&, const PayeeBalance&) = default;
};

// Whether any hold of the order is in force on a day.
bool IsHeld(const std::vector<OrderHold>& holds, const std::string& order, base::CivilDay day);

// By payee, what is payable on a day and what is held back. What was overpaid on a held order is
// recovered all the same: payable + held is always what was earned and not paid.
std::map<std::string, PayeeBalance> BalancesOn(const std::vector<OrderBalance>& balances,
                                               const std::vector<OrderHold>& holds,
                                               base::CivilDay day);

}  // namespace salesops::performance::domain
