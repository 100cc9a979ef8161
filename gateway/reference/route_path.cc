#include "gateway/reference/route_path.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/reference/field_facts.h"

namespace salesops::gateway::reference {
namespace {

using Kind = TemplateSegment::Kind;

// A template that was parsed once already, when its route was made.
HttpTemplate Parsed(const Route& route) { return *HttpTemplate::Parse(route.path_template); }

// "/pipeline/v1/accounts/*": where segment `last` stands.
std::string PlaceOf(const HttpTemplate& path, size_t last) {
  std::string place;
  for (size_t i = 0; i <= last; ++i) {
    const TemplateSegment& segment = path.segments()[i];
    absl::StrAppend(&place, "/", segment.kind == Kind::kLiteral ? segment.literal : "*");
  }
  return place;
}

bool IsVariable(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// The names of the parts of the variable, one a segment and empty for literals, if a form of the
// resource has its shape.
std::vector<std::string> NamesByForm(const HttpTemplate& path, const TemplateVariable& variable,
                                     const FieldFacts& facts) {
  for (const std::string& form : facts.name_forms) {
    const std::vector<std::string> segments = absl::StrSplit(form, '/');
    if (segments.size() != variable.end - variable.begin) continue;
    std::vector<std::string> names;
    for (size_t i = 0; i < segments.size(); ++i) {
      const TemplateSegment& segment = path.segments()[variable.begin + i];
      if ((segment.kind == Kind::kOne) != IsVariable(segments[i])) break;
      const bool varies = segment.kind == Kind::kOne;
      if (!varies && segment.literal != segments[i]) break;
      names.push_back(varies ? segments[i].substr(1, segments[i].size() - 2) : "");
    }
    if (names.size() == segments.size()) return names;
  }
  return {};
}

// "accounts" -> "account"; good enough for a name.
std::string SingularOf(std::string plural) {
  if (absl::EndsWith(plural, "ies")) return plural.replace(plural.size() - 3, 3, "y");
  if (plural.size() > 1 && plural.back() == 's') plural.pop_back();
  return plural;
}

}  // namespace

PathNames::PathNames(const std::vector<Route>& routes) {
  for (const Route& route : routes) {
    const HttpTemplate path = Parsed(route);
    for (size_t v = 0; v < route.variables.size(); ++v) {
      const TemplateVariable& variable = path.variables()[v];
      const std::vector<std::string> names =
          NamesByForm(path, variable, FactsOf(*route.variables[v].back()));
      for (size_t i = 0; i < names.size(); ++i) {
        if (!names[i].empty()) by_place_.emplace(PlaceOf(path, variable.begin + i), names[i]);
      }
    }
  }
}

RoutePath PathNames::Of(const Route& route) const {
  const HttpTemplate path = Parsed(route);
  RoutePath result;
  for (size_t i = 0; i < path.segments().size(); ++i) {
    const TemplateSegment& segment = path.segments()[i];
    if (segment.kind == Kind::kLiteral) {
      absl::StrAppend(&result.path, "/", segment.literal);
      continue;
    }
    PathParameter parameter;
    parameter.many_segments = segment.kind == Kind::kMany;
    for (size_t v = 0; v < path.variables().size(); ++v) {
      const TemplateVariable& variable = path.variables()[v];
      if (i < variable.begin || i >= variable.end) continue;
      parameter.field = route.variables[v].back();
      parameter.whole_field = variable.end - variable.begin == 1;
      parameter.only_part = true;
      for (size_t s = variable.begin; s < variable.end; ++s) {
        const TemplateSegment& other = path.segments()[s];
        if (s != i && other.kind != Kind::kLiteral) parameter.only_part = false;
        if (s < i) {
          absl::StrAppend(&parameter.before, other.kind == Kind::kLiteral ? other.literal : "*",
                          "/");
        }
      }
    }
    const auto known = by_place_.find(PlaceOf(path, i));
    if (known != by_place_.end()) {
      parameter.name = known->second;
    } else if (i > 0 && path.segments()[i - 1].kind == Kind::kLiteral) {
      parameter.name = SingularOf(path.segments()[i - 1].literal);
    } else {
      parameter.name = absl::StrCat("part", i);
    }
    const auto taken = [&](const PathParameter& other) { return other.name == parameter.name; };
    if (std::any_of(result.parameters.begin(), result.parameters.end(), taken)) {
      absl::StrAppend(&parameter.name, i);
    }
    absl::StrAppend(&result.path, "/{", parameter.name, "}");
    result.parameters.push_back(std::move(parameter));
  }
  if (!path.verb().empty()) absl::StrAppend(&result.path, ":", path.verb());
  return result;
}

}  // namespace salesops::gateway::reference
