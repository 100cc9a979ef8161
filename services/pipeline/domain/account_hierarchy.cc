#include "services/pipeline/domain/account_hierarchy.h"

#include <algorithm>
#include <set>

namespace salesops::pipeline::domain {
namespace {

// Whether the account of a change stands well where `parent_of` has it.
std::optional<PlacementRefusal> Look(const ParentOf& parent_of, const ParentChange& change) {
  std::vector<std::string> path = AncestorsOf(parent_of, change.id);
  const bool cycle = !path.empty() && path.back() == change.id;
  const int levels = static_cast<int>(path.size()) + change.levels;
  if (!cycle && levels <= kMostLevels) return std::nullopt;
  path.insert(path.begin(), change.id);
  return PlacementRefusal{std::move(path), cycle};
}

bool AllStandWell(const ParentOf& parent_of, const std::vector<const ParentChange*>& placed) {
  return std::none_of(placed.begin(), placed.end(), [&](const ParentChange* change) {
    return Look(parent_of, *change).has_value();
  });
}

}  // namespace

std::vector<std::string> AncestorsOf(const ParentOf& parent_of, const std::string& id) {
  std::vector<std::string> ancestors;
  std::set<std::string> passed;
  for (auto at = parent_of.find(id); at != parent_of.end() && !at->second.empty();
       at = parent_of.find(at->second)) {
    if (!passed.insert(at->second).second) break;
    ancestors.push_back(at->second);
    if (at->second == id) break;
  }
  return ancestors;
}

std::vector<std::optional<PlacementRefusal>> PlaceAccounts(
    ParentOf parent_of, const std::vector<ParentChange>& changes) {
  std::vector<std::optional<PlacementRefusal>> answers(changes.size());
  ParentOf together = parent_of;
  std::vector<const ParentChange*> placed;
  for (const ParentChange& change : changes) {
    together[change.id] = change.parent_id;
    placed.push_back(&change);
  }
  if (AllStandWell(together, placed)) return answers;

  placed.clear();
  for (size_t i = 0; i < changes.size(); ++i) {
    const std::string before = parent_of[changes[i].id];
    parent_of[changes[i].id] = changes[i].parent_id;
    placed.push_back(&changes[i]);
    answers[i] = Look(parent_of, changes[i]);
    // It may stand well itself and push what was placed below it too deep.
    if (!answers[i] && !AllStandWell(parent_of, placed)) {
      std::vector<std::string> path = AncestorsOf(parent_of, changes[i].id);
      path.insert(path.begin(), changes[i].id);
      answers[i] = PlacementRefusal{std::move(path), false};
    }
    if (!answers[i]) continue;
    parent_of[changes[i].id] = before;
    placed.pop_back();
  }
  return answers;
}

}  // namespace salesops::pipeline::domain
