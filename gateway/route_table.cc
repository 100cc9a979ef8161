#include "gateway/route_table.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/http_template.h"
#include "google/api/annotations.pb.h"
#include "google/api/http.pb.h"
#include "shared/status/macros.h"

namespace salesops::gateway {
namespace {

using google::api::HttpRule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

absl::Status Wrong(const Method& method, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("http rule of ", method.path, ": ", what));
}

struct Pattern {
  std::string method;
  std::string path;
};

Pattern PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case HttpRule::kCustom:
      return {rule.custom().kind(), rule.custom().path()};
    case HttpRule::PATTERN_NOT_SET:
      break;
  }
  return {};
}

absl::StatusOr<FieldPath> Resolve(const Method& method, const std::vector<std::string>& names) {
  FieldPath path;
  const Descriptor* type = method.descriptor->input_type();
  for (const std::string& name : names) {
    if (type == nullptr)
      return Wrong(method, absl::StrCat(absl::StrJoin(names, "."), " goes through a scalar"));
    const FieldDescriptor* field = type->FindFieldByName(name);
    if (field == nullptr) {
      return Wrong(method, absl::StrCat(type->full_name(), " has no field ", name));
    }
    if (field->is_repeated()) {
      return Wrong(method, absl::StrCat(absl::StrJoin(names, "."), " is repeated"));
    }
    path.push_back(field);
    type = field->message_type();
  }
  if (type != nullptr) {
    return Wrong(method, absl::StrCat(absl::StrJoin(names, "."), " is not a scalar"));
  }
  return path;
}

absl::StatusOr<const FieldDescriptor*> TopLevelField(const Method& method, const Descriptor* type,
                                                     const std::string& name) {
  const FieldDescriptor* field = type->FindFieldByName(name);
  if (field == nullptr) {
    return Wrong(method, absl::StrCat(type->full_name(), " has no field ", name));
  }
  return field;
}

}  // namespace

absl::StatusOr<RouteTable> RouteTable::Build(const DescriptorCatalog& catalog) {
  RouteTable table;
  for (const Method* method : catalog.methods()) {
    const auto& options = method->descriptor->options();
    if (!options.HasExtension(google::api::http)) continue;
    const HttpRule& rule = options.GetExtension(google::api::http);
    RETURN_IF_ERROR(table.AddRule(*method, rule));
    for (const HttpRule& additional : rule.additional_bindings()) {
      if (additional.additional_bindings_size() > 0) {
        return Wrong(*method, "additional_bindings do not nest");
      }
      RETURN_IF_ERROR(table.AddRule(*method, additional));
    }
  }
  return table;
}

absl::Status RouteTable::AddRule(const Method& method, const HttpRule& rule) {
  const Pattern pattern = PatternOf(rule);
  if (pattern.method.empty()) return Wrong(method, "no path");
  ASSIGN_OR_RETURN(HttpTemplate path_template, HttpTemplate::Parse(pattern.path));
  const std::string prefix = absl::StrCat("/", method.upstream, "/v1/");
  if (!method.upstream.empty() && !absl::StartsWith(pattern.path, prefix)) {
    return Wrong(method, absl::StrCat(pattern.path, " is outside ", prefix));
  }
  Route route;
  route.method = &method;
  route.http_method = pattern.method;
  route.path_template = pattern.path;
  for (const TemplateVariable& variable : path_template.variables()) {
    ASSIGN_OR_RETURN(FieldPath path, Resolve(method, variable.field_path));
    route.variables.push_back(std::move(path));
  }
  if (rule.body() == "*") {
    route.body_is_request = true;
  } else if (!rule.body().empty()) {
    ASSIGN_OR_RETURN(route.body,
                     TopLevelField(method, method.descriptor->input_type(), rule.body()));
  }
  if (!rule.response_body().empty()) {
    ASSIGN_OR_RETURN(route.response_body,
                     TopLevelField(method, method.descriptor->output_type(), rule.response_body()));
  }
  if (absl::Status added =
          matcher_.Add(path_template, pattern.method, static_cast<int>(routes_.size()));
      !added.ok()) {
    return Wrong(method, added.message());
  }
  routes_.push_back(std::move(route));
  return absl::OkStatus();
}

RouteMatch RouteTable::Find(absl::string_view http_method, absl::string_view path) const {
  PathMatch match = matcher_.Find(http_method, path);
  RouteMatch result;
  result.outcome = match.outcome;
  result.allowed = std::move(match.allowed);
  if (match.outcome == PathMatch::Outcome::kFound) {
    result.route = &routes_[match.route];
    result.variables = std::move(match.variables);
  }
  return result;
}

}  // namespace salesops::gateway
