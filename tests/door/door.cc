#include "tests/door/door.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <fstream>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/base/clock.h"
#include "shared/status/status.h"

namespace salesops::door {
namespace {

using google::protobuf::FileDescriptorSet;

template <class T>
T OrThrow(absl::StatusOr<T> made) {
  if (!made.ok()) throw std::runtime_error(made.status().ToString());
  return *std::move(made);
}

absl::StatusOr<std::shared_ptr<const gateway::Contracts>> Build(const DescriptorSets& sets) {
  absl::StatusOr<gateway::DescriptorCatalog> catalog = gateway::DescriptorCatalog::Build(sets);
  if (!catalog.ok()) return catalog.status();
  absl::StatusOr<gateway::RouteTable> routes = gateway::RouteTable::Build(*catalog);
  if (!routes.ok()) return routes.status();
  auto contracts = std::make_shared<gateway::Contracts>(*std::move(catalog), *std::move(routes));
  for (const gateway::Method* method : contracts->catalog.methods()) {
    contracts->metrics.emplace_back(method->path);
  }
  return contracts;
}

}  // namespace

absl::StatusOr<auth::Principal> OneGoodToken::Verify(absl::string_view token, absl::Time) {
  if (token != "good") return status::Unauthenticated("TOKEN_SIGNATURE", "bad token");
  auth::Principal principal;
  principal.subject = "alice";
  return principal;
}

FileDescriptorSet ReadDescriptorSet(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  FileDescriptorSet set;
  if (!in || !set.ParseFromIstream(&in)) throw std::runtime_error("no descriptor set " + file);
  return set;
}

Door::Door(Options options) : contracts_(OrThrow(Build(options.contracts))), transcoder_(edge_) {
  gateway::UpstreamOptions upstreams;
  for (const auto& [service, set] : options.contracts) {
    upstreams.targets[service] = options.target.empty() ? service_.target() : options.target;
  }
  upstreams_ = OrThrow(gateway::Upstreams::Open(upstreams, contracts_.Current()->routes));
  edge_.clock = &base::SystemClock();
  edge_.tokens = &tokens_;
  edge_.contracts = &contracts_;
  edge_.upstreams = upstreams_.get();
  options.http.refusal = gateway::Transcoder::Refusal;
  http_ = OrThrow(gateway::HttpServer::Start(
      options.http, [this](std::shared_ptr<gateway::HttpExchange> exchange) {
        transcoder_.Handle(std::move(exchange));
      }));
  grpc_ = OrThrow(gateway::GrpcServer::Start({.listen = "127.0.0.1:0"}, edge_));
}

Door::~Door() = default;

absl::Status Door::Serve(const DescriptorSets& contracts) {
  auto built = Build(contracts);
  if (!built.ok()) return built.status();
  contracts_.Replace(*std::move(built));
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Door::GrpcChannel() const {
  return grpc::CreateChannel(absl::StrCat("127.0.0.1:", grpc_->port()),
                             grpc::InsecureChannelCredentials());
}

gateway::RawClient::Response Door::Send(const std::string& method, const std::string& target,
                                        const std::string& body, const std::string& headers) const {
  gateway::RawClient client(http_port());
  client.Send(HttpText(method, target, body, headers));
  return client.ReadResponse(method != "HEAD");
}

std::string HttpText(const std::string& method, const std::string& target, const std::string& body,
                     const std::string& headers) {
  const std::string length = body.empty() && (method == "GET" || method == "HEAD")
                                 ? ""
                                 : absl::StrCat("Content-Length: ", body.size(), "\r\n");
  return absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n",
                      length, headers, "\r\n", body);
}

}  // namespace salesops::door
