#include <algorithm>

#include "absl/time/clock.h"
#include "shared/rpc/adapter.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::rpc {
namespace {

// Part of the connection's age after which a stream that has nothing to say ends itself.
constexpr double kIdleEnd = 0.8;

class ServerStreamCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                               public WaitingStream {
 public:
  ServerStreamCall(Host& host, const ServedMethod& served, const grpc::ByteBuffer* request)
      : call_(host, served), request_bytes_(request) {}

  void Begin(std::shared_ptr<ServerStreamCall> self, grpc::CallbackServerContext* context) {
    self_ = std::move(self);
    Live<ServerStreamCall> live(this);
    absl::Status refused = call_.Arrive(*context);
    if (!refused.ok()) return EndCall(std::move(live), std::move(refused));
    opened_ = streams().Open();
    if (!opened_) return EndCall(std::move(live), NoRoom());
    WorkerPool::Task task = [live = std::move(live)]() mutable { RunStep(std::move(live)); };
    if (call_.host().pool.TryPushCall(std::move(task))) return;
    refused_ = NoRoom();
    task();  // NOLINT(bugprone-use-after-move): the pool leaves what it refuses
  }

  void End(absl::Status status) { Finish(call_.Conclude(std::move(status))); }

  void OnWriteDone(bool ok) override {
    Live<ServerStreamCall> live(this);
    if (!ok) return EndCall(std::move(live), Gone());
    Continue(std::move(live));
  }

  void OnCancel() override {
    call_.Cancel();
    if (streams().Take(this)) EndCall(Live<ServerStreamCall>(this), Gone());
  }

  void OnDone() override {
    if (opened_) streams().Close();
    std::shared_ptr<ServerStreamCall> last = std::move(self_);
  }

  void Resume() override { Continue(Live<ServerStreamCall>(this)); }
  bool waits_for_news() const override { return true; }

 private:
  static absl::Status Gone() {
    return status::Make(absl::StatusCode::kCancelled, "CANCELLED", "the client went away");
  }

  OpenStreams& streams() const { return call_.host().streams; }
  absl::Time IdleEnd() const {
    return call_.arrival() + call_.host().options.max_connection_age * kIdleEnd;
  }
  absl::Time BusyEnd() const {
    return std::min(call_.arrival() + call_.host().options.max_connection_age, streams().cut());
  }

  // What ends the stream now although its producer has not said `last`; nullopt if nothing does.
  // A stream that waits for news is complete at any moment and ends well; one cut off in the midst
  // of its data must not look complete.
  std::optional<absl::Status> DueEnd() const {
    const absl::Time now = absl::Now();
    if (call_.cancelled()) return Gone();
    if (now >= call_.client_deadline()) {
      return status::Make(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                          "the stream reached its deadline; go on where it stopped");
    }
    if (idle_ && (now >= IdleEnd() || streams().ending())) return absl::OkStatus();
    if (now < BusyEnd()) return std::nullopt;
    return status::Unavailable("STREAM_CUT", "the stream took too long; go on where it stopped",
                               absl::Milliseconds(100));
  }

  static void Continue(Live<ServerStreamCall> live) {
    ServerStreamCall& stream = *live;
    if (std::optional<absl::Status> end = stream.DueEnd()) {
      return EndCall(std::move(live), *std::move(end));
    }
    stream.call_.host().pool.PushStep(
        [live = std::move(live)]() mutable { RunStep(std::move(live)); });
  }

  static void RunStep(Live<ServerStreamCall> live) {
    ServerStreamCall& stream = *live;
    const uint64_t wakes = stream.streams().wakes();
    internal::ErasedStep step;
    absl::Status status = Call::Guarded([&] { return stream.Next(&step); });
    if (!status.ok()) return EndCall(std::move(live), std::move(status));
    stream.idle_ = step.message == nullptr;
    if (step.last && stream.idle_) return EndCall(std::move(live), absl::OkStatus());
    if (step.last) return WriteLast(std::move(live));
    if (!stream.idle_) return Write(std::move(live));
    WaitForNews(std::move(live), step.wait, wakes);
  }

  absl::Status Next(internal::ErasedStep* step) {
    RETURN_IF_ERROR(refused_);
    call_.BeginStep();
    RETURN_IF_ERROR(call_.StillWanted());
    if (!next_) {
      ASSIGN_OR_RETURN(request_, call_.Parse(*request_bytes_));
      ASSIGN_OR_RETURN(next_, call_.bound().server_stream(call_, *request_));
    }
    ASSIGN_OR_RETURN(*step, next_(call_));
    return step->message ? call_.Answer(*request_, step->message.get(), &out_) : absl::OkStatus();
  }

  static void Write(Live<ServerStreamCall> live) {
    ServerStreamCall* stream = live.release();  // comes back in OnWriteDone
    stream->StartWrite(&stream->out_);
  }

  static void WriteLast(Live<ServerStreamCall> live) {
    ServerStreamCall* stream = live.release();
    stream->StartWriteAndFinish(&stream->out_, grpc::WriteOptions(),
                                stream->call_.Conclude(absl::OkStatus()));
  }

  static void WaitForNews(Live<ServerStreamCall> live, absl::Duration wait, uint64_t seen) {
    std::shared_ptr<ServerStreamCall> stream = live->self_;
    const absl::Time until =
        std::min({absl::Now() + wait, stream->IdleEnd(), stream->call_.client_deadline()});
    // Whoever takes it out of the waiting ones holds it.
    static_cast<void>(live.release());
    if (!stream->streams().Wait(stream, until, seen)) {
      return Continue(Live<ServerStreamCall>(stream.get()));
    }
    // A cancel that came before Wait found nothing to take.
    if (stream->call_.cancelled() && stream->streams().Take(stream.get())) {
      EndCall(Live<ServerStreamCall>(stream.get()), Gone());
    }
  }

  Call call_;
  const grpc::ByteBuffer* const request_bytes_;  // gRPC keeps it until the call is done
  std::shared_ptr<ServerStreamCall> self_;       // until gRPC is done with it
  bool opened_ = false;
  absl::Status refused_;
  std::unique_ptr<google::protobuf::Message> request_;
  internal::ErasedNext next_;
  grpc::ByteBuffer out_;
  bool idle_ = false;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* BeginServerStream(Host& host,
                                                              const ServedMethod& served,
                                                              grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request) {
  auto call = std::make_shared<ServerStreamCall>(host, served, request);
  call->Begin(call, context);
  return call.get();
}

}  // namespace salesops::rpc
