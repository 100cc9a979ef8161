#pragma once

// Where accounts are kept: tables `account` and `account_history`.

#include "services/pipeline/domain/account.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Account>& Accounts();

}  // namespace salesops::pipeline::store
