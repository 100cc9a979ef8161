#include "gateway/reference/openapi_writer.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gateway/reference/access_words.h"
#include "gateway/reference/declared_errors.h"
#include "gateway/reference/error_responses.h"
#include "gateway/reference/example_writer.h"
#include "gateway/reference/http_headers.h"
#include "gateway/reference/parameter_writer.h"
#include "gateway/reference/route_path.h"
#include "gateway/reference/schema_writer.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using For = ExampleWriter::For;

constexpr char kAbout[] =
    "The HTTP/JSON interface of the sales-operations suite, generated from its contracts.\n\n"
    "- **Names.** JSON members and parameters are lowerCamel; the proto names (`page_size`) are "
    "read too. Unknown names are refused. Answers leave out what is empty, zero or false.\n"
    "- **Numbers.** 64-bit integers are text. Money and rates are exact decimals.\n"
    "- **Identity.** `Authorization: Bearer <token>`; each operation names the permission it "
    "needs.\n"
    "- **Errors.** The body of AIP-193; everything that is wrong with a request is told at once.\n"
    "- **Streams.** One JSON value a line (`application/x-ndjson`): `{\"result\": …}`, and "
    "`{\"error\": …}` last if the stream fails.\n"
    "- **Time limits.** 30 s, or what `X-Request-Timeout` asks for.";

// "salesops.pipeline.v1.AccountService" of upstream pipeline -> "pipeline.AccountService".
std::string TagOf(const Method& method) {
  const ServiceDescriptor& service = *method.descriptor->service();
  return method.upstream.empty() ? service.full_name()
                                 : absl::StrCat(method.upstream, ".", service.name());
}

bool IsHttpBody(const Descriptor& type) { return type.full_name() == "google.api.HttpBody"; }

// The methods of OpenAPI that a rule's method stands for.
std::vector<std::string> MethodsOf(const Route& route) {
  if (route.http_method == "*") return {"get", "put", "post", "delete", "patch"};
  return {absl::AsciiStrToLower(route.http_method)};
}

bool IsKnownMethod(const std::string& method) {
  static const auto* known = new std::set<std::string>{"get",     "put",  "post",  "delete",
                                                       "options", "head", "patch", "trace"};
  return known->count(method) > 0;
}

Json ErrorLine() { return {{"$ref", "#/components/schemas/Error"}}; }

class Writer {
 public:
  Writer(const RouteTable& routes, const Comments& comments)
      : routes_(routes.routes()),
        comments_(comments),
        paths_(routes.routes()),
        schemas_(comments),
        parameters_(comments, schemas_) {}

  Json Write() {
    Json document = {{"openapi", "3.1.0"},
                     {"info",
                      {{"title", "Sales operations"},
                       {"version", "v1"},
                       {"summary", "People, pipeline and what is built on them."},
                       {"description", kAbout}}},
                     {"servers", Json::array({{{"url", "/"}}})}};
    Json paths = Paths();
    AddTags(document);
    document["paths"] = std::move(paths);
    document["components"] = Components();
    return document;
  }

 private:
  Json Paths() {
    std::map<std::string, std::map<std::string, Json>> by_path;
    for (const Route& route : routes_) {
      const RoutePath path = paths_.Of(route);
      for (const std::string& method : MethodsOf(route)) {
        Json operation = Operation(route, path, method);
        auto& item = by_path[path.path];
        if (IsKnownMethod(method)) {
          item[method] = std::move(operation);
        } else {
          item["x-custom-methods"][route.http_method] = std::move(operation);
        }
      }
    }
    Json paths = Json::object();
    for (auto& [path, item] : by_path) {
      Json& operations = paths[path];
      operations["parameters"] = {{{"$ref", "#/components/parameters/RequestTimeout"}},
                                  {{"$ref", "#/components/parameters/RequestId"}}};
      for (auto& [method, operation] : item) operations[method] = std::move(operation);
    }
    return paths;
  }

