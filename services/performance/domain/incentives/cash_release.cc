#include "services/performance/domain/incentives/cash_release.h"

#include <algorithm>
#include <tuple>

namespace salesops::performance::domain {
namespace {

using base::Decimal;

std::vector<DatedAmount> InOrder(std::vector<DatedAmount> amounts) {
  std::sort(amounts.begin(), amounts.end(), [](const DatedAmount& a, const DatedAmount& b) {
    return std::tie(a.date, a.fact, a.amount) < std::tie(b.date, b.fact, b.amount);
  });
  return amounts;
}

// The part of [from, to) that is in [low, high); nothing if they are apart.
Decimal Overlap(const Decimal& from, const Decimal& to, const Decimal& low, const Decimal& high) {
  const Decimal begin = std::max(from, low);
  const Decimal end = std::min(to, high);
  return begin < end ? end - begin : Decimal();
}

}  // namespace

std::vector<Allocation> AllocateCash(const std::vector<DatedAmount>& invoices,
                                     const std::vector<DatedAmount>& cash) {
  // Invoices lie end to end on a line; cash moves a mark along it, and what the mark passes over of
  // an invoice is what is paid of it, or goes back.
  const std::vector<DatedAmount> due = InOrder(invoices);
  std::vector<Allocation> allocations;
  Decimal mark;
  for (const DatedAmount& piece : InOrder(cash)) {
    const Decimal next = mark + piece.amount;
    Decimal low;
    for (const DatedAmount& invoice : due) {
      if (invoice.amount <= Decimal()) continue;
      const Decimal high = low + invoice.amount;
      const Decimal passed = Overlap(std::min(mark, next), std::max(mark, next), low, high);
      if (!passed.is_zero()) {
        allocations.push_back(
            {invoice.fact, piece.fact, piece.date, next < mark ? -passed : passed});
      }
      low = high;
    }
    mark = next;
  }
  return allocations;
}

Decimal ReleasedOf(const Decimal& earned, int minor_digits, const Decimal& due,
                   const Decimal& paid) {
  const Decimal all = earned.Round(minor_digits, base::Rounding::kHalfAwayFromZero);
  if (due <= Decimal() || due <= paid) return all;
  if (paid <= Decimal()) return Decimal::FromUnscaled(0, minor_digits);
  return (all * paid).Divide(due, minor_digits, base::Rounding::kHalfAwayFromZero);
}

std::vector<Release> ReleaseByCash(const Decimal& earned, int minor_digits, const Decimal& due,
                                   const std::vector<DatedAmount>& cash) {
  std::vector<Release> releases;
  Decimal paid;
  // What nothing is due for is not released by cash.
  Decimal released = ReleasedOf(earned, minor_digits, due, paid);
  for (const DatedAmount& piece : InOrder(cash)) {
    paid += piece.amount;
    const Decimal now = ReleasedOf(earned, minor_digits, due, paid);
    if (now != released) releases.push_back({piece.fact, piece.date, now - released});
    released = now;
  }
  return releases;
}

}  // namespace salesops::performance::domain
