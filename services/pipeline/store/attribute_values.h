#pragma once

// The values of every attribute of accounts and opportunities, one row each, for filters: table
// `attribute_value`, written in the transaction that writes the record. It holds what the current
// rows hold, whether there is a definition or not, so that a definition which becomes filterable
// needs no filling.
//
// Thread-safety: functions are safe from any thread; a connection belongs to its caller.

#include <string>
#include <vector>

#include "services/pipeline/domain/attribute_definition.h"
#include "shared/api/filter.h"
#include "shared/mysql/database.h"

namespace salesops::pipeline::store {

// Attributes that a record had (null: it is new) and has.
struct ChangedAttributes {
  std::string id;
  const base::Attributes* before = nullptr;
  const base::Attributes* after = nullptr;
};

absl::Status IndexAttributes(mysql::Transaction& tx, domain::AttributeCollection collection,
                             const std::vector<ChangedAttributes>& changes);

// Adds the filter fields of a filterable definition: "attributes.<key>", and of money also
// "attributes.<key>.currency_code". Current rows are found by the index of `attribute_value`;
// versions of history are read themselves (`as_of`).
void AddAttributeFields(const domain::AttributeDefinition& definition, bool as_of,
                        salesops::api::Columns* columns);

}  // namespace salesops::pipeline::store
