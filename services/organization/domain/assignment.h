#pragma once

// Assignments: what a seller does in which team, for whom, and for which share of the working time.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "services/organization/domain/dated_edges.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

struct Assignment {
  std::string seller_id;
  std::string id;
  records::Meta meta;

  std::string team_id;
  std::string job_role_id;  // empty = not stated
  std::string manager_id;   // seller; empty = nobody
  std::string region;
  base::Decimal share;  // in (0, 1]
  base::CivilDay start_date;
  std::optional<base::CivilDay> end_date;
  std::vector<base::ExternalKey> external_keys;

  base::DayRange days() const { return {start_date, end_date}; }
};

// Rules over one assignment: a range that is not empty (BAD_RANGE), a manager who is not the seller
// (SELF_REFERENCE).
void CheckAssignment(const Assignment& assignment, base::Violations* violations);

// The manager of the assignment as an edge between sellers; none without a manager.
std::vector<DatedEdge> ManagerEdges(const Assignment& assignment);

// A day and the sum of the shares on it.
struct ShareOnDay {
  base::CivilDay day;
  base::Decimal total;
};
// The first day on which the shares of one seller's assignments sum to more than 1.
std::optional<ShareOnDay> FirstDayAboveOne(const std::vector<Assignment>& assignments);

// Days inside employment that are not fully assigned; the same share is missing on each of them.
struct Gap {
  base::DayRange days;
  base::Decimal missing_share;  // in (0, 1]
  friend bool operator==(const Gap&, const Gap&) = default;
};
// The gaps inside `window`, ordered by start, each as long as it can be.
std::vector<Gap> FindGaps(const std::vector<base::DayRange>& employments,
                          const std::vector<Assignment>& assignments, const base::DayRange& window);

// What a correction does to a seller's assignments.
struct Correction {
  struct Cut {
    Assignment before;
    Assignment after;  // other dates
  };
  std::vector<Cut> cut;
  std::vector<Assignment> withdrawn;  // wholly inside the range: to be archived
  // New ones, without ids: what is left of an assignment after the range, if a part before the
  // range keeps its name and external keys; and the given ones.
  std::vector<Assignment> added;
};
// Inside `days` only `given` shall hold, outside everything stays as it is. Each of `given` lies
// inside `days`.
Correction Correct(const std::vector<Assignment>& assignments, const base::DayRange& days,
                   const std::vector<Assignment>& given);

// By start, then id.
void SortByStart(std::vector<Assignment>* assignments);

}  // namespace salesops::organization::domain
