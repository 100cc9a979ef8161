#pragma once

// Where opportunities and their stage transitions are kept, and how they are counted.

#include <set>
#include <string>
#include <vector>

#include "services/pipeline/domain/opportunity.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Opportunity>& Opportunities();
// Rows never change: the table keeps no history of its own.
const records::Table<domain::StageTransition>& StageTransitions();

// The filter field `team`: the team of the owner's assignment on the deal's close date, on `today`
// while it is open. Of several on that day the one with the largest share counts, ties by team id.
salesops::api::Column TeamColumn(base::CivilDay today);

// Transitions of opportunities that one of the sellers owns, or nobody.
salesops::api::Predicate TransitionsOf(const std::set<std::string>& seller_ids);

// One group of an aggregation.
struct OpportunityGroup {
  std::vector<std::string> values;  // in the order of `group_by`; empty = none
  int64_t count = 0;
  std::vector<base::Money> amounts;  // one sum per currency, sorted by currency
  std::optional<base::CivilDay> oldest_open_date;
};

struct Aggregation {
  std::vector<std::string> group_by;  // names of the contract: stage, state, owner, team …
  std::vector<salesops::api::Predicate> where;
  base::CivilDay today;
  std::optional<int64_t> as_of_position;
};

// Groups in the order of their values. FAILED_PRECONDITION (TOO_MANY_GROUPS) above 10,000.
absl::StatusOr<std::vector<OpportunityGroup>> Aggregate(mysql::Connection& c,
                                                        const Aggregation& aggregation);

// Ids of up to `limit` open deals of a process version that follow `after`, in order; their rows
// are locked.
absl::StatusOr<std::vector<std::string>> LockOpenDeals(mysql::Transaction& tx,
                                                       const std::string& process_id,
                                                       const std::string& version_id,
                                                       const std::string& after, int limit);

}  // namespace salesops::pipeline::store
