#pragma once

// Where activities are kept: tables `activity` and `activity_history`, the latter with replaced
// versions only; and how they are counted.

#include <map>
#include <string>
#include <vector>

#include "services/pipeline/domain/activity.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Activity>& Activities();

// How many activities of the opportunity are done, not archived and began at `since` or later, of
// each of the kinds: every one that is asked for stands in the answer, with 0 if there is none. One
// statement, which reads as many entries of an index as the opportunity has activities since then.
absl::StatusOr<std::map<domain::ActivityKind, int64_t>> CountActivities(
    mysql::Connection& c, const std::string& opportunity_id,
    const std::vector<domain::ActivityKind>& kinds, absl::Time since);

}  // namespace salesops::pipeline::store
