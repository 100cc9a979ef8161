#include "services/organization/domain/team.h"

#include <map>
#include <set>

#include "services/organization/domain/day_ranges.h"

namespace salesops::organization::domain {

void CheckPlacements(const Team& team, base::Violations* violations) {
  std::vector<base::DayRange> ranges;
  for (const TeamPlacement& placement : team.placements) ranges.push_back(placement.days);
  CheckRanges(ranges, "placements", violations);
}

std::vector<DatedEdge> EdgesOf(const Team& team) {
  std::vector<DatedEdge> edges;
  for (const TeamPlacement& placement : team.placements) {
    if (placement.parent_id.empty() || placement.days.IsEmpty()) continue;
    edges.push_back({team.id, placement.parent_id, placement.days});
  }
  return edges;
}

std::vector<std::string> TeamAndBelow(const std::string& team_id,
                                      const std::vector<ParentOfTeam>& tree) {
  std::map<std::string, std::vector<std::string>> below;
  for (const ParentOfTeam& team : tree) below[team.parent_id].push_back(team.team_id);
  std::set<std::string> found = {team_id};
  std::vector<std::string> open = {team_id};
  while (!open.empty()) {
    const std::string parent = open.back();
    open.pop_back();
    for (const std::string& child : below[parent]) {
      if (found.insert(child).second) open.push_back(child);
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace salesops::organization::domain
