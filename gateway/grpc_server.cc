#include "gateway/grpc_server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/grpc_lane.h"
#include "gateway/upstreams.h"
#include "shared/status/macros.h"

namespace salesops::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class LaneServer final : public GrpcServer {
 public:
  LaneServer(const Options& options, const Edge& edge)
      : options_(options),
        door_{.edge = edge, .health = Health([&edge](const std::string& service) {
                              const auto contracts = edge.contracts->Current();
                              const auto& services = contracts->catalog.services();
                              return std::binary_search(services.begin(), services.end(), service);
                            })} {
    door_.limits.largest_request = options.max_message_bytes;
    door_.connection.max_header_bytes = options.max_metadata_bytes;
    door_.connection.max_age = absl::ToChronoNanoseconds(options.max_connection_age);
    door_.connection.idle_time = absl::ToChronoNanoseconds(options.max_connection_idle);
  }

  ~LaneServer() override {
    Drain(absl::ZeroDuration());
    while (door_.open_connections > 0) {
      for (const auto& lane : lanes_) lane->CloseAll();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (!running_) return;
    for (const auto& lane : lanes_) lane->Stop();
  }

  absl::Status Prepare() {
    const UpstreamOptions& upstreams = door_.edge.upstreams->options();
    RETURN_IF_ERROR(door_.callers_tls.Load(options_.tls));
    RETURN_IF_ERROR(door_.services_tls.Load(upstreams.tls));
    for (const auto& [name, target] : upstreams.targets) {
      ASSIGN_OR_RETURN(door_.services[name], ServiceTarget::Parse(target));
    }
    const int threads = std::max(1, options_.threads);
    door_.connections_each = std::max(1, upstreams.channels / threads);
    for (int i = 0; i < threads; ++i) lanes_.push_back(std::make_unique<GrpcLane>(door_));
    return absl::OkStatus();
  }

  absl::Status Listen() {
    const size_t colon = options_.listen.rfind(':');
    if (colon == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("not host:port: ", options_.listen));
    }
    asio::io_context& io = lanes_[0]->loop().io();
    acceptor_.emplace(io);
    timer_.emplace(io);
    std::string host = options_.listen.substr(0, colon);
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    error_code error;
    const auto found = tcp::resolver(io).resolve(host, options_.listen.substr(colon + 1),
                                                 tcp::resolver::passive, error);
    if (!error) acceptor_->open(found.begin()->endpoint().protocol(), error);
    if (!error) acceptor_->set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_->bind(found.begin()->endpoint(), error);
    if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", options_.listen, ": ", error.message()));
    }
    port_ = acceptor_->local_endpoint().port();
    return absl::OkStatus();
  }

  void Run() {
    Accept();
    RefreshTls();
    for (const auto& lane : lanes_) lane->Start();
    running_ = true;
  }

  int port() const override { return port_; }
  int open_connections() const override { return door_.open_connections; }
  void StopServing() override { door_.health.SetServing(false); }

  void Drain(absl::Duration limit) override {
    if (!running_ || std::exchange(drained_, true)) return;
    StopServing();
    door_.health.EndWatches();
    asio::post(lanes_[0]->loop().io(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
    for (const auto& lane : lanes_) lane->Shutdown();
    const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(limit);
    while (door_.open_connections > 0 && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    for (const auto& lane : lanes_) lane->CloseAll();
  }

 private:
  void Accept() {
    GrpcLane& lane = *lanes_[next_++ % lanes_.size()];
    acceptor_->async_accept(lane.loop().io(), [this, &lane](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_->is_open()) return;
      if (error) return AcceptSoon();
      if (door_.open_connections.fetch_add(1) >= options_.max_connections) {
        door_.open_connections.fetch_sub(1);  // the socket closes here
      } else {
        lane.Serve(std::move(socket));
      }
      Accept();
    });
  }

  // Out of descriptors, most likely: trying at once would spin.
  void AcceptSoon() {
    timer_->expires_after(std::chrono::milliseconds(100));
    timer_->async_wait([this](error_code error) {
      if (error) return;
      Accept();
      RefreshTls();
    });
  }

  void RefreshTls() {
    timer_->expires_after(absl::ToChronoNanoseconds(options_.tls_refresh));
    timer_->async_wait([this](error_code error) {
      if (error) return;
      door_.callers_tls.Refresh();
      door_.services_tls.Refresh();
      RefreshTls();
    });
  }

  const Options options_;
  GrpcDoor door_;
  std::vector<std::unique_ptr<GrpcLane>> lanes_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> timer_;
  size_t next_ = 0;
  int port_ = 0;
  bool running_ = false;
  bool drained_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Options& options,
                                                              const Edge& edge) {
  auto server = std::make_unique<LaneServer>(options, edge);
  RETURN_IF_ERROR(server->Prepare());
  RETURN_IF_ERROR(server->Listen());
  server->Run();
  return server;
}

}  // namespace salesops::gateway
