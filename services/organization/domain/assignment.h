#pragma once

// Assignments: what a seller does in which team, for whom, and for which share of the working time.
//
// A secondment lends the seller to another team while the home assignment stays: on its days the
// home assignment counts its share less those of its secondments, never below 0.
//
// Thread-safety: values and pure functions.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/organization/domain/dated_edges.h"
#include "services/organization/domain/day_share.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

enum class AssignmentKind { kRegular = 1, kSecondment = 2 };

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
  AssignmentKind kind = AssignmentKind::kRegular;
  // Of a secondment: the assignment that lends. The seller is the same, else CheckAssignment says
  // so.
  std::string home_seller_id;
  std::string home_id;

  base::DayRange days() const { return {start_date, end_date}; }
};

// Rules over one assignment: a range that is not empty (BAD_RANGE), a manager who is not the seller
// (SELF_REFERENCE), a home for a secondment (REQUIRED) and for nothing else (NOT_A_SECONDMENT), of
// the same seller (BAD_REFERENCE).
void CheckAssignment(const Assignment& assignment, base::Violations* violations);

// The manager of the assignment as an edge between sellers; none without a manager.
std::vector<DatedEdge> ManagerEdges(const Assignment& assignment);

// An assignment in force on a day and the share that it counts on it.
struct CountedAssignment {
  Assignment assignment;
  base::Decimal share;  // in [0, 1]
};
// Those of one seller that are in force on a day, the primary one first: by share, the largest
// first, then by team and by id.
std::vector<CountedAssignment> CountedOn(const std::vector<Assignment>& assignments,
                                         base::CivilDay day);

// The shares that one seller's assignments count, on all days.
std::vector<DayShare> CountedShares(const std::vector<Assignment>& assignments);

// A secondment of one seller whose home is not in force on all of its days, is a secondment too, or
// is not there; nullptr if there is none. The first by id.
const Assignment* FindOutsideHome(const std::vector<Assignment>& assignments);

// A day and the sum of the counted shares on it.
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
    Assignment after;  // other dates, or another home
  };
  std::vector<Cut> cut;
  std::vector<Assignment> withdrawn;  // wholly inside the range: to be archived
  // New ones: what is left of an assignment after the range, if a part before the range keeps its
  // name and external keys, with the ids it was given; and the given ones, without ids.
  std::vector<Assignment> added;
};
// Inside `days` only `given` shall hold, outside everything stays as it is. Each of `given` lies
// inside `days` and is no secondment. A secondment after the range whose home was split is one of
// the part after the range. `new_id` gives an id that is not in use.
Correction Correct(const std::vector<Assignment>& assignments, const base::DayRange& days,
                   const std::vector<Assignment>& given,
                   const std::function<std::string()>& new_id);

// By start, then id.
void SortByStart(std::vector<Assignment>* assignments);

}  // namespace salesops::organization::domain
