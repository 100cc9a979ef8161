#include "services/performance/domain/roster_spans.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using Assignments = std::vector<const RosterAssignment*>;

bool Holds(const RosterAssignment& assignment, CivilDay day) {
  return assignment.days.start <= day && (!assignment.days.end || day < *assignment.days.end);
}

std::string TeamOn(const Assignments& of_seller, CivilDay day) {
  std::map<std::string, Decimal> away;  // by home
  for (const RosterAssignment* a : of_seller) {
    if (!a->home.empty() && Holds(*a, day)) away[a->home] = away[a->home] + a->share;
  }
  const RosterAssignment* best = nullptr;
  Decimal best_share;
  for (const RosterAssignment* a : of_seller) {
    if (!Holds(*a, day)) continue;
    const auto seconded = away.find(a->id);
    Decimal share = seconded == away.end() ? a->share : a->share - seconded->second;
    if (share < Decimal()) share = Decimal();
    if (best == nullptr || share > best_share || (share == best_share && a->team < best->team)) {
      best = a;
      best_share = share;
    }
  }
  return best == nullptr ? "" : best->team;
}

std::set<std::string> ManagersOn(const Assignments& of_seller, CivilDay day) {
  std::set<std::string> managers;
  for (const RosterAssignment* a : of_seller) {
    if (!a->manager.empty() && Holds(*a, day)) managers.insert(a->manager);
  }
  return managers;
}

// The days of the period on which anything may change for the seller, its end last.
std::vector<CivilDay> Bounds(const Assignments& of_seller, const base::DayRange& period) {
  std::set<CivilDay> bounds = {period.start, *period.end};
  const auto add = [&](CivilDay day) {
    if (period.start < day && day < *period.end) bounds.insert(day);
  };
  for (const RosterAssignment* a : of_seller) {
    add(a->days.start);
    if (a->days.end) add(*a->days.end);
  }
  return {bounds.begin(), bounds.end()};
}

void Extend(std::vector<TeamDays>& spans, const std::string& team, const base::DayRange& days) {
  if (!spans.empty() && spans.back().team == team && spans.back().days.end == days.start) {
    spans.back().days.end = days.end;
  } else {
    spans.push_back({team, days});
  }
}

bool Same(const ManagedDays& a, const ManagedDays& b) {
  return a.manager == b.manager && a.report == b.report && a.days == b.days;
}

}  // namespace

bool operator==(const RosterSpans& a, const RosterSpans& b) {
  return a.teams == b.teams &&
         std::equal(a.managed.begin(), a.managed.end(), b.managed.begin(), b.managed.end(), Same);
}

RosterSpans SpansOf(const std::vector<RosterAssignment>& assignments,
                    const base::DayRange& period) {
  std::map<std::string, Assignments> by_seller;
  for (const RosterAssignment& a : assignments) by_seller[a.seller].push_back(&a);
  RosterSpans spans;
  for (const auto& [seller, own] : by_seller) {
    const std::string payee = absl::StrCat("sellers/", seller);
    std::map<std::string, std::vector<base::DayRange>> managers;
    std::vector<TeamDays> teams;
    const std::vector<CivilDay> bounds = Bounds(own, period);
    for (size_t i = 0; i + 1 < bounds.size(); ++i) {
      const base::DayRange days{bounds[i], bounds[i + 1]};
      const std::string team = TeamOn(own, bounds[i]);
      if (!team.empty()) Extend(teams, absl::StrCat("teams/", team), days);
      for (const std::string& manager : ManagersOn(own, bounds[i])) {
        std::vector<base::DayRange>& ranges = managers[manager];
        if (!ranges.empty() && ranges.back().end == days.start) {
          ranges.back().end = days.end;
        } else {
          ranges.push_back(days);
        }
      }
    }
    if (!teams.empty()) spans.teams[payee] = std::move(teams);
    for (const auto& [manager, ranges] : managers) {
      for (const base::DayRange& days : ranges) {
        spans.managed.push_back({absl::StrCat("sellers/", manager), payee, days});
      }
    }
  }
  return spans;
}

}  // namespace salesops::performance::domain
