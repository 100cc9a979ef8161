#pragma once

// Where territories are kept.
//
// Table `territory_rule` holds the days of the rules of each version of each territory, so that a
// question about a day is answered alike for today's knowledge and for that of any moment before.

#include <optional>
#include <utility>
#include <vector>

#include "services/organization/domain/territory.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::Territory>& Territories();

// Writes the rules' days of versions that the last appended facts made: (territory, index of its
// fact).
absl::Status InsertTerritoryRules(
    mysql::Transaction& tx,
    const std::vector<std::pair<const domain::Territory*, int64_t>>& territories);

// Territories of which a rule holds on a day, for lists of territories (alias r).
salesops::api::Predicate RuleHoldsOn(base::CivilDay day);

// All of them, unless archived.
absl::StatusOr<std::vector<domain::Territory>> TerritoriesOn(mysql::Connection& c,
                                                             base::CivilDay day,
                                                             std::optional<int64_t> as_of);

}  // namespace salesops::organization::store
