#pragma once

// What attribute definitions mean for the records of a collection: values that match, an index over
// them, and filters.
//
// Thread-safety: pure functions, and reads and writes through the transaction they are given.

#include <algorithm>
#include <optional>
#include <vector>

#include "services/pipeline/domain/attribute_definition.h"
#include "services/pipeline/store/attribute_definition_store.h"
#include "services/pipeline/store/attribute_values.h"
#include "shared/resource/resource.h"
#include "shared/status/macros.h"

namespace salesops::pipeline::api {

// Adds the fields of filterable definitions, if the filter of the request names an attribute.
absl::Status AddAttributeFields(const resource::Environment& environment, rpc::CallContext& ctx,
                                const resource::Message& request,
                                domain::AttributeCollection collection,
                                std::optional<int64_t> as_of, salesops::api::Columns* columns);

// Violations of values that a change newly gives. Without such values nothing is read.
template <class Record>
absl::Status CheckGivenAttributes(mysql::Transaction& tx, domain::AttributeCollection collection,
                                  std::vector<resource::Changed<Record>>& changes) {
  const bool given =
      std::any_of(changes.begin(), changes.end(), [](const resource::Changed<Record>& change) {
        return !change.after->attributes.empty() &&
               (change.before == nullptr || change.before->attributes != change.after->attributes);
      });
  if (!given) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto definitions, store::DefinitionsOf(tx, collection));
  for (resource::Changed<Record>& change : changes) {
    domain::CheckAttributes(definitions, change.after->attributes,
                            change.before ? &change.before->attributes : nullptr,
                            change.violations);
  }
  return absl::OkStatus();
}

// Writes what changed to the index; part of after_store.
template <class Record>
absl::Status StoreAttributes(mysql::Transaction& tx, domain::AttributeCollection collection,
                             const std::vector<resource::Changed<Record>>& changes) {
  std::vector<store::ChangedAttributes> attributes;
  for (const resource::Changed<Record>& change : changes) {
    attributes.push_back({change.after->id, change.before ? &change.before->attributes : nullptr,
                          &change.after->attributes});
  }
  return store::IndexAttributes(tx, collection, attributes);
}

}  // namespace salesops::pipeline::api
