// Many callers at once: resting, listening, or as slow as they can be. Memory stays flat and good
// calls go on.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/door/door.h"
#include "tests/door/gateway_process.h"

namespace salesops::door {
namespace {

constexpr int kResting = 10'000;
constexpr int kListeners = 500;
constexpr int kSlow = 300;

// This process holds one end of every connection; the gateway, started after this, the other.
void AllowManySockets() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t kNeeded = kResting + 2000;
  if (limit.rlim_cur >= kNeeded) return;
  limit.rlim_cur = kNeeded;
  limit.rlim_max = std::max(limit.rlim_max, kNeeded);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0)
      << "this test needs " << kNeeded << " open files: raise `ulimit -Hn`";
}

int Connect(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

// Closes by a reset, so that the ports are free again.
void Drop(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
}

bool ClosedByPeer(int fd) {
  char byte;
  pollfd waiting{fd, POLLIN, 0};
  if (::poll(&waiting, 1, 0) <= 0) return false;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0 && errno != EAGAIN;
}

class Crowd : public ::testing::Test {
 protected:
  void SetUp() override {
    AllowManySockets();
    service_.SetReply({.echo = true});
    gateway_ = std::make_unique<GatewayProcess>(
        std::map<std::string, UpstreamSpec>{
            {"messaging",
             {WithRpcs(ReadDescriptorSet(NOTE_DESCRIPTORS),
                       {{.rule = R"(get: "/messaging/v1/notes/{text}")"},
                        {.response_stream = true, .rule = R"(get: "/messaging/v1/notes:watch")"}}),
              service_.target()}}},
        std::vector<std::string>{absl::StrCat("--max_connections=", kResting + 1000)});
    ASSERT_TRUE(stack::Eventually(absl::Seconds(10), [this] { return GoodCall(); }));
  }
  void TearDown() override {
    for (int fd : sockets_) Drop(fd);
  }

  bool GoodCall() const { return gateway_->Send("GET", "/messaging/v1/notes/a").code == 200; }

  void ConnectMany(int count) {
    for (int i = 0; i < count; ++i) {
      const int fd = Connect(gateway_->http_port());
      ASSERT_GE(fd, 0) << "connection " << i;
      sockets_.push_back(fd);
    }
  }

  RecordingServer service_;
  std::unique_ptr<GatewayProcess> gateway_;
  std::vector<int> sockets_;
};

TEST_F(Crowd, TenThousandRest) {
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(GoodCall());
  const int64_t before = gateway_->ResidentKib();
  ConnectMany(kResting);
  ASSERT_TRUE(stack::Eventually(absl::Seconds(20), [this] {
    return gateway_->Metric("salesops_gateway_http_connections") >= kResting;
  })) << gateway_->Metric("salesops_gateway_http_connections");
  const int64_t each_kib = (gateway_->ResidentKib() - before) / kResting;
  EXPECT_LE(each_kib, 24);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(GoodCall());
  // All of them are served, the first as well as the last.
  const std::string request = gateway_->Text("GET", "/messaging/v1/notes/a");
  for (size_t i = 0; i < sockets_.size(); i += 97) {
    ASSERT_EQ(::send(sockets_[i], request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    pollfd waiting{sockets_[i], POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 10'000), 1) << i;
    char bytes[4096];
    const ssize_t n = ::recv(sockets_[i], bytes, sizeof bytes, 0);
    ASSERT_GT(n, 0) << i;
    ASSERT_THAT(std::string(bytes, n), ::testing::StartsWith("HTTP/1.1 200")) << i;
  }
  // And when they have gone, so has what they held.
  for (int fd : sockets_) Drop(fd);
  sockets_.clear();
  EXPECT_TRUE(stack::Eventually(absl::Seconds(20), [this] {
    return gateway_->Metric("salesops_gateway_http_connections") < 100;
  }));
  EXPECT_TRUE(GoodCall());
}

TEST_F(Crowd, FiveHundredListenWithFlatMemory) {
  service_.SetReply(
      {.messages = {std::string("\x1a\xf4\x03") + std::string(500, 'e')}, .forever = true});
  const std::string request =
      gateway_->Text("GET", "/messaging/v1/notes:watch", "Accept: text/event-stream\r\n");
  ConnectMany(kListeners);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  for (int fd : sockets_) {
    ASSERT_GT(::send(fd, request.data(), request.size(), MSG_NOSIGNAL), 0);
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  const int64_t phase = stack::FullRun() ? (int64_t{1} << 30) : (int64_t{96} << 20);  // bytes
  std::set<int> heard;
  int64_t memory[3];  // after the first phase every pipe has been full once
  for (int64_t& kib : memory) {
    int64_t read = 0;
    while (read < phase) {
      epoll_event events[64];
      const int ready = ::epoll_wait(epoll, events, 64, 10'000);
      ASSERT_GT(ready, 0) << "the events have stopped";
      for (int i = 0; i < ready; ++i) {
        char bytes[65536];
        const ssize_t n = ::recv(events[i].data.fd, bytes, sizeof bytes, 0);
        ASSERT_GT(n, 0);
        read += n;
        heard.insert(events[i].data.fd);
      }
    }
    kib = gateway_->ResidentKib();
  }
  EXPECT_EQ(heard.size(), static_cast<size_t>(kListeners)) << "all get their share";
  // Each listener may still come to hold its window of 64 KiB; a third of what passed would be a
  // leak.
  constexpr int64_t kWindows = kListeners * 64;
  EXPECT_LE(memory[2] - memory[1], kWindows)
      << memory[0] << " KiB, then " << memory[1] << ", then " << memory[2];
  EXPECT_LE(memory[2], 160 << 10);
  EXPECT_EQ(service_.running(), kListeners);
  // Half of them go: their calls end with them.
  for (int i = 0; i < kListeners / 2; ++i) {
    Drop(sockets_.back());
    sockets_.pop_back();
  }
  EXPECT_TRUE(stack::Eventually(absl::Seconds(20), [&] {
    return service_.running() <= kListeners - kListeners / 2;
  })) << service_.running();
  ::close(epoll);
}

TEST_F(Crowd, ListenersThatDoNotReadHoldNoMemory) {
  service_.SetReply(
      {.messages = {std::string("\x1a\xe8\x07") + std::string(1000, 'e')}, .forever = true});
  const std::string request = gateway_->Text("GET", "/messaging/v1/notes:watch");
  ConnectMany(200);
  for (int fd : sockets_) {
    ASSERT_GT(::send(fd, request.data(), request.size(), MSG_NOSIGNAL), 0);
  }
  ASSERT_TRUE(stack::Eventually(absl::Seconds(10), [&] { return service_.running() == 200; }));
  // The pipes are full once the memory no longer grows; then it stays.
  int64_t before = 0;
  EXPECT_TRUE(stack::Eventually(absl::Seconds(15), [&] {
    const int64_t now = gateway_->ResidentKib();
    return std::exchange(before, now) == now;
  }));
  EXPECT_LE(gateway_->ResidentKib(), 300 << 10);
}

TEST_F(Crowd, SlowWritersAreClosedWhileGoodCallsGoOn) {
  ConnectMany(kSlow);
  const std::string head = "GET /messaging/v1/notes/a HTTP/1.1\r\nHost: h\r\nX-Slow: ";
  size_t next = 0, closed = 0;
  int good = 0;
  // A byte now and then, never the end of the head: ten seconds is all they get.
  const bool all_closed = stack::Eventually(absl::Seconds(30), [&] {
    closed = 0;
    for (int fd : sockets_) {
      if (ClosedByPeer(fd)) {
        ++closed;
      } else {
        const char byte = next < head.size() ? head[next] : 'a';
        ::send(fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
      }
    }
    ++next;
    EXPECT_TRUE(GoodCall());
    ++good;
    return closed == sockets_.size();
  });
  EXPECT_TRUE(all_closed) << closed << " of " << sockets_.size();
  EXPECT_GT(good, 10);
}

}  // namespace
}  // namespace salesops::door
