#pragma once

// Who is below whom, and when: teams in their tree, sellers under their managers. On no day may
// anything be above itself.
//
//   std::optional<Cycle> cycle = FindCycle(edges, fresh);
//
// Thread-safety: values and pure functions.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/civil.h"

namespace salesops::organization::domain {

struct DatedEdge {
  std::string below;
  std::string above;
  base::DayRange days;
};

struct Cycle {
  std::vector<std::string> path;  // "a", "b", "a": each below the next
  base::DayRange days;            // days on which all of its edges hold
};

// A cycle through one of the `fresh` edges, which are among `edges`; nullopt if there is none on
// any day.
std::optional<Cycle> FindCycle(const std::vector<DatedEdge>& edges,
                               const std::vector<DatedEdge>& fresh);

// One thing whose edges are replaced: a team with its placements, an assignment with its manager.
struct EdgeChange {
  std::string key;
  std::vector<DatedEdge> edges;
};
using EdgesByKey = std::map<std::string, std::vector<DatedEdge>>;

// Replaces edges in `stored`. If all changes together close no cycle, every answer is nullopt;
// else they are taken one after another, and one that closes a cycle with those taken before it is
// answered by that cycle and left out.
std::vector<std::optional<Cycle>> ReplaceEdges(EdgesByKey stored,
                                               const std::vector<EdgeChange>& changes);

}  // namespace salesops::organization::domain
