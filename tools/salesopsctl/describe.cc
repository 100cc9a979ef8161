#include "tools/salesopsctl/describe.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tools/salesopsctl/contract_options.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/table.h"

namespace salesops::ctl {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::ordered_json;

ordered_json FieldOf(const FieldDescriptor* field) {
  ordered_json out = {{"name", field->name()}, {"type", TypeText(field)}};
  if (const std::string behaviour = BehaviourOf(field); !behaviour.empty()) {
    out["behavior"] = behaviour;
  }
  if (const auto* oneof = field->real_containing_oneof()) out["oneOf"] = oneof->name();
  ordered_json rules = ordered_json::array();
  for (const std::string& rule : RuleTexts(field)) rules.push_back(rule);
  if (!rules.empty()) out["rules"] = std::move(rules);
  if (const std::string comment = CommentOf(field); !comment.empty()) out["comment"] = comment;
  if (const EnumDescriptor* type = field->enum_type()) {
    ordered_json values = ordered_json::array();
    for (int i = 1; i < type->value_count(); ++i) values.push_back(type->value(i)->name());
    out["values"] = std::move(values);
  }
  return out;
}

ordered_json FieldsOf(const Descriptor* type) {
  ordered_json fields = ordered_json::array();
  for (int i = 0; i < type->field_count(); ++i) fields.push_back(FieldOf(type->field(i)));
  return fields;
}

ordered_json MethodSummary(const MethodDescriptor* method) {
  const std::vector<std::string> routes = RoutesOf(method);
  return {{"method", absl::StrCat(method->service()->name(), ".", method->name())},
          {"http", routes.empty() ? "" : routes[0]},
          {"permission", PolicyOf(method).permission()},
          {"comment", CommentOf(method)}};
}

ordered_json MethodsOf(const ServiceDescriptor* service) {
  ordered_json methods = ordered_json::array();
  for (int i = 0; i < service->method_count(); ++i) {
    methods.push_back(MethodSummary(service->method(i)));
  }
  return methods;
}

ordered_json Head(const char* kind, const std::string& name, const std::string& comment) {
  ordered_json head = {{"kind", kind}, {"name", name}};
  if (!comment.empty()) head["comment"] = comment;
  return head;
}

ordered_json OfMessage(const Catalog& catalog, const Descriptor* type) {
  const Resource* resource = catalog.FindByType(type);
  ordered_json out =
      Head(resource == nullptr ? "message" : "resource", type->full_name(), CommentOf(type));
  if (resource != nullptr) {
    out["collection"] = resource->plural;
    out["pattern"] = resource->pattern.text();
  }
  out["fields"] = FieldsOf(type);
  if (resource == nullptr) return out;
  const options::v1::ResourceRules rules = ResourceRulesOf(type);
  ordered_json filterable = ordered_json::array();
  for (const std::string& field : rules.filterable()) filterable.push_back(field);
  out["filterable"] = std::move(filterable);
  out["defaultOrder"] = rules.default_order();
  ordered_json methods = ordered_json::array();
  for (const ordered_json& method : MethodsOf(resource->service)) {
    // A service may serve several resources.
    const std::string name = method["method"];
    if (name.find(type->name()) != std::string::npos ||
        name.find(resource->plural.substr(1)) != std::string::npos) {
      methods.push_back(method);
    }
  }
  out["methods"] = std::move(methods);
  return out;
}

ordered_json OfEnum(const EnumDescriptor* type) {
  ordered_json out = Head("enum", type->full_name(), CommentOf(type));
  ordered_json values = ordered_json::array();
  for (int i = 0; i < type->value_count(); ++i) {
    values.push_back({{"name", type->value(i)->name()}, {"comment", CommentOf(type->value(i))}});
  }
  out["enumValues"] = std::move(values);
  return out;
}

ordered_json OfService(const ServiceDescriptor* service) {
  ordered_json out = Head("service", service->full_name(), CommentOf(service));
  out["methods"] = MethodsOf(service);
  return out;
}

ordered_json OfMethod(const MethodDescriptor* method) {
  ordered_json out = Head("method", method->full_name(), CommentOf(method));
  ordered_json routes = ordered_json::array();
  for (const std::string& route : RoutesOf(method)) routes.push_back(route);
  out["http"] = std::move(routes);
  const options::v1::MethodPolicy policy = PolicyOf(method);
  out["permission"] = policy.unauthenticated() ? "none, anybody may call" : policy.permission();
  if (policy.full_scope()) out["fullScope"] = true;
  if (policy.allowed_services_size() > 0) {
    ordered_json services = ordered_json::array();
    for (const std::string& service : policy.allowed_services()) services.push_back(service);
    out["allowedServices"] = std::move(services);
  }
  out["request"] = absl::StrCat(method->client_streaming() ? "stream of " : "",
                                method->input_type()->full_name());
  out["response"] = absl::StrCat(method->server_streaming() ? "stream of " : "",
                                 method->output_type()->full_name());
  out["fields"] = FieldsOf(method->input_type());
  out["responseFields"] = FieldsOf(method->output_type());
  return out;
}

std::string Joined(const ordered_json& list, const char* separator) {
  return absl::StrJoin(list.get<std::vector<std::string>>(), separator);
}

void AppendFields(const ordered_json& fields, const std::string& title, int width,
                  std::string* text) {
  absl::StrAppend(text, "\n", title, "\n");
  for (const ordered_json& field : fields) {
    absl::StrAppend(text, "  ", field["name"].get<std::string>(), "  <",
                    field["type"].get<std::string>(), ">");
    if (field.contains("behavior"))
      absl::StrAppend(text, " -", field["behavior"].get<std::string>(), "-");
    if (field.contains("rules")) absl::StrAppend(text, "  ", Joined(field["rules"], "; "));
    absl::StrAppend(text, "\n");
    if (field.contains("oneOf")) {
      absl::StrAppend(text, "      one of \"", field["oneOf"].get<std::string>(), "\"\n");
    }
    if (field.contains("comment")) absl::StrAppend(text, Wrapped(field["comment"], 6, width));
    if (field.contains("values")) {
      absl::StrAppend(text, Wrapped("one of " + Joined(field["values"], ", "), 6, width));
    }
  }
}

void AppendMethods(const ordered_json& methods, std::string* text) {
  std::vector<std::vector<std::string>> rows;
  for (const ordered_json& method : methods) {
    rows.push_back({"  " + method["method"].get<std::string>(), method["http"].get<std::string>(),
                    method["permission"].get<std::string>()});
  }
  absl::StrAppend(text, "\n", FormatTable({"METHODS", "HTTP", "PERMISSION"}, rows));
}

}  // namespace