  Json Operation(const Route& route, const RoutePath& path, const std::string& http_method) {
    const MethodDescriptor& method = *route.method->descriptor;
    const std::vector<DeclaredError> errors = ErrorsOf(method, comments_);
    Json operation = {{"tags", Json::array({TagOf(*route.method)})},
                      {"operationId", OperationId(*route.method, http_method)},
                      {"summary", TitleOf(method)},
                      {"description", absl::StrCat(comments_.Of(method.full_name()), "\n\n",
                                                   AccessWords(method))}};
    AddAccess(method, operation);
    if (!errors.empty()) operation["x-errors"] = DeclaredErrors(errors);
    Json parameters = parameters_.OfPath(path);
    for (Json& parameter : parameters_.OfQuery(route)) parameters.push_back(std::move(parameter));
    AddHeaderParameters(route, parameters);
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    if (route.body_is_request || route.body != nullptr) {
      operation["requestBody"] = RequestBody(route);
    }
    Json responses = {{"200", Success(route)}};
    AddConditionalResponses(route, responses);
    AddErrorResponses(route, errors, responses);
    operation["responses"] = std::move(responses);
    if (method.options().deprecated()) operation["deprecated"] = true;
    operation["x-rpc"] = method.full_name();
    operation["x-http-rule"] = route.path_template;
    return operation;
  }

  // Unique, since a method may have several routes.
  std::string OperationId(const Method& method, const std::string& http_method) {
    std::string id = TagOf(method);
    std::replace(id.begin(), id.end(), '.', '_');
    absl::StrAppend(&id, "_", method.descriptor->name());
    const int count = ++uses_[id];
    return count == 1 ? id : absl::StrCat(id, "_", http_method, count);
  }

  static void AddAccess(const MethodDescriptor& method, Json& operation) {
    const options::v1::MethodPolicy& policy = PolicyOf(method);
    Json scopes = Json::array();
    if (!policy.permission().empty()) {
      operation["x-permission"] = policy.permission();
      scopes.push_back(policy.permission());
    }
    if (policy.full_scope()) operation["x-full-scope"] = true;
    if (policy.allowed_services_size() > 0) {
      Json services = Json::array();
      for (const std::string& service : policy.allowed_services()) services.push_back(service);
      operation["x-allowed-services"] = std::move(services);
    }
    operation["security"] = Json::array();
    if (!policy.unauthenticated()) operation["security"].push_back({{"bearerAuth", scopes}});
  }

  static Json DeclaredErrors(const std::vector<DeclaredError>& errors) {
    Json all = Json::array();
    for (const DeclaredError& error : errors) {
      Json one = {{"status", absl::StatusCodeToString(error.code)}};
      if (!error.reasons.empty()) one["reasons"] = error.reasons;
      one["text"] = error.sentence;
      all.push_back(std::move(one));
    }
    return all;
  }

  // ---- bodies

  Json RequestBody(const Route& route) {
    const Descriptor& request = *route.method->descriptor->input_type();
    const ExampleWriter examples(For::kRequest);
    const Descriptor* type = route.body_is_request ? &request : route.body->message_type();
    if (type != nullptr && IsHttpBody(*type)) {
      return {{"required", true}, {"content", {{"*/*", Json::object()}}}};
    }
    Json schema, example;
    bool required = false;
    std::string description;
    if (route.body_is_request) {
      std::set<const FieldDescriptor*> in_path;
      for (const FieldPath& variable : route.variables) {
        if (variable.size() == 1) in_path.insert(variable.front());
      }
      schema = in_path.empty() ? schemas_.OfMessage(request) : schemas_.OfRest(request, in_path);
      required = route.method->client_streaming || HasRequired(request, in_path);
      example = examples.OfMessage(request);
      for (const FieldDescriptor* field : in_path) example.erase(field->json_name());
    } else {
      const FieldFacts facts = FactsOf(*route.body);
      const bool updated = UpdatedResource(request) == route.body;
      schema =
          updated ? schemas_.OfUpdated(*route.body->message_type()) : schemas_.OfField(*route.body);
      if (schema.contains("description")) {
        description = schema["description"];
        schema.erase("description");
      } else {
        description = comments_.Of(route.body->full_name());
      }
      required = facts.required;
      example = examples.OfField(*route.body).value_or(Json::object());
    }
    if (type != nullptr) schema["unevaluatedProperties"] = false;  // unknown names are refused
    const bool lines = route.method->client_streaming;
    if (lines) description = "One message a line. All lines are checked before the first is used.";
    Json body = Json::object();
    if (!description.empty()) body["description"] = description;
    if (required) body["required"] = true;
    body["content"][lines ? "application/x-ndjson" : "application/json"] = {
        {"schema", std::move(schema)}, {"example", std::move(example)}};
    return body;
  }

