#include <algorithm>
#include <mutex>

#include "absl/time/clock.h"
#include "shared/rpc/adapter.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::rpc {
namespace {

using grpc::ByteBuffer;

class ExchangeCall final : public grpc::ServerBidiReactor<ByteBuffer, ByteBuffer>,
                           public WaitingStream {
 public:
  ExchangeCall(Host& host, const ServedMethod& served) : call_(host, served) {}

  void Begin(std::shared_ptr<ExchangeCall> self, grpc::CallbackServerContext* context) {
    self_ = std::move(self);
    Live<ExchangeCall> live(this);
    absl::Status refused = call_.Arrive(*context);
    if (!refused.ok()) return EndCall(std::move(live), std::move(refused));
    opened_ = streams().Open();
    if (!opened_) return EndCall(std::move(live), NoRoom());
    WorkerPool::Task task = [live = std::move(live)]() mutable {
      absl::Status status = Call::Guarded([&] { return live->Open(); });
      if (!status.ok()) return EndCall(std::move(live), std::move(status));
      ReadNext(std::move(live));
    };
    if (call_.host().pool.TryPushCall(std::move(task))) return;
    refused_ = NoRoom();
    task();  // NOLINT(bugprone-use-after-move): the pool leaves what it refuses
  }

  void End(absl::Status status) { Finish(call_.Conclude(std::move(status))); }

  void OnReadDone(bool ok) override {
    // Not there: something else has ended the call while it waited for its client.
    if (!streams().Take(this)) return;
    Live<ExchangeCall> live(this);
    if (!ok) return EndCall(std::move(live), call_.cancelled() ? Gone() : absl::OkStatus());
    call_.host().pool.PushStep([live = std::move(live)]() mutable {
      absl::Status status = Call::Guarded([&] { return live->Handle(); });
      if (!status.ok()) return EndCall(std::move(live), std::move(status));
      ExchangeCall* exchange = live.release();  // comes back in OnWriteDone
      exchange->StartWrite(&exchange->out_);
    });
  }

  void OnWriteDone(bool ok) override {
    Live<ExchangeCall> live(this);
    if (!ok) return EndCall(std::move(live), Gone());
    ReadNext(std::move(live));
  }

  void OnCancel() override {
    call_.Cancel();
    if (streams().Take(this)) EndWhileReading(Gone());
  }

  void OnDone() override {
    if (opened_) streams().Close();
    std::shared_ptr<ExchangeCall> last = std::move(self_);
  }

  // The client has said nothing until its time was over.
  void Resume() override { EndWhileReading(Cut()); }
  bool waits_for_news() const override { return false; }

 private:
  static absl::Status Gone() {
    return status::Make(absl::StatusCode::kCancelled, "CANCELLED", "the client went away");
  }
  static absl::Status Cut() {
    return status::Unavailable("STREAM_CUT", "the stream took too long; resume it",
                               absl::Milliseconds(100));
  }

  OpenStreams& streams() const { return call_.host().streams; }

  absl::Status Open() {
    RETURN_IF_ERROR(refused_);
    RETURN_IF_ERROR(call_.StillWanted());
    ASSIGN_OR_RETURN(handle_, call_.bound().exchange(call_));
    return absl::OkStatus();
  }

  absl::Status Handle() {
    call_.BeginStep();
    RETURN_IF_ERROR(call_.StillWanted());
    ASSIGN_OR_RETURN(std::unique_ptr<google::protobuf::Message> request, call_.Parse(in_));
    ASSIGN_OR_RETURN(std::unique_ptr<google::protobuf::Message> response, handle_(call_, *request));
    return call_.Answer(*request, response.get(), &out_);
  }

  static void ReadNext(Live<ExchangeCall> live) {
    std::shared_ptr<ExchangeCall> exchange = live->self_;
    const absl::Time until =
        std::min(exchange->call_.arrival() + exchange->call_.host().options.max_connection_age,
                 exchange->call_.client_deadline());
    std::unique_lock lock(exchange->reading_);
    // Whoever takes it out of the waiting ones holds it.
    static_cast<void>(live.release());
    if (!exchange->streams().Wait(exchange, until, 0)) {
      lock.unlock();
      return EndCall(Live<ExchangeCall>(exchange.get()), Cut());
    }
    exchange->StartRead(&exchange->in_);
    lock.unlock();
    // A cancel that came before Wait found nothing to take.
    if (exchange->call_.cancelled() && exchange->streams().Take(exchange.get())) {
      exchange->EndWhileReading(Gone());
    }
  }

  // Another thread may just have put it among the waiting ones and not begun the read yet; a read
  // must not begin after Finish.
  void EndWhileReading(absl::Status status) {
    Live<ExchangeCall> live(this);
    { std::lock_guard lock(reading_); }
    EndCall(std::move(live), std::move(status));
  }

  Call call_;
  std::shared_ptr<ExchangeCall> self_;  // until gRPC is done with it
  bool opened_ = false;
  absl::Status refused_;
  internal::ErasedHandle handle_;
  std::mutex reading_;
  ByteBuffer in_, out_;
};

}  // namespace

grpc::ServerBidiReactor<ByteBuffer, ByteBuffer>* BeginExchange(
    Host& host, const ServedMethod& served, grpc::CallbackServerContext* context) {
  auto call = std::make_shared<ExchangeCall>(host, served);
  call->Begin(call, context);
  return call.get();
}

}  // namespace salesops::rpc
