#pragma once

// Both doors of a real gateway, on loopback ports of this process, in front of one RecordingServer
// that plays every service.
//
//   Door door(DescriptorSet(file));             // service -> its descriptor set
//   door.Serve({{"messaging", other_set}});     // from now on these contracts
//   RawClient client(door.http_port());
//
// Thread-safety: as its parts; Serve may be called while calls run.

#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gateway/contracts.h"
#include "gateway/edge.h"
#include "gateway/grpc_server.h"
#include "gateway/http_server.h"
#include "gateway/testdata/raw_client.h"
#include "gateway/transcoder.h"
#include "gateway/upstreams.h"
#include "shared/auth/token.h"
#include "tests/door/recording_server.h"

namespace salesops::door {

// Takes "Bearer good" for alice, and nothing else.
class OneGoodToken final : public auth::TokenVerifier {
 public:
  absl::StatusOr<auth::Principal> Verify(absl::string_view token, absl::Time now) override;
};

using gateway::DescriptorSets;

// Throws if the file cannot be read.
google::protobuf::FileDescriptorSet ReadDescriptorSet(const std::string& file);

// An rpc of the service that note.proto leaves out.
struct RpcSpec {
  std::string request = "Note";  // of salesops.messaging.v1, unless it has dots
  std::string response = "Note";
  bool request_stream = false;
  bool response_stream = false;
  std::string rule;  // text of a google.api.HttpRule; empty = none
};

// note.proto's set with salesops.messaging.v1.Messaging/Rpc1, Rpc2, … Throws if a rule is no rule.
google::protobuf::FileDescriptorSet WithRpcs(const google::protobuf::FileDescriptorSet& notes,
                                             const std::vector<RpcSpec>& rpcs);
std::string NoteType(const std::string& name);  // its full name

class Door {
 public:
  struct Options {
    DescriptorSets contracts;
    gateway::HttpServer::Options http;
    std::string target;  // of every service; empty = the RecordingServer's
    int threads = 2;
  };

  // Throws if it cannot start.
  explicit Door(Options options);
  ~Door();

  // What a gateway does with new descriptor files: an error leaves the old ones serving.
  absl::Status Serve(const DescriptorSets& contracts);

  int http_port() const { return http_->port(); }
  gateway::HttpServer& http() { return *http_; }
  std::shared_ptr<grpc::Channel> GrpcChannel() const;
  RecordingServer& service() { return service_; }
  gateway::Edge& edge() { return edge_; }
  gateway::Transcoder& transcoder() { return transcoder_; }

  // One request on a connection of its own, with the good token.
  gateway::RawClient::Response Send(const std::string& method, const std::string& target,
                                    const std::string& body = "",
                                    const std::string& headers = "") const;

 private:
  RecordingServer service_;
  OneGoodToken tokens_;
  gateway::ContractStore contracts_;
  gateway::Edge edge_;
  gateway::EventLoops loops_;
  std::unique_ptr<gateway::Upstreams> upstreams_;
  gateway::Transcoder transcoder_;
  std::unique_ptr<gateway::HttpServer> http_;
  std::unique_ptr<gateway::GrpcServer> grpc_;
};

// One request as text; no Content-Length for an empty body of a method that has none.
std::string HttpText(const std::string& method, const std::string& target,
                     const std::string& body = "", const std::string& headers = "");

}  // namespace salesops::door
