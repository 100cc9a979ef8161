#pragma once

// The way of one thread to one service: connections to every address that the service's name
// resolves to, calls spread over those that serve, in turn. The name is resolved again every few
// seconds, and as soon as a connection is lost.
//
//   ServiceLinks links(loop, target, tls, /*connections=*/1);
//   if (H2Connection* connection = links.Next()) …
//   else if (links.may_come()) links.Await(waiter);   // told when there is news
//   else …                                            // UNAVAILABLE
//
// Thread-safety: belongs to its loop's thread.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <vector>

#include "gateway/service_link.h"
#include "gateway/service_target.h"

namespace salesops::gateway {

class ServiceLinks final : private ServiceLink::Observer {
 public:
  using WaiterHook =
      boost::intrusive::list_base_hook<boost::intrusive::tag<struct WaiterTag>,
                                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  // Told once, when Next may find a connection or there is none to wait for any more.
  class Waiter : public WaiterHook {
   public:
    virtual ~Waiter() = default;
    virtual void OnNews() = 0;
  };

  // `tls` outlives the links. `connections` are made to each address.
  ServiceLinks(EventLoop& loop, const ServiceTarget& target, const WatchedTls& tls,
               int connections);
  ~ServiceLinks() override;

  // Looks the name up and connects; on the loop's thread, or before it runs.
  void Start();

  // A connection that takes calls, another one in turn; nullptr if there is none now.
  H2Connection* Next();
  // Some connection has not been tried to the end yet.
  bool may_come() const;
  // Some connection serves, or has not been tried to the end yet.
  bool reachable() const;
  void Await(Waiter& waiter) { waiters_.push_back(waiter); }

  const LinkSettings& settings() const { return settings_; }

 private:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
  using WaiterList = boost::intrusive::list<Waiter, boost::intrusive::base_hook<WaiterHook>,
                                            boost::intrusive::constant_time_size<false>>;

  void Resolve();
  void ResolveAfter(std::chrono::milliseconds wait);
  void Use(const Endpoints& endpoints);
  void TellWaiters();
  void OnLinkChanged(bool lost) override;

  EventLoop& loop_;
  const ServiceTarget target_;
  LinkSettings settings_;
  const int connections_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<int> life_ = std::make_shared<int>();
  bool resolving_ = false;
  bool resolved_ = false;  // or tried
  SteadyTime resolved_at_;
  std::vector<std::unique_ptr<ServiceLink>> links_;
  size_t next_ = 0;
  WaiterList waiters_;
};

}  // namespace salesops::gateway
