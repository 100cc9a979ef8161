#include "gateway/transcoder.h"

#include <google/protobuf/arena.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gateway/byte_buffer.h"
#include "gateway/call_metadata.h"
#include "gateway/error_body.h"
#include "gateway/grpc_web.h"
#include "gateway/json_writer.h"
#include "gateway/request_binder.h"
#include "gateway/trace_context.h"
#include "gateway/upstreams.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using google::protobuf::Arena;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kHttpBody[] = "google.api.HttpBody";
constexpr char kJson[] = "application/json";
constexpr char kJsonLines[] = "application/x-ndjson";

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

// ---- answers
// -------------------------------------------------------------------------------------

void AddCommonHeaders(const TraceContext& trace, HttpHeaders& headers) {
  headers.emplace_back("x-request-id", trace.request_id);
  headers.emplace_back("traceparent", trace.traceparent);
  headers.emplace_back("cache-control", "no-store");
  headers.emplace_back("x-content-type-options", "nosniff");
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

struct Payload {
  std::string content_type;
  std::string content;
};

// What a response message is in HTTP.
absl::StatusOr<Payload> PayloadOf(const Route& route, const grpc::ByteBuffer& bytes) {
  Arena arena;
  Message* message = route.method->response->New(&arena);
  if (!ParseMessage(bytes, *message)) {
    return status::Internal("the service sent a response that is not of its type");
  }
  const Message* shown = message;
  const FieldDescriptor* field = route.response_body;
  if (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
      !field->is_repeated()) {
    shown = &message->GetReflection()->GetMessage(*message, field);
    field = nullptr;
  }
  Payload payload{kJson, ""};
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

// ---- one call
// ------------------------------------------------------------------------------------

// What is known of a request once its route is found; answers it and records the call.
class Transcoding {
 public:
  Transcoding(const Edge& edge, std::shared_ptr<HttpExchange> exchange,
              std::shared_ptr<const Contracts> contracts, TraceContext trace)
      : edge_(edge),
        exchange_(std::move(exchange)),
        contracts_(std::move(contracts)),
        trace_(std::move(trace)),
        started_(edge.clock->Now()) {}

  const HttpRequest& request() const { return exchange_->request(); }
  HttpExchange& exchange() { return *exchange_; }
  const Route& route() const { return *route_; }
  const Contracts& contracts() const { return *contracts_; }
  const TraceContext& trace() const { return trace_; }
  grpc::ClientContext& client() { return client_; }

  void set_route(const Route* route) { route_ = route; }
  void set_principal(auth::Principal principal) { principal_ = std::move(principal); }

  // The deadline and metadata of the call to the service.
  absl::Status PrepareClient() {
    std::optional<absl::Duration> asked;
    if (const absl::string_view text = request().Header("x-request-timeout"); !text.empty()) {
      asked = ParseRequestTimeout(text);
      if (!asked) {
        return status::InvalidField("x-request-timeout", "INVALID_TIMEOUT",
                                    "must be seconds such as 2.5");
      }
    } else if (const absl::string_view text = request().Header("grpc-timeout"); !text.empty()) {
      asked = ParseGrpcTimeout(text);
      if (!asked) {
        return status::InvalidField("grpc-timeout", "INVALID_TIMEOUT",
                                    "must be digits and a unit such as 500m");
      }
    }
    const Method& method = *route_->method;
    client_.set_deadline(
        std::chrono::system_clock::now() +
        absl::ToChronoMicroseconds(AllowedTimeout(asked, !method.unary(), edge_.limits)));
    Forward("authorization");
    for (const std::string& name : edge_.forwarded_headers) Forward(name);
    client_.AddMetadata("x-request-id", trace_.request_id);
    client_.AddMetadata("traceparent", trace_.traceparent);
    return absl::OkStatus();
  }

  // Adds the values of one request header to the metadata; an illegal one is left out.
  void Forward(const std::string& name) {
    for (absl::string_view value : request().HeaderValues(name)) {
      if (IsLegalMetadata(name, value)) client_.AddMetadata(name, std::string(value));
    }
  }

  absl::StatusOr<grpc::GenericStub*> FindStub(const std::vector<std::string>& variables) const {
    std::string upstream = route_->method->upstream;
    if (upstream.empty() && !variables.empty()) {
      upstream = std::string(UpstreamOfOperation(variables.front()));
      if (upstream.empty()) {
        return status::InvalidField("name", "INVALID_NAME", "must be operations/<service>/<id>");
      }
    }
    if (grpc::GenericStub* stub = edge_.upstreams->Stub(upstream)) return stub;
    return status::Unavailable("UPSTREAM_UNKNOWN", "the service is not configured here",
                               absl::Seconds(30));
  }

  // Error answer; `http_code` 0 = the one of the status.
  void Refuse(const absl::Status& status, int http_code = 0, HttpHeaders extra = {}) {
    HttpResponse response =
        ErrorResponse(status, http_code == 0 ? HttpCode(status.code()) : http_code);
    for (auto& header : extra) response.headers.push_back(std::move(header));
    AddCommonHeaders(trace_, response.headers);
    Record(status, response.body.size());
    exchange_->Respond(std::move(response));
  }

  void Answer(Payload payload) {
    HttpResponse response;
    if (!payload.content_type.empty()) {
      response.headers.emplace_back("content-type", std::move(payload.content_type));
    }
    AddCommonHeaders(trace_, response.headers);
    response.body = std::move(payload.content);
    Record(absl::OkStatus(), response.body.size());
    exchange_->Respond(std::move(response));
  }

  void Record(const absl::Status& status, int64_t response_bytes) const {
    CallRecord record;
    record.protocol = Protocol::kHttp;
    if (route_ != nullptr) {
      record.method = route_->method->path;
      record.metrics = &contracts_->metrics[route_->method->index];
    }
    record.status = &status;
    record.subject = principal_.subject;
    record.trace_id = trace_.trace_id();
    record.request_id = trace_.request_id;
    record.peer = request().peer;
    record.took = edge_.clock->Now() - started_;
    record.request_bytes = static_cast<int64_t>(request().body.size());
    record.response_bytes = response_bytes;
    RecordCall(record);
  }

 private:
  const Edge& edge_;
  const std::shared_ptr<HttpExchange> exchange_;
  const std::shared_ptr<const Contracts> contracts_;
  const TraceContext trace_;
  const absl::Time started_;
  const CallInFlight in_flight_;
  const Route* route_ = nullptr;
  auth::Principal principal_;
  grpc::ClientContext client_;
};

// One request message, one response message.
class UnaryTranscoding : public std::enable_shared_from_this<UnaryTranscoding> {
 public:
  UnaryTranscoding(std::unique_ptr<Transcoding> call, const grpc::ByteBuffer& request)
      : call_(std::move(call)), request_(request) {}

  void Start(grpc::GenericStub& stub) {
    call_->exchange().OnDisconnect([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->call_->client().TryCancel();
    });
    stub.UnaryCall(&call_->client(), call_->route().method->path, grpc::StubOptions(), &request_,
                   &response_,
                   [self = shared_from_this()](const grpc::Status& status) { self->Done(status); });
  }

 private:
  void Done(const grpc::Status& status) {
    if (!status.ok()) return call_->Refuse(StatusForCaller(status, call_->client()));
    absl::StatusOr<Payload> payload = PayloadOf(call_->route(), response_);
    if (!payload.ok()) return call_->Refuse(payload.status());
    call_->Answer(*std::move(payload));
  }

  const std::unique_ptr<Transcoding> call_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

// Streams of requests, of responses, or of both. The hold keeps the call open while a line is on
// its way to the peer, which is when nothing is being read from the service.
class StreamTranscoding final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                                public std::enable_shared_from_this<StreamTranscoding> {
 public:
  StreamTranscoding(std::unique_ptr<Transcoding> call, std::vector<grpc::ByteBuffer> requests)
      : call_(std::move(call)),
        lines_(call_->route().method->server_streaming),
        requests_(std::move(requests)) {}

  void Start(grpc::GenericStub& stub) {
    self_ = shared_from_this();
    call_->exchange().OnDisconnect([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->call_->client().TryCancel();
    });
    stub.PrepareBidiStreamingCall(&call_->client(), call_->route().method->path,
                                  grpc::StubOptions(), this);
    AddHold();
    WriteNext();
    StartRead(&response_);
    StartCall();
  }

  void OnWriteDone(bool ok) override {
    if (ok && next_ < requests_.size()) WriteNext();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return RemoveHold();
    absl::StatusOr<Payload> payload = PayloadOf(call_->route(), response_);
    if (!payload.ok()) {
      failure_ = payload.status();
      call_->client().TryCancel();
      return StartRead(&response_);
    }
    if (!lines_) {
      answer_ = *std::move(payload);
      return StartRead(&response_);
    }
    if (IsRaw()) {
      Begin(payload->content_type);
      Send(std::move(payload->content));
    } else {
      Begin(kJsonLines);
      Send(absl::StrCat("{\"result\":", payload->content, "}\n"));
    }
  }

  void OnDone(const grpc::Status& status) override {
    const absl::Status end = failure_.ok() ? StatusForCaller(status, call_->client()) : failure_;
    End(end);
    self_.reset();
  }

 private:
  void WriteNext() {
    if (requests_.empty()) return StartWritesDone();
    const bool last = next_ + 1 == requests_.size();
    grpc::ByteBuffer* request = &requests_[next_++];
    if (last) {
      StartWriteLast(request, grpc::WriteOptions());
    } else {
      StartWrite(request);
    }
  }

  // A stream of HttpBody is one body in pieces, of the type that the first piece names.
  bool IsRaw() const {
    return call_->route().method->descriptor->output_type()->full_name() == kHttpBody;
  }

  void Begin(const std::string& content_type) {
    if (std::exchange(began_, true)) return;
    HttpHeaders headers;
    if (!content_type.empty()) headers.emplace_back("content-type", content_type);
    AddCommonHeaders(call_->trace(), headers);
    call_->exchange().StartStream(200, std::move(headers));
  }

  void Send(std::string data) {
    sent_bytes_ += data.size();
    call_->exchange().Write(std::move(data), [this](bool written) {
      if (!written) call_->client().TryCancel();
      StartRead(&response_);
    });
  }

  void End(const absl::Status& end) {
    if (!lines_) {
      if (end.ok() && answer_) return call_->Answer(*std::move(answer_));
      return call_->Refuse(end.ok() ? status::Internal("a call without a response") : end);
    }
    if (!end.ok() && !began_) return call_->Refuse(end);
    Begin(kJsonLines);
    call_->Record(end, sent_bytes_);
    HttpExchange& exchange = call_->exchange();
    if (end.ok() || IsRaw()) return exchange.EndStream(/*complete=*/end.ok());
    exchange.Write(absl::StrCat(ErrorBody(end, HttpCode(end.code())), "\n"),
                   [self = shared_from_this()](bool written) {
                     if (written) self->call_->exchange().EndStream(/*complete=*/true);
                   });
  }

  const std::unique_ptr<Transcoding> call_;
  const bool lines_;
  std::vector<grpc::ByteBuffer> requests_;
  size_t next_ = 0;
  grpc::ByteBuffer response_;
  std::optional<Payload> answer_;
  absl::Status failure_;
  bool began_ = false;
  int64_t sent_bytes_ = 0;
  std::shared_ptr<StreamTranscoding> self_;  // until the call is done
};

// ---- from request to messages
// --------------------------------------------------------------------

absl::StatusOr<grpc::ByteBuffer> BindOne(const Route& route,
                                         const std::vector<std::string>& variables,
                                         absl::string_view query, HttpPayload body) {
  Arena arena;
  Message* message = route.method->request->New(&arena);
  RETURN_IF_ERROR(BindRequest(route, variables, query, body, *message));
  return SerializeMessage(*message);
}

// One message for each line that is not blank. Violations name the line, counted from 1.
absl::StatusOr<std::vector<grpc::ByteBuffer>> BindLines(const Route& route,
                                                        const std::vector<std::string>& variables,
                                                        const HttpRequest& request) {
  std::vector<grpc::ByteBuffer> messages;
  size_t number = 0;
  for (absl::string_view line : absl::StrSplit(request.body, '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    absl::StatusOr<grpc::ByteBuffer> bound =
        BindOne(route, variables, request.query, {kJson, line});
    if (!bound.ok()) {
      base::Violations violations;
      violations.AddAll(absl::StrCat("line ", number, ": "), status::ViolationsOf(bound.status()));
      return status::InvalidArgument(violations);
    }
    messages.push_back(*std::move(bound));
  }
  return messages;
}

void Dispatch(std::unique_ptr<Transcoding> call, const std::vector<std::string>& variables) {
  const Route& route = call->route();
  const HttpRequest& request = call->request();
  if (!request.body.empty() && !TakesHttpBody(route) && !IsJson(request.Header("content-type"))) {
    return call->Refuse(status::Make(absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE",
                                     "send the body as application/json"),
                        415);
  }
  std::vector<grpc::ByteBuffer> messages;
  if (route.method->client_streaming) {
    auto bound = BindLines(route, variables, request);
    if (!bound.ok()) return call->Refuse(bound.status());
    messages = *std::move(bound);
  } else {
    auto bound =
        BindOne(route, variables, request.query, {request.Header("content-type"), request.body});
    if (!bound.ok()) return call->Refuse(bound.status());
    messages.push_back(*std::move(bound));
  }
  if (absl::Status ready = call->PrepareClient(); !ready.ok()) return call->Refuse(ready);
  absl::StatusOr<grpc::GenericStub*> stub = call->FindStub(variables);
  if (!stub.ok()) return call->Refuse(stub.status());
  if (route.method->unary()) {
    std::make_shared<UnaryTranscoding>(std::move(call), std::move(messages.front()))->Start(**stub);
  } else {
    std::make_shared<StreamTranscoding>(std::move(call), std::move(messages))->Start(**stub);
  }
}

}  // namespace

void Transcoder::Handle(std::shared_ptr<HttpExchange> exchange) {
  const HttpRequest& request = exchange->request();
  if (IsGrpcWeb(request)) return ServeGrpcWeb(edge_, std::move(exchange));
  TraceContext trace = ContinueTrace(request.Header("traceparent"), request.Header("x-request-id"));

  if (request.path == "/healthz" && (request.method == "GET" || request.method == "HEAD")) {
    const bool serving = serving_;
    HttpResponse response{serving ? 200 : 503, {{"content-type", kJson}}, ""};
    response.body = serving ? "{\"status\":\"SERVING\"}" : "{\"status\":\"NOT_SERVING\"}";
    AddCommonHeaders(trace, response.headers);
    return exchange->Respond(std::move(response));
  }

  auto call = std::make_unique<Transcoding>(edge_, std::move(exchange), edge_.contracts->Current(),
                                            std::move(trace));
  RouteMatch match = call->contracts().routes.Find(request.method, request.path);
  switch (match.outcome) {
    case PathMatch::Outcome::kNotFound:
      return call->Refuse(status::Make(absl::StatusCode::kNotFound, "PATH_UNKNOWN",
                                       "there is nothing at this path"));
    case PathMatch::Outcome::kMethodNotAllowed:
      return call->Refuse(
          status::Make(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                       absl::StrCat("this path takes ", absl::StrJoin(match.allowed, ", "))),
          405, {{"allow", absl::StrJoin(match.allowed, ", ")}});
    case PathMatch::Outcome::kMalformed:
      return call->Refuse(status::Make(absl::StatusCode::kInvalidArgument, "PATH_MALFORMED",
                                       "the path holds a bad percent escape"));
    case PathMatch::Outcome::kFound:
      break;
  }
  call->set_route(match.route);
  absl::StatusOr<auth::Principal> principal =
      edge_.Admit(*match.route->method, call->request().HeaderValues("authorization"));
  if (!principal.ok()) return call->Refuse(principal.status());
  call->set_principal(*std::move(principal));
  Dispatch(std::move(call), match.variables);
}

HttpResponse Transcoder::Refusal(int code, absl::string_view message) {
  const TraceContext trace = ContinueTrace("", "");
  HttpResponse response = ErrorResponse(
      status::Make(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST", message), code);
  AddCommonHeaders(trace, response.headers);
  return response;
}

}  // namespace salesops::gateway
