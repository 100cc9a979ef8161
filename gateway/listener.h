#pragma once

// A port whose connections are spread over the loops, one after the other.
//
//   ASSIGN_OR_RETURN(auto listener, Listener::Open(loops, {.host = "0.0.0.0", .port = "8443"}, n));
//   listener->Start([&](EventLoop& loop, tcp::socket socket) { … });
//
// Thread-safety: belongs to the thread that made it, which is none of the loops'.

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "gateway/event_loops.h"

namespace salesops::gateway {

class Listener {
 public:
  struct Options {
    std::string host;
    std::string port = "0";  // 0 picks one
    int max_connections = 10000;
  };
  // Called on the thread of `loop`, to which the socket belongs.
  using Serve = std::function<void(EventLoop& loop, boost::asio::ip::tcp::socket socket)>;

  // Each connection counts one up in `open`, which outlives the loops' work and is counted down by
  // whoever serves it. UNAVAILABLE if the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(EventLoops& loops, const Options& options,
                                                        std::atomic<int>& open);
  ~Listener();

  void Start(Serve serve);
  int port() const;
  // Accepts no more. What was accepted before is in the count, and is still served.
  void Close();

 private:
  class Accepting;
  Listener(EventLoops& loops, std::shared_ptr<Accepting> accepting);

  EventLoops& loops_;
  std::shared_ptr<Accepting> accepting_;
};

}  // namespace salesops::gateway
