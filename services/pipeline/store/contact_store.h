#pragma once

// Where contacts are kept: tables `contact` and `contact_history`.

#include "services/pipeline/domain/contact.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Contact>& Contacts();

}  // namespace salesops::pipeline::store
