#include "shared/metrics/admin_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "shared/metrics/metrics.h"

namespace salesops::metrics {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Connection {
 public:
  explicit Connection(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Send(const std::string& text) {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // Until the server closes.
  std::string ReadAll() {
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
      all.append(buffer, static_cast<size_t>(n));
    }
    return all;
  }

 private:
  int fd_;
};

class AdminServerTest : public testing::Test {
 protected:
  explicit AdminServerTest(absl::Duration patience = absl::Seconds(2)) {
    auto started = AdminServer::Start({.patience = patience}, [this] { return reasons_; });
    EXPECT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }
  std::string Exchange(const std::string& request) {
    Connection connection(server_->port());
    connection.Send(request);
    return connection.ReadAll();
  }
  std::string Get(const std::string& path) {
    return Exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  std::vector<std::string> reasons_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, ServesMetrics) {
  GetCounter("t_admin_total", "Test").Increment();
  const std::string answer = Get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("t_admin_total 1"));
}

TEST_F(AdminServerTest, TellsOfTheProcess) {
  const std::string answer = Get("/metrics");
  // A test process holds more than a megabyte, more than three descriptors, and no lost lines.
  EXPECT_THAT(answer, ContainsRegex("\nprocess_resident_memory_bytes [1-9][0-9]{6,}"));
  EXPECT_THAT(answer, ContainsRegex("\nprocess_open_fds [1-9]"));
  EXPECT_THAT(answer, ContainsRegex("\nprocess_cpu_seconds_total [0-9]"));
  EXPECT_THAT(answer, ContainsRegex("\nprocess_start_time_seconds 1[0-9.]{9}"));
  EXPECT_THAT(answer, HasSubstr("\nsalesops_log_dropped_lines_total 0\n"));
}

TEST_F(AdminServerTest, IsAliveEvenWhenNotReady) {
  reasons_ = {"database unreachable"};
  EXPECT_THAT(Get("/livez"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, SaysWhyItIsNotReady) {
  EXPECT_THAT(Get("/readyz"), EndsWith("\r\n\r\n{\"ready\":true}\n"));
  reasons_ = {"database unreachable", "migration \"2\" missing"};
  const std::string answer = Get("/readyz?verbose");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, EndsWith("{\"ready\":false,\"reasons\":[\"database unreachable\","
                               "\"migration \\\"2\\\" missing\"]}\n"));
}

TEST_F(AdminServerTest, HeadHasNoBody) {
  const std::string answer = Exchange("HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3"));
}

TEST_F(AdminServerTest, RefusesWhatItDoesNotServe) {
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Exchange("POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_EQ(Exchange("nonsense\r\n\r\n"), "");
  EXPECT_EQ(Exchange("GET / HTTP/1.1\r\nX: " + std::string(20000, 'x')), "");
}

TEST_F(AdminServerTest, SilentPeersDoNotHoldThePort) {
  std::vector<std::unique_ptr<Connection>> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(std::make_unique<Connection>(server_->port()));
  EXPECT_THAT(Get("/livez"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, EndsWhilePeersAreConnected) {
  Connection silent(server_->port());
  Get("/livez");  // by then the silent one is accepted
  server_.reset();
  EXPECT_EQ(silent.ReadAll(), "");
}

class ImpatientAdminServerTest : public AdminServerTest {
 protected:
  ImpatientAdminServerTest() : AdminServerTest(absl::Milliseconds(50)) {}
};

TEST_F(ImpatientAdminServerTest, ClosesOnPeersThatSendTooSlowly) {
  std::vector<std::unique_ptr<Connection>> slow;
  for (int i = 0; i < 40; ++i) {  // more than may be open at once
    slow.push_back(std::make_unique<Connection>(server_->port()));
    slow.back()->Send("GET /livez HT");
  }
  EXPECT_THAT(Get("/livez"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(slow.front()->ReadAll(), "");
}

TEST(AdminServerStartTest, SaysWhichAddressIsTaken) {
  auto first = AdminServer::Start({}, [] { return std::vector<std::string>(); });
  ASSERT_TRUE(first.ok());
  const auto second =
      AdminServer::Start({.port = (*first)->port()}, [] { return std::vector<std::string>(); });
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("127.0.0.1:" + std::to_string((*first)->port())));
}

}  // namespace
}  // namespace salesops::metrics
