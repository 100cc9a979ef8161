#pragma once

// Where fiscal calendars are kept.

#include "services/organization/domain/fiscal_calendar.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::FiscalCalendar>& FiscalCalendars();

}  // namespace salesops::organization::store
