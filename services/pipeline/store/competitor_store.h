#pragma once

// Where competitors are kept: tables `competitor` and `competitor_history`.

#include <map>
#include <string>
#include <vector>

#include "services/pipeline/domain/competitor.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Competitor>& Competitors();

// What a reference to a competitor must know of it.
struct CompetitorState {
  bool archived = false;
};
// Those of `ids` that exist, by id.
absl::StatusOr<std::map<std::string, CompetitorState>> FindCompetitors(
    mysql::Connection& c, const std::vector<std::string>& ids);

}  // namespace salesops::pipeline::store
