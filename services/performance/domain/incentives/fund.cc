#include "services/performance/domain/incentives/fund.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "shared/base/violation.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using base::Money;

bool Counts(const Reservation& reservation) {
  return reservation.state == ReservationState::kReserved ||
         reservation.state == ReservationState::kPaid;
}

absl::Status CheckAmount(const Money& amount, const std::string& currency) {
  if (amount.currency != currency) {
    return status::InvalidField("amount", "BAD_CURRENCY", absl::StrCat("must be in ", currency));
  }
  if (amount.amount <= Decimal()) {
    return status::InvalidField("amount", "OUT_OF_RANGE", "must be above 0");
  }
  const absl::StatusOr<Money> whole = base::MakeMoney(amount.currency, amount.amount);
  if (!whole.ok()) {
    return status::InvalidField("amount", "TOO_MANY_DIGITS", whole.status().message());
  }
  return absl::OkStatus();
}

}  // namespace

Decimal AvailableOf(const Fund& fund, const std::vector<Reservation>& reservations) {
  Decimal available = fund.amount.amount;
  std::set<std::string> seen;
  for (const Reservation& reservation : reservations) {
    if (Counts(reservation) && seen.insert(reservation.name).second) {
      available -= reservation.amount.amount;
    }
  }
  return available;
}

absl::Status CheckReservation(const Fund& fund, const std::vector<Reservation>& reservations,
                              const Reservation& wanted, base::CivilDay day) {
  RETURN_IF_ERROR(CheckAmount(wanted.amount, fund.amount.currency));
  for (const Reservation& reservation : reservations) {
    if (reservation.name == wanted.name && Counts(reservation)) {
      return status::AlreadyExists(wanted.name, "this reservation of the fund exists already");
    }
  }
  if (!fund.days.Contains(day)) {
    return status::FailedPrecondition(
        "FUND_CLOSED", fund.name,
        absl::StrCat("the fund is not open on ", base::FormatDay(day),
                     "; reserve on one of its days or use another fund"));
  }
  const Decimal available = AvailableOf(fund, reservations);
  if (available < wanted.amount.amount) {
    return status::FailedPrecondition(
        "FUND_EXHAUSTED", fund.name,
        absl::StrCat("the fund has ", available.ToString(), " ", fund.amount.currency,
                     " left, which is less than ", wanted.amount.amount.ToString(),
                     "; reserve less or give up another reservation"));
  }
  return absl::OkStatus();
}

absl::Status CheckPayment(const Reservation& reservation, const Money& paid) {
  RETURN_IF_ERROR(CheckAmount(paid, reservation.amount.currency));
  if (reservation.state != ReservationState::kReserved) {
    return status::FailedPrecondition("NOT_RESERVED", reservation.name,
                                      "only what is reserved can be paid; reserve it first");
  }
  if (reservation.amount.amount < paid.amount) {
    return status::FailedPrecondition(
        "RESERVATION_EXCEEDED", reservation.name,
        absl::StrCat("only ", reservation.amount.amount.ToString(), " ",
                     reservation.amount.currency, " are reserved; reserve the rest first"));
  }
  return absl::OkStatus();
}

}  // namespace salesops::performance::domain
