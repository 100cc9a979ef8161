#include "gateway/grpc_web.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "gateway/call_metadata.h"
#include "gateway/error_body.h"
#include "gateway/grpc_web_frames.h"
#include "gateway/inbound_call.h"
#include "gateway/message_reader.h"
#include "gateway/trace_context.h"
#include "gateway/upstream_errors.h"
#include "gateway/upstreams.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

constexpr char kGrpcWeb[] = "application/grpc-web";
constexpr char kGrpcWebProto[] = "application/grpc-web+proto";
// What has come by then goes to the caller in one piece.
constexpr size_t kWriteTogether = 16 << 10;

std::string MediaType(const HttpRequest& request) {
  const absl::string_view type = request.Header("content-type");
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(type.substr(0, type.find(';'))));
}

// Headers of HTTP that a service's metadata must not set.
bool IsOfHttp(absl::string_view name) {
  for (absl::string_view taken :
       {"keep-alive", "upgrade", "trailer", "date", "server", "content-encoding", "cache-control",
        "x-content-type-options", "set-cookie"}) {
    if (name == taken) return true;
  }
  return absl::StartsWith(name, "access-control-");
}

GrpcWebMetadata Passable(const HeaderList& metadata) {
  GrpcWebMetadata passed;
  for (size_t i = 0; i < metadata.size(); ++i) {
    const HeaderList::Field field = metadata[i];
    if (IsOfThisHop(field.name) || IsOfHttp(field.name)) continue;
    if (!IsLegalMetadata(field.name, field.value)) continue;
    passed.emplace_back(field.name, field.value);
  }
  return passed;
}

// One call. What the service sends waits, unread, while messages are on their way to the peer.
class WebCall final : public std::enable_shared_from_this<WebCall>, private ServiceCall::Receiver {
 public:
  WebCall(const Edge& edge, std::shared_ptr<HttpExchange> exchange)
      : call_(edge, exchange, edge.contracts->Current(),
              ContinueTrace(exchange->request().Header("traceparent"),
                            exchange->request().Header("x-request-id")),
              Protocol::kGrpcWeb),
        exchange_(std::move(exchange)),
        service_(exchange_->loop(), *this, edge.max_answer_bytes) {}

  void Serve() {
    const std::string type = MediaType(request());
    if (request().method != "POST") {
      return RefuseInHttp(405, status::Make(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                                            "send gRPC-Web calls by POST"));
    }
    if (type != kGrpcWeb && type != kGrpcWebProto) {
      return RefuseInHttp(
          415, status::Make(absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE",
                            "of gRPC-Web, application/grpc-web+proto is served; the text form and "
                            "other codecs are not"));
    }
    if (absl::Status begun = Begin(); !begun.ok()) End(begun);
  }

 private:
  const HttpRequest& request() const { return call_.request(); }

  // Everything that is to be known before the service is called, and the call.
  absl::Status Begin() {
    const Method* method = call_.contracts().catalog.FindMethod(request().path);
    if (method == nullptr) {
      return status::Make(absl::StatusCode::kUnimplemented, "METHOD_UNKNOWN",
                          "no service here has this method");
    }
    call_.set_method(method);
    RETURN_IF_ERROR(call_.Admit());
    ASSIGN_OR_RETURN(const std::vector<absl::string_view> messages,
                     ReadGrpcWebMessages(request().body));
    if (!method->client_streaming && messages.size() != 1) {
      return status::Make(absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME",
                          "this method takes exactly one message");
    }
    ASSIGN_OR_RETURN(ServiceCall::Request service_request, call_.ServiceRequest());
    const std::string service = ServiceOfRequest(*method, messages.empty() ? "" : messages.front());
    if (service.empty()) return OperationUnknown();
    ASSIGN_OR_RETURN(ServiceLinks * links, call_.FindLinks(service));
    exchange_->OnDisconnect([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Gone();
    });
    service_.Start(*links, std::move(service_request),
                   std::shared_ptr<ServiceCall>(shared_from_this(), &service_));
    service_.Send(request().body);  // framed as gRPC frames it
    service_.EndRequest();
    return absl::OkStatus();
  }

  // -- the service

  void OnAnswerHeaders() override { initial_ = Passable(service_.headers()); }

