#pragma once

// Where working calendars are kept.

#include "services/organization/domain/calendar.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::Calendar>& Calendars();

}  // namespace salesops::organization::store
