#pragma once

// The paths of routes as OpenAPI writes them, with a name for each part that varies.
//
//   PathNames names(routes);
//   RoutePath p = names.Of(route);    // "/pipeline/v1/{name=accounts/*}:archive"
//   p.path           -> "/pipeline/v1/accounts/{account}:archive"
//   p.parameters[0]  -> account, a part of `name`
//
// A part is called what the resource that the variable refers to calls it, else after the literal
// before it. Routes of one shape get the same names, since OpenAPI takes two such paths for one.
//
// Thread-safety: immutable once built.

#include <google/protobuf/descriptor.h>

#include <map>
#include <string>
#include <vector>

#include "gateway/http_template.h"
#include "gateway/route_table.h"

namespace salesops::gateway::reference {

struct PathParameter {
  std::string name;
  const google::protobuf::FieldDescriptor* field = nullptr;  // that the part goes into
  std::string before;        // of the field's text: "opportunities/" of "opportunities/*"
  bool whole_field = false;  // the part is the field's whole text
  bool only_part = false;    // no other part goes into the field
  bool many_segments = false;
};

struct RoutePath {
  std::string path;
  std::vector<PathParameter> parameters;
};

class PathNames {
 public:
  explicit PathNames(const std::vector<Route>& routes);

  RoutePath Of(const Route& route) const;

 private:
  // The name of the part at the end of a path such as "/pipeline/v1/accounts/*".
  std::map<std::string, std::string> by_place_;
};

}  // namespace salesops::gateway::reference
