#include "shared/roster/roster_view.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::roster {
namespace {

// Lists ask for few days besides today; more than these are made anew.
constexpr size_t kMostDays = 16;
// Callers remembered; an installation has fewer.
constexpr size_t kMostCallers = 20000;

using Edges = std::unordered_map<std::string, std::vector<std::string>>;

// `from` and all that the edges reach, each once, whatever cycles there are.
std::vector<std::string> Reachable(const Edges& edges, const std::vector<std::string>& from) {
  std::vector<std::string> reached;
  std::set<std::string> seen;
  auto visit = [&](const std::string& node) {
    if (seen.insert(node).second) reached.push_back(node);
  };
  for (const std::string& node : from) visit(node);
  for (size_t i = 0; i < reached.size(); ++i) {
    auto next = edges.find(reached[i]);
    if (next == edges.end()) continue;
    for (const std::string& node : next->second) visit(node);
  }
  return reached;
}

// Lengths before texts: no two principals give the same key.
std::string KeyOf(const auth::Principal& principal) {
  std::string key = absl::StrCat(principal.subject.size(), ":", principal.subject);
  for (const std::string& group : principal.groups) {
    absl::StrAppend(&key, ",", group.size(), ":", group);
  }
  return key;
}

std::vector<std::string> MembersOf(const auth::Principal& principal) {
  std::vector<std::string> members = {"allAuthenticated",
                                      absl::StrCat("subject:", principal.subject)};
  for (const std::string& group : principal.groups) {
    members.push_back(absl::StrCat("group:", group));
  }
  return members;
}

}  // namespace

RosterView::RosterView(RosterRows rows) : rows_(std::move(rows)) {
  for (const RosterRows::Seller& seller : rows_.sellers) {
    if (seller.archived) continue;
    sellers_.insert(seller.id);
    if (!seller.subject.empty()) seller_of_[seller.subject] = seller.id;
  }
  teams_.insert(rows_.teams.begin(), rows_.teams.end());
  for (const RosterRows::Role& role : rows_.roles) roles_[role.id] = &role;
  for (const RosterRows::Grant& grant : rows_.grants) grants_[grant.member].push_back(&grant);
}

std::shared_ptr<const auth::Access> RosterView::AccessOf(const auth::Principal& principal,
                                                         base::CivilDay today) const {
  const std::string key = KeyOf(principal);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (access_day_ != today || access_.size() >= kMostCallers) {
      access_.clear();
      access_day_ = today;
    }
    auto known = access_.find(key);
    if (known != access_.end()) return known->second;
  }
  std::shared_ptr<const auth::Access> access = MakeAccess(principal, today);
  std::lock_guard<std::mutex> lock(mutex_);
  if (access_day_ == today) access_[key] = access;
  return access;
}

std::shared_ptr<const auth::Access> RosterView::MakeAccess(const auth::Principal& principal,
                                                           base::CivilDay today) const {
  // A service that calls for itself gets its rights from the method, not from grants.
  if (!principal.has_user()) return std::make_shared<const auth::Access>();
  auto known = seller_of_.find(principal.subject);
  const std::string seller = known == seller_of_.end() ? "" : known->second;
  const std::shared_ptr<const Day> day = DayOf(today);
  std::vector<auth::GrantedScope> granted;
  for (const std::string& member : MembersOf(principal)) {
    auto grants = grants_.find(member);
    if (grants == grants_.end()) continue;
    for (const RosterRows::Grant* grant : grants->second) {
      auto role = roles_.find(grant->role);
      if (role == roles_.end()) continue;
      granted.push_back({role->second->permissions, ScopeOf(*grant, seller, *day)});
    }
  }
  return std::make_shared<const auth::Access>(seller, std::move(granted));
}

auth::RowScope RosterView::ScopeOf(const RosterRows::Grant& grant, const std::string& seller,
                                   const Day& day) const {
  if (grant.scope == GrantScope::kAll) return auth::RowScope::All();
  auth::RowScope scope;
  scope.some = true;
  if (grant.scope == GrantScope::kDepartment) {
    auto teams = day.teams.find(grant.department);
    if (teams == day.teams.end()) return scope;
    for (const std::string& team : teams->second) {
      auto sellers = day.sellers.find(team);
      if (sellers == day.sellers.end()) continue;
      scope.sellers.insert(sellers->second.begin(), sellers->second.end());
    }
    return scope;
  }
  if (seller.empty()) return scope;
  const std::vector<std::string> chain = Reachable(day.reports, {seller});
  scope.sellers.insert(chain.begin(), chain.end());
  return scope;
}

bool RosterView::HasSeller(const std::string& id) const { return sellers_.count(id) > 0; }
bool RosterView::HasTeam(const std::string& id) const { return teams_.count(id) > 0; }

std::vector<std::string> RosterView::TeamAndBelow(const std::string& team,
                                                  base::CivilDay day) const {
  return Reachable(DayOf(day)->below, {team});
}

std::vector<std::string> RosterView::SellersOf(const std::vector<std::string>& teams,
                                               base::CivilDay day) const {
  const std::shared_ptr<const Day> in_force = DayOf(day);
  std::set<std::string> sellers;
  for (const std::string& team : teams) {
    auto members = in_force->sellers.find(team);
    if (members == in_force->sellers.end()) continue;
    sellers.insert(members->second.begin(), members->second.end());
  }
  return {sellers.begin(), sellers.end()};
}

std::shared_ptr<const RosterView::Day> RosterView::DayOf(base::CivilDay day) const {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto known = days_.find(day);
    if (known != days_.end()) return known->second;
  }
  auto made = std::make_shared<const Day>(MakeDay(day));
  std::lock_guard<std::mutex> lock(mutex_);
  if (days_.size() >= kMostDays) days_.clear();
  days_[day] = made;
  return made;
}

RosterView::Day RosterView::MakeDay(base::CivilDay day) const {
  Day made;
  for (const RosterRows::Assignment& a : rows_.assignments) {
    if (!a.days.Contains(day)) continue;
    made.sellers[a.team].push_back(a.seller);
    if (!a.manager.empty()) made.reports[a.manager].push_back(a.seller);
  }
  for (const RosterRows::Placement& p : rows_.placements) {
    if (!p.days.Contains(day)) continue;
    made.teams[p.department].push_back(p.team);
    if (!p.parent.empty()) made.below[p.parent].push_back(p.team);
  }
  return made;
}

}  // namespace salesops::roster
