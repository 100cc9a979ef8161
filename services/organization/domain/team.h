#pragma once

// Teams (团队): a tree whose shape changes over time.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/organization/domain/dated_edges.h"
#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

struct TeamPlacement {
  std::string parent_id;  // empty = a root of the tree
  std::string department_id;
  base::DayRange days;
  friend bool operator==(const TeamPlacement&, const TeamPlacement&) = default;
};

struct Team {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::vector<TeamPlacement> placements;
  std::vector<base::ExternalKey> external_keys;
};

// Ranges of `placements`: ordered, not overlapping, none empty.
void CheckPlacements(const Team& team, base::Violations* violations);

// Below whom the team stands, and when.
std::vector<DatedEdge> EdgesOf(const Team& team);

// The tree of one day.
struct ParentOfTeam {
  std::string team_id;
  std::string parent_id;  // empty = a root
};
// `team_id` and every team below it, sorted.
std::vector<std::string> TeamAndBelow(const std::string& team_id,
                                      const std::vector<ParentOfTeam>& tree);

}  // namespace salesops::organization::domain
