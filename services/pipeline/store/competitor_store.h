#pragma once

// Where competitors are kept: tables `competitor` and `competitor_history`.

#include "services/pipeline/domain/competitor.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Competitor>& Competitors();

}  // namespace salesops::pipeline::store
