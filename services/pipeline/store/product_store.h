#pragma once

// Where products are kept: tables `product` and `product_history`.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/pipeline/domain/product.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Product>& Products();

// Products that are sold on `day`.
salesops::api::Predicate SoldOn(base::CivilDay day);

// What a reference to a product must know of it.
struct ProductState {
  std::optional<base::Money> list_price;
  bool archived = false;
};
// Those of `ids` that exist, by id.
absl::StatusOr<std::map<std::string, ProductState>> FindProducts(
    mysql::Connection& c, const std::vector<std::string>& ids);

}  // namespace salesops::pipeline::store
