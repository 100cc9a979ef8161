#pragma once

// Where teams and their places in the tree are kept.
//
// Table `team_placement` holds the placements of each version of each team, so that a question
// about a day is answered alike for today's knowledge and for that of any moment before.

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/organization/domain/team.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::Team>& Teams();

// Writes the placements of versions that the last appended facts made: (team, index of its fact).
absl::Status InsertPlacements(mysql::Transaction& tx,
                              const std::vector<std::pair<const domain::Team*, int64_t>>& teams);

// Teams that have a placement on a day, for lists of teams (alias r).
salesops::api::Predicate PlacedOn(base::CivilDay day);

// The edges of `teams` and of everything above them on any day, by team.
absl::StatusOr<domain::EdgesByKey> EdgesFrom(mysql::Connection& c,
                                             const std::set<std::string>& teams);

// The whole tree of a day.
absl::StatusOr<std::vector<domain::ParentOfTeam>> TreeOn(mysql::Connection& c, base::CivilDay day,
                                                         std::optional<int64_t> as_of);

// True if the team is the parent of one that is not archived, or in an assignment, today or later.
absl::StatusOr<bool> TeamInUse(mysql::Connection& c, const std::string& team_id,
                               base::CivilDay today);

}  // namespace salesops::organization::store
