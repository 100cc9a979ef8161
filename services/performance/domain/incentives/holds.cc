#include "services/performance/domain/incentives/holds.h"

#include <algorithm>
#include <set>
#include <utility>

namespace salesops::performance::domain {

using base::Decimal;

bool IsHeld(const std::vector<OrderHold>& holds, const std::string& order, base::CivilDay day) {
  return !order.empty() && std::any_of(holds.begin(), holds.end(), [&](const OrderHold& hold) {
    return hold.order == order && hold.days.Contains(day);
  });
}

std::map<std::string, PayeeBalance> BalancesOn(const std::vector<OrderBalance>& balances,
                                               const std::vector<OrderHold>& holds,
                                               base::CivilDay day) {
  std::set<std::string> held;
  for (const OrderHold& hold : holds) {
    if (!hold.order.empty() && hold.days.Contains(day)) held.insert(hold.order);
  }
  std::map<std::pair<std::string, std::string>, Decimal> open;  // by payee and order
  for (const OrderBalance& balance : balances) {
    open[{balance.payee, balance.order}] += balance.earned - balance.paid;
  }
  std::map<std::string, PayeeBalance> by_payee;
  for (const auto& [key, amount] : open) {
    PayeeBalance& payee = by_payee[key.first];
    const bool is_kept = !amount.is_negative() && held.count(key.second) > 0;
    (is_kept ? payee.held : payee.payable) += amount;
  }
  return by_payee;
}

}  // namespace salesops::performance::domain
