#pragma once

// salesops.pipeline.v1.AttributeDefinitionService.
//
// Thread-safety: safe from any thread.

#include "salesops/pipeline/v1/attribute_definition.pb.h"
#include "services/pipeline/domain/attribute_definition.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class AttributeDefinitionService {
 public:
  explicit AttributeDefinitionService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::AttributeDefinition, domain::AttributeDefinition> definitions_;
};

}  // namespace salesops::pipeline::api
