#include "gateway/reference/error_responses.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/error_body.h"
#include "gateway/reference/access_words.h"
#include "google/rpc/error_details.pb.h"

namespace salesops::gateway::reference {
namespace {

using absl::StatusCode;

Json ErrorInfo(const std::string& reason) {
  return {{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
          {"reason", reason},
          {"domain", "salesops"}};
}

// What is moved goes in by name: clang-tidy's use-after-move check takes exponential time over a
// std::move within nested braces.
Json Body(StatusCode code, int http_code, const std::string& message, Json details) {
  Json error = {
      {"code", http_code}, {"message", message}, {"status", absl::StatusCodeToString(code)}};
  error["details"] = std::move(details);
  return {{"error", error}};
}

Json InvalidFieldExample() {
  const Json violation = {
      {"field", "display_name"}, {"description", "is required"}, {"reason", "REQUIRED"}};
  return Body(StatusCode::kInvalidArgument, 400, "the request is invalid: display_name is required",
              {{{"@type", "type.googleapis.com/google.rpc.BadRequest"},
                {"fieldViolations", Json::array({violation})}},
               ErrorInfo("INVALID_FIELDS")});
}

Json Response(const std::string& description, Json headers, Json examples) {
  headers["x-request-id"] = {{"$ref", "#/components/headers/RequestId"}};
  Json body = {{"schema", {{"$ref", "#/components/schemas/Error"}}}};
  body["examples"] = std::move(examples);
  Json response = {{"description", description}};
  response["headers"] = std::move(headers);
  response["content"]["application/json"] = std::move(body);
  return response;
}

struct Shared {
  const char* http_code;
  const char* name;
  StatusCode code;
  const char* reason;
  const char* message;
  const char* description;
  const char* header;  // besides the request's id
};

constexpr Shared kShared[] = {
    {"401", "Unauthenticated", StatusCode::kUnauthenticated, "TOKEN_MISSING",
     "a bearer token is needed",
     "UNAUTHENTICATED: no bearer token, or one that is not good (any more).", "WWW-Authenticate"},
    {"403", "PermissionDenied", StatusCode::kPermissionDenied, "PERMISSION_DENIED",
     "you lack the permission",
     "PERMISSION_DENIED: the caller's grants do not give the permission, or not for this thing. To "
     "a caller with limited scope, what is not there looks the same.",
     nullptr},
    {"404", "NotFound", StatusCode::kNotFound, "NOT_FOUND", "there is no such thing",
     "NOT_FOUND: there is no such thing.", nullptr},
    {"412", "PreconditionFailed", StatusCode::kAborted, "ETAG_MISMATCH",
     "it was changed by somebody else",
     "ABORTED, reason ETAG_MISMATCH: what `If-Match` names is no longer current.", nullptr},
    {"415", "UnsupportedMediaType", StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE",
     "send the body as application/json",
     "INVALID_ARGUMENT, reason UNSUPPORTED_MEDIA_TYPE: the body is not of a type that is read.",
     nullptr},
    {"429", "ResourceExhausted", StatusCode::kResourceExhausted, "OVERLOADED",
     "too many calls at once",
     "RESOURCE_EXHAUSTED: too many calls; try again after the time that is told.", "Retry-After"},
    {"503", "Unavailable", StatusCode::kUnavailable, "UPSTREAM_UNAVAILABLE",
     "the service cannot be reached", "UNAVAILABLE: try again after the time that is told.",
     "Retry-After"},
    {"504", "DeadlineExceeded", StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
     "the call took longer than it may",
     "DEADLINE_EXCEEDED: the time of `X-Request-Timeout` is over. The change may have been made; "
     "repeat it with the same `requestId`.",
     nullptr},
    {"default", "Unexpected", StatusCode::kInternal, "INTERNAL", "something went wrong",
     "Any other error, in the same form.", nullptr},
};

int NumberOf(const Shared& shared) {
  const std::string code = shared.http_code;
  return code == "default" ? 500 : std::stoi(code);
}

Json ReferTo(const Shared& shared) {
  return {{"$ref", absl::StrCat("#/components/responses/", shared.name)}};
}

// One response for all errors of an HTTP code that the contract declares.
Json DeclaredResponse(int http_code, const std::vector<const DeclaredError*>& errors,
                      const std::string& first_words, Json examples) {
  std::string description = first_words;
  for (const DeclaredError* error : errors) {
    absl::StrAppend(&description, description.empty() ? "" : "\n", "- ", error->sentence);
    for (const std::string& reason : error->reasons) {
      examples[reason] = {{"value", Body(error->code, http_code, "says what is wrong",
                                         Json::array({ErrorInfo(reason)}))}};
    }
  }
  if (examples.empty()) {
    const std::string status = absl::StatusCodeToString(errors.front()->code);
    examples[status] = {{"value", Body(errors.front()->code, http_code, "says what is wrong",
                                       Json::array({ErrorInfo(status)}))}};
  }
  return Response(description, Json::object(), std::move(examples));
}

bool TakesJson(const Route& route) { return route.body_is_request || route.body != nullptr; }

}  // namespace

void AddErrorResponses(const Route& route, const std::vector<DeclaredError>& declared,
                       Json& responses) {
  std::map<int, std::vector<const DeclaredError*>> by_code;
  by_code[400];
  for (const DeclaredError& error : declared) by_code[HttpCode(error.code)].push_back(&error);
  const bool open = PolicyOf(*route.method->descriptor).unauthenticated();
  std::map<std::string, Json> found;
  for (const Shared& shared : kShared) {
    const std::string code = shared.http_code;
    const bool applies = code == "401" || code == "403" ? !open
                         : code == "404"                ? !route.variables.empty()
                         : code == "412"                ? false  // AddConditionalResponses knows
                         : code == "415"                ? TakesJson(route)
                                                        : true;
    if (applies) found[code] = ReferTo(shared);
  }
  for (const auto& [code, errors] : by_code) {
    if (code == 400) {
      found["400"] = DeclaredResponse(
          400, errors,
          "INVALID_ARGUMENT: something in the request breaks a rule; BadRequest names all of it.",
          {{"INVALID_FIELDS", {{"value", InvalidFieldExample()}}}});
    } else {
      found[std::to_string(code)] = DeclaredResponse(code, errors, "", Json::object());
    }
  }
  for (auto& [code, response] : found) responses[code] = std::move(response);
}

Json ErrorSchemas(SchemaWriter& schemas) {
  Json known = Json::array();
  for (const google::protobuf::Descriptor* type :
       {google::rpc::ErrorInfo::descriptor(), google::rpc::BadRequest::descriptor(),
        google::rpc::PreconditionFailure::descriptor(), google::rpc::ResourceInfo::descriptor(),
        google::rpc::RetryInfo::descriptor()}) {
    Json detail = schemas.OfMessage(*type);
    detail["properties"] = {
        {"@type", {{"const", absl::StrCat("type.googleapis.com/", type->full_name())}}}};
    detail["required"] = Json::array({"@type"});
    known.push_back(std::move(detail));
  }
  known.push_back({{"description", "A detail of another type."},
                   {"type", "object"},
                   {"properties", {{"@type", {{"type", "string"}}}}},
                   {"required", Json::array({"@type"})}});
  Json codes = Json::array();
  for (int code = 1; code <= 16; ++code) {
    codes.push_back(absl::StatusCodeToString(static_cast<StatusCode>(code)));
  }
  Json fields = {{"code", {{"type", "integer"}, {"description", "The HTTP code."}}},
                 {"message", {{"type", "string"}, {"description", "For people; may change."}}},
                 {"status", {{"type", "string"}}},
                 {"details", {{"type", "array"}}}};
  fields["status"]["enum"] = std::move(codes);
  fields["details"]["items"]["anyOf"] = std::move(known);
  Json error = {{"type", "object"}};
  error["properties"] = std::move(fields);
  error["required"] = {"code", "message", "status"};
  Json body = {{"type", "object"},
               {"description",
                "Every error has this body (AIP-193). `status` is the canonical code; the "
                "ErrorInfo among the details has a stable `reason` to switch on."}};
  body["properties"]["error"] = std::move(error);
  body["required"] = Json::array({"error"});
  Json schemas_by_name;
  schemas_by_name["Error"] = std::move(body);
  return schemas_by_name;
}

Json SharedErrorResponses() {
  Json responses = Json::object();
  for (const Shared& shared : kShared) {
    Json headers = Json::object();
    if (shared.header != nullptr) {
      headers[shared.header] = {{"$ref", absl::StrCat("#/components/headers/", shared.header)}};
    }
    responses[shared.name] =
        Response(shared.description, std::move(headers),
                 {{shared.reason,
                   {{"value", Body(shared.code, NumberOf(shared), shared.message,
                                   Json::array({ErrorInfo(shared.reason)}))}}}});
  }
  return responses;
}

}  // namespace salesops::gateway::reference
