#include "gateway/grpc_web.h"

#include <grpcpp/generic/generic_stub.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "gateway/byte_buffer.h"
#include "gateway/call_metadata.h"
#include "gateway/error_body.h"
#include "gateway/grpc_web_frames.h"
#include "gateway/inbound_call.h"
#include "gateway/trace_context.h"
#include "gateway/upstreams.h"
#include "shared/status/grpc_status.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

constexpr char kGrpcWeb[] = "application/grpc-web";
constexpr char kGrpcWebProto[] = "application/grpc-web+proto";

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

template <class Metadata>
GrpcWebMetadata Passable(const Metadata& metadata) {
  GrpcWebMetadata passed;
  for (const auto& [key, value] : metadata) {
    const absl::string_view name(key.data(), key.size());
    const absl::string_view text(value.data(), value.size());
    if (IsOfThisHop(name) || IsOfHttp(name) || !IsLegalMetadata(name, text)) continue;
    passed.emplace_back(name, text);
  }
  return passed;
}

// One call. It keeps itself alive until the service's side is done. A message is written to the
// peer before the next is read from the service, which carries back-pressure through; the hold
// keeps the call open in between.
class WebCall final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                      public std::enable_shared_from_this<WebCall> {
 public:
  WebCall(const Edge& edge, std::shared_ptr<HttpExchange> exchange)
      : call_(edge, exchange, edge.contracts->Current(),
              ContinueTrace(exchange->request().Header("traceparent"),
                            exchange->request().Header("x-request-id")),
              Protocol::kGrpcWeb),
        exchange_(std::move(exchange)) {}

  void Serve() {
    const std::string type = MediaType(request());
    if (request().method != "POST") {
      return RefuseInHttp(405, status::Make(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                                            "gRPC-Web calls are POSTs"));
    }
    if (type != kGrpcWeb && type != kGrpcWebProto) {
      return RefuseInHttp(
          415, status::Make(absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE",
                            "of gRPC-Web, application/grpc-web+proto is served; the text form and "
                            "other codecs are not"));
    }
    absl::StatusOr<grpc::GenericStub*> stub = Prepare();
    if (!stub.ok()) return End(stub.status());
    Begin(**stub);
  }

  void OnWriteDone(bool ok) override {
    if (ok && next_ < requests_.size()) WriteNext();
  }

  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) initial_ = Passable(call_.client().GetServerInitialMetadata());
    StartRead(&response_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return RemoveHold();
    AppendGrpcWebMessage(response_, out_);
    // The one message of a unary call goes out together with the trailers.
    if (!call_.method().server_streaming) return StartRead(&response_);
    StartAnswer();
    response_bytes_ += static_cast<int64_t>(out_.size());
    exchange_->Write(std::exchange(out_, {}), [this](bool written) {
      if (!written) call_.client().TryCancel();
      StartRead(&response_);
    });
  }

  void OnDone(const grpc::Status& status) override {
    trailing_ = Passable(call_.client().GetServerTrailingMetadata());
    const bool answered = call_.method().server_streaming || !out_.empty();
    End(!status.ok() || answered ? StatusForCaller(status, call_.client())
                                 : status::Internal("a call without a response"));
    self_.reset();
  }

 private:
  const HttpRequest& request() const { return call_.request(); }

  // Everything that is to be known before the service is called.
  absl::StatusOr<grpc::GenericStub*> Prepare() {
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
    for (absl::string_view message : messages) {
      const grpc::Slice slice(message.data(), message.size());
      requests_.emplace_back(&slice, 1);
    }
    RETURN_IF_ERROR(call_.PrepareClient());
    return StubFor(*call_.edge().upstreams, *method,
                   requests_.empty() ? nullptr : &requests_.front());
  }

  void Begin(grpc::GenericStub& stub) {
    self_ = shared_from_this();
    exchange_->OnDisconnect([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->call_.client().TryCancel();
    });
    if (call_.method().unary()) {  // what the reactor would do as well, in fewer steps
      return stub.UnaryCall(&call_.client(), call_.method().path, grpc::StubOptions(),
                            &requests_.front(), &response_, [this](const grpc::Status& status) {
                              initial_ = Passable(call_.client().GetServerInitialMetadata());
                              if (status.ok()) AppendGrpcWebMessage(response_, out_);
                              OnDone(status);
                            });
    }
    stub.PrepareBidiStreamingCall(&call_.client(), call_.method().path, grpc::StubOptions(), this);
    AddHold();
    WriteNext();
    StartCall();
  }

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

  HttpHeaders Headers(const char* content_type) const {
    HttpHeaders headers = {{"content-type", content_type},
                           {"x-request-id", call_.trace().request_id},
                           {"traceparent", call_.trace().traceparent},
                           {"cache-control", "no-store"},
                           {"x-content-type-options", "nosniff"}};
    for (const auto& [name, value] : initial_) {
      headers.emplace_back(name, MetadataText(name, value));
    }
    call_.edge().cors.AddHeaders(request(), headers);
    return headers;
  }

  void StartAnswer() {
    if (!std::exchange(began_, true)) exchange_->StartStream(200, Headers(kGrpcWebProto));
  }

  // The trailers, and what was not sent yet.
  void End(const absl::Status& status) {
    if (!status.ok() && !began_) out_.clear();  // a failed unary call has no message
    AppendGrpcWebTrailers(status::ToGrpc(status), trailing_, out_);
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
  std::vector<grpc::ByteBuffer> requests_;
  size_t next_ = 0;
  grpc::ByteBuffer response_;
  GrpcWebMetadata initial_, trailing_;
  std::string out_;  // frames that are not with the peer's side yet
  bool began_ = false;
  int64_t response_bytes_ = 0;
  std::shared_ptr<WebCall> self_;  // until the call is done
};

}  // namespace

bool IsGrpcWeb(const HttpRequest& request) {
  return absl::StartsWith(MediaType(request), kGrpcWeb);
}

void ServeGrpcWeb(const Edge& edge, std::shared_ptr<HttpExchange> exchange) {
  std::make_shared<WebCall>(edge, std::move(exchange))->Serve();
}

}  // namespace salesops::gateway
