#pragma once

// What lies below a seller in time, assignments and absences: inside the seller's employment.
//
// Thread-safety: uses the transaction it is given.

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "services/organization/domain/seller.h"
#include "shared/mysql/database.h"
#include "shared/resource/standard_methods.h"

namespace salesops::organization::api {

// By id; those that do not exist are left out.
absl::StatusOr<std::map<std::string, domain::Seller>> ReadSellers(mysql::Transaction& tx,
                                                                  const std::set<std::string>& ids);

// Refuses the write unless the seller exists, is not archived (of something that `begins`: is new
// or comes back) and is employed on all of the days. `seller` is null if there is none.
void CheckEmployed(const std::string& seller_id, const domain::Seller* seller,
                   const base::DayRange& days, bool begins, resource::Write* write);

}  // namespace salesops::organization::api
