#pragma once

// Where quotas are kept: tables `quota` and `quota_history`.

#include "services/performance/domain/quota.h"
#include "shared/records/table.h"

namespace salesops::performance::store {

const records::Table<domain::Quota>& Quotas();

}  // namespace salesops::performance::store
