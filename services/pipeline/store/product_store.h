#pragma once

// Where products are kept: tables `product` and `product_history`.

#include "services/pipeline/domain/product.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Product>& Products();

// Products that are sold on `day`.
salesops::api::Predicate SoldOn(base::CivilDay day);

}  // namespace salesops::pipeline::store
