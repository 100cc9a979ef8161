#pragma once

// Who was in which team, and who managed whom, on which days of a period.
//
// Thread-safety: pure functions.

#include <map>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/calculation.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// An assignment of a seller, as the roster has it; ids.
struct RosterAssignment {
  std::string seller, id, team;
  std::string manager;  // seller; empty = none
  base::Decimal share;
  base::DayRange days;
  std::string home;  // of a secondment: the assignment it is from
};

struct RosterSpans {
  std::map<std::string, std::vector<TeamDays>> teams;  // by payee, "sellers/7"; apart, ordered
  std::vector<ManagedDays> managed;                    // by report, manager, day
  friend bool operator==(const RosterSpans&, const RosterSpans&);
};

// Of the days of `period`, which has an end. A seller's team on a day is that of the assignment
// that counts the largest share, of equal ones the smallest team; a home assignment counts its
// share less those of its secondments (shared/roster/sql/team_sql.h). The managers are those of all
// assignments of the day. The order of `assignments` does not matter.
RosterSpans SpansOf(const std::vector<RosterAssignment>& assignments, const base::DayRange& period);

}  // namespace salesops::performance::domain
