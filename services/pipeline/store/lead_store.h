#pragma once

// Where leads are kept: tables `sales_lead` and `sales_lead_history` (LEAD is a word of SQL).

#include <string>
#include <vector>

#include "services/pipeline/domain/lead.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Lead>& Leads();

// Ids of leads that were qualified into the contact, in their order, from the one after `after`.
absl::StatusOr<std::vector<std::string>> LeadsOfContact(mysql::Connection& c,
                                                        const std::string& contact_id,
                                                        const std::string& after, int limit);

}  // namespace salesops::pipeline::store
