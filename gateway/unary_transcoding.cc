#include "gateway/unary_transcoding.h"

#include <utility>

#include "gateway/message_reader.h"
#include "gateway/upstream_errors.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

class UnaryTranscoding final : public std::enable_shared_from_this<UnaryTranscoding>,
                               private ServiceCall::Receiver {
 public:
  explicit UnaryTranscoding(std::unique_ptr<HttpCall> call)
      : call_(std::move(call)),
        service_(call_->exchange().loop(), *this, call_->edge().max_answer_bytes) {}

  void Start(ServiceLinks& links, ServiceCall::Request request, const std::string& message) {
    call_->exchange().OnDisconnect([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Gone();
    });
    service_.Start(links, std::move(request),
                   std::shared_ptr<ServiceCall>(shared_from_this(), &service_));
    service_.Send(message);
    service_.EndRequest();
  }

 private:
  void OnAnswerHeaders() override { call_->TakeReturnedHeaders(service_.headers()); }

  void OnAnswerBytes(absl::string_view bytes) override {
    answer_.Add(bytes);
    service_.Consume(answer_.ReleaseAll());
  }

  void OnRequestSent(size_t) override {}

  void OnAnswerEnd(const absl::Status& status) override {
    if (!status.ok()) return call_->Refuse(status);
    absl::StatusOr<Payload> payload = ReadAnswer();
    if (!payload.ok()) return call_->Refuse(payload.status());
    call_->Answer(*std::move(payload));
  }

  absl::StatusOr<Payload> ReadAnswer() {
    const std::optional<FramedMessage> message = answer_.Next();
    if (!message) return status::Internal("a call without a response");
    if (answer_.unread() > 0) return status::Internal("a call with two responses");
    return PayloadOf(call_->route(), *message);
  }

  void Gone() {
    if (service_.ended()) return;  // the answer was on its way
    service_.Cancel();
    call_->Record(StatusOfOurSide(absl::StatusCode::kCancelled, ""), 0);
  }

  const std::unique_ptr<HttpCall> call_;
  MessageReader answer_;
  ServiceCall service_;
};

}  // namespace

void StartUnaryTranscoding(ServiceLinks& links, std::unique_ptr<HttpCall> call,
                           ServiceCall::Request service_request, const std::string& message) {
  std::make_shared<UnaryTranscoding>(std::move(call))
      ->Start(links, std::move(service_request), message);
}

}  // namespace salesops::gateway
