#pragma once

// What a route takes outside its body, as OpenAPI parameters: the parts of its path that vary, and
// every field that may be a query parameter, nested ones with dots ("amount.currencyCode").
//
// Thread-safety: belongs to one thread, as its SchemaWriter does.

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "gateway/reference/comments.h"
#include "gateway/reference/json_tree.h"
#include "gateway/reference/route_path.h"
#include "gateway/reference/schema_writer.h"
#include "gateway/route_table.h"

namespace salesops::gateway::reference {

class ParameterWriter {
 public:
  ParameterWriter(const Comments& comments, SchemaWriter& schemas)
      : comments_(comments), schemas_(schemas) {}

  Json OfPath(const RoutePath& path);
  Json OfQuery(const Route& route);

 private:
  void AddFields(const Route& route, const google::protobuf::Descriptor& type, FieldPath& path,
                 bool required, Json& parameters);
  void AddValueParts(const FieldPath& path, bool required, const Json& value, Json& parameters);
  Json Parameter(const FieldPath& path, bool required);
  Json PartSchema(const PathParameter& part);

  const Comments& comments_;
  SchemaWriter& schemas_;
};

}  // namespace salesops::gateway::reference
