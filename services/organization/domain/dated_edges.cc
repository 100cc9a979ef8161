#include "services/organization/domain/dated_edges.h"

#include <unordered_map>
#include <utility>

namespace salesops::organization::domain {
namespace {

using base::DayRange;

// Climbs from an edge's upper end along edges that hold on the same days, looking for its lower
// end. Days on which a node was reached before are not climbed again, so each node is left at most
// once for any day.
class Climb {
 public:
  explicit Climb(const std::vector<DatedEdge>& edges) {
    for (const DatedEdge& edge : edges) up_[edge.below].push_back(&edge);
  }

  std::optional<Cycle> From(const DatedEdge& edge) {
    target_ = &edge.below;
    reached_.clear();
    path_ = {edge.below};
    return Reach(edge.above, edge.days);
  }

 private:
  std::optional<Cycle> Reach(const std::string& node, const DayRange& days) {
    path_.push_back(node);
    if (node == *target_) return Cycle{path_, days};
    std::vector<DayRange>& reached = reached_[node];
    const std::vector<DayRange> fresh_days = base::Subtract(days, reached);
    reached.push_back(days);
    auto edges = up_.find(node);
    if (edges != up_.end()) {
      for (const DatedEdge* edge : edges->second) {
        for (const DayRange& range : fresh_days) {
          const std::optional<DayRange> both = base::Intersect(range, edge->days);
          if (!both) continue;
          if (std::optional<Cycle> cycle = Reach(edge->above, *both)) return cycle;
        }
      }
    }
    path_.pop_back();
    return std::nullopt;
  }

  std::unordered_map<std::string, std::vector<const DatedEdge*>> up_;
  std::unordered_map<std::string, std::vector<DayRange>> reached_;
  std::vector<std::string> path_;
  const std::string* target_ = nullptr;
};

std::optional<Cycle> FindCycleAmong(const EdgesByKey& edges, const std::vector<DatedEdge>& fresh) {
  std::vector<DatedEdge> all;
  for (const auto& [key, list] : edges) all.insert(all.end(), list.begin(), list.end());
  return FindCycle(all, fresh);
}

}  // namespace

std::optional<Cycle> FindCycle(const std::vector<DatedEdge>& edges,
                               const std::vector<DatedEdge>& fresh) {
  Climb climb(edges);
  for (const DatedEdge& edge : fresh) {
    if (edge.days.IsEmpty()) continue;
    if (std::optional<Cycle> cycle = climb.From(edge)) return cycle;
  }
  return std::nullopt;
}

std::vector<std::optional<Cycle>> ReplaceEdges(EdgesByKey stored,
                                               const std::vector<EdgeChange>& changes) {
  std::vector<std::optional<Cycle>> cycles(changes.size());
  EdgesByKey together = stored;
  std::vector<DatedEdge> fresh;
  for (const EdgeChange& change : changes) {
    together[change.key] = change.edges;
    fresh.insert(fresh.end(), change.edges.begin(), change.edges.end());
  }
  if (!FindCycleAmong(together, fresh)) return cycles;

  for (size_t i = 0; i < changes.size(); ++i) {
    std::vector<DatedEdge>& edges = stored[changes[i].key];
    const std::vector<DatedEdge> before = std::exchange(edges, changes[i].edges);
    cycles[i] = FindCycleAmong(stored, changes[i].edges);
    if (cycles[i]) edges = before;
  }
  return cycles;
}

}  // namespace salesops::organization::domain
