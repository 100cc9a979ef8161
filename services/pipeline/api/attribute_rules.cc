#include "services/pipeline/api/attribute_rules.h"

#include "absl/strings/match.h"

namespace salesops::pipeline::api {

absl::Status AddAttributeFields(const resource::Environment& environment, rpc::CallContext& ctx,
                                const resource::Message& request,
                                domain::AttributeCollection collection,
                                std::optional<int64_t> as_of, salesops::api::Columns* columns) {
  if (!absl::StrContains(resource::GetString(request, "filter"), "attributes.")) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto definitions, environment.db->Read(ctx, [&](mysql::Connection& c) {
    return store::DefinitionsOf(c, collection);
  }));
  for (const domain::AttributeDefinition& definition : definitions) {
    if (definition.filterable) store::AddAttributeFields(definition, as_of.has_value(), columns);
  }
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::api
