#pragma once

// The roster as of one moment, in memory: who may do what on whose rows, on any day.
//
//   auto view = std::make_shared<const RosterView>(std::move(rows));
//   std::shared_ptr<const auth::Access> access = view->AccessOf(principal, today);
//
// Knows no database. Ids, not resource names.
//
// Thread-safety: immutable but for its caches, which lock; safe from any thread.

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "shared/auth/access.h"
#include "shared/auth/principal.h"
#include "shared/base/civil.h"

namespace salesops::roster {

enum class GrantScope { kAll, kDepartment, kOwnAndReports };

// The rows of the tables, as far as access and team questions need them.
struct RosterRows {
  struct Seller {
    std::string id, subject;
    bool archived = false;
  };
  struct Assignment {
    std::string seller, team, manager;
    base::DayRange days;
  };
  struct Placement {
    std::string team, parent, department;
    base::DayRange days;
  };
  struct Role {
    std::string id;
    std::vector<std::string> permissions;
  };
  struct Grant {
    std::string role, member;  // "subject:S", "group:G" or "allAuthenticated"
    GrantScope scope = GrantScope::kOwnAndReports;
    std::string department;
  };
  std::vector<Seller> sellers;
  std::vector<Assignment> assignments;
  std::vector<Placement> placements;
  std::vector<Role> roles;  // unarchived
  std::vector<Grant> grants;
  std::vector<std::string> teams;  // ids, unarchived
};

class RosterView {
 public:
  explicit RosterView(RosterRows rows);

  std::shared_ptr<const auth::Access> AccessOf(const auth::Principal& principal,
                                               base::CivilDay today) const;
  bool HasSeller(const std::string& id) const;
  bool HasTeam(const std::string& id) const;
  std::vector<std::string> TeamAndBelow(const std::string& team, base::CivilDay day) const;
  std::vector<std::string> SellersOf(const std::vector<std::string>& teams,
                                     base::CivilDay day) const;

 private:
  // What is in force on one day.
  struct Day {
    std::unordered_map<std::string, std::vector<std::string>> reports;  // manager -> sellers
    std::unordered_map<std::string, std::vector<std::string>> sellers;  // team -> sellers
    std::unordered_map<std::string, std::vector<std::string>> below;    // team -> child teams
    std::unordered_map<std::string, std::vector<std::string>> teams;    // department -> teams
  };
  std::shared_ptr<const Day> DayOf(base::CivilDay day) const;
  Day MakeDay(base::CivilDay day) const;
  std::shared_ptr<const auth::Access> MakeAccess(const auth::Principal& principal,
                                                 base::CivilDay today) const;
  auth::RowScope ScopeOf(const RosterRows::Grant& grant, const std::string& seller,
                         const Day& day) const;

  const RosterRows rows_;
  std::set<std::string> sellers_;                           // unarchived
  std::set<std::string> teams_;                             // unarchived
  std::unordered_map<std::string, std::string> seller_of_;  // subject -> seller
  std::unordered_map<std::string, const RosterRows::Role*> roles_;
  std::unordered_map<std::string, std::vector<const RosterRows::Grant*>> grants_;  // by member

  mutable std::mutex mutex_;
  mutable std::map<base::CivilDay, std::shared_ptr<const Day>> days_;
  mutable base::CivilDay access_day_;
  mutable std::unordered_map<std::string, std::shared_ptr<const auth::Access>> access_;
};

}  // namespace salesops::roster
