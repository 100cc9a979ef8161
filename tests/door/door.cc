#include "tests/door/door.h"

#include <google/protobuf/text_format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <fstream>
#include <stdexcept>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/api/annotations.pb.h"
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

std::string NoteType(const std::string& name) {
  return absl::StrContains(name, '.') ? name : absl::StrCat("salesops.messaging.v1.", name);
}

FileDescriptorSet WithRpcs(const FileDescriptorSet& notes, const std::vector<RpcSpec>& rpcs) {
  FileDescriptorSet set = notes;
  google::protobuf::FileDescriptorProto& file = *set.add_file();
  file.set_name("rpcs_of_a_test.proto");
  file.set_package("salesops.messaging.v1");
  file.set_syntax("proto3");
  for (const auto& other : notes.file()) file.add_dependency(other.name());
  auto& service = *file.add_service();
  service.set_name("Messaging");
  for (const RpcSpec& rpc : rpcs) {
    auto& method = *service.add_method();
    method.set_name(absl::StrCat("Rpc", service.method_size()));
    method.set_input_type(absl::StrCat(".", NoteType(rpc.request)));
    method.set_output_type(absl::StrCat(".", NoteType(rpc.response)));
    method.set_client_streaming(rpc.request_stream);
    method.set_server_streaming(rpc.response_stream);
    if (rpc.rule.empty()) continue;
    if (!google::protobuf::TextFormat::ParseFromString(
            rpc.rule, method.mutable_options()->MutableExtension(google::api::http))) {
      throw std::runtime_error("not a rule: " + rpc.rule);
    }
  }
  return set;
}

Door::Door(Options options)
    : contracts_(OrThrow(gateway::Contracts::Build(options.contracts))),
      loops_(options.threads),
      transcoder_(edge_) {
  gateway::UpstreamOptions upstreams;
  for (const auto& [service, set] : options.contracts) {
    upstreams.targets[service] = options.target.empty() ? service_.target() : options.target;
  }
  upstreams_ = OrThrow(gateway::Upstreams::Open(upstreams, loops_));
  edge_.clock = &base::SystemClock();
  edge_.tokens = &tokens_;
  edge_.contracts = &contracts_;
  edge_.upstreams = upstreams_.get();
  options.http.refusal = gateway::Transcoder::Refusal;
  http_ = OrThrow(gateway::HttpServer::Start(
      options.http, loops_, [this](std::shared_ptr<gateway::HttpExchange> exchange) {
        transcoder_.Handle(std::move(exchange));
      }));
  grpc_ = OrThrow(gateway::GrpcServer::Start({.listen = "127.0.0.1:0"}, edge_));
}

Door::~Door() = default;

absl::Status Door::Serve(const DescriptorSets& contracts) {
  auto built = gateway::Contracts::Build(contracts);
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
