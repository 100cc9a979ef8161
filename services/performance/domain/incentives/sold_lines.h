#pragma once

// What several people together sold of each line, each line once: the credits that are no overlays
// add up; overlays count only where nobody of the group has such a credit of the line, and then the
// one of the largest magnitude. So a line never counts for more than it is.
//
// Thread-safety: pure functions.

#include <cstddef>
#include <vector>

#include "services/performance/domain/incentives/calculation.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

struct GroupCredit {
  size_t group = 0;
  const Credit* credit = nullptr;  // one of `credits`
  base::Decimal value;
};

struct GroupLine {
  size_t group = 0;
  const Credit* credit = nullptr;  // any of the line's
  base::Decimal value;
};

// Ordered by group, fact and line.
std::vector<GroupLine> SoldLinesOf(const std::vector<Credit>& credits,
                                   const std::vector<GroupCredit>& of_groups);

}  // namespace salesops::performance::domain
