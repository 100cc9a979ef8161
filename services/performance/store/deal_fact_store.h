#pragma once

// Where the facts of deals are kept, with how far each deal is, and what of pipeline's customers
// and products goes into them: tables `deal_fact`, `deal_state`, `deal_account`, `deal_product`.
// Ids, not names.
//
// Thread-safety: free functions that use the connection they are given.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/performance/domain/incentives/deal_facts.h"
#include "shared/mysql/database.h"

namespace salesops::performance::store {

// The columns of a fact, of the table as r, and the fact of a row of them.
inline constexpr char kDealFactColumns[] =
    "r.opportunity_id, r.number, r.corrects, r.kind, r.fact_date, r.currency_code, r.account, "
    "r.customer_attributes, r.splits, r.fact_lines";
domain::DealFact DealFactIn(mysql::Row& row);

// The facts of a deal in order of their numbers.
absl::StatusOr<std::vector<domain::DealFact>> FactsOfDeal(mysql::Connection& c,
                                                          const std::string& opportunity_id);
// Adds one. Runs right after the events::Append of the fact's own event, whose seq it stores.
absl::Status AddDealFact(mysql::Transaction& tx, const std::string& opportunity_id,
                         const domain::DealFact& fact);

// Notes that the deal is as of this version of it. False: it is as of this one or a later one
// already, and the change is an old story. Times go before versions: a deal that was put back from
// a backup has smaller versions, and changes later.
absl::StatusOr<bool> MoveDeal(mysql::Transaction& tx, const std::string& opportunity_id,
                              absl::Time update_time, int64_t version);

absl::Status StoreAccount(mysql::Transaction& tx, const std::string& id,
                          const std::map<std::string, std::string>& attributes);
absl::Status StoreProduct(mysql::Transaction& tx, const std::string& id,
                          const std::string& category);
// Empty if it is not known.
absl::StatusOr<std::map<std::string, std::string>> AttributesOfAccount(mysql::Connection& c,
                                                                       const std::string& id);
absl::StatusOr<std::string> CategoryOfProduct(mysql::Connection& c, const std::string& id);

}  // namespace salesops::performance::store
