#pragma once

// One connection to one address of a service, kept for as long as the link lives: it connects
// again when the connection is lost, and knows from grpc.health.v1.Health/Watch whether the service
// there takes calls (a service without health takes them).
//
// Thread-safety: belongs to its loop's thread.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "gateway/event_loop.h"
#include "gateway/h2_connection.h"
#include "gateway/tls_context.h"

namespace salesops::gateway {

// What the links of one service have in common.
struct LinkSettings {
  std::string host;       // in the service's certificate
  std::string authority;  // of requests
  absl::string_view scheme = "http";
  const WatchedTls* tls = nullptr;
  H2Connection::Options connection;
  std::chrono::milliseconds first_backoff{100};
  std::chrono::milliseconds longest_backoff{2000};
};

class ServiceLink final : private H2Connection::Owner {
 public:
  enum class State {
    kConnecting,  // nobody knows yet; calls wait
    kServing,
    kFailed,  // could not connect, or the service says that it is not serving
  };

  class Observer {
   public:
    virtual ~Observer() = default;
    // `lost`: a connection that worked has ended or is about to.
    virtual void OnLinkChanged(bool lost) = 0;
  };

  // `settings` and `observer` outlive the link.
  ServiceLink(EventLoop& loop, const LinkSettings& settings,
              const boost::asio::ip::tcp::endpoint& endpoint, Observer& observer);
  // Calls that run go on to their end.
  ~ServiceLink() override;

  State state() const { return state_; }
  const boost::asio::ip::tcp::endpoint& endpoint() const { return endpoint_; }
  // Where calls are opened while the state is kServing.
  H2Connection* connection() const { return connection_.get(); }

 private:
  class HealthWatch;

  void Connect();
  void ConnectAfter(std::chrono::milliseconds wait);
  void Lost(absl::string_view why);
  void LogLoss(absl::string_view why) const;
  void Watch();
  void LetGo();
  void Become(State state, bool lost = false);

  void OnReady(H2Connection&) override;
  void OnGoaway(H2Connection&) override;
  void OnClosed(H2Connection&, absl::string_view why) override;
  // What the watch says.
  void OnHealth(bool serving);
  void OnHealthEnded(bool unimplemented, bool answered);

  EventLoop& loop_;
  const LinkSettings& settings_;
  const boost::asio::ip::tcp::endpoint endpoint_;
  Observer& observer_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<int> life_ = std::make_shared<int>();  // asked by a timer that has already fired
  std::shared_ptr<H2Connection> connection_;
  std::shared_ptr<HealthWatch> watch_;
  State state_ = State::kConnecting;
  bool worked_ = false;  // the present connection
  SteadyTime tried_;
  std::chrono::milliseconds backoff_;
};

}  // namespace salesops::gateway
