#pragma once

// The share that assignments count on a day, for answers that list them.
//
// Thread-safety: uses the connection it is given.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/organization/domain/assignment.h"
#include "services/organization/store/assignment_store.h"
#include "shared/mysql/database.h"
#include "shared/status/macros.h"

namespace salesops::organization::api {

// By key of the assignment (store::EdgeKey). All of `assignments` are in force on the day.
inline absl::StatusOr<std::map<std::string, base::Decimal>> CountedSharesOf(
    mysql::Connection& c, const std::vector<domain::Assignment>& assignments, base::CivilDay day,
    std::optional<int64_t> as_of) {
  std::set<std::string> sellers;
  for (const domain::Assignment& assignment : assignments) sellers.insert(assignment.seller_id);
  ASSIGN_OR_RETURN(const auto all, store::AssignmentsOn(c, day, sellers, as_of));
  std::map<std::string, std::vector<domain::Assignment>> by_seller;
  for (const domain::Assignment& assignment : all) {
    by_seller[assignment.seller_id].push_back(assignment);
  }
  std::map<std::string, base::Decimal> shares;
  for (const auto& [seller, list] : by_seller) {
    for (const domain::CountedAssignment& counted : domain::CountedOn(list, day)) {
      shares[store::EdgeKey(counted.assignment)] = counted.share;
    }
  }
  return shares;
}

}  // namespace salesops::organization::api
