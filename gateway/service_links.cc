#include "gateway/service_links.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace salesops::gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kResolveEvery{5000};
constexpr milliseconds kResolveAtMostEvery{1000};
// What a service may send of an answer before its caller has taken any.
constexpr int32_t kUnread = 64 << 10;

}  // namespace

ServiceLinks::ServiceLinks(EventLoop& loop, const ServiceTarget& target, const WatchedTls& tls,
                           int connections)
    : loop_(loop),
      target_(target),
      connections_(std::max(1, connections)),
      resolver_(loop.io()),
      timer_(loop.io()) {
  settings_.host = target.host;
  settings_.authority = target.authority;
  settings_.tls = &tls;
  if (tls.Current() != nullptr) settings_.scheme = "https";
  settings_.connection.stream_window = kUnread;
  settings_.connection.handshake_time = std::chrono::seconds(2);
  settings_.connection.keepalive_time = std::chrono::seconds(20);
  settings_.connection.keepalive_timeout = std::chrono::seconds(10);
}

ServiceLinks::~ServiceLinks() = default;

void ServiceLinks::Start() {
  if (target_.addresses.empty()) return Resolve();
  Use(target_.addresses);
}

void ServiceLinks::Resolve() {
  if (std::exchange(resolving_, true)) return;
  timer_.cancel();
  resolver_.async_resolve(target_.host, target_.port,
                          [this, life = std::weak_ptr<int>(life_)](
                              error_code error, const tcp::resolver::results_type& found) {
                            if (life.expired()) return;
                            resolving_ = false;
                            resolved_at_ = std::chrono::steady_clock::now();
                            // A name that cannot be looked up now keeps the addresses it had.
                            Endpoints endpoints;
                            if (!error) {
                              for (const auto& entry : found) endpoints.push_back(entry.endpoint());
                            }
                            if (!endpoints.empty()) Use(endpoints);
                            resolved_ = true;
                            ResolveAfter(error ? kResolveAtMostEvery : kResolveEvery);
                            TellWaiters();
                          });
}

void ServiceLinks::ResolveAfter(milliseconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait([this, life = std::weak_ptr<int>(life_)](error_code error) {
    if (!error && !life.expired()) Resolve();
  });
}

void ServiceLinks::Use(const Endpoints& endpoints) {
  ServiceLink::Observer& observer = *this;
  const auto wanted = [&](const std::unique_ptr<ServiceLink>& link) {
    return std::find(endpoints.begin(), endpoints.end(), link->endpoint()) != endpoints.end();
  };
  links_.erase(std::stable_partition(links_.begin(), links_.end(), wanted), links_.end());
  // Turn by turn over the addresses, so that calls in a row go to different replicas.
  for (int i = 0; i < connections_; ++i) {
    for (const tcp::endpoint& endpoint : endpoints) {
      const auto there = std::count_if(links_.begin(), links_.end(), [&](const auto& link) {
        return link->endpoint() == endpoint;
      });
      if (there > i) continue;
      links_.push_back(std::make_unique<ServiceLink>(loop_, settings_, endpoint, observer));
    }
  }
  resolved_ = true;
}

H2Connection* ServiceLinks::Next() {
  // A replica that drains says that it does not serve, and serves until it ends. Nobody is sent
  // there as long as another serves; but when replicas are restarted in turn, it may be the only
  // one that this thread has a connection to.
  H2Connection* last_resort = nullptr;
  for (size_t i = 0; i < links_.size(); ++i) {
    ServiceLink& link = *links_[next_++ % links_.size()];
    H2Connection* connection = link.connection();
    if (connection == nullptr || !connection->accepts_streams()) continue;
    if (link.state() == ServiceLink::State::kServing) return connection;
    if (link.state() == ServiceLink::State::kFailed) last_resort = connection;
  }
  return may_come() ? nullptr : last_resort;
}

bool ServiceLinks::may_come() const {
  if (!resolved_) return true;
  return std::any_of(links_.begin(), links_.end(), [](const auto& link) {
    return link->state() == ServiceLink::State::kConnecting;
  });
}

bool ServiceLinks::reachable() const {
  return may_come() || std::any_of(links_.begin(), links_.end(), [](const auto& link) {
           return link->state() == ServiceLink::State::kServing;
         });
}

void ServiceLinks::OnLinkChanged(bool lost) {
  TellWaiters();
  if (!lost || !target_.addresses.empty() || resolving_) return;
  const auto since =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - resolved_at_);
  ResolveAfter(std::max(kResolveAtMostEvery - since, milliseconds(0)));
}

void ServiceLinks::TellWaiters() {
  WaiterList told;
  told.swap(waiters_);
  while (!told.empty()) {
    Waiter& next = told.front();
    told.pop_front();
    next.OnNews();
  }
}

}  // namespace salesops::gateway
