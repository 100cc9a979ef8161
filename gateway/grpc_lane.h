#pragma once

// What one thread has of the gRPC door: the callers' connections that were given to it, and their
// calls. Nothing of a call ever leaves the thread.
//
// Thread-safety: Shutdown and CloseAll are safe from any thread; the rest belongs to the loop's.

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <random>

#include "absl/container/flat_hash_map.h"
#include "gateway/edge.h"
#include "gateway/event_loop.h"
#include "gateway/h2_connection.h"
#include "gateway/health.h"
#include "gateway/incoming_call.h"
#include "gateway/passed_call.h"
#include "gateway/tls_context.h"

namespace salesops::gateway {

// What the lanes of one door have in common; outlives them.
struct GrpcDoor {
  const Edge& edge;
  Health health;
  H2Connection::Options connection;
  uint64_t largest_request = 8 << 20;  // message
  WatchedTls callers_tls{TlsUse::kGrpcServer};
  std::atomic<int> open_connections{0};
};

class GrpcLane final : private H2Connection::Owner, private IncomingCall::Router {
 public:
  GrpcLane(GrpcDoor& door, EventLoop& loop);

  EventLoop& loop() { return loop_; }
  // The socket belongs to loop().io() and has been counted in open_connections.
  void Serve(boost::asio::ip::tcp::socket socket);
  // Connections take no new calls and end with those that run.
  void Shutdown();
  void CloseAll();

 private:
  H2Connection::Options OptionsOfOne();

  std::shared_ptr<H2Stream> OnStream(H2Connection&) override;
  void OnClosed(H2Connection& connection, absl::string_view why) override;
  std::shared_ptr<IncomingCall::Handler> Route(IncomingCall& call) override;
  std::shared_ptr<IncomingCall::Handler> RouteLocal(
      IncomingCall& call, const std::shared_ptr<const Contracts>& contracts);

  GrpcDoor& door_;
  EventLoop& loop_;
  const PassSide side_;
  absl::flat_hash_map<H2Connection*, std::shared_ptr<H2Connection>> connections_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace salesops::gateway
