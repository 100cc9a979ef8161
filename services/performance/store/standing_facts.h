#pragma once

// The facts that a calculation reads: those of some days that stand, as of a position of the
// service's own log or now. A fact stands that no other one corrects; as of a position, none that
// was told until then.
//
//   FactPage page;
//   do {
//     ASSIGN_OR_RETURN(page, StandingTransactions(c, days, position, page.next));
//     …
//   } while (!page.next.empty());
//
// Thread-safety: free functions that use the connection they are given.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/performance/domain/incentives/facts.h"
#include "shared/base/civil.h"
#include "shared/mysql/database.h"

namespace salesops::performance::store {

struct FactPage {
  std::vector<domain::Fact> facts;
  std::string next;  // hand it to the next call; empty = this was the last page
};

inline constexpr int kFactPage = 1000;

// In the order of their ids.
absl::StatusOr<FactPage> StandingTransactions(mysql::Connection& c, const base::DayRange& days,
                                              std::optional<int64_t> as_of_position,
                                              const std::string& after, int limit = kFactPage);
// In the order of the deals' ids, of one deal by number.
absl::StatusOr<FactPage> StandingDealFacts(mysql::Connection& c, const base::DayRange& days,
                                           std::optional<int64_t> as_of_position,
                                           const std::string& after, int limit = kFactPage);

}  // namespace salesops::performance::store
