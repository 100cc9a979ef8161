#pragma once

// Where measure values are kept: tables `measure_value` and `measure_value_history`.

#include "services/performance/domain/measure_value.h"
#include "shared/records/table.h"

namespace salesops::performance::store {

const records::Table<domain::MeasureValueRecord>& MeasureValues();

}  // namespace salesops::performance::store
