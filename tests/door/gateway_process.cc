#include "tests/door/gateway_process.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "shared/testing/signing_key.h"
#include "tests/stack/database_server.h"

namespace salesops::door {

GatewayProcess::GatewayProcess(const std::map<std::string, UpstreamSpec>& upstreams,
                               const std::vector<std::string>& flags)
    : http_(stack::FreePort()), grpc_(stack::FreePort()), admin_(stack::FreePort()) {
  const testing::SigningKey key = testing::SigningKey::Ec();
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  token_ = key.Token(R"({"alg":"ES256","typ":"JWT","kid":"k1"})",
                     absl::StrCat(R"({"iss":"test","aud":"test","sub":"alice","groups":[],"iat":)",
                                  now, R"(,"exp":)", now + 3600, "}"));
  const std::string& folder = folder_.path();
  std::filesystem::create_directory(folder + "/keys");
  std::filesystem::create_directory(folder + "/contracts");
  stack::WriteFile(folder + "/keys/k1.pem", key.PublicPem());
  std::vector<std::string> command = {stack::BuildFolder() + "/gateway/gateway",
                                      absl::StrCat("--http_listen=127.0.0.1:", http_),
                                      absl::StrCat("--grpc_listen=127.0.0.1:", grpc_),
                                      absl::StrCat("--admin_listen=127.0.0.1:", admin_),
                                      absl::StrCat("--descriptors=", folder, "/contracts"),
                                      absl::StrCat("--token_keys=", folder, "/keys"),
                                      "--token_issuer=test",
                                      "--token_audience=test",
                                      "--drain_wait=0s"};
  for (const auto& [service, upstream] : upstreams) {
    stack::WriteFile(absl::StrCat(folder, "/contracts/", service, ".binpb"),
                     upstream.contract.SerializeAsString());
    command.push_back(absl::StrCat("--upstream=", service, "=", upstream.target));
  }
  command.insert(command.end(), flags.begin(), flags.end());
  process_ = stack::Process::Start(command, folder + "/gateway.log");
  const bool up = stack::Eventually(absl::Seconds(20), [this] {
    return !process_->Running() || gateway::RawClient(http_).connected();
  });
  if (!up || !process_->Running()) {
    throw std::runtime_error("the gateway does not start: " +
                             stack::ReadFile(folder + "/gateway.log"));
  }
}

int64_t GatewayProcess::ResidentKib() const {
  std::ifstream status(absl::StrCat("/proc/", process_->pid(), "/status"));
  for (std::string line; std::getline(status, line);) {
    absl::string_view text = line;
    int64_t kib = 0;
    if (absl::ConsumePrefix(&text, "VmRSS:") && absl::ConsumeSuffix(&text, "kB") &&
        absl::SimpleAtoi(text, &kib)) {
      return kib;
    }
  }
  return -1;
}

double GatewayProcess::Metric(const std::string& name) const {
  gateway::RawClient client(admin_);
  client.Send("GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string text = client.ReadToEnd();
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    double value = -1;
    if (absl::ConsumePrefix(&line, name + " ") && absl::SimpleAtod(line, &value)) return value;
  }
  return -1;
}

std::string GatewayProcess::Text(const std::string& method, const std::string& target,
                                 const std::string& headers, const std::string& body) const {
  return absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ", token_,
                      "\r\nContent-Length: ", body.size(), "\r\n", headers, "\r\n", body);
}

gateway::RawClient::Response GatewayProcess::Send(const std::string& method,
                                                  const std::string& target,
                                                  const std::string& headers,
                                                  const std::string& body) const {
  gateway::RawClient client(http_);
  client.Send(Text(method, target, headers, body));
  return client.ReadResponse();
}

}  // namespace salesops::door
