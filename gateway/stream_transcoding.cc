#include "gateway/stream_transcoding.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/content_coding.h"
#include "gateway/error_body.h"
#include "gateway/event_stream.h"
#include "gateway/message_reader.h"
#include "gateway/upstream_errors.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

constexpr char kEventStream[] = "text/event-stream";
// What has come by then goes to the caller in one piece.
constexpr size_t kWriteTogether = 16 << 10;

enum class Form { kOne, kLines, kEvents, kRaw };

Form FormOf(const HttpCall& call) {
  const Method& method = *call.route().method;
  if (!method.server_streaming) return Form::kOne;
  // A stream of HttpBody is one body in pieces, of the type that the first piece names.
  if (method.descriptor->output_type()->full_name() == kHttpBody) return Form::kRaw;
  return WantsEventStream(call.request().Header("accept")) ? Form::kEvents : Form::kLines;
}

// What the service sends waits here, unread, while a piece is on its way to the peer; the service
// may send more when the piece has gone on.
class StreamTranscoding final : public std::enable_shared_from_this<StreamTranscoding>,
                                private ServiceCall::Receiver {
 public:
  explicit StreamTranscoding(std::unique_ptr<HttpCall> call)
      : call_(std::move(call)),
        form_(FormOf(*call_)),
        service_(call_->exchange().loop(), *this, call_->edge().max_answer_bytes) {}

  void Start(ServiceLinks& links, ServiceCall::Request request, const std::string& messages) {
    call_->exchange().OnDisconnect([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Gone();
    });
    service_.Start(links, std::move(request),
                   std::shared_ptr<ServiceCall>(shared_from_this(), &service_));
    service_.Send(messages);
    service_.EndRequest();
  }

 private:
  // -- the service

  void OnAnswerHeaders() override { call_->TakeReturnedHeaders(service_.headers()); }

  void OnAnswerBytes(absl::string_view bytes) override {
    messages_.Add(bytes);
    GoOn();
  }

  void OnRequestSent(size_t) override {}

  void OnAnswerEnd(const absl::Status& status) override {
    end_ = status;
    GoOn();
  }

  // -- from messages to what the caller reads

  void GoOn() {
    if (writing_ || over_) return;
    std::string data;
    bool any = false;
    while (data.size() < kWriteTogether) {
      const std::optional<FramedMessage> message = messages_.Next();
      if (!message) break;
      absl::StatusOr<Payload> payload = PayloadOf(call_->route(), *message);
      if (!payload.ok()) {
        Abandon(payload.status());
        break;
      }
      if (form_ == Form::kOne) {
        answer_ = *std::move(payload);
        continue;
      }
      any = true;
      Begin(payload->content_type);
      Spell(*payload, data);
    }
    if (any) return Write(gzip_ ? gzip_->Add(data) : std::move(data));
    // Nothing goes on before more has come.
    service_.Consume(messages_.ReleaseAll());
    if (end_) End(*end_);
  }

  // The service goes on after what nobody can read.
  void Abandon(const absl::Status& failure) {
    service_.Cancel();
    messages_ = MessageReader();
    end_ = failure;
  }

  void Begin(const std::string& content_type) {
    if (std::exchange(began_, true)) return;
    // Events are small and read one by one: packing them gains little and delays them.
    if (form_ == Form::kLines && call_->MayCompress(kJsonLines)) gzip_.emplace();
    call_->StartStream(form_ == Form::kLines    ? kJsonLines
                       : form_ == Form::kEvents ? kEventStream
                                                : content_type,
                       gzip_.has_value());
  }

  void Spell(const Payload& payload, std::string& out) const {
    switch (form_) {
      case Form::kLines:
        absl::StrAppend(&out, "{\"result\":", payload.content, "}\n");
        return;
      case Form::kEvents:
        out += FormatEvent(payload.position, payload.content);
        return;
      default:
        out += payload.content;
    }
  }

  void Write(std::string data) {
    writing_ = true;
    sent_bytes_ += static_cast<int64_t>(data.size());
    call_->exchange().Write(std::move(data), [self = shared_from_this()](bool written) {
      self->writing_ = false;
      if (!written) return self->Gone();
      self->service_.Consume(self->messages_.Release());
      self->GoOn();
    });
  }

  // -- the end

  void Gone() {
    if (std::exchange(over_, true)) return;
    service_.Cancel();
    call_->Record(StatusOfOurSide(absl::StatusCode::kCancelled, ""), sent_bytes_);
  }

  void End(const absl::Status& end) {
    over_ = true;
    if (form_ == Form::kOne) {
      if (end.ok() && answer_) return call_->Answer(*std::move(answer_));
      return call_->Refuse(end.ok() ? status::Internal("a call without a response") : end);
    }
    if (!end.ok() && !began_) return call_->Refuse(end);
    Begin("");
    call_->Record(end, sent_bytes_);
    HttpExchange& exchange = call_->exchange();
    // A body of any type has no room for words about its failure: it is cut.
    if (form_ == Form::kRaw) return exchange.EndStream(/*complete=*/end.ok());
    std::string last;
    if (!end.ok()) {
      const std::string error = ErrorBody(end, HttpCode(end.code()));
      last = form_ == Form::kEvents ? FormatErrorEvent(error) : absl::StrCat(error, "\n");
    }
    if (gzip_) last = gzip_->Finish(last);
    if (last.empty()) return exchange.EndStream(/*complete=*/true);
    exchange.Write(std::move(last), [self = shared_from_this()](bool written) {
      if (written) self->call_->exchange().EndStream(/*complete=*/true);
    });
  }

  const std::unique_ptr<HttpCall> call_;
  const Form form_;
  MessageReader messages_;
  std::optional<Payload> answer_;
  std::optional<absl::Status> end_;  // to be told after all that came before it
  bool began_ = false;
  bool writing_ = false;
  bool over_ = false;
  std::optional<GzipStream> gzip_;
  int64_t sent_bytes_ = 0;
  ServiceCall service_;
};

}  // namespace

void StartStreamTranscoding(ServiceLinks& links, std::unique_ptr<HttpCall> call,
                            ServiceCall::Request service_request, const std::string& requests) {
  std::make_shared<StreamTranscoding>(std::move(call))
      ->Start(links, std::move(service_request), requests);
}

}  // namespace salesops::gateway
