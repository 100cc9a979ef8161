#pragma once

// Fixed funds (专项基金) for changes, improvements and pilots: a sum that can never be overspent.
// Pay is reserved first and then paid, or given up. The rule holds for whatever reads and writes
// fund and reservations as one.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {

struct Fund {
  std::string name;     // resource name
  base::Money amount;   // all that may ever be spent, > 0
  base::DayRange days;  // on which may be reserved
};

enum class ReservationState : int {
  kUnset = 0,
  kReserved = 1,
  kPaid = 2,
  kGivenUp = 3,  // counts no more
};

struct Reservation {
  std::string name;  // resource name; equal ones are the same
  ReservationState state = ReservationState::kUnset;
  base::Money amount;  // > 0; what was paid, once it is
};

// What may still be reserved: the fund's amount less all that is reserved or paid; negative only if
// the rule was broken.
base::Decimal AvailableOf(const Fund& fund, const std::vector<Reservation>& reservations);

// Whether one more may be reserved on a day. INVALID_ARGUMENT for an amount that is not above 0,
// has digits below the minor unit or another currency (field "amount", OUT_OF_RANGE,
// TOO_MANY_DIGITS, BAD_CURRENCY); FAILED_PRECONDITION FUND_CLOSED outside the fund's days,
// FUND_EXHAUSTED with what is left. ALREADY_EXISTS if it is reserved or paid already.
absl::Status CheckReservation(const Fund& fund, const std::vector<Reservation>& reservations,
                              const Reservation& wanted, base::CivilDay day);

// Whether `paid` may be paid of a reservation; what is left of it is free again. INVALID_ARGUMENT
// as above; FAILED_PRECONDITION NOT_RESERVED unless it is reserved, RESERVATION_EXCEEDED if it is
// more.
absl::Status CheckPayment(const Reservation& reservation, const base::Money& paid);

}  // namespace salesops::performance::domain
