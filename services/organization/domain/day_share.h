#pragma once

// Shares of working time over ranges of days.
//
// Thread-safety: values and pure functions.

#include <vector>

#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::organization::domain {

struct DayShare {
  base::DayRange days;
  base::Decimal share;
  friend bool operator==(const DayShare&, const DayShare&) = default;
};

// What is left of a share on each of its days when others count in place of a part of it: the share
// less the sum of theirs on the day, never below 0. Ordered by start; no two pieces that touch have
// the same share. Together the pieces are the days of `whole`; an empty range gives none.
//
//   0.6 from 1 January; covered by 0.4 in March
//   -> 0.6 from 1 January, 0.2 from 1 March, 0.6 from 1 April
std::vector<DayShare> Uncovered(const DayShare& whole, const std::vector<DayShare>& covers);

}  // namespace salesops::organization::domain
