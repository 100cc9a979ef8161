#include "gateway/reference/http_headers.h"

#include <google/protobuf/descriptor.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool HasField(const Descriptor* type, const char* name, FieldDescriptor::Type of) {
  const FieldDescriptor* field = type == nullptr ? nullptr : type->FindFieldByName(name);
  return field != nullptr && !field->is_repeated() && field->type() == of;
}

bool HasEtag(const Descriptor* type) {
  return HasField(type, "etag", FieldDescriptor::TYPE_STRING);
}

bool AnswersTag(const Route& route) {
  return route.method->unary() && route.response_body == nullptr &&
         HasEtag(route.method->descriptor->output_type());
}

bool TakesTag(const Route& route) {
  return route.http_method != "GET" && route.method->unary() &&
         (HasEtag(route.method->descriptor->input_type()) ||
          (route.body != nullptr && !route.body->is_repeated() &&
           HasEtag(route.body->message_type())));
}

bool IsResumable(const Route& route) {
  const auto& method = *route.method->descriptor;
  return method.server_streaming() &&
         HasField(method.output_type(), "position", FieldDescriptor::TYPE_INT64) &&
         HasField(method.input_type(), "after_position", FieldDescriptor::TYPE_INT64);
}

Json ReferToParameter(const char* name) {
  return {{"$ref", absl::StrCat("#/components/parameters/", name)}};
}

Json Parameter(const char* name, const char* description, Json schema) {
  return {{"name", name},
          {"in", "header"},
          {"description", description},
          {"schema", std::move(schema)}};
}

}  // namespace

void AddHeaderParameters(const Route& route, Json& parameters) {
  if (TakesTag(route)) parameters.push_back(ReferToParameter("IfMatch"));
  if (AnswersTag(route) && route.http_method == "GET") {
    parameters.push_back(ReferToParameter("IfNoneMatch"));
  }
  if (IsResumable(route)) parameters.push_back(ReferToParameter("LastEventId"));
}

void AddConditionalResponses(const Route& route, Json& responses) {
  if (AnswersTag(route)) {
    responses["200"]["headers"]["ETag"] = {{"$ref", "#/components/headers/ETag"}};
    if (route.http_method == "GET") {
      responses["304"] = {{"description", "What `If-None-Match` names is still current."}};
    }
  }
  if (TakesTag(route)) {
    responses["412"] = {{"$ref", "#/components/responses/PreconditionFailed"}};
  }
}

std::string EventStreamExample(const Route& route, const Json& example) {
  // With response_body the event may be no object.
  const bool has_id = IsResumable(route) && example.is_object();
  const std::string id = has_id ? absl::StrCat("id: ", example.value("position", "1"), "\n") : "";
  return absl::StrCat(id, "data: ", example.dump(), "\n\n");
}

Json SharedHeaderParameters() {
  const Json text = {{"type", "string"}};
  return {
      {"RequestTimeout",
       Parameter("X-Request-Timeout", "Seconds that the call may take, such as `2.5`.",
                 {{"type", "string"}, {"pattern", "^[0-9]+(\\.[0-9]+)?$"}})},
      {"RequestId",
       Parameter("X-Request-Id", "Names the call in logs; made up if absent, and answered.", text)},
      {"IfMatch",
       Parameter("If-Match",
                 "The `etag` that was read, in quotes: change nothing unless it is still current. "
                 "`*` asks for nothing.",
                 text)},
      {"IfNoneMatch",
       Parameter("If-None-Match", "Etags that are known, in quotes: answer only what is another.",
                 text)},
      {"LastEventId",
       Parameter("Last-Event-ID", "Goes on after the event of this id, as `afterPosition` does.",
                 {{"type", "string"}, {"pattern", "^[0-9]+$"}})}};
}

Json SharedHeaders() {
  const Json text = {{"type", "string"}};
  return {{"RequestId", {{"description", "What the call is named in logs."}, {"schema", text}}},
          {"ETag", {{"description", "The `etag` of the answer, in quotes."}, {"schema", text}}},
          {"Retry-After",
           {{"description", "Seconds to wait before trying again."},
            {"schema", {{"type", "integer"}, {"minimum", 0}}}}},
          {"WWW-Authenticate", {{"description", "How to identify oneself."}, {"schema", text}}}};
}

}  // namespace salesops::gateway::reference
