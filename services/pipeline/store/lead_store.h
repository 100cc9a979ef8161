#pragma once

// Where leads are kept: tables `sales_lead` and `sales_lead_history` (LEAD is a word of SQL).

#include "services/pipeline/domain/lead.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Lead>& Leads();

}  // namespace salesops::pipeline::store
