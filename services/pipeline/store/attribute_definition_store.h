#pragma once

// Where attribute definitions are kept: tables `attribute_definition` and
// `attribute_definition_history`.

#include <vector>

#include "services/pipeline/domain/attribute_definition.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::AttributeDefinition>& AttributeDefinitions();

// Those of a collection that are in force: not archived. By their keys.
absl::StatusOr<std::vector<domain::AttributeDefinition>> DefinitionsOf(
    mysql::Connection& c, domain::AttributeCollection collection);

}  // namespace salesops::pipeline::store
