#include "services/performance/domain/incentives/deal_facts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::performance::domain {
namespace {

// The line of a deal that was worth something and is not any more.
FactLine NoWorth() {
  FactLine line;
  line.id = "deal";
  return line;
}

Fact BookingOf(const DealState& deal) {
  Fact fact;
  fact.kind = FactKind::kBooking;
  fact.date = deal.close_date;
  fact.order = deal.opportunity;
  fact.currency = deal.currency;
  fact.account = deal.account;
  fact.attributes = deal.attributes;
  fact.splits = deal.splits;
  fact.lines = deal.lines;
  return fact;
}

// The standing line with the same id and product; null = none.
const FactLine* SameLine(const Fact& standing, const FactLine& line) {
  for (const FactLine& other : standing.lines) {
    if (other.id == line.id && other.product == line.product) return &other;
  }
  return nullptr;
}

// What the customer is and which category a product has are those of when the booking was told: a
// change of customer or product is no change of the deal.
bool SaysTheSame(const Fact& standing, Fact booking) {
  booking.name = standing.name;
  booking.corrects = standing.corrects;
  booking.attributes = standing.attributes;
  for (FactLine& line : booking.lines) {
    const FactLine* same = SameLine(standing, line);
    if (same != nullptr) line.product_category = same->product_category;
  }
  return booking == standing;
}

Fact CancellationOf(const Fact& booking, base::CivilDay day) {
  Fact fact = booking;
  fact.corrects.clear();
  fact.kind = FactKind::kCancellation;
  fact.date = std::max(day, booking.date);
  for (FactLine& line : fact.lines) {
    line.quantity = -line.quantity;
    line.amount = -line.amount;
    if (line.cost) line.cost = -*line.cost;
    line.recurring = -line.recurring;
  }
  return fact;
}

DealFact Numbered(const DealState& deal, size_t told, Fact fact) {
  const int number = static_cast<int>(told) + 1;
  fact.name = absl::StrCat(deal.opportunity, "/facts/", number);
  return {number, std::move(fact)};
}

}  // namespace

const DealFact* StandingBooking(const std::vector<DealFact>& told) {
  if (told.empty() || told.back().fact.kind != FactKind::kBooking) return nullptr;
  return &told.back();
}

std::vector<DealFact> FactsToAdd(const std::vector<DealFact>& told, const DealState& now) {
  const DealFact* standing = StandingBooking(told);
  if (!now.won) {
    if (standing == nullptr) return {};
    return {Numbered(now, told.size(), CancellationOf(standing->fact, now.change_date))};
  }
  const bool worthless = now.lines.empty() || now.currency.empty();
  if (worthless && standing == nullptr) return {};
  Fact booking = BookingOf(now);
  if (worthless) {
    booking.currency = standing->fact.currency;
    booking.lines = {NoWorth()};
  }
  if (standing != nullptr) {
    if (SaysTheSame(standing->fact, booking)) return {};
    booking.corrects = standing->fact.name;
  }
  return {Numbered(now, told.size(), std::move(booking))};
}

}  // namespace salesops::performance::domain
