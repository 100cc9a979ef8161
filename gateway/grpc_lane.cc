#include "gateway/grpc_lane.h"

#include <boost/asio/post.hpp>
#include <future>
#include <utility>
#include <vector>

#include "gateway/reflection.h"
#include "shared/status/status.h"

namespace salesops::gateway {

GrpcLane::GrpcLane(GrpcDoor& door)
    : door_(door),
      side_{door.edge, loop_,
            [this](absl::string_view service) -> ServiceLinks* {
              const auto found = links_.find(service);
              return found == links_.end() ? nullptr : found->second.get();
            },
            door.limits} {
  for (const auto& [name, target] : door.services) {
    links_[name] =
        std::make_unique<ServiceLinks>(loop_, target, door.services_tls, door.connections_each);
  }
}

void GrpcLane::Start() {
  for (const auto& [name, links] : links_) links->Start();
  loop_.Start();
}

void GrpcLane::Serve(boost::asio::ip::tcp::socket socket) {
  boost::asio::post(loop_.io(), [this, socket = std::move(socket)]() mutable {
    auto connection = H2Connection::Accept(loop_, std::move(socket), door_.callers_tls.Current(),
                                           OptionsOfOne(), *this);
    // One that has failed already has been counted out.
    if (!connection->closed()) connections_.emplace(connection.get(), connection);
  });
}

// Connections that were opened together do not all grow old together.
H2Connection::Options GrpcLane::OptionsOfOne() {
  H2Connection::Options options = door_.connection;
  options.max_age = options.max_age * std::uniform_int_distribution<int>(90, 110)(random_) / 100;
  return options;
}

void GrpcLane::Shutdown() {
  boost::asio::post(loop_.io(), [this] {
    const auto connections = connections_;
    for (const auto& [raw, connection] : connections) connection->Shutdown();
  });
}

void GrpcLane::CloseAll() {
  boost::asio::post(loop_.io(), [this] {
    const auto connections = connections_;
    for (const auto& [raw, connection] : connections) connection->Close("the gateway ends");
  });
}

void GrpcLane::Stop() {
  std::promise<void> cleared;
  boost::asio::post(loop_.io(), [&] {
    links_.clear();
    cleared.set_value();
  });
  cleared.get_future().wait();
  loop_.Stop();
}

std::shared_ptr<H2Stream> GrpcLane::OnStream(H2Connection&) {
  IncomingCall::Router& router = *this;
  return std::make_shared<IncomingCall>(router);
}

void GrpcLane::OnClosed(H2Connection& connection, absl::string_view) {
  connections_.erase(&connection);
  door_.open_connections.fetch_sub(1);
}

std::shared_ptr<IncomingCall::Handler> GrpcLane::Route(IncomingCall& call) {
  std::shared_ptr<const Contracts> contracts = door_.edge.contracts->Current();
  const Method* method = contracts->catalog.FindMethod(call.path());
  if (method == nullptr) return RouteLocal(call, contracts);
  absl::StatusOr<auth::Principal> principal =
      door_.edge.Admit(*method, call.headers().Values("authorization"));
  if (!principal.ok()) {
    RefuseCall(call, *contracts, method, principal.status());
    return nullptr;
  }
  return PassCall(side_, std::move(contracts), *method, *std::move(principal), call);
}

std::shared_ptr<IncomingCall::Handler> GrpcLane::RouteLocal(
    IncomingCall& call, const std::shared_ptr<const Contracts>& contracts) {
  using Answer = std::shared_ptr<LocalAnswer>;
  const absl::string_view path = call.path();
  if (path == "/grpc.health.v1.Health/Check") {
    return AnswerLocally(loop_, call,
                         [this](Answer answer) { return door_.health.Check(std::move(answer)); });
  }
  if (path == "/grpc.health.v1.Health/Watch") {
    return AnswerLocally(loop_, call,
                         [this](Answer answer) { return door_.health.Watch(std::move(answer)); });
  }
  if (path == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo" ||
      path == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo") {
    return AnswerLocally(
        loop_, call, [&](Answer answer) { return ReflectionMethod(contracts, std::move(answer)); });
  }
  RefuseCall(call, *contracts, nullptr,
             status::Make(absl::StatusCode::kUnimplemented, "METHOD_UNKNOWN",
                          "no service here has this method"));
  return nullptr;
}

}  // namespace salesops::gateway
