#pragma once

// One thread of the gRPC door: the callers' connections that were given to it, its own connections
// to the services, and the calls between them. Nothing of a call ever leaves the thread.
//
// Thread-safety: Serve, Shutdown, CloseAll and Stop are safe from any thread; the rest belongs to
// the lane's own.

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "gateway/edge.h"
#include "gateway/event_loop.h"
#include "gateway/h2_connection.h"
#include "gateway/health.h"
#include "gateway/incoming_call.h"
#include "gateway/passed_call.h"
#include "gateway/service_links.h"
#include "gateway/service_target.h"
#include "gateway/tls_context.h"

namespace salesops::gateway {

// What the lanes of one door have in common; outlives them.
struct GrpcDoor {
  const Edge& edge;
  Health health;
  H2Connection::Options connection;
  PassLimits limits;
  std::map<std::string, ServiceTarget> services;
  int connections_each = 1;  // to each address of a service
  WatchedTls callers_tls{TlsUse::kGrpcServer};
  WatchedTls services_tls{TlsUse::kGrpcClient};
  std::atomic<int> open_connections{0};
};

class GrpcLane final : private H2Connection::Owner, private IncomingCall::Router {
 public:
  explicit GrpcLane(GrpcDoor& door);

  EventLoop& loop() { return loop_; }
  void Start();
  // The socket belongs to loop().io() and has been counted in open_connections.
  void Serve(boost::asio::ip::tcp::socket socket);
  // Connections take no new calls and end with those that run.
  void Shutdown();
  void CloseAll();
  // After all connections have gone.
  void Stop();

 private:
  H2Connection::Options OptionsOfOne();

  std::shared_ptr<H2Stream> OnStream(H2Connection&) override;
  void OnClosed(H2Connection& connection, absl::string_view why) override;
  std::shared_ptr<IncomingCall::Handler> Route(IncomingCall& call) override;
  std::shared_ptr<IncomingCall::Handler> RouteLocal(
      IncomingCall& call, const std::shared_ptr<const Contracts>& contracts);

  GrpcDoor& door_;
  EventLoop loop_;
  absl::flat_hash_map<std::string, std::unique_ptr<ServiceLinks>> links_;
  const PassSide side_;
  absl::flat_hash_map<H2Connection*, std::shared_ptr<H2Connection>> connections_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace salesops::gateway
