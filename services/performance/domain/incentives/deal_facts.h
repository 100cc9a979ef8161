#pragma once

// What a change of a deal adds to its facts. Facts are only added:
//
//   a deal is won                          -> a booking
//   a won deal's facts change              -> a booking that corrects the one that stands
//   a won deal is open, or lost, again     -> a cancellation of the booking that stands
//   it is won again                        -> another booking
//
// A booking stands that no later fact of the deal corrects or cancels; there is at most one.
//
// Thread-safety: values and pure functions.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/facts.h"
#include "shared/base/civil.h"

namespace salesops::performance::domain {

// A deal as it is after a change.
struct DealState {
  std::string opportunity;  // "opportunities/7"
  bool won = false;
  base::CivilDay close_date;   // of a won one
  base::CivilDay change_date;  // the day of the change, in the company's zone
  std::string currency;        // empty = nothing is known of its worth
  std::string account;
  std::map<std::string, std::string> attributes;  // of the customer, as known now
  std::vector<DeclaredSplit> splits;
  std::vector<FactLine> lines;  // empty = nothing is known of its worth
};

// A fact of a deal: the `number`-th, from 1, without gaps. Its name is
// "opportunities/7/facts/<number>", its order the opportunity's name.
struct DealFact {
  int number = 0;
  Fact fact;
  friend bool operator==(const DealFact&, const DealFact&) = default;
};

// The facts that the change to `now` adds after `told`, all facts of the deal in order of their
// numbers: one or none. Telling a state twice adds nothing.
//
// A won deal without worth has no booking; one that loses its worth is corrected to a line of
// nothing. A cancellation is of the day of the change, or of the booking's if that is later, with
// the amounts of the booking negated.
std::vector<DealFact> FactsToAdd(const std::vector<DealFact>& told, const DealState& now);

// The booking that stands; null = none.
const DealFact* StandingBooking(const std::vector<DealFact>& told);

}  // namespace salesops::performance::domain