absl::StatusOr<ordered_json> DescriptionOf(const Catalog& catalog, const std::string& what) {
  if (const auto collection = catalog.FindCollection(what); collection.ok()) {
    return OfMessage(catalog, (*collection)->type);
  }
  for (const Resource& resource : catalog.resources()) {
    if (what == resource.singular || what == resource.type->name()) {
      return OfMessage(catalog, resource.type);
    }
  }
  if (const ServiceDescriptor* service = catalog.FindService(what)) return OfService(service);
  if (const auto method = catalog.FindMethod(what); method.ok()) return OfMethod(*method);
  if (const Descriptor* type = catalog.FindMessage(what)) return OfMessage(catalog, type);
  if (const Descriptor* type = catalog.FindMessageByShortName(what)) {
    return OfMessage(catalog, type);
  }
  if (const EnumDescriptor* type = catalog.FindEnum(what)) return OfEnum(type);
  std::vector<std::string> names;
  for (const Resource& resource : catalog.resources()) names.push_back(resource.plural);
  return NotInContracts(absl::StrCat(
      "the contracts have no \"", what,
      "\"; name a collection, a type, a service or a method such as OpportunityService."
      "AdvanceOpportunity. Collections: ",
      absl::StrJoin(names, ", ")));
}

std::string Wrapped(const std::string& text, int indent, int width) {
  const std::string blank(indent, ' ');
  std::string out, line;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const bool full =
        !line.empty() && indent + DisplayWidth(line) + 1 + DisplayWidth(std::string(word)) > width;
    if (full) {
      absl::StrAppend(&out, blank, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  return line.empty() ? out : absl::StrCat(out, blank, line, "\n");
}

std::string DescriptionText(const ordered_json& d, int width) {
  std::string text =
      absl::StrCat(d["kind"].get<std::string>(), " ", d["name"].get<std::string>(), "\n");
  if (d.contains("pattern")) {
    absl::StrAppend(&text, "  names       ", d["pattern"].get<std::string>(), "\n");
    absl::StrAppend(&text, "  collection  ", d["collection"].get<std::string>(), "\n");
  }
  if (d["kind"] == "method") {
    for (const ordered_json& route : d["http"]) {
      absl::StrAppend(&text, "  http        ", route.get<std::string>(), "\n");
    }
    absl::StrAppend(&text, "  permission  ", d["permission"].get<std::string>(),
                    d.contains("fullScope") ? ", on every row" : "", "\n");
    if (d.contains("allowedServices")) {
      absl::StrAppend(&text, "  services    ", Joined(d["allowedServices"], ", "), "\n");
    }
    absl::StrAppend(&text, "  request     ", d["request"].get<std::string>(), "\n");
    absl::StrAppend(&text, "  response    ", d["response"].get<std::string>(), "\n");
  }
  if (d.contains("comment")) absl::StrAppend(&text, "\n", Wrapped(d["comment"], 0, width));
  if (d.contains("fields")) {
    AppendFields(d["fields"], d["kind"] == "method" ? "REQUEST" : "FIELDS", width, &text);
  }
  if (d.contains("responseFields")) AppendFields(d["responseFields"], "RESPONSE", width, &text);
  if (d.contains("filterable") && !d["filterable"].empty()) {
    absl::StrAppend(&text, "\nFILTER AND ORDER BY\n",
                    Wrapped(Joined(d["filterable"], ", "), 2, width),
                    "  default order: ", d["defaultOrder"].get<std::string>(), "\n");
  }
  if (d.contains("enumValues")) {
    absl::StrAppend(&text, "\nVALUES\n");
    for (const ordered_json& value : d["enumValues"]) {
      absl::StrAppend(&text, "  ", value["name"].get<std::string>(), "\n",
                      Wrapped(value["comment"], 6, width));
    }
  }
  if (d.contains("methods")) AppendMethods(d["methods"], &text);
  return text;
}

}  // namespace salesops::ctl