  static bool HasRequired(const Descriptor& type, const std::set<const FieldDescriptor*>& without) {
    for (int i = 0; i < type.field_count(); ++i) {
      if (without.count(type.field(i)) == 0 && FactsOf(*type.field(i)).required) return true;
    }
    return false;
  }

  Json Success(const Route& route) {
    const Descriptor& response = *route.method->descriptor->output_type();
    Json answer = {{"description", "The answer."},
                   {"headers", {{"x-request-id", {{"$ref", "#/components/headers/RequestId"}}}}}};
    if (const std::string& comment = comments_.Of(response.full_name()); !comment.empty()) {
      answer["description"] = comment;
    }
    if (IsHttpBody(response)) {
      answer["content"] = {{"*/*", Json::object()}};
      return answer;
    }
    const ExampleWriter examples(For::kResponse);
    Json schema, example;
    if (route.response_body != nullptr) {
      schema = schemas_.OfField(*route.response_body);
      schema.erase("readOnly");
      example = examples.OfField(*route.response_body).value_or(Json());
    } else {
      schema = schemas_.OfMessage(response);
      example = examples.OfMessage(response);
    }
    if (!route.method->server_streaming) {
      answer["content"]["application/json"] = {{"schema", std::move(schema)},
                                               {"example", std::move(example)}};
      return answer;
    }
    const Json result = {{"result", example}};
    answer["content"]["application/x-ndjson"] = {
        {"schema",
         {{"description", "Each line of the body."},
          {"oneOf",
           {{{"type", "object"},
             {"properties", {{"result", std::move(schema)}}},
             {"required", Json::array({"result"})}},
            ErrorLine()}}}},
        {"example", result}};
    answer["content"]["text/event-stream"] = {
        {"schema",
         {{"type", "string"},
          {"description",
           "Server-Sent Events: the data of each is one message. A stream that fails ends with an "
           "event `error`."}}},
        {"example", EventStreamExample(route, example)}};
    return answer;
  }

  // ---- the rest of the document

  void AddTags(Json& document) {
    std::map<std::string, const Method*> tags;
    for (const Route& route : routes_) tags.emplace(TagOf(*route.method), route.method);
    Json list = Json::array();
    Json groups = Json::object();
    for (const auto& [tag, method] : tags) {
      const ServiceDescriptor& service = *method->descriptor->service();
      Json one = {{"name", tag}, {"x-displayName", service.name()}};
      if (const std::string& comment = comments_.Of(service.full_name()); !comment.empty()) {
        one["description"] = comment;
      }
      list.push_back(std::move(one));
      groups[method->upstream.empty() ? "operations" : method->upstream].push_back(tag);
    }
    document["tags"] = std::move(list);
    Json named = Json::array();
    for (auto& [name, members] : groups.items()) {
      named.push_back({{"name", name}, {"tags", std::move(members)}});
    }
    document["x-tagGroups"] = std::move(named);
  }

  Json Components() {
    Json errors = ErrorSchemas(schemas_);
    Json schemas = schemas_.TakeComponents();
    for (auto& [name, schema] : errors.items()) schemas[name] = std::move(schema);
    return {
        {"schemas", std::move(schemas)},
        {"responses", SharedErrorResponses()},
        {"parameters", SharedHeaderParameters()},
        {"headers", SharedHeaders()},
        {"securitySchemes",
         {{"bearerAuth",
           {{"type", "http"},
            {"scheme", "bearer"},
            {"bearerFormat", "JWT"},
            {"description",
             "A signed token that says who is calling. The names after it are the permissions that "
             "the caller's grants must give."}}}}}};
  }

  const std::vector<Route>& routes_;
  const Comments& comments_;
  const PathNames paths_;
  SchemaWriter schemas_;
  ParameterWriter parameters_;
  std::map<std::string, int> uses_;
};

}  // namespace

std::string WriteOpenApi(const RouteTable& routes, const Comments& comments) {
  // A contract's comment may hold any bytes; the document is text.
  return Writer(routes, comments).Write().dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace salesops::gateway::reference
