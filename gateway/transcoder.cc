#include "gateway/transcoder.h"

#include <google/protobuf/arena.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gateway/content_coding.h"
#include "gateway/entity_tag.h"
#include "gateway/event_stream.h"
#include "gateway/grpc_web.h"
#include "gateway/grpc_wire.h"
#include "gateway/http_call.h"
#include "gateway/json_writer.h"
#include "gateway/request_binder.h"
#include "gateway/site.h"
#include "gateway/stream_transcoding.h"
#include "gateway/trace_context.h"
#include "gateway/unary_transcoding.h"
#include "gateway/upstreams.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using google::protobuf::Arena;
using google::protobuf::Descriptor;
using google::protobuf::Message;

absl::string_view MediaType(absl::string_view content_type) {
  return absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
}

bool IsJson(absl::string_view content_type) {
  const std::string type = absl::AsciiStrToLower(MediaType(content_type));
  return type.empty() || type == kJson || type == kJsonLines || absl::EndsWith(type, "+json");
}

bool TakesHttpBody(const Route& route) {
  const Descriptor* type = route.body_is_request   ? route.method->descriptor->input_type()
                           : route.body != nullptr ? route.body->message_type()
                                                   : nullptr;
  return type != nullptr && type->full_name() == kHttpBody;
}

// ---- from request to messages

// What is left to read of a request once its route is known.
struct Inbound {
  const Route& route;
  const std::vector<std::string>& variables;
  const HttpRequest& request;
  absl::string_view body;  // unpacked
};

// What the headers add to a message that path, query and body have filled.
absl::Status BindHeaders(const Inbound& in, Message& message) {
  if (const absl::string_view tag = in.request.Header("if-match"); !tag.empty()) {
    RETURN_IF_ERROR(ExpectEntityTag(tag, in.route, message));
  }
  if (const absl::string_view id = in.request.Header("last-event-id");
      !id.empty() && in.route.method->server_streaming) {
    RETURN_IF_ERROR(ResumeAfter(id, message));
  }
  return absl::OkStatus();
}

// Adds the message, framed, to `out`.
absl::Status BindOne(const Inbound& in, HttpPayload body, std::string& out) {
  Arena arena;
  Message* message = in.route.method->request->New(&arena);
  RETURN_IF_ERROR(BindRequest(in.route, in.variables, in.request.query, body, *message));
  RETURN_IF_ERROR(BindHeaders(in, *message));
  AppendFramed(*message, out);
  return absl::OkStatus();
}

