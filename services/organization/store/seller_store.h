#pragma once

// Where sellers are kept.
//
// Table `seller_employment` holds the employments of each version of each seller.

#include <string>
#include <utility>
#include <vector>

#include "services/organization/domain/seller.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::Seller>& Sellers();

// Writes the employments of versions that the last appended facts made: (seller, index of its
// fact).
absl::Status InsertEmployments(
    mysql::Transaction& tx, const std::vector<std::pair<const domain::Seller*, int64_t>>& sellers);

// Sellers who are employed on a day, for lists of sellers (alias r).
salesops::api::Predicate EmployedOn(base::CivilDay day);

// Sellers with an employment that ended on `today` or earlier and says no leave reason. Of those
// who were erased nobody can say it any more.
salesops::api::Predicate LeftWithoutReason(base::CivilDay today);

// Locks sellers in the order of their ids: the consistency group of their assignments.
absl::Status LockSellers(mysql::Transaction& tx, const std::vector<std::string>& ids);

// The unarchived seller with this token subject; empty if there is none.
absl::StatusOr<std::string> SellerOfSubject(mysql::Connection& c, const std::string& subject);

// True if the seller has an assignment, or is the manager in one, today or later.
absl::StatusOr<bool> SellerInUse(mysql::Connection& c, const std::string& seller_id,
                                 base::CivilDay today);

// Erases, from every version, why the employments of a seller ended and what absences are for.
absl::Status EraseTraces(mysql::Transaction& tx, const std::string& seller_id);

}  // namespace salesops::organization::store
