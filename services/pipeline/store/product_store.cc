#include "services/pipeline/store/product_store.h"

#include "services/pipeline/store/referred_rows.h"

namespace salesops::pipeline::store {

using domain::Product;
using records::Col;
using records::JsonCol;
using records::Key;
using records::NullableCol;

const records::Table<Product>& Products() {
  static const auto* table = [] {
    std::vector<records::Column<Product>> columns = {
        Key("id", &Product::id),
        Col("display_name", &Product::display_name),
        NullableCol("code", &Product::code),
        Col("category", &Product::category),
        Col("unit", &Product::unit),
        Col("start_date", &Product::start_date),
        Col("end_date", &Product::end_date),
        Col("description", &Product::description),
        JsonCol("external_keys", &Product::external_keys),
        JsonCol("attributes", &Product::attributes),
    };
    for (auto& column : records::MoneyCols("list_price", &Product::list_price)) {
      columns.push_back(std::move(column));
    }
    using salesops::api::ColumnType;
    records::Table<Product>::Options options;
    options.indexes = {"product_display_name", "product_category", "product_update_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "products/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"code", {.sql = "r.code", .nullable = true}},
        {"category", {.sql = "r.category"}},
        {"unit", {.sql = "r.unit"}},
        {"list_price",
         {.sql = "r.list_price_value", .type = ColumnType::kDecimal, .nullable = true}},
        // The column is ASCII and a literal may not be: MySQL refuses to make it so.
        {"list_price.currency_code",
         {.sql = "r.list_price_currency",
          .nullable = true,
          .custom = "CONVERT(r.list_price_currency USING utf8mb4) COLLATE utf8mb4_bin = ?"}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay, .nullable = true}},
        {"end_date", {.sql = "r.end_date", .type = ColumnType::kDay, .nullable = true}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Product>("product", std::move(options), std::move(columns));
  }();
  return *table;
}

salesops::api::Predicate SoldOn(base::CivilDay day) {
  return {"(r.start_date IS NULL OR r.start_date <= ?) AND (r.end_date IS NULL OR r.end_date > ?)",
          {day, day}};
}

absl::StatusOr<std::map<std::string, ProductState>> FindProducts(
    mysql::Connection& c, const std::vector<std::string>& ids) {
  return FindRows<ProductState>(
      c, "product", ", list_price_currency, list_price_value", ids,
      [](mysql::Row& row, ProductState* state) {
        if (row.IsNull(2)) return;
        const std::string currency = row.String(2);
        const int digits = base::MinorDigits(currency).value_or(4);
        state->list_price = {currency,
                             row.Decimal(3).Round(digits, base::Rounding::kHalfAwayFromZero)};
      });
}

}  // namespace salesops::pipeline::store
