#pragma once

// The gateway's own program on loopback ports, in front of services that a test plays, with one
// good token. It ends with this object.
//
//   GatewayProcess gateway({{"messaging", {set, service.target()}}});
//   auto answer = gateway.Send("GET", "/messaging/v1/notes");
//
// Thread-safety: const methods are safe from any thread.

#include <google/protobuf/descriptor.pb.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/testdata/raw_client.h"
#include "tests/stack/process.h"
#include "tests/stack/stack.h"

namespace salesops::door {

struct UpstreamSpec {
  google::protobuf::FileDescriptorSet contract;
  std::string target;
};

class GatewayProcess {
 public:
  // Throws if it does not come up.
  explicit GatewayProcess(const std::map<std::string, UpstreamSpec>& upstreams,
                          const std::vector<std::string>& flags = {});

  int http_port() const { return http_; }
  int grpc_port() const { return grpc_; }
  const std::string& token() const { return token_; }
  bool Running() { return process_->Running(); }
  // Memory it holds now.
  int64_t ResidentKib() const;
  // A number of its /metrics; -1 if there is none.
  double Metric(const std::string& name) const;

  std::string Text(const std::string& method, const std::string& target,
                   const std::string& headers = "", const std::string& body = "") const;
  gateway::RawClient::Response Send(const std::string& method, const std::string& target,
                                    const std::string& headers = "",
                                    const std::string& body = "") const;

 private:
  const stack::TemporaryFolder folder_;
  int http_, grpc_, admin_;
  std::string token_;
  std::unique_ptr<stack::Process> process_;
};

}  // namespace salesops::door
