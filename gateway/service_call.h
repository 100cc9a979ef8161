#pragma once

// A call of a service, of any of the four kinds, as bytes: finds a connection (or waits for one
// that is being made), sends the request, ends at the deadline, and tries again where that is safe:
// always if the service has not looked at the request, and on UNAVAILABLE for calls that only read.
//
//   class MyCall : ServiceCall::Receiver { … };
//   auto call = std::make_shared<ServiceCall>(loop, my_call, 64 << 20);
//   call->Start(links, {.path = "/a.B/C", .deadline = …}, call);
//   call->Send(FrameMessage(bytes));
//   call->EndRequest();
//   … OnAnswerHeaders, OnAnswerBytes, OnAnswerEnd
//
// Messages, both ways, have gRPC's five bytes before them and may be cut anywhere. Consume what
// OnAnswerBytes gave when it has gone on; OnRequestSent says what of the request has.
//
// Thread-safety: belongs to its loop's thread.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/event_loop.h"
#include "gateway/grpc_wire.h"
#include "gateway/h2_stream.h"
#include "gateway/service_links.h"

namespace salesops::gateway {

class ServiceCall final : public H2Stream, private ServiceLinks::Waiter, private Deadline {
 public:
  class Receiver {
   public:
    virtual ~Receiver() = default;
    // headers() are the answer's; not called if the answer is nothing but a status.
    virtual void OnAnswerHeaders() = 0;
    virtual void OnAnswerBytes(absl::string_view bytes) = 0;
    virtual void OnRequestSent(size_t bytes) = 0;
    // Called once unless Cancel is, and last. What our own side has to say about an error holds no
    // address and no system error; those are for the log. metadata() holds the service's.
    virtual void OnAnswerEnd(const absl::Status& status) = 0;
  };

  struct Request {
    absl::string_view path;  // this and `metadata` stay where they are until the call is destroyed
    H2Fields metadata;
    SteadyTime deadline;
    bool only_reads = false;  // UNAVAILABLE may be tried again
  };

  // Answers with messages above `largest_message` end with RESOURCE_EXHAUSTED.
  ServiceCall(EventLoop& loop, Receiver& receiver, uint64_t largest_message)
      : loop_(loop), receiver_(receiver), meter_(largest_message) {}

  // `self` points to this; it is kept until the call has ended.
  void Start(ServiceLinks& links, Request request, std::shared_ptr<ServiceCall> self);
  // Bytes of the request; then EndRequest.
  void Send(absl::string_view bytes);
  void EndRequest();
  // The receiver hears no more.
  void Cancel();
  bool ended() const { return ended_; }
  // The fields of the last block, after OnAnswerEnd.
  const HeaderList& metadata() const { return only_status_ ? headers() : trailers(); }
  const MessageMeter& answer() const { return meter_; }

 private:
  class Pause final : public Deadline {
   public:
    explicit Pause(ServiceCall& call) : call_(call) {}

   private:
    void OnDeadline() override { call_.Proceed(); }
    ServiceCall& call_;
  };

  void Proceed();
  bool Open(H2Connection& connection);
  bool MayTryAgain(absl::StatusCode code) const;
  void TryAgain();
  void EndOfOurSide(absl::StatusCode code, absl::string_view detail);
  void End(const absl::Status& status);
  void Leave();

  void OnNews() override { Proceed(); }
  void OnDeadline() override;
  void OnHeaders() override;
  void OnBody(absl::string_view bytes) override;
  void OnRemoteEnd() override;
  void OnSent(size_t bytes) override;
  void OnClosed(uint32_t code) override;

  EventLoop& loop_;
  Receiver& receiver_;
  MessageMeter meter_;
  ServiceLinks* links_ = nullptr;
  Request request_;
  std::shared_ptr<ServiceCall> self_;
  std::string timeout_;
  Pause pause_{*this};
  size_t request_bytes_ = 0;
  int attempts_ = 1;  // that the service may have looked at
  int unseen_ = 0;    // that it has not
  bool request_over_ = false;
  bool answered_ = false;  // headers have gone to the receiver
  bool only_status_ = false;
  bool again_ = false;  // when the present stream has closed
  bool ended_ = false;
};

}  // namespace salesops::gateway
