#pragma once

// The hierarchy of accounts (客户层级): each may belong to one parent, as a subsidiary to its
// group.
//
//   const auto refusals = PlaceAccounts(parent_of, {{"factory", "group"}});
//
// Thread-safety: values and pure functions.

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace salesops::pipeline::domain {

// Levels of the deepest tree; an account without a parent is the first.
inline constexpr int kMostLevels = 20;

// Parents by account; one without a parent is absent or has an empty one.
using ParentOf = std::map<std::string, std::string>;

// The accounts above `id`, the nearest first. Ends where `parent_of` does, or where it comes back
// to an account that it has passed.
std::vector<std::string> AncestorsOf(const ParentOf& parent_of, const std::string& id);

// An account that gets a parent (empty = none any more).
struct ParentChange {
  std::string id;
  std::string parent_id;
  int levels = 1;  // of the tree below it, itself included, as it was before the changes
};

struct PlacementRefusal {
  // The accounts from the one that moves over its new parent and on: back to itself if that is a
  // cycle, else so many that the tree would be too deep.
  std::vector<std::string> path;
  bool cycle = false;
};

// `parent_of` holds every account above a new parent. If all changes together leave a forest of at
// most kMostLevels, every answer is nullopt; else they are taken one after another, and one that
// does not fit those taken before it is answered and left out. A tree that moves together with
// parts of itself may be counted as deep as it was before.
std::vector<std::optional<PlacementRefusal>> PlaceAccounts(
    ParentOf parent_of, const std::vector<ParentChange>& changes);

}  // namespace salesops::pipeline::domain
