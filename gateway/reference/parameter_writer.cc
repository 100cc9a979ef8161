#include "gateway/reference/parameter_writer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/reference/example_writer.h"
#include "gateway/reference/pattern.h"
#include "gateway/reference/value_types.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string NameOf(const FieldPath& path) {
  std::string name;
  for (const FieldDescriptor* field : path) {
    absl::StrAppend(&name, name.empty() ? "" : ".", field->json_name());
  }
  return name;
}

bool IsBoundElsewhere(const Route& route, const FieldPath& path) {
  if (route.body != nullptr && path.front() == route.body) return true;
  return std::find(route.variables.begin(), route.variables.end(), path) != route.variables.end();
}

// As request_binder.cc reads them: no Struct, Value, ListValue or Any.
bool IsTextual(const Descriptor& type) {
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_ANY:
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_VALUE:
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return false;
    default:
      return true;
  }
}

Json WithoutDescription(Json schema) {
  schema.erase("description");
  return schema;
}

// The pattern of what follows "opportunities/" in a text that must match
// "opportunities/(-|[a-z0-9]+)"; empty if it cannot be cut so.
std::string PatternAfter(const std::string& before, const std::string& pattern) {
  if (before.empty() || !absl::StartsWith(pattern, before)) return "";
  const std::string rest = pattern.substr(before.size());
  return absl::StrContains(rest, "/") ? "" : rest;
}

}  // namespace

Json ParameterWriter::OfPath(const RoutePath& path) {
  Json parameters = Json::array();
  for (const PathParameter& part : path.parameters) {
    std::string description;
    if (part.field != nullptr) {
      const std::string& comment = comments_.Of(part.field->full_name());
      description = part.whole_field ? comment
                    : part.only_part
                        ? absl::StrCat("What follows `", part.before, "` in `",
                                       part.field->json_name(), "`. ", comment)
                        : absl::StrCat("A part of `", part.field->json_name(), "`. ", comment);
    }
    if (part.many_segments) {
      absl::StrAppend(&description, description.empty() ? "" : " ",
                      "May hold several segments: a `/` is sent as it is.");
    }
    std::string example = part.name + "-1";
    std::replace(example.begin(), example.end(), '_', '-');
    Json parameter = {{"name", part.name}, {"in", "path"}, {"required", true}};
    if (!description.empty()) parameter["description"] = description;
    parameter["schema"] = PartSchema(part);
    parameter["example"] = example;
    if (part.whole_field && part.field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
      parameter["example"] = ExampleWriter(ExampleWriter::For::kRequest)
                                 .OfElement(*part.field, FactsOf(*part.field), 0);
    }
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Json ParameterWriter::PartSchema(const PathParameter& part) {
  if (part.field == nullptr || part.many_segments) return {{"type", "string"}, {"minLength", 1}};
  FieldFacts facts = FactsOf(*part.field);
  if (part.whole_field && facts.name_forms.empty()) {
    facts.required = true;
    return schemas_.OfElement(*part.field, facts);
  }
  const std::string re2 = facts.name_forms.empty()
                              ? PatternAfter(part.before, facts.rules.pattern())
                              : std::string(kIdPattern);
  const std::optional<Pattern> pattern = Pattern::Parse(re2);
  if (re2.empty() || !pattern) return {{"type", "string"}, {"minLength", 1}};
  return {{"type", "string"}, {"pattern", absl::StrCat("^(?:", pattern->Ecma(), ")$")}};
}

Json ParameterWriter::OfQuery(const Route& route) {
  Json parameters = Json::array();
  if (route.body_is_request) return parameters;
  FieldPath path;
  AddFields(route, *route.method->descriptor->input_type(), path, /*required=*/true, parameters);
  return parameters;
}

void ParameterWriter::AddFields(const Route& route, const Descriptor& type, FieldPath& path,
                                bool required, Json& parameters) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const FieldFacts facts = FactsOf(field);
    if (facts.output_only) continue;
    path.push_back(&field);
    const bool needed = required && facts.required;
    const Descriptor* message = field.message_type();
    if (IsBoundElsewhere(route, path)) {
      // given by the path or the body
    } else if (message == nullptr || WellKnownSchema(*message)) {
      if (message == nullptr || IsTextual(*message)) {
        parameters.push_back(Parameter(path, needed));
      }
    } else if (!field.is_repeated()) {  // a list of messages, or a map, needs a body
      const bool inside_itself = std::any_of(path.begin(), path.end() - 1, [&](const auto* f) {
        return f->message_type() == message;
      });
      if (const std::optional<Json> value = SharedValueSchema(*message)) {
        AddValueParts(path, needed, *value, parameters);
      } else if (!inside_itself) {
        AddFields(route, *message, path, needed, parameters);
      }
    }
    path.pop_back();
  }
}

// Each part of a Date, Decimal or Money by itself.
void ParameterWriter::AddValueParts(const FieldPath& path, bool required, const Json& value,
                                    Json& parameters) {
  const std::string name = NameOf(path);
  const std::string& comment = comments_.Of(path.back()->full_name());
  for (const auto& [part, schema] : value["properties"].items()) {
    const Json& needed = value["required"];
    const bool part_needed = std::find(needed.begin(), needed.end(), part) != needed.end();
    Json parameter = {{"name", absl::StrCat(name, ".", part)}, {"in", "query"}};
    if (required && part_needed) parameter["required"] = true;
    parameter["description"] = absl::StrCat("The ", part, " of `", name, "`. ", comment);
    parameter["schema"] = WithoutDescription(schema);
    if (required && part_needed) parameter["example"] = value["example"][part];
    parameters.push_back(std::move(parameter));
  }
}

Json ParameterWriter::Parameter(const FieldPath& path, bool required) {
  const FieldDescriptor& field = *path.back();
  Json schema = schemas_.OfField(field);
  Json parameter = {{"name", NameOf(path)}, {"in", "query"}};
  if (required && MustBeGiven(field, FactsOf(field))) parameter["required"] = true;
  if (schema.contains("description")) parameter["description"] = schema["description"];
  if (field.options().deprecated()) parameter["deprecated"] = true;
  if (field.is_repeated()) {
    parameter["style"] = "form";
    parameter["explode"] = true;
  }
  parameter["schema"] = WithoutDescription(std::move(schema));
  if (required) {
    if (auto example = ExampleWriter(ExampleWriter::For::kRequest).OfField(field)) {
      parameter["example"] = *std::move(example);
    }
  }
  return parameter;
}

}  // namespace salesops::gateway::reference
