#pragma once

// Calls that the gateway answers itself: a LocalMethod gets whole messages and answers with whole
// messages, from any thread.
//
//   class Echo : public LocalMethod {
//     void OnMessage(absl::string_view m) override { answer_->Write(std::string(m)); }
//     void OnRequestEnd() override { answer_->Finish(absl::OkStatus()); } …
//   };
//   return AnswerLocally(loop, call, [](auto answer) { return std::make_unique<Echo>(answer); });
//
// Thread-safety: a LocalAnswer is safe from any thread; a LocalMethod is called on its loop's.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/event_loop.h"
#include "gateway/incoming_call.h"

namespace salesops::gateway {

class LocalAnswer {
 public:
  virtual ~LocalAnswer() = default;
  virtual void Write(std::string message) = 0;
  virtual void Finish(absl::Status status) = 0;
};

// Destroyed when the call is over.
class LocalMethod {
 public:
  virtual ~LocalMethod() = default;
  // Not called again while much of the answer has not been sent.
  virtual void OnMessage(absl::string_view message) = 0;
  virtual void OnRequestEnd() = 0;
};

using MakeLocalMethod = std::function<std::unique_ptr<LocalMethod>(std::shared_ptr<LocalAnswer>)>;

std::shared_ptr<IncomingCall::Handler> AnswerLocally(EventLoop& loop, IncomingCall& call,
                                                     const MakeLocalMethod& make);

}  // namespace salesops::gateway