// One message for each line that is not blank. Violations name the line, counted from 1.
absl::StatusOr<std::string> BindLines(const Inbound& in) {
  std::string messages;
  size_t number = 0;
  for (absl::string_view line : absl::StrSplit(in.body, '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    const absl::Status bound = BindOne(in, {kJson, line}, messages);
    if (!bound.ok()) {
      base::Violations violations;
      violations.AddAll(absl::StrCat("line ", number, ": "), status::ViolationsOf(bound));
      return status::InvalidArgument(violations);
    }
  }
  return messages;
}

// All messages of the request, framed.
absl::StatusOr<std::string> Bind(const Inbound& in) {
  // Bytes of any form are one message: they have no lines.
  if (in.route.method->client_streaming && !TakesHttpBody(in.route)) return BindLines(in);
  std::string message;
  RETURN_IF_ERROR(BindOne(in, {in.request.Header("content-type"), in.body}, message));
  return message;
}

// A body in a form that is not read here.
absl::Status UnknownForm(absl::string_view message) {
  return status::Make(absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE", message);
}

void Dispatch(std::unique_ptr<HttpCall> call, const std::vector<std::string>& variables,
              size_t max_body_bytes) {
  const Route& route = call->route();
  const HttpRequest& request = call->request();
  if (!request.body.empty() && !TakesHttpBody(route) && !IsJson(request.Header("content-type"))) {
    return call->Refuse(UnknownForm("send the body as application/json"), 415);
  }
  std::string unpacked;
  const std::string coding = absl::AsciiStrToLower(request.Header("content-encoding"));
  const bool packed = coding == "gzip" || coding == "x-gzip";
  if (packed) {
    absl::StatusOr<std::string> content = Gunzip(request.body, max_body_bytes);
    if (!content.ok()) {
      const bool large = content.status().code() == absl::StatusCode::kResourceExhausted;
      return call->Refuse(content.status(), large ? 413 : 0);
    }
    unpacked = *std::move(content);
  } else if (!coding.empty() && coding != "identity") {
    return call->Refuse(UnknownForm("the only content encoding read here is gzip"), 415,
                        {{"accept-encoding", "gzip"}});
  }
  const absl::StatusOr<std::string> messages =
      Bind({route, variables, request, packed ? unpacked : request.body});
  if (!messages.ok()) return call->Refuse(messages.status());
  absl::StatusOr<ServiceCall::Request> service_request = call->ServiceRequest();
  if (!service_request.ok()) return call->Refuse(service_request.status());
  const absl::StatusOr<ServiceLinks*> links = call->FindLinksOf(variables);
  if (!links.ok()) return call->Refuse(links.status());
  const auto start = route.method->unary() ? StartUnaryTranscoding : StartStreamTranscoding;
  start(**links, std::move(call), *std::move(service_request), *messages);
}

// The methods that a path takes, for a page that asks before it sends.
std::set<std::string> MethodsOf(const Contracts& contracts, const std::string& path) {
  const RouteMatch match = contracts.routes.Find("OPTIONS", path);
  if (!match.allowed.empty()) return match.allowed;
  if (contracts.catalog.FindMethod(path) != nullptr) return {"POST"};  // gRPC-Web
  return {"GET"};
}

}  // namespace

// Says which services are away, and is good as long as the gateway itself is: the others must not
// lose their door with them.
HttpResponse Transcoder::Healthz(const EventLoop& loop) const {
  HttpResponse response{serving_ ? 200 : 503, {{"content-type", kJson}}, ""};
  response.body =
      absl::StrCat(R"({"status":")", serving_ ? "SERVING" : "NOT_SERVING", R"(","services":{)");
  absl::string_view comma = "";
  for (const auto& [service, reachable] : edge_.upstreams->Reachable(loop)) {
    absl::StrAppend(&response.body, comma, "\"", service, R"(":")",
                    reachable ? "SERVING" : "UNREACHABLE", "\"");
    comma = ",";
  }
  response.body += "}}";
  return response;
}

void Transcoder::Handle(std::shared_ptr<HttpExchange> exchange) {
  const HttpRequest& request = exchange->request();
  if (edge_.cors.enabled() && Cors::IsPreflight(request)) {
    return exchange->Respond(
        edge_.cors.Preflight(request, MethodsOf(*edge_.contracts->Current(), request.path)));
  }
  if (IsGrpcWeb(request)) return ServeGrpcWeb(edge_, std::move(exchange));
  TraceContext trace = ContinueTrace(request.Header("traceparent"), request.Header("x-request-id"));

  if (request.path == "/healthz" && (request.method == "GET" || request.method == "HEAD")) {
    HttpResponse response = Healthz(exchange->loop());
    AddTraceHeaders(trace, response.headers);
    return exchange->Respond(std::move(response));
  }

  if (edge_.docs) {
    if (std::optional<HttpResponse> page = SitePage(request, *edge_.contracts->Current())) {
      page->headers.emplace_back("x-request-id", trace.request_id);
      page->headers.emplace_back("traceparent", trace.traceparent);
      return exchange->Respond(*std::move(page));
    }
  }

  auto call = std::make_unique<HttpCall>(edge_, std::move(exchange), edge_.contracts->Current(),
                                         std::move(trace));
  RouteMatch match = call->contracts().routes.Find(request.method, request.path);
  switch (match.outcome) {
    case PathMatch::Outcome::kNotFound:
      return call->Refuse(
          status::Make(absl::StatusCode::kNotFound, "PATH_UNKNOWN",
                       "there is nothing at this path; the contracts list every path"));
    case PathMatch::Outcome::kMethodNotAllowed:
      return call->Refuse(
          status::Make(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                       absl::StrCat("this path takes ", absl::StrJoin(match.allowed, ", "))),
          405, {{"allow", absl::StrJoin(match.allowed, ", ")}});
    case PathMatch::Outcome::kMalformed:
      return call->Refuse(
          status::Make(absl::StatusCode::kInvalidArgument, "PATH_MALFORMED",
                       "the path must be UTF-8, with two hexadecimal digits after every %"));
    case PathMatch::Outcome::kFound:
      break;
  }
  call->set_route(match.route);
  if (absl::Status admitted = call->Admit(); !admitted.ok()) return call->Refuse(admitted);
  Dispatch(std::move(call), match.variables, edge_.max_body_bytes);
}

HttpResponse Transcoder::Refusal(int code, absl::string_view message) {
  const TraceContext trace = ContinueTrace("", "");
  HttpResponse response = ErrorResponse(
      status::Make(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST", message), code);
  AddTraceHeaders(trace, response.headers);
  return response;
}

}  // namespace salesops::gateway
