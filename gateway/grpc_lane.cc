#include "gateway/grpc_lane.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "gateway/reflection.h"
#include "shared/status/status.h"

namespace salesops::gateway {

GrpcLane::GrpcLane(GrpcDoor& door, EventLoop& loop)
    : door_(door), loop_(loop), side_{door.edge, loop, door.largest_request} {}

void GrpcLane::Serve(boost::asio::ip::tcp::socket socket) {
  auto connection = H2Connection::Accept(loop_, std::move(socket), door_.callers_tls.Current(),
                                         OptionsOfOne(), *this);
  // One that has failed already has been counted out.
  if (!connection->closed()) connections_.emplace(connection.get(), connection);
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
