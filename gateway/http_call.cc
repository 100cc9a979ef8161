#include "gateway/http_call.h"

#include <google/protobuf/arena.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "gateway/call_metadata.h"
#include "gateway/content_coding.h"
#include "gateway/entity_tag.h"
#include "gateway/error_body.h"
#include "gateway/event_stream.h"
#include "gateway/json_writer.h"
#include "gateway/upstream_errors.h"
#include "gateway/upstreams.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using google::protobuf::Arena;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

}  // namespace

absl::StatusOr<Payload> PayloadOf(const Route& route, const FramedMessage& framed) {
  if (framed.compressed) return status::Internal("the service sent a compressed message");
  Arena arena;
  Message* message = route.method->response->New(&arena);
  if (!message->ParseFromArray(framed.bytes.data(), static_cast<int>(framed.bytes.size()))) {
    return status::Internal("the service sent a response that is not of its type");
  }
  Payload payload{kJson, "", EntityTagOf(*message), ""};
  if (route.method->server_streaming) payload.position = PositionOf(*message);
  const Message* shown = message;
  const FieldDescriptor* field = route.response_body;
  if (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
      !field->is_repeated()) {
    shown = &message->GetReflection()->GetMessage(*message, field);
    field = nullptr;
  }
  if (field != nullptr) {
    RETURN_IF_ERROR(WriteJsonField(*message, *field, payload.content));
  } else if (shown->GetDescriptor()->full_name() == kHttpBody) {
    const auto& type = *shown->GetDescriptor();
    const auto& reflection = *shown->GetReflection();
    payload.content_type = reflection.GetString(*shown, type.FindFieldByName("content_type"));
    payload.content = reflection.GetString(*shown, type.FindFieldByName("data"));
  } else {
    RETURN_IF_ERROR(WriteJson(*shown, payload.content));
  }
  // A header must not be split by what a service calls its content.
  for (char c : payload.content_type) {
    if (absl::ascii_iscntrl(c)) return status::Internal("a content type with a control character");
  }
  return payload;
}

HttpResponse ErrorResponse(const absl::Status& status, int http_code) {
  HttpResponse response;
  response.code = http_code;
  response.headers.emplace_back("content-type", kJson);
  if (http_code == 401) response.headers.emplace_back("www-authenticate", "Bearer");
  if (http_code == 429 || http_code == 503) {
    if (const int seconds = RetryAfterSeconds(status)) {
      response.headers.emplace_back("retry-after", std::to_string(seconds));
    }
  }
  response.body = ErrorBody(status, http_code);
  return response;
}

void AddTraceHeaders(const TraceContext& trace, HttpHeaders& headers) {
  headers.emplace_back("x-request-id", trace.request_id);
  headers.emplace_back("traceparent", trace.traceparent);
  headers.emplace_back("cache-control", "no-store");
  headers.emplace_back("x-content-type-options", "nosniff");
}

HttpCall::HttpCall(const Edge& edge, std::shared_ptr<HttpExchange> exchange,
                   std::shared_ptr<const Contracts> contracts, TraceContext trace)
    : InboundCall(edge, std::move(exchange), std::move(contracts), std::move(trace),
                  Protocol::kHttp) {}

// ---- towards the service

absl::StatusOr<ServiceLinks*> HttpCall::FindLinksOf(
    const std::vector<std::string>& variables) const {
  absl::string_view service = route_->method->upstream;
  if (service.empty() && !variables.empty()) {
    service = UpstreamOfOperation(variables.front());
    if (service.empty()) return OperationUnknown();
  }
  return FindLinks(service);
}

void HttpCall::TakeReturnedHeaders(const HeaderList& metadata) {
  for (const std::string& name : edge().returned_headers) {
    for (absl::string_view value : metadata.Values(name)) {
      if (IsLegalMetadata(name, value)) returned_headers_.emplace_back(name, value);
    }
  }
}

// ---- towards the caller

void HttpCall::AddCommonHeaders(HttpHeaders& headers) const {
  AddTraceHeaders(trace(), headers);
  edge().cors.AddHeaders(request(), headers);
  headers.insert(headers.end(), returned_headers_.begin(), returned_headers_.end());
}

// A change that was refused because of its If-Match has failed its precondition.
int HttpCall::CodeOf(const absl::Status& status) const {
  if (status.code() == absl::StatusCode::kAborted && !request().Header("if-match").empty() &&
      status::Reason(status) == "ETAG_MISMATCH") {
    return 412;
  }
  return HttpCode(status.code());
}

void HttpCall::Refuse(const absl::Status& status, int http_code, HttpHeaders extra) {
  HttpResponse response = ErrorResponse(status, http_code == 0 ? CodeOf(status) : http_code);
  for (auto& header : extra) response.headers.push_back(std::move(header));
  AddCommonHeaders(response.headers);
  Record(status, response.body.size());
  exchange().Respond(std::move(response));
}

bool HttpCall::MayCompress(absl::string_view content_type) const {
  return (absl::StartsWith(content_type, kJson) || absl::StartsWith(content_type, kJsonLines) ||
          absl::StartsWith(content_type, "text/")) &&
         AcceptsGzip(request().Header("accept-encoding"));
}

void HttpCall::Answer(Payload payload) {
  HttpResponse response;
  if (!payload.entity_tag.empty()) response.headers.emplace_back("etag", payload.entity_tag);
  AddCommonHeaders(response.headers);
  if (request().method == "GET" &&
      MatchesAny(request().Header("if-none-match"), payload.entity_tag)) {
    response.code = 304;
    Record(absl::OkStatus(), 0);
    return exchange().Respond(std::move(response));
  }
  if (!payload.content_type.empty()) {
    response.headers.emplace_back("content-type", payload.content_type);
  }
  response.body = std::move(payload.content);
  if (response.body.size() >= kLeastToCompress && MayCompress(payload.content_type)) {
    response.body = Gzip(response.body);
    response.headers.emplace_back("content-encoding", "gzip");
  }
  response.headers.emplace_back("vary", "accept-encoding");
  Record(absl::OkStatus(), response.body.size());
  exchange().Respond(std::move(response));
}

void HttpCall::StartStream(const std::string& content_type, bool compressed) {
  HttpHeaders headers;
  if (!content_type.empty()) headers.emplace_back("content-type", content_type);
  if (compressed) headers.emplace_back("content-encoding", "gzip");
  headers.emplace_back("vary", "accept, accept-encoding");
  AddCommonHeaders(headers);
  exchange().StartStream(200, std::move(headers));
}

}  // namespace salesops::gateway
