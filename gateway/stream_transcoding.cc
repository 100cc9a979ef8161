#include "gateway/stream_transcoding.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/content_coding.h"
#include "gateway/error_body.h"
#include "gateway/event_stream.h"
#include "gateway/upstreams.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

constexpr char kEventStream[] = "text/event-stream";

enum class Form { kOne, kLines, kEvents, kRaw };

Form FormOf(const HttpCall& call) {
  const Method& method = *call.route().method;
  if (!method.server_streaming) return Form::kOne;
  // A stream of HttpBody is one body in pieces, of the type that the first piece names.
  if (method.descriptor->output_type()->full_name() == kHttpBody) return Form::kRaw;
  return WantsEventStream(call.request().Header("accept")) ? Form::kEvents : Form::kLines;
}

// The hold keeps the call open while a piece is on its way to the peer, which is when nothing is
// being read from the service.
class StreamTranscoding final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                                public std::enable_shared_from_this<StreamTranscoding> {
 public:
  StreamTranscoding(std::unique_ptr<HttpCall> call, std::vector<grpc::ByteBuffer> requests)
      : call_(std::move(call)), form_(FormOf(*call_)), requests_(std::move(requests)) {}

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
    call_->ServiceAnswered();
    absl::StatusOr<Payload> payload = PayloadOf(call_->route(), response_);
    if (!payload.ok()) {
      failure_ = payload.status();
      call_->client().TryCancel();
      return StartRead(&response_);
    }
    if (form_ == Form::kOne) {
      answer_ = *std::move(payload);
      return StartRead(&response_);
    }
    Begin(payload->content_type);
    Send(Spell(*payload));
  }

  void OnDone(const grpc::Status& status) override {
    End(failure_.ok() ? StatusForCaller(status, call_->client()) : failure_);
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

  void Begin(const std::string& content_type) {
    if (std::exchange(began_, true)) return;
    // Events are small and read one by one: packing them gains little and delays them.
    if (form_ == Form::kLines && call_->MayCompress(kJsonLines)) gzip_.emplace();
    call_->StartStream(form_ == Form::kLines    ? kJsonLines
                       : form_ == Form::kEvents ? kEventStream
                                                : content_type,
                       gzip_.has_value());
  }

  std::string Spell(Payload& payload) const {
    switch (form_) {
      case Form::kLines:
        return absl::StrCat("{\"result\":", payload.content, "}\n");
      case Form::kEvents:
        return FormatEvent(payload.position, payload.content);
      default:
        return std::move(payload.content);
    }
  }

  void Send(std::string data) {
    if (gzip_) data = gzip_->Add(data);
    sent_bytes_ += data.size();
    call_->exchange().Write(std::move(data), [this](bool written) {
      if (!written) call_->client().TryCancel();
      StartRead(&response_);
    });
  }

  void End(const absl::Status& end) {
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
  std::vector<grpc::ByteBuffer> requests_;
  size_t next_ = 0;
  grpc::ByteBuffer response_;
  std::optional<Payload> answer_;
  absl::Status failure_;
  bool began_ = false;
  std::optional<GzipStream> gzip_;
  int64_t sent_bytes_ = 0;
  std::shared_ptr<StreamTranscoding> self_;  // until the call is done
};

}  // namespace

void StartStreamTranscoding(grpc::GenericStub& stub, std::unique_ptr<HttpCall> call,
                            std::vector<grpc::ByteBuffer> requests) {
  std::make_shared<StreamTranscoding>(std::move(call), std::move(requests))->Start(stub);
}

}  // namespace salesops::gateway
