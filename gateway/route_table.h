#pragma once

// Which rpc serves an HTTP request: every google.api.http rule of a catalog, checked.
//
//   ASSIGN_OR_RETURN(RouteTable routes, RouteTable::Build(catalog));
//   RouteMatch m = routes.Find("PATCH", "/pipeline/v1/accounts/7");
//
// Refused: two rules of the same shape and method, a rule outside /<upstream>/v1/, a field that the
// request does not have, a variable that is not a single scalar.
//
// Thread-safety: immutable once built. Refers to its catalog, which must outlive it.

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/descriptor_catalog.h"
#include "gateway/path_matcher.h"

namespace google::api {
class HttpRule;
}

namespace salesops::gateway {

using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;

struct Route {
  const Method* method = nullptr;
  std::string http_method;  // "*" = any
  std::string path_template;
  std::vector<FieldPath> variables;                         // in the order of RouteMatch::variables
  bool body_is_request = false;                             // body: "*"
  const google::protobuf::FieldDescriptor* body = nullptr;  // body: "field"
  const google::protobuf::FieldDescriptor* response_body = nullptr;  // nullptr = the whole response
};

struct RouteMatch {
  PathMatch::Outcome outcome = PathMatch::Outcome::kNotFound;
  const Route* route = nullptr;
  std::vector<std::string> variables;
  std::set<std::string> allowed;  // methods of a known path, if outcome is kMethodNotAllowed
};

class RouteTable {
 public:
  static absl::StatusOr<RouteTable> Build(const DescriptorCatalog& catalog);

  RouteMatch Find(absl::string_view http_method, absl::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  absl::Status AddRule(const Method& method, const google::api::HttpRule& rule);

  std::vector<Route> routes_;
  PathMatcher matcher_;
};

}  // namespace salesops::gateway
