#include "shared/rpc/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "shared/rpc/echo_service.h"
#include "shared/testing/in_process_server.h"

namespace salesops::rpc {
namespace {

using testing::InProcessServer;

// A server that counts its calls and says whether it is ready.
struct Replica {
  Replica() : Replica(absl::ZeroDuration()) {}
  explicit Replica(absl::Duration drain_wait)
      : server(Service().Bind(), {.server = {.drain_wait = drain_wait},
                                  .dependencies = {.not_ready = [this] {
                                    return ready ? std::vector<std::string>{}
                                                 : std::vector<std::string>{"told so"};
                                  }}}) {}
  EchoService Service() {
    EchoService service;
    service.echo = [this](CallContext& ctx, const EchoRequest& request) {
      ++calls;
      return Reply(ctx, request);
    };
    return service;
  }

  std::atomic<int> calls{0};
  std::atomic<bool> ready{true};
  InProcessServer server;
};

std::string Both(const Replica& a, const Replica& b) {
  return absl::StrCat("ipv4:", a.server.target(), ",", b.server.target());
}

bool Works(Channel& channel) {
  return CallUnary<EchoResponse>(channel, kEcho, Ask("x"), InProcessServer::As("alice")).ok();
}

template <class Condition>
bool Eventually(Condition condition) {
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (!condition()) {
    if (absl::Now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(ChannelTest, SpreadsCallsOverAllReplicas) {
  Replica a, b;
  auto channel = OpenChannel(Both(a, b), {});
  ASSERT_TRUE(Eventually([&] { return Works(*channel) && a.calls > 0 && b.calls > 0; }));
  a.calls = b.calls = 0;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Works(*channel));
  EXPECT_EQ(a.calls, 10);
  EXPECT_EQ(b.calls, 10);
}

TEST(ChannelTest, LeavesAReplicaThatIsNotReady) {
  Replica a, b;
  auto channel = OpenChannel(Both(a, b), {});
  ASSERT_TRUE(Eventually([&] { return Works(*channel) && a.calls > 0 && b.calls > 0; }));
  a.ready = false;
  EXPECT_TRUE(Eventually([&] {
    a.calls = 0;
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(Works(*channel));
    return a.calls == 0;
  }));
  a.ready = true;
  EXPECT_TRUE(Eventually([&] { return Works(*channel) && a.calls > 0; }));
}

TEST(ChannelTest, LosesNoCallWhileAReplicaDrains) {
  Replica a(absl::Seconds(1)), b(absl::Seconds(1));
  auto channel = OpenChannel(Both(a, b), {});
  ASSERT_TRUE(Eventually([&] { return Works(*channel) && a.calls > 0 && b.calls > 0; }));
  std::atomic<bool> stop{false};
  std::atomic<int> served{0}, failed{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t) {
    callers.emplace_back([&] {
      while (!stop) ++(Works(*channel) ? served : failed);
    });
  }
  a.server.server().Drain();
  const int then = served;
  EXPECT_TRUE(Eventually([&] { return served > then + 100; }));
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0);
}

TEST(ChannelTest, FailsAtOnceOrWaitsForAServer) {
  auto nobody = OpenChannel("ipv4:127.0.0.1:1", {});
  CallOptions options{.token = "user:alice", .timeout = absl::Seconds(20)};
  const absl::Time begin = absl::Now();
  EXPECT_EQ(CallUnary<EchoResponse>(*nobody, kEcho, Ask("x"), options).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  options.wait_for_ready = true;
  options.timeout = absl::Milliseconds(50);
  EXPECT_EQ(CallUnary<EchoResponse>(*nobody, kEcho, Ask("x"), options).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(ChannelTest, SaysWhyItsCertificatesCannotBeUsed) {
  auto broken = OpenChannel("ipv4:127.0.0.1:1", {.ca = "/nonexistent/ca.pem"});
  absl::Status status = CallUnary<EchoResponse>(*broken, kEcho, Ask("x"), {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("ca.pem"));
}

TEST(ChannelTest, StopsAStreamThatItsReaderHasEnoughOf) {
  InProcessServer server(EchoService().Bind());
  EchoRequest request;
  request.set_count(1 << 30);
  int seen = 0;
  absl::Status status = server.channel().Stream(
      kWatch, request, EchoResponse::default_instance(), InProcessServer::As("alice"),
      [&](const google::protobuf::Message&) { return ++seen < 3; });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(seen, 3);
  EXPECT_TRUE(Eventually([&] { return server.server().OpenStreams() == 0; }));
}

// A handler that asks another service for the same user.
TEST(ChannelTest, PassesUserTraceAndTheRestOfTheTimeOn) {
  InProcessServer callee(EchoService().Bind());
  EchoService front;
  front.echo = [&](CallContext& ctx, const EchoRequest& request) {
    return CallUnary<EchoResponse>(callee.channel(), kEcho, request,
                                   OptionsFor(ctx, absl::Seconds(30)));
  };
  InProcessServer caller(front.Bind());
  CallOptions options = InProcessServer::As("alice");
  options.timeout = absl::Seconds(5);
  options.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto answer = CallUnary<EchoResponse>(caller.channel(), kEcho, Ask("x"), options);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->principal(), "user:alice");
  EXPECT_EQ(answer->traceparent(), options.traceparent);
  EXPECT_LE(answer->left_ms(), 5'200);
}

}  // namespace
}  // namespace salesops::rpc
