#pragma once

// Both doors of a gateway in front of a ShelfServer, on loopback ports, with one good token.
//
// Thread-safety: as its parts.

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "gateway/edge.h"
#include "gateway/grpc_server.h"
#include "gateway/http_server.h"
#include "gateway/testdata/raw_client.h"
#include "gateway/testdata/shelf_server.h"
#include "gateway/transcoder.h"
#include "gateway/upstreams.h"
#include "shared/base/clock.h"
#include "shared/status/status.h"

namespace salesops::gateway {

class OneGoodToken final : public auth::TokenVerifier {
 public:
  absl::StatusOr<auth::Principal> Verify(absl::string_view token, absl::Time) override {
    if (token != "good") return status::Unauthenticated("TOKEN_SIGNATURE", "bad token");
    auth::Principal principal;
    principal.subject = "alice";
    return principal;
  }
};

class StackTest : public testing::Test {
 protected:
  StackTest() : contracts_(*Contracts::Load(SHELF_DESCRIPTORS)), transcoder_(edge_) {}

  void Start() {
    const std::string target = target_.empty() ? shelf_.target() : target_;
    upstreams_ = *Upstreams::Open({.targets = {{"shelf", target}}}, loops_);
    edge_.clock = &base::SystemClock();
    edge_.tokens = &tokens_;
    edge_.contracts = &contracts_;
    edge_.upstreams = upstreams_.get();
    http_options_.refusal = Transcoder::Refusal;
    auto http =
        HttpServer::Start(http_options_, loops_, [this](std::shared_ptr<HttpExchange> exchange) {
          transcoder_.Handle(std::move(exchange));
        });
    ASSERT_TRUE(http.ok()) << http.status();
    http_ = *std::move(http);
    auto grpc_server = GrpcServer::Start(grpc_options_, edge_);
    ASSERT_TRUE(grpc_server.ok()) << grpc_server.status();
    grpc_ = *std::move(grpc_server);
  }

  // One request on a connection of its own, with the good token.
  RawClient::Response Http(const std::string& method, const std::string& target,
                           const std::string& body = "", const std::string& headers = "") {
    RawClient client(http_->port());
    client.Send(HttpText(method, target, body, headers));
    return client.ReadResponse(method != "HEAD");
  }

  static std::string HttpText(const std::string& method, const std::string& target,
                              const std::string& body = "", const std::string& headers = "") {
    return absl::StrCat(method, " ", target,
                        " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\nContent-Length: ",
                        body.size(), "\r\n", headers, "\r\n", body);
  }

  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(absl::StrCat("127.0.0.1:", grpc_->port()),
                               grpc::InsecureChannelCredentials());
  }

  ShelfServer shelf_;
  std::string target_;  // instead of the shelf server's
  OneGoodToken tokens_;
  ContractStore contracts_;
  Edge edge_;
  EventLoops loops_{2};
  std::unique_ptr<Upstreams> upstreams_;
  Transcoder transcoder_;
  HttpServer::Options http_options_;
  GrpcServer::Options grpc_options_{.listen = "127.0.0.1:0"};
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<GrpcServer> grpc_;
};

}  // namespace salesops::gateway
