#include "services/pipeline/api/attribute_definition_service.h"

#include "services/pipeline/store/attribute_definition_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::AttributeDefinition;
using resource::Changed;
using salesops::api::FromDecimal;
using salesops::api::ToDecimal;

void ToProto(const AttributeDefinition& definition, v1::AttributeDefinition* proto) {
  proto->set_collection(static_cast<v1::AttributeDefinition::Collection>(definition.collection));
  proto->set_key(definition.key);
  proto->set_display_name(definition.display_name);
  proto->set_type(static_cast<v1::AttributeDefinition::Type>(definition.type));
  proto->set_unit(definition.unit);
  for (const std::string& value : definition.allowed_values) proto->add_allowed_values(value);
  if (definition.min_value) *proto->mutable_min_value() = ToDecimal(*definition.min_value);
  if (definition.max_value) *proto->mutable_max_value() = ToDecimal(*definition.max_value);
  proto->set_required_from_stage(definition.required_from_stage);
  proto->set_filterable(definition.filterable);
  resource::ToProto(definition.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::AttributeDefinition& proto, AttributeDefinition* definition) {
  definition->collection = static_cast<domain::AttributeCollection>(proto.collection());
  definition->key = proto.key();
  definition->display_name = proto.display_name();
  definition->type = static_cast<domain::AttributeType>(proto.type());
  definition->unit = proto.unit();
  definition->allowed_values = {proto.allowed_values().begin(), proto.allowed_values().end()};
  if (proto.has_min_value()) definition->min_value = FromDecimal(proto.min_value());
  if (proto.has_max_value()) definition->max_value = FromDecimal(proto.max_value());
  definition->required_from_stage = proto.required_from_stage();
  definition->filterable = proto.filterable();
  definition->external_keys = resource::FromProto(proto.external_keys());
}

// An import may set what an update may not.
void CheckSame(const Changed<AttributeDefinition>& change) {
  if (change.before == nullptr) return;
  const auto check = [&](bool same, const char* field) {
    if (!same) change.violations->Add(field, "IMMUTABLE", "is set once and never changes");
  };
  check(change.before->collection == change.after->collection, "collection");
  check(change.before->key == change.after->key, "key");
  check(change.before->type == change.after->type, "type");
}

resource::Kind<v1::AttributeDefinition, AttributeDefinition> DefinitionKind() {
  resource::Kind<v1::AttributeDefinition, AttributeDefinition> kind;
  kind.table = &store::AttributeDefinitions();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.check = [](rpc::CallContext&, mysql::Transaction&,
                  std::vector<Changed<AttributeDefinition>>& changes) -> absl::Status {
    for (const Changed<AttributeDefinition>& change : changes) {
      CheckSame(change);
      domain::CheckDefinition(*change.after, change.violations);
    }
    return absl::OkStatus();
  };
  return kind;
}

}  // namespace

AttributeDefinitionService::AttributeDefinitionService(const resource::Environment& environment)
    : definitions_(environment, DefinitionKind()) {}

rpc::Binding AttributeDefinitionService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.AttributeDefinitionService");
  definitions_.BindTo(binding);
  return binding;
}

}  // namespace salesops::pipeline::api
