#include "gateway/local_call.h"

#include <boost/asio/dispatch.hpp>
#include <utility>

#include "gateway/grpc_wire.h"
#include "gateway/message_reader.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

constexpr size_t kLargestMessage = 64 << 10;
// Of an answer that waits for its reader; the next request waits too.
constexpr size_t kMostUnsent = 64 << 10;

class Answer final : public LocalAnswer {
 public:
  Answer(EventLoop& loop, IncomingCall& call) : loop_(loop), call_(call.weak_from_this()) {}

  void Write(std::string message) override {
    OnLoop([message = std::move(message)](IncomingCall& call) {
      if (call.finished()) return;
      call.Answer({});
      call.SendBody(FrameMessage(message));
    });
  }

  void Finish(absl::Status status) override {
    OnLoop([status = std::move(status)](IncomingCall& call) { call.Finish(status, {}); });
  }

 private:
  template <class Work>
  void OnLoop(Work work) {
    boost::asio::dispatch(loop_.io(), [call = call_, work = std::move(work)] {
      if (const auto there = call.lock()) work(*there);
    });
  }

  EventLoop& loop_;
  const std::weak_ptr<IncomingCall> call_;
};

class LocalCall final : public IncomingCall::Handler {
 public:
  LocalCall(EventLoop& loop, IncomingCall& call, const MakeLocalMethod& make)
      : call_(call), method_(make(std::make_shared<Answer>(loop, call))) {}

  void OnRequestBytes(absl::string_view bytes) override {
    if (!meter_.Take(bytes)) {
      return call_.Finish(
          status::Make(absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE",
                       "a message is larger than this method takes; send less at once"),
          {});
    }
    messages_.Add(bytes);
    TakeMessages();
  }

  void OnRequestEnd() override {
    request_over_ = true;
    TakeMessages();
  }

  void OnAnswerSent(size_t) override {
    if (!taking_) TakeMessages();
  }

  void OnGone() override {}

 private:
  void TakeMessages() {
    taking_ = true;
    while (!call_.finished() && call_.unsent() < kMostUnsent && TakeMessage()) {
    }
    taking_ = false;
    if (!request_over_ || call_.finished() || call_.unsent() >= kMostUnsent) return;
    if (std::exchange(told_end_, true)) return;
    if (messages_.unread() == 0) return method_->OnRequestEnd();
    call_.Finish(status::Make(absl::StatusCode::kInvalidArgument, "REQUEST_CUT",
                              "the request ends within a message"),
                 {});
  }

  bool TakeMessage() {
    const std::optional<FramedMessage> message = messages_.Next();
    if (!message) return false;
    if (message->compressed) {
      call_.Finish(status::Make(absl::StatusCode::kUnimplemented, "COMPRESSED",
                                "this method takes messages uncompressed only"),
                   {});
      return false;
    }
    call_.Consume(messages_.Release());
    method_->OnMessage(message->bytes);
    return true;
  }

  IncomingCall& call_;  // keeps this
  MessageMeter meter_{kLargestMessage};
  MessageReader messages_;
  bool request_over_ = false;
  bool taking_ = false;
  bool told_end_ = false;
  const std::unique_ptr<LocalMethod> method_;
};

}  // namespace

std::shared_ptr<IncomingCall::Handler> AnswerLocally(EventLoop& loop, IncomingCall& call,
                                                     const MakeLocalMethod& make) {
  return std::make_shared<LocalCall>(loop, call, make);
}

}  // namespace salesops::gateway
