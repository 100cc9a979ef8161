#include "services/pipeline/store/attribute_definition_store.h"

#include <utility>

#include "shared/status/macros.h"

namespace salesops::pipeline::store {

using domain::AttributeCollection;
using domain::AttributeDefinition;
using records::Col;
using records::JsonCol;
using records::Key;

namespace {

// Of one collection; far more than people can keep in mind.
constexpr int kMostDefinitions = 10'000;

}  // namespace

const records::Table<AttributeDefinition>& AttributeDefinitions() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<AttributeDefinition>::Options options;
    options.indexes = {"attribute_definition_key", "attribute_definition_display_name",
                       "attribute_definition_update_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "attributeDefinitions/"}},
        {"collection",
         {.sql = "r.collection",
          .type = ColumnType::kEnum,
          .enum_values = {{"COLLECTION_ACCOUNT", 1}, {"COLLECTION_OPPORTUNITY", 2}}}},
        // Ids have no underscores, keys have: the literal is text, made ASCII as the column is.
        {"key",
         {.sql = "r.attr_key",
          .orderable = false,
          .custom = "CONVERT(r.attr_key USING utf8mb4) COLLATE utf8mb4_bin = ?"}},
        {"display_name", {.sql = "r.display_name"}},
        {"type",
         {.sql = "r.type",
          .type = ColumnType::kEnum,
          .enum_values = {{"TYPE_STRING", 1},
                          {"TYPE_DECIMAL", 2},
                          {"TYPE_MONEY", 3},
                          {"TYPE_DATE", 4},
                          {"TYPE_BOOL", 5}}}},
        {"required_from_stage", {.sql = "r.required_from_stage", .type = ColumnType::kId}},
        {"filterable", {.sql = "r.filterable", .type = ColumnType::kBool}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<AttributeDefinition>(
        "attribute_definition", std::move(options),
        {Key("id", &AttributeDefinition::id), Col("collection", &AttributeDefinition::collection),
         Col("attr_key", &AttributeDefinition::key),
         Col("display_name", &AttributeDefinition::display_name),
         Col("type", &AttributeDefinition::type), Col("unit", &AttributeDefinition::unit),
         JsonCol("allowed_values", &AttributeDefinition::allowed_values),
         Col("min_value", &AttributeDefinition::min_value),
         Col("max_value", &AttributeDefinition::max_value),
         Col("required_from_stage", &AttributeDefinition::required_from_stage),
         Col("filterable", &AttributeDefinition::filterable),
         JsonCol("external_keys", &AttributeDefinition::external_keys)});
  }();
  return *table;
}

absl::StatusOr<std::vector<AttributeDefinition>> DefinitionsOf(mysql::Connection& c,
                                                               AttributeCollection collection) {
  records::ListQuery query;
  query.where.push_back({"r.collection = ?", {static_cast<int64_t>(collection)}});
  query.limit = kMostDefinitions;
  ASSIGN_OR_RETURN(records::Page<AttributeDefinition> page, AttributeDefinitions().List(c, query));
  return std::move(page.rows);
}

}  // namespace salesops::pipeline::store
