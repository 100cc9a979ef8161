// The document against the gateway itself and against the checker of the services: what it shows as
// an example is bound by the route it is shown for and breaks no rule.
#include "gateway/reference/openapi_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gateway/contracts.h"
#include "gateway/reference/json_tree.h"
#include "gateway/request_binder.h"
#include "shared/api/field_rules.h"

namespace salesops::gateway::reference {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::shared_ptr<const Contracts> Load(const char* folder) {
  const auto contracts = Contracts::Load(folder);
  EXPECT_TRUE(contracts.ok()) << contracts.status();
  return *contracts;
}

// Never freed: the checker of rules keeps what it knows of a type by its address.
const Contracts& Suite() {
  static const auto* contracts = new std::shared_ptr(Load(SALESOPS_DESCRIPTORS));
  return **contracts;
}
const Json& SuiteDocument() {
  static const auto* document = new Json(Json::parse(Suite().openapi.content));
  return *document;
}
const Json& ShelfDocument() {
  static const auto* document = new Json(Json::parse(Load(SHELF_DESCRIPTORS)->openapi.content));
  return *document;
}

const Json& At(const Json& document, const std::string& path, const char* method) {
  return document.at("paths").at(path).at(method);
}

const Json& Schema(const Json& document, const char* name) {
  return document.at("components").at("schemas").at(name);
}

std::vector<std::string> NamesOf(const Json& parameters) {
  std::vector<std::string> names;
  for (const Json& parameter : parameters) {
    if (parameter.contains("name")) names.push_back(parameter["name"]);
  }
  return names;
}

TEST(OpenApiTest, SameContractsSameBytes) {
  EXPECT_EQ(Load(SALESOPS_DESCRIPTORS)->openapi.content, Suite().openapi.content);
  EXPECT_EQ(Load(SALESOPS_DESCRIPTORS)->openapi.etag, Suite().openapi.etag);
  EXPECT_NE(Load(SHELF_DESCRIPTORS)->openapi.etag, Suite().openapi.etag);
}

TEST(OpenApiTest, EveryRouteHasAnOperation) {
  const std::shared_ptr<const Contracts> shelf = Load(SHELF_DESCRIPTORS);
  for (const Contracts* contracts : {&Suite(), shelf.get()}) {
    const Json document = Json::parse(contracts->openapi.content);
    std::multiset<std::string> wanted, found;
    for (const Route& route : contracts->routes.routes()) {
      wanted.insert(absl::StrCat(route.http_method, " ", route.path_template));
    }
    for (const auto& [path, item] : document.at("paths").items()) {
      for (const auto& [method, operation] : item.items()) {
        if (method == "parameters") continue;
        found.insert(absl::StrCat(absl::AsciiStrToUpper(method), " ",
                                  operation.at("x-http-rule").get<std::string>()));
      }
    }
    EXPECT_EQ(found, wanted);
  }
}

std::string WithoutPlaceholders(std::string path, const Json& operation) {
  for (const Json& parameter : operation.value("parameters", Json::array())) {
    if (parameter.value("in", "") != "path") continue;
    path =
        absl::StrReplaceAll(path, {{absl::StrCat("{", parameter.at("name").get<std::string>(), "}"),
                                    parameter.at("example").get<std::string>()}});
  }
  return path;
}

std::string RequiredQuery(const Json& operation) {
  std::string query;
  for (const Json& parameter : operation.value("parameters", Json::array())) {
    if (parameter.value("in", "") != "query" || !parameter.value("required", false)) continue;
    Json values = parameter.at("example");
    if (!values.is_array()) values = Json::array({values});
    for (const Json& value : values) {
      absl::StrAppend(&query, query.empty() ? "" : "&", parameter.at("name").get<std::string>(),
                      "=", value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return query;
}

TEST(OpenApiTest, EveryExampleIsARequestThatKeepsTheRules) {
  int checked = 0;
  for (const auto& [path, item] : SuiteDocument().at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      const std::string target = WithoutPlaceholders(path, operation);
      const RouteMatch match = Suite().routes.Find(absl::AsciiStrToUpper(method), target);
      ASSERT_EQ(match.outcome, PathMatch::Outcome::kFound) << method << " " << target;
      const Route& route = *match.route;
      EXPECT_EQ(operation.at("x-rpc"), route.method->descriptor->full_name());
      std::string body;
      if (operation.contains("requestBody")) {
        body = operation["requestBody"]["content"].begin()->at("example").dump();
      }
      std::unique_ptr<google::protobuf::Message> request(route.method->request->New());
      const absl::Status bound = BindRequest(route, match.variables, RequiredQuery(operation),
                                             {"application/json", body}, *request);
      ASSERT_TRUE(bound.ok()) << method << " " << target << " " << body << " " << bound;
      const base::Violations violations = api::CheckFieldRules(*request);
      for (const base::Violation& v : violations.list()) {
        ADD_FAILURE() << method << " " << target << " " << body << ": " << v.field << " "
                      << v.message;
      }
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

TEST(OpenApiTest, PathsHaveTheNamesOfTheirResources) {
  const Json& paths = SuiteDocument().at("paths");
  for (const char* path :
       {"/pipeline/v1/accounts/{account}", "/pipeline/v1/opportunities/{opportunity}:advance",
        "/pipeline/v1/salesProcesses/{sales_process}/versions/{version}:publish",
        "/pipeline/v1/opportunities/{opportunity}/transitions"}) {
    EXPECT_TRUE(paths.contains(path)) << path;
  }
  EXPECT_THAT(NamesOf(At(SuiteDocument(), "/pipeline/v1/accounts/{account}", "get")["parameters"]),
              ElementsAre("account", "asOfTime"));
  // A parent may be "-", an id may not.
  const Json& list = At(SuiteDocument(), "/pipeline/v1/opportunities/{opportunity}/transitions",
                        "get")["parameters"][0];
  EXPECT_THAT(list["schema"]["pattern"].get<std::string>(), HasSubstr("-|"));
  const auto shelf = ShelfDocument().at("paths");
  for (const char* path : {"/shelf/v1/books/{book}", "/shelf/v1/shelves/{shelve}/books/{book}",
                           "/shelf/v1/files/{file}", "/shelf/v1/books/{book}/cover"}) {
    EXPECT_TRUE(shelf.contains(path)) << path;
  }
}

TEST(OpenApiTest, QueryParametersAreWhatTheBinderTakes) {
  const Json& parameters = At(ShelfDocument(), "/shelf/v1/books", "get")["parameters"];
  EXPECT_THAT(NamesOf(parameters),
              ElementsAre("pageSize", "pageToken", "filter", "tags", "genre", "years",
                          "author.displayName", "author.bornYear", "lent", "loan", "hash",
                          "readMask", "room", "floor", "rating"));
  EXPECT_EQ(parameters[3]["explode"], true);
  EXPECT_EQ(parameters[3]["schema"]["type"], "array");
  // The members of a body are not parameters, the rest of the request is.
  EXPECT_THAT(NamesOf(At(ShelfDocument(), "/shelf/v1/books", "post")["parameters"]),
              ElementsAre("bookId", "requestId", "validateOnly"));
  EXPECT_FALSE(At(ShelfDocument(), "/shelf/v1/books:count", "post").contains("parameters"));
  // A day by its parts.
  EXPECT_THAT(
      NamesOf(At(SuiteDocument(), "/pipeline/v1/opportunities:aggregate", "get")["parameters"]),
      testing::IsSupersetOf({"effectiveDate.year", "effectiveDate.month", "effectiveDate.day"}));
}

TEST(OpenApiTest, SchemasCarryTheRules) {
  const Json& account = Schema(SuiteDocument(), "salesops.pipeline.v1.Account");
  EXPECT_THAT(account["required"], Contains("displayName"));
  const Json& fields = account["properties"];
  EXPECT_EQ(fields["displayName"]["minLength"], 1);
  EXPECT_EQ(fields["displayName"]["maxLength"], 200);
  EXPECT_EQ(fields["website"]["pattern"], "^(?:https?://[^\\t-\\r ]+)?$");  // it may be empty
  EXPECT_EQ(fields["foundedYear"]["maximum"], 9999);
  EXPECT_EQ(fields["createTime"]["readOnly"], true);
  EXPECT_EQ(fields["createTime"]["format"], "date-time");
  EXPECT_EQ(fields["externalKeys"]["maxItems"], 20);
  EXPECT_EQ(fields["externalKeys"]["uniqueItems"], true);
  EXPECT_EQ(fields["attributes"]["maxProperties"], 100);
  EXPECT_EQ(fields["attributes"]["propertyNames"]["pattern"], "^(?:[a-z][a-z0-9_]{0,62})$");
  EXPECT_EQ(fields["owner"]["x-references"], "organization.salesops.example/Seller");
  EXPECT_THAT(fields["owner"]["pattern"].get<std::string>(), HasSubstr("sellers/"));
  EXPECT_THAT(fields["displayName"]["description"].get<std::string>(), HasSubstr("account"));
  EXPECT_EQ(account["x-resource"]["pattern"], "accounts/{account}");

  const Json& amount =
      Schema(SuiteDocument(), "salesops.pipeline.v1.Opportunity")["properties"]["amount"];
  EXPECT_EQ(amount["$ref"], "#/components/schemas/google.type.Money");
  EXPECT_EQ(amount["x-maximum"], "999999999999999");
  EXPECT_EQ(amount["properties"]["units"]["pattern"], "^[0-9]{1,15}$");
  const Json& value = Schema(SuiteDocument(), "salesops.pipeline.v1.AttributeValue");
  EXPECT_EQ(value["maxProperties"], 1);
  EXPECT_EQ(value["properties"]["decimalValue"]["properties"]["value"]["pattern"],
            "^-?[0-9]{1,18}(\\.[0-9]{1,9})?$");
  const Json& state = Schema(SuiteDocument(), "salesops.pipeline.v1.Opportunity.State");
  EXPECT_THAT(state["enum"],
              ElementsAre("STATE_UNSPECIFIED", "STATE_OPEN", "STATE_WON", "STATE_LOST"));
  EXPECT_EQ(state["x-enum-descriptions"]["STATE_WON"], "Won.");
  // Of a resource in an update nothing is required.
  EXPECT_FALSE(Schema(SuiteDocument(), "salesops.pipeline.v1.Account-update").contains("required"));
}

TEST(OpenApiTest, WellKnownTypesHaveTheirJsonForms) {
  const Json& book = Schema(ShelfDocument(), "salesops.shelf.v1.Book")["properties"];
  const std::pair<const char*, const char*> types[] = {
      {"copies", "string"},    {"barcode", "string"}, {"pages", "integer"},   {"lent", "boolean"},
      {"rating", "number"},    {"loan", "string"},    {"subtitle", "string"}, {"words", "string"},
      {"extra", "object"},     {"list", "array"},     {"detail", "object"},   {"nowhere", "null"},
      {"otherName", "string"}, {"labels", "object"},  {"tags", "array"},
  };
  for (const auto& [field, type] : types) EXPECT_EQ(book[field]["type"], type) << field;
  EXPECT_EQ(book["coverHash"]["contentEncoding"], "base64");
  EXPECT_FALSE(book["anything"].contains("type"));
  // No two of a oneof.
  EXPECT_EQ(Schema(ShelfDocument(), "salesops.shelf.v1.Book")["not"]["anyOf"].size(), 3u);
}

TEST(OpenApiTest, BodiesAnswersAndStreams) {
  const Json& advance =
      At(SuiteDocument(), "/pipeline/v1/opportunities/{opportunity}:advance", "post");
  const Json& body = advance["requestBody"]["content"]["application/json"]["schema"];
  EXPECT_FALSE(body["properties"].contains("name"));  // the path says it
  EXPECT_THAT(body["required"], ElementsAre("stage"));
  EXPECT_EQ(body["unevaluatedProperties"], false);
  const Json& titles = At(ShelfDocument(), "/shelf/v1/books:titles", "get");
  EXPECT_EQ(titles["responses"]["200"]["content"]["application/json"]["schema"]["type"], "array");
  const Json& watch = At(ShelfDocument(), "/shelf/v1/books:watch", "get");
  const Json& content = watch["responses"]["200"]["content"];
  EXPECT_TRUE(content.contains("text/event-stream"));
  EXPECT_EQ(content["application/x-ndjson"]["schema"]["oneOf"][0]["properties"]["result"]["$ref"],
            "#/components/schemas/salesops.shelf.v1.Book");
  const Json& import = At(ShelfDocument(), "/shelf/v1/books:import", "post");
  EXPECT_TRUE(import["requestBody"]["content"].contains("application/x-ndjson"));
  const Json& cover = At(ShelfDocument(), "/shelf/v1/books/{book}/cover", "put");
  EXPECT_TRUE(cover["requestBody"]["content"].contains("*/*"));
  EXPECT_TRUE(cover["responses"]["200"]["content"].contains("*/*"));
  EXPECT_TRUE(At(ShelfDocument(), "/shelf/v1/ping", "head")["security"].empty());
}

std::set<std::string> HeadersOf(const Json& operation) {
  std::set<std::string> headers;
  for (const Json& parameter : operation.at("parameters")) {
    if (parameter.contains("$ref")) headers.insert(parameter["$ref"]);
  }
  return headers;
}

TEST(OpenApiTest, EntityTagsAndResumption) {
  const char account[] = "/pipeline/v1/accounts/{account}";
  const Json& get = At(SuiteDocument(), account, "get");
  EXPECT_THAT(HeadersOf(get), ElementsAre("#/components/parameters/IfNoneMatch"));
  EXPECT_TRUE(get["responses"].contains("304"));
  EXPECT_TRUE(get["responses"]["200"]["headers"].contains("ETag"));
  const Json& update = At(SuiteDocument(), account, "patch");
  EXPECT_THAT(HeadersOf(update), ElementsAre("#/components/parameters/IfMatch"));
  EXPECT_TRUE(update["responses"].contains("412"));
  const Json& watch = At(SuiteDocument(), "/pipeline/v1/events:watch", "get");
  EXPECT_THAT(HeadersOf(watch), ElementsAre("#/components/parameters/LastEventId"));
  EXPECT_THAT(
      watch["responses"]["200"]["content"]["text/event-stream"]["example"].get<std::string>(),
      testing::StartsWith("id: 1\ndata: {"));
  EXPECT_THAT(HeadersOf(At(SuiteDocument(), "/pipeline/v1/accounts", "get")), testing::IsEmpty());
}

TEST(OpenApiTest, PermissionsAndErrors) {
  const Json& advance =
      At(SuiteDocument(), "/pipeline/v1/opportunities/{opportunity}:advance", "post");
  EXPECT_EQ(advance["security"][0]["bearerAuth"][0], "pipeline.opportunities.advance");
  EXPECT_THAT(advance["description"].get<std::string>(),
              HasSubstr("Needs the permission `pipeline.opportunities.advance`."));
  std::set<std::string> codes;
  for (const auto& [code, response] : advance["responses"].items()) codes.insert(code);
  EXPECT_THAT(codes, UnorderedElementsAre("200", "400", "401", "403", "404", "409", "412", "415",
                                          "429", "503", "504", "default"));
  const Json& examples = advance["responses"]["400"]["content"]["application/json"]["examples"];
  for (const char* reason : {"WRONG_STAGE", "NOT_OPEN", "REQUEST_ID_REUSED"}) {
    EXPECT_TRUE(examples.contains(reason)) << reason;
  }
  EXPECT_TRUE(advance["responses"]["409"]["content"]["application/json"]["examples"].contains(
      "ETAG_MISMATCH"));
  const Json& exported = At(SuiteDocument(), "/pipeline/v1/opportunities:export", "get");
  EXPECT_EQ(exported["x-full-scope"], true);
  EXPECT_THAT(exported["x-allowed-services"], Contains("risk"));
}

}  // namespace
}  // namespace salesops::gateway::reference
