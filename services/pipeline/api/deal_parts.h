#pragma once

// The parts of a deal (domain/deal_parts.h) <-> their messages, and what they refer to.
//
// Thread-safety: pure functions, and reads through the transaction they are given.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "services/pipeline/domain/opportunity.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"

namespace salesops::pipeline::api {

void PartsToProto(const domain::Opportunity& opportunity, v1::Opportunity* proto);
void PartsFromProto(const v1::Opportunity& proto, domain::Opportunity* opportunity);

// "COMMIT" of the number of a category, as an aggregation tells it.
std::string ForecastName(const std::string& number);

// The rules of the parts over all changes of a transaction: new lines get an id and the list price
// of their product, amounts become the sum of the lines, and what is newly named exists, is not
// archived and belongs to the account of the deal; one query for each collection.
absl::Status CheckParts(mysql::Transaction& tx, const roster::Roster& roster,
                        std::vector<resource::Changed<domain::Opportunity>>& changes);

}  // namespace salesops::pipeline::api