  void OnAnswerBytes(absl::string_view bytes) override {
    messages_.Add(bytes);
    GoOn();
  }

  void OnRequestSent(size_t) override {}

  void OnAnswerEnd(const absl::Status& status) override {
    end_ = status;
    trailing_ = Passable(service_.metadata());
    GoOn();
  }

  // -- the peer

  void GoOn() {
    if (writing_ || over_) return;
    while (out_.size() < kWriteTogether) {
      const std::optional<FramedMessage> message = messages_.Next();
      if (!message) break;
      if (message->compressed || (!out_.empty() && !call_.method().server_streaming)) {
        Abandon();
        break;
      }
      AppendGrpcWebMessage(message->bytes, out_);
    }
    // The one message of an answer that is no stream goes out together with the trailers.
    if (call_.method().server_streaming && !out_.empty()) return Write();
    service_.Consume(messages_.ReleaseAll());
    if (end_) EndAfter(*end_);
  }

  // The service sends what nobody asked for.
  void Abandon() {
    service_.Cancel();
    messages_ = MessageReader();
    end_ = status::Internal("a compressed message, or a second one of a call that has one");
  }

  void Write() {
    writing_ = true;
    StartAnswer();
    response_bytes_ += static_cast<int64_t>(out_.size());
    exchange_->Write(std::exchange(out_, {}), [self = shared_from_this()](bool written) {
      self->writing_ = false;
      if (!written) return self->Gone();
      self->service_.Consume(self->messages_.Release());
      self->GoOn();
    });
  }

  void EndAfter(const absl::Status& status) {
    const bool answered = call_.method().server_streaming || !out_.empty();
    End(!status.ok() || answered ? status : status::Internal("a call without a response"));
  }

  void Gone() {
    if (std::exchange(over_, true)) return;
    service_.Cancel();
    call_.Record(StatusOfOurSide(absl::StatusCode::kCancelled, ""), response_bytes_);
  }

  HttpHeaders Headers(const char* content_type) const {
    HttpHeaders headers = {{"content-type", content_type},
                           {"x-request-id", call_.trace().request_id},
                           {"traceparent", call_.trace().traceparent},
                           {"cache-control", "no-store"},
                           {"x-content-type-options", "nosniff"}};
    for (const auto& [name, value] : initial_) {
      headers.emplace_back(name, value);
    }
    call_.edge().cors.AddHeaders(request(), headers);
    return headers;
  }

  void StartAnswer() {
    if (!std::exchange(began_, true)) exchange_->StartStream(200, Headers(kGrpcWebProto));
  }

  // The trailers, and what was not sent yet.
  void End(const absl::Status& status) {
    over_ = true;
    if (!status.ok() && !began_) out_.clear();  // a failed unary call has no message
    AppendGrpcWebTrailers(status, trailing_, out_);
    call_.Record(status, response_bytes_ + static_cast<int64_t>(out_.size()));
    if (!began_) return exchange_->Respond({200, Headers(kGrpcWebProto), std::move(out_)});
    exchange_->Write(std::move(out_), [exchange = exchange_](bool written) {
      if (written) exchange->EndStream(/*complete=*/true);
    });
  }

  void RefuseInHttp(int code, const absl::Status& status) {
    HttpResponse response{code, Headers("application/json"), ErrorBody(status, code)};
    if (code == 405) response.headers.emplace_back("allow", "POST");
    call_.Record(status, static_cast<int64_t>(response.body.size()));
    exchange_->Respond(std::move(response));
  }

  InboundCall call_;
  const std::shared_ptr<HttpExchange> exchange_;
  MessageReader messages_;
  GrpcWebMetadata initial_, trailing_;
  std::string out_;                  // frames that are not with the peer's side yet
  std::optional<absl::Status> end_;  // to be told after all that came before it
  bool began_ = false;
  bool writing_ = false;
  bool over_ = false;
  int64_t response_bytes_ = 0;
  ServiceCall service_;
};

}  // namespace

bool IsGrpcWeb(const HttpRequest& request) {
  return absl::StartsWith(MediaType(request), kGrpcWeb);
}

void ServeGrpcWeb(const Edge& edge, std::shared_ptr<HttpExchange> exchange) {
  std::make_shared<WebCall>(edge, std::move(exchange))->Serve();
}

}  // namespace salesops::gateway
