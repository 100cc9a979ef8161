#include "services/organization/domain/territory.h"

#include <algorithm>
#include <tuple>

#include "services/organization/domain/day_ranges.h"

namespace salesops::organization::domain {
namespace {

bool Takes(const std::vector<std::string>& listed, const std::string& text) {
  return listed.empty() || std::find(listed.begin(), listed.end(), text) != listed.end();
}

}  // namespace

void CheckTerritory(const Territory& territory, base::Violations* violations) {
  std::vector<base::DayRange> ranges;
  for (const TerritoryRule& rule : territory.rules) ranges.push_back(rule.days);
  CheckRanges(ranges, "rules", violations);
}

bool Fits(const TerritoryRule& rule, const AccountTraits& account) {
  return Takes(rule.regions, account.region) && Takes(rule.industries, account.industry) &&
         Takes(rule.grades, account.grade);
}

std::vector<TerritoryMatch> MatchTerritories(const std::vector<Territory>& territories,
                                             const AccountTraits& account, base::CivilDay day) {
  std::vector<TerritoryMatch> matches;
  for (const Territory& territory : territories) {
    for (const TerritoryRule& rule : territory.rules) {
      if (rule.days.Contains(day) && Fits(rule, account)) matches.push_back({territory, rule});
    }
  }
  std::sort(matches.begin(), matches.end(), [](const TerritoryMatch& a, const TerritoryMatch& b) {
    return std::tie(b.territory.priority, a.territory.id) <
           std::tie(a.territory.priority, b.territory.id);
  });
  return matches;
}

}  // namespace salesops::organization::domain
