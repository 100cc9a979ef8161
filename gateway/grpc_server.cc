#include "gateway/grpc_server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "gateway/grpc_lane.h"
#include "gateway/listener.h"
#include "gateway/repeated.h"
#include "gateway/upstreams.h"
#include "shared/status/macros.h"

namespace salesops::gateway {
namespace {

class LaneServer final : public GrpcServer {
 public:
  LaneServer(const Options& options, const Edge& edge)
      : options_(options),
        loops_(edge.upstreams->loops()),
        door_{.edge = edge, .health = Health([&edge](const std::string& service) {
                              const auto contracts = edge.contracts->Current();
                              const auto& services = contracts->catalog.services();
                              return std::binary_search(services.begin(), services.end(), service);
                            })} {
    door_.largest_request = options.max_message_bytes;
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
    loops_.RunOnEach([](EventLoop&) {});  // what the lanes posted has run
  }

  absl::Status Listen() {
    RETURN_IF_ERROR(door_.callers_tls.Load(options_.tls));
    const size_t colon = options_.listen.rfind(':');
    if (colon == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("not host:port: ", options_.listen));
    }
    std::string host = options_.listen.substr(0, colon);
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    ASSIGN_OR_RETURN(listener_, Listener::Open(loops_,
                                               {.host = host,
                                                .port = options_.listen.substr(colon + 1),
                                                .max_connections = options_.max_connections},
                                               door_.open_connections));
    for (size_t i = 0; i < loops_.size(); ++i) {
      lanes_.push_back(std::make_unique<GrpcLane>(door_, loops_[i]));
      lane_of_[&loops_[i]] = lanes_.back().get();
    }
    listener_->Start([this](EventLoop& loop, boost::asio::ip::tcp::socket socket) {
      lane_of_.at(&loop)->Serve(std::move(socket));
    });
    tls_refresh_ = std::make_unique<Repeated>(loops_[0], options_.tls_refresh,
                                              [this] { door_.callers_tls.Refresh(); });
    return absl::OkStatus();
  }

  int port() const override { return listener_->port(); }
  int open_connections() const override { return door_.open_connections; }
  void StopServing() override { door_.health.SetServing(false); }

  void Drain(absl::Duration limit) override {
    if (listener_ == nullptr || std::exchange(drained_, true)) return;
    StopServing();
    door_.health.EndWatches();
    listener_->Close();
    for (const auto& lane : lanes_) lane->Shutdown();
    const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(limit);
    while (door_.open_connections > 0 && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    for (const auto& lane : lanes_) lane->CloseAll();
  }

 private:
  const Options options_;
  EventLoops& loops_;
  GrpcDoor door_;
  std::vector<std::unique_ptr<GrpcLane>> lanes_;
  absl::flat_hash_map<const EventLoop*, GrpcLane*> lane_of_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Repeated> tls_refresh_;
  bool drained_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Options& options,
                                                              const Edge& edge) {
  auto server = std::make_unique<LaneServer>(options, edge);
  RETURN_IF_ERROR(server->Listen());
  return server;
}

}  // namespace salesops::gateway
