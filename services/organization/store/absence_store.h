#pragma once

// Where absences are kept, below their sellers.

#include <set>
#include <string>
#include <vector>

#include "services/organization/domain/absence.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::Absence>& Absences();

// Unarchived absences of sellers, in the order of their names.
absl::StatusOr<std::vector<domain::Absence>> AbsencesOf(mysql::Connection& c,
                                                        const std::set<std::string>& seller_ids);

}  // namespace salesops::organization::store
