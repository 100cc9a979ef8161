#pragma once

// Who is above a seller on one day, and who below.
//
//   std::vector<ManagerChain> chains = ManagerChains("li", on_day, day);
//
// A seller is above another if an assignment in force on the day, or several one above the other,
// lead there: the relation that row scope goes by. What is above by ManagerChains is below by
// ReportLevels, and the other way round.
//
// Thread-safety: values and pure functions.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/organization/domain/assignment.h"

namespace salesops::organization::domain {

// As far as lines are followed, up or down.
inline constexpr int kMostLevels = 100;

struct ManagerLink {
  std::string manager_id;
  std::string report_id;      // who reports to the manager here
  std::string assignment_id;  // of the report
  base::Decimal share;        // that it counts on the day
  bool primary = false;       // the report's primary assignment
  int level = 0;              // steps from the seller asked about; 1 = direct manager
};

// The managers above by one assignment of the seller.
struct ManagerChain {
  CountedAssignment assignment;
  // Each manager once: first the line of primary assignments to its top, then those whom only
  // further assignments reach.
  std::vector<ManagerLink> links;
  bool truncated = false;          // a line goes on above kMostLevels
  std::vector<std::string> cycle;  // sellers who report to each other in a circle; empty = none
};

using AssignmentsBySeller = std::map<std::string, std::vector<Assignment>>;

// One chain for each of the seller's assignments in force on the day, the primary one first.
// `assignments` holds those of the seller and of everybody above.
std::vector<ManagerChain> ManagerChains(const std::string& seller_id,
                                        const AssignmentsBySeller& assignments, base::CivilDay day);

// How far below a manager others are, found level by level:
//
//   ReportLevels levels("li");
//   while (!levels.open().empty()) levels.Add(reports of levels.open());
class ReportLevels {
 public:
  explicit ReportLevels(const std::string& manager_id);

  // Whose reports are wanted next; empty = everybody is found.
  const std::set<std::string>& open() const { return open_; }
  // The assignments in force on the day whose manager is one of open().
  void Add(const std::vector<Assignment>& reports);
  // Fewest steps from the manager: 0 the manager, 1 a direct report, at most kMostLevels.
  const std::map<std::string, int>& level_of() const { return level_of_; }

 private:
  std::set<std::string> open_;
  std::map<std::string, int> level_of_;
  int level_ = 0;
};

}  // namespace salesops::organization::domain
