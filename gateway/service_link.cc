#include "gateway/service_link.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/message_reader.h"
#include "gateway/standard_services.pb.h"
#include "shared/log/log.h"

namespace salesops::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongEnough{1000};
// Of a health message, which is a few bytes.
constexpr size_t kLargestHealth = 1024;

// Between 80 and 120 percent, so that those who lost the same service do not come back at once.
milliseconds Spread(milliseconds wait) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return wait * std::uniform_int_distribution<int>(80, 120)(random) / 100;
}

}  // namespace

// The stream of Health/Watch for the service as a whole.
class ServiceLink::HealthWatch final : public H2Stream {
 public:
  explicit HealthWatch(ServiceLink& link) : link_(&link) {}

  void Forget() {
    link_ = nullptr;
    Reset(NGHTTP2_CANCEL);
  }

 private:
  void OnHeaders() override {}
  void OnSent(size_t) override {}
  void OnBody(absl::string_view bytes) override {
    Consume(bytes.size());
    messages_.Add(bytes);
    while (link_ != nullptr) {
      const std::optional<FramedMessage> message = messages_.Next();
      if (!message) break;
      Take(message->bytes);
    }
    if (messages_.unread() > kLargestHealth) Reset(NGHTTP2_CANCEL);
  }

  void Take(absl::string_view message) {
    wire::HealthCheckResponse response;
    const bool good = response.ParseFromArray(message.data(), static_cast<int>(message.size()));
    answered_ = true;
    link_->OnHealth(good && response.status() == wire::HealthCheckResponse::SERVING);
  }

  void OnRemoteEnd() override {
    const HeaderList& last = trailers().empty() ? headers() : trailers();
    unimplemented_ = last.Find("grpc-status") == "12" || headers().Find(":status") == "404";
  }

  void OnClosed(uint32_t) override {
    if (link_ != nullptr) std::exchange(link_, nullptr)->OnHealthEnded(unimplemented_, answered_);
  }

  ServiceLink* link_;
  MessageReader messages_;
  bool answered_ = false;
  bool unimplemented_ = false;
};

ServiceLink::ServiceLink(EventLoop& loop, const LinkSettings& settings,
                         const boost::asio::ip::tcp::endpoint& endpoint, Observer& observer)
    : loop_(loop),
      settings_(settings),
      endpoint_(endpoint),
      observer_(observer),
      timer_(loop.io()),
      backoff_(settings.first_backoff) {
  Connect();
}

ServiceLink::~ServiceLink() { LetGo(); }

void ServiceLink::Connect() {
  worked_ = false;
  tried_ = std::chrono::steady_clock::now();
  connection_ = H2Connection::Connect(loop_, endpoint_, settings_.tls->Current(), settings_.host,
                                      settings_.connection, *this);
}

void ServiceLink::ConnectAfter(milliseconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait([this, life = std::weak_ptr<int>(life_)](boost::system::error_code error) {
    if (!error && !life.expired()) Connect();
  });
}

// The connection ends by itself once its calls have.
void ServiceLink::LetGo() {
  timer_.cancel();
  if (watch_ != nullptr) std::exchange(watch_, nullptr)->Forget();
  if (connection_ == nullptr) return;
  connection_->Forget();
  std::exchange(connection_, nullptr)->Shutdown();
}

void ServiceLink::Become(State state, bool lost) {
  const bool changed = std::exchange(state_, state) != state;
  if (changed || lost) observer_.OnLinkChanged(lost);
}

void ServiceLink::OnReady(H2Connection&) { Watch(); }

void ServiceLink::Watch() {
  static constexpr absl::string_view kNoService("\0\0\0\0\0", 5);
  watch_ = std::make_shared<HealthWatch>(*this);
  watch_->SendBody(kNoService);
  watch_->EndBody();
  H2Fields fields;
  AddField(fields, ":method", "POST");
  AddField(fields, ":scheme", settings_.scheme);
  AddField(fields, ":path", "/grpc.health.v1.Health/Watch");
  AddField(fields, ":authority", settings_.authority);
  AddField(fields, "te", "trailers");
  AddField(fields, "content-type", "application/grpc");
  connection_->Open(watch_, fields, /*end=*/false);
}

void ServiceLink::OnHealth(bool serving) {
  if (!serving) return Become(State::kFailed);
  worked_ = true;
  backoff_ = settings_.first_backoff;
  Become(State::kServing);
}

void ServiceLink::OnHealthEnded(bool unimplemented, bool answered) {
  watch_ = nullptr;
  if (connection_ == nullptr || connection_->closed()) return;
  if (unimplemented) return OnHealth(true);
  if (answered && connection_->accepts_streams()) {
    // A service ends its watches when it goes; the next one will say.
    Become(State::kConnecting);
    return Watch();
  }
  Become(State::kFailed);
  timer_.expires_after(Spread(kLongEnough));
  timer_.async_wait([this, life = std::weak_ptr<int>(life_)](boost::system::error_code error) {
    if (error || life.expired()) return;
    if (watch_ == nullptr && connection_ != nullptr && connection_->accepts_streams()) Watch();
  });
}

void ServiceLink::OnGoaway(H2Connection&) { Lost("it is going away"); }

void ServiceLink::OnClosed(H2Connection&, absl::string_view why) { Lost(why); }

void ServiceLink::Lost(absl::string_view why) {
  const bool worked = worked_;
  if (state_ != State::kFailed) LogLoss(why);
  LetGo();
  const auto held = std::chrono::steady_clock::now() - tried_;
  if (worked && held >= kLongEnough) {
    Connect();
    return Become(State::kConnecting, /*lost=*/true);
  }
  ConnectAfter(Spread(backoff_));
  backoff_ = std::min(backoff_ * 2, settings_.longest_backoff);
  Become(worked ? State::kConnecting : State::kFailed, /*lost=*/true);
}

void ServiceLink::LogLoss(absl::string_view why) const {
  log::Info("no connection to a service",
            {{"service", settings_.authority},
             {"address", absl::StrCat(endpoint_.address().to_string(), ":", endpoint_.port())},
             {"problem", why}});
}

}  // namespace salesops::gateway
