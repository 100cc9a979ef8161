#pragma once

// Earning on invoices, released as cash arrives (按回款释放). Partial payments release pro rata, by
// rounding what is released in total and not each part, so that the parts of a full payment sum to
// what was earned, to the last minor unit.
//
//   100.00 earned on an invoice of 3000, paid 1000 each: 33.33, 33.34, 33.33.
//
// Everything is ordered by date, then by name, whatever the order of arrival.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// An invoice, or cash; of cash that went back the amount is negative.
struct DatedAmount {
  std::string fact;
  base::CivilDay date;
  base::Decimal amount;
  friend bool operator==(const DatedAmount&, const DatedAmount&) = default;
};

// Cash of an order that pays one of its invoices; negative if it went back.
struct Allocation {
  std::string invoice;
  std::string cash;
  base::CivilDay date;  // of the cash
  base::Decimal amount;
  friend bool operator==(const Allocation&, const Allocation&) = default;
};

// Cash pays the oldest invoice first; what goes back is taken from the one paid last. What is paid
// beyond all invoices, or goes back beyond what was paid, is allocated to none. Invoices that are
// not above 0 take nothing. One currency for all. Ordered by cash, then by invoice.
std::vector<Allocation> AllocateCash(const std::vector<DatedAmount>& invoices,
                                     const std::vector<DatedAmount>& cash);

// What a payment released; negative if cash went back.
struct Release {
  std::string cash;
  base::CivilDay date;
  base::Decimal amount;
  friend bool operator==(const Release&, const Release&) = default;
};

// `earned` × paid / due, at most all of it and at least nothing, rounded half away from zero; all
// of it if nothing is due. Requires digits of the currency that `earned` is in.
base::Decimal ReleasedOf(const base::Decimal& earned, int minor_digits, const base::Decimal& due,
                         const base::Decimal& paid);

// What each piece of cash released of what was earned on one invoice of `due`: the difference that
// it makes to ReleasedOf. None that makes none. Of facts that arrive late the sum to date is what
// counts: what the open period owes is the sum of these less what earlier periods released.
std::vector<Release> ReleaseByCash(const base::Decimal& earned, int minor_digits,
                                   const base::Decimal& due, const std::vector<DatedAmount>& cash);

}  // namespace salesops::performance::domain
