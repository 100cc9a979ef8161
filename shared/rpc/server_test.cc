#include "shared/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"
#include "shared/rpc/channel.h"
#include "shared/rpc/echo_service.h"
#include "shared/rpc/raw_client.h"
#include "shared/status/grpc_status.h"
#include "shared/status/status.h"
#include "shared/testing/in_process_server.h"

namespace salesops::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::InProcessServer;
using ::testing::IsEmpty;
using ::testing::Not;

// Closed until opened; every test's handlers leave through it at the end.
class Gate {
 public:
  ~Gate() { Open(); }
  void Open() {
    std::lock_guard lock(mu_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mu_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void AwaitArrivals(int count) {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

// Waits for something that another thread is about to do.
template <class Condition>
bool Eventually(Condition condition) {
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (!condition()) {
    if (absl::Now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::vector<std::string> Texts(Channel& channel, const EchoRequest& request,
                               const CallOptions& options, absl::Status* status) {
  std::vector<std::string> texts;
  *status = channel.Stream(kWatch, request, EchoResponse::default_instance(), options,
                           [&](const google::protobuf::Message& m) {
                             texts.push_back(static_cast<const EchoResponse&>(m).text());
                             return true;
                           });
  return texts;
}

EchoRequest Count(int count) {
  EchoRequest request;
  request.set_count(count);
  return request;
}

// ---- What a call brings ------------------------------------------------------------------------

TEST(ServerTest, AnswersAUnaryCall) {
  InProcessServer server(EchoService().Bind());
  auto answer = server.Call<EchoResponse>("alice", kEcho, Ask("hello"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->text(), "hello");
  EXPECT_EQ(answer->principal(), "user:alice");
}

TEST(ServerTest, NeverMixesTwoUsersOfOneConnection) {
  InProcessServer server(EchoService().Bind());
  RawClient client(server.target());
  std::atomic<int> mixed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, user = absl::StrCat("user", t)] {
      for (int i = 0; i < 50; ++i) {
        EchoResponse answer;
        grpc::Status status =
            client.Call(kEcho, Ask("x"), &answer, {{"authorization", "Bearer user:" + user}});
        if (!status.ok() || answer.principal() != "user:" + user) ++mixed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mixed, 0);
}

TEST(ServerTest, RefusesADoubledAuthorizationHeader) {
  InProcessServer server(EchoService().Bind());
  RawClient client(server.target());
  EchoResponse answer;
  grpc::Status status =
      client.Call(kEcho, Ask("x"), &answer,
                  {{"authorization", "Bearer user:alice"}, {"authorization", "Bearer user:root"}});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(status::Reason(status::FromGrpc(status)), "TOKEN_DOUBLED");
}

TEST(ServerTest, RefusesCallsWithoutIdentityOrPermission) {
  InProcessServer server(EchoService().Bind());
  server.access().Grant("seller", "testing.*", {.some = true, .sellers = {"7"}}, "7");
  server.access().Grant("other", "training.*", auth::RowScope::All());
  const auto code = [&](const std::string& token, const char* method) {
    CallOptions options{.token = token};
    return CallUnary<EchoResponse>(server.channel(), method, Ask("x"), options).status().code();
  };
  EXPECT_EQ(code("", kEcho), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(code("forged", kEcho), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(code("user:other", kEcho), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code("user:seller", kEcho), absl::StatusCode::kOk);
  EXPECT_EQ(code("user:seller", kEchoAll), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code("user:alice", kEchoAll), absl::StatusCode::kOk);
  EXPECT_EQ(code("", kPing), absl::StatusCode::kOk);
}

TEST(ServerTest, DeniesBeforeItReadsTheRequest) {
  base::Violations broken;
  broken.Add("text", "TOO_LONG", "must be short");
  std::atomic<int> validated{0};
  InProcessServer server(EchoService().Bind(),
                         {.dependencies = {.validate = [&](const google::protobuf::Message&) {
                            ++validated;
                            return broken;
                          }}});
  server.access().DenyStrangers();
  server.access().Grant("alice", "*", auth::RowScope::All());
  EXPECT_EQ(server.Call<EchoResponse>("eve", kEcho, Ask("x")).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(validated, 0);
  absl::Status told = server.Call<EchoResponse>("alice", kEcho, Ask("x")).status();
  EXPECT_EQ(told.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status::ViolationsOf(told).list(), broken.list());
}

TEST(ServerTest, GivesTheHandlerTheClientsDeadlineOrItsOwn) {
  InProcessServer server(EchoService().Bind(), {.server = {.default_deadline = absl::Seconds(30)}});
  CallOptions options = InProcessServer::As("alice");
  const auto left = [&](absl::Duration timeout) {
    options.timeout = timeout;
    auto answer = CallUnary<EchoResponse>(server.channel(), kEcho, Ask("x"), options);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->left_ms() : 0;
  };
  EXPECT_LE(left(absl::Seconds(10)), 10'200);  // gRPC rounds a timeout up on the wire
  EXPECT_GT(left(absl::Seconds(20)), 10'000);
  EXPECT_LE(left(absl::Hours(1)), 30'000);
  EXPECT_GT(left(absl::InfiniteDuration()), 20'000);
}

TEST(ServerTest, DoesNotBeginACallWhoseTimeIsOver) {
  std::atomic<int> begun{0};
  Gate gate;
  EchoService service;
  service.echo = [&](CallContext& ctx, const EchoRequest& request) {
    ++begun;
    if (request.text() == "hold") gate.Pass();
    return Reply(ctx, request);
  };
  InProcessServer server(service.Bind(), {.server = {.workers = 1}});
  std::thread holder([&] { server.Call<EchoResponse>("alice", kEcho, Ask("hold")).IgnoreError(); });
  gate.AwaitArrivals(1);
  CallOptions options = InProcessServer::As("alice");
  options.timeout = absl::Milliseconds(100);
  EXPECT_EQ(CallUnary<EchoResponse>(server.channel(), kEcho, Ask("late"), options).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  gate.Open();
  holder.join();
  EXPECT_TRUE(server.Call<EchoResponse>("alice", kEcho, Ask("next")).ok());
  EXPECT_EQ(begun, 2);  // "hold" and "next"
}

TEST(ServerTest, TakesTheTraceOfTheCallOrBeginsOne) {
  InProcessServer server(EchoService().Bind());
  CallOptions options = InProcessServer::As("alice");
  options.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto answer = CallUnary<EchoResponse>(server.channel(), kEcho, Ask("x"), options);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->traceparent(), options.traceparent);
  options.traceparent = "junk";
  answer = CallUnary<EchoResponse>(server.channel(), kEcho, Ask("x"), options);
  ASSERT_TRUE(answer.ok());
  EXPECT_THAT(answer->traceparent(), ::testing::MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
}

// ---- What may go wrong -------------------------------------------------------------------------

TEST(ServerTest, SaysNothingOfWhatWasThrown) {
  EchoService service;
  service.echo = [](CallContext&, const EchoRequest& request) -> absl::StatusOr<EchoResponse> {
    if (request.text() == "throw") throw std::runtime_error("SELECT secret FROM t");
    if (request.text() == "odd") throw 7;
    return absl::InternalError("SELECT secret FROM t");
  };
  InProcessServer server(service.Bind());
  for (const char* text : {"throw", "odd", "return"}) {
    absl::Status told = server.Call<EchoResponse>("alice", kEcho, Ask(text)).status();
    EXPECT_EQ(told.code(), absl::StatusCode::kInternal);
    EXPECT_THAT(told.ToString(), Not(HasSubstr("SELECT")));
    EXPECT_NE(status::Reason(told), "");
  }
}

TEST(ServerTest, GivesEveryErrorAReason) {
  EchoService service;
  service.echo = [](CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    return absl::AbortedError("try again");
  };
  InProcessServer server(service.Bind());
  absl::Status told = server.Call<EchoResponse>("alice", kEcho, Ask("x")).status();
  EXPECT_EQ(told.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(told.message(), "try again");
  EXPECT_EQ(status::Reason(told), "ABORTED");
}

TEST(ServerTest, RefusesBytesThatAreNoRequest) {
  InProcessServer server(EchoService().Bind());
  RawClient client(server.target());
  grpc::Status status =
      client.CallBytes(kEcho, "\xff\xff\xff", nullptr, {{"authorization", "Bearer user:alice"}});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status::Reason(status::FromGrpc(status)), "MALFORMED_MESSAGE");
}

TEST(ServerTest, AnAuditThatFailsReplacesTheAnswer) {
  InProcessServer server(
      EchoService().Bind(),
      {.dependencies = {.after_success = [](CallContext&, const google::protobuf::Message& request,
                                            google::protobuf::Message* response) {
         EXPECT_EQ(static_cast<const EchoRequest&>(request).text(),
                   static_cast<const EchoResponse*>(response)->text());
         return status::Unavailable("AUDIT", "no audit, no answer", absl::Seconds(1));
       }}});
  EXPECT_EQ(status::Reason(server.Call<EchoResponse>("alice", kEcho, Ask("x")).status()), "AUDIT");
}

TEST(ServerTest, TellsTheHandlerThatTheClientWentAway) {
  std::atomic<bool> running{false}, noticed{false};
  EchoService service;
  service.echo = [&](CallContext& ctx, const EchoRequest& request) {
    running = true;
    noticed = Eventually([&] { return ctx.cancelled(); });
    return Reply(ctx, request);
  };
  InProcessServer server(service.Bind());
  std::thread canceller([&] {
    Eventually([&] { return running.load(); });
    server.channel().Cancel();
  });
  EXPECT_EQ(server.Call<EchoResponse>("alice", kEcho, Ask("x")).status().code(),
            absl::StatusCode::kCancelled);
  canceller.join();
  EXPECT_TRUE(Eventually([&] { return noticed.load(); }));
}

TEST(ServerTest, DoesNotStartWithoutAHandlerForEveryMethod) {
  Binding binding("salesops.rpc.testdata.EchoService");
  binding.Unary<EchoRequest, EchoResponse>("Ping", EchoService().echo);
  testing::FakeTokens tokens;
  testing::FakeAccess access;
  std::vector<Binding> bindings;
  bindings.push_back(std::move(binding));
  auto server = Server::Start({.listen = "127.0.0.1:0"},
                              {.clock = &base::SystemClock(), .tokens = &tokens, .access = &access},
                              std::move(bindings));
  EXPECT_EQ(server.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("EchoService.Chat"));
}

TEST(ServerTest, DoesNotShareItsPort) {
  InProcessServer first(EchoService().Bind());
  testing::FakeTokens tokens;
  testing::FakeAccess access;
  std::vector<Binding> bindings;
  bindings.push_back(EchoService().Bind());
  auto second = Server::Start({.listen = first.target()},
                              {.clock = &base::SystemClock(), .tokens = &tokens, .access = &access},
                              std::move(bindings));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

// ---- Overload ----------------------------------------------------------------------------------

// As measured in the design: 200 calls on 16 workers and a queue of 64.
TEST(ServerTest, ServesEightyOfTwoHundredAndRefusesTheRestAtOnce) {
  Gate gate;
  EchoService service;
  service.echo = [&](CallContext& ctx, const EchoRequest& request) {
    gate.Pass();
    return Reply(ctx, request);
  };
  InProcessServer server(service.Bind(), {.server = {.workers = 16, .queue = 64}});
  RawClient client(server.target());
  std::atomic<int> served{0}, refused{0}, odd{0};
  std::atomic<bool> hinted{true};
  std::vector<std::thread> threads;
  for (int i = 0; i < 200; ++i) {
    threads.emplace_back([&] {
      EchoResponse answer;
      grpc::Status status =
          client.Call(kEcho, Ask("x"), &answer, {{"authorization", "Bearer user:alice"}});
      if (status.ok()) {
        ++served;
      } else if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
        ++refused;
        if (status.error_details().find("RetryInfo") == std::string::npos) hinted = false;
      } else {
        ++odd;
      }
    });
  }
  // All refusals come while not one call has been served.
  EXPECT_TRUE(Eventually([&] { return refused == 120; })) << refused;
  EXPECT_EQ(served, 0);
  EXPECT_EQ(server.server().InFlight(), 80);
  // Every worker is stuck, and the server is still healthy and says so.
  EXPECT_EQ(client.Health(""), "SERVING");
  EXPECT_EQ(client.Health("salesops.rpc.testdata.EchoService"), "SERVING");
  gate.Open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, 80);
  EXPECT_EQ(odd, 0);
  EXPECT_TRUE(hinted);
}

TEST(ServerTest, OpenStreamsAreBoundedAndDoNotKeepCallsWaiting) {
  Gate gate;
  EchoService service;
  service.watch = [&](CallContext&, const EchoRequest&) {
    struct Stuck final : Producer<EchoResponse> {
      explicit Stuck(Gate& gate) : gate(gate) {}
      absl::StatusOr<Step<EchoResponse>> Next(CallContext&) override {
        if (++steps > 1) gate.Pass();
        Step<EchoResponse> step;
        step.message.emplace();
        step.last = steps > 1;
        return step;
      }
      Gate& gate;
      int steps = 0;
    };
    return std::make_unique<Stuck>(gate);
  };
  InProcessServer server(service.Bind(), {.server = {.workers = 4, .streams = 8}});
  std::vector<std::thread> threads;
  std::atomic<int> ok{0}, refused{0};
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      absl::Status status;
      Texts(server.channel(), Count(0), InProcessServer::As("alice"), &status);
      ++(status.ok() ? ok : refused);
    });
  }
  gate.AwaitArrivals(2);  // half of the workers
  EXPECT_TRUE(Eventually([&] { return refused == 4; }));
  EXPECT_EQ(server.server().OpenStreams(), 8);
  EXPECT_TRUE(server.Call<EchoResponse>("alice", kEcho, Ask("x")).ok());
  gate.Open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ok, 8);
  EXPECT_TRUE(Eventually([&] { return server.server().OpenStreams() == 0; }));
}

// ---- Streams -----------------------------------------------------------------------------------

TEST(ServerTest, AnswersAServerStream) {
  InProcessServer server(EchoService().Bind());
  absl::Status status;
  EXPECT_THAT(Texts(server.channel(), Count(3), InProcessServer::As("alice"), &status),
              ElementsAre("1", "2", "3"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST(ServerTest, RefusesAStreamBeforeItOpens) {
  InProcessServer server(EchoService().Bind());
  absl::Status status;
  EXPECT_THAT(Texts(server.channel(), Count(3), {}, &status), IsEmpty());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
}

// Says what it is given through Say; waits for ever in between.
struct News {
  std::mutex mu;
  std::vector<std::string> items;
  std::atomic<int> polls{0};

  void Say(const std::string& text) {
    std::lock_guard lock(mu);
    items.push_back(text);
  }

  struct Reader final : Producer<EchoResponse> {
    explicit Reader(News& news) : news(news) {}
    absl::StatusOr<Step<EchoResponse>> Next(CallContext&) override {
      ++news.polls;
      std::lock_guard lock(news.mu);
      Step<EchoResponse> step;
      step.wait = absl::Hours(1);
      if (next >= news.items.size()) return step;
      step.message.emplace().set_text(news.items[next++]);
      step.last = step.message->text() == "end";
      return step;
    }
    News& news;
    size_t next = 0;
  };
};

EchoService WatchOf(News& news) {
  EchoService service;
  service.watch = [&](CallContext&, const EchoRequest&) {
    return std::make_unique<News::Reader>(news);
  };
  return service;
}

TEST(ServerTest, WakesAWaitingStreamAndHoldsNoWorkerMeanwhile) {
  News news;
  InProcessServer server(WatchOf(news).Bind(), {.server = {.workers = 1}});
  std::vector<std::thread> threads;
  std::atomic<int> complete{0};
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      absl::Status status;
      const auto got = Texts(server.channel(), Count(0), InProcessServer::As("alice"), &status);
      if (status.ok() && got == std::vector<std::string>{"a", "b", "end"}) ++complete;
    });
  }
  ASSERT_TRUE(Eventually([&] { return news.polls >= 20; }));
  EXPECT_TRUE(server.Call<EchoResponse>("alice", kEcho, Ask("x")).ok());
  for (const char* text : {"a", "b", "end"}) {
    news.Say(text);
    server.server().WakeProducers();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(complete, 20);
}

TEST(ServerTest, ForgetsAStreamWhoseClientWentAway) {
  News news;
  InProcessServer server(WatchOf(news).Bind());
  absl::Status status;
  std::thread watcher(
      [&] { Texts(server.channel(), Count(0), InProcessServer::As("alice"), &status); });
  ASSERT_TRUE(Eventually([&] { return news.polls == 1; }));
  server.channel().Cancel();
  watcher.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Eventually([&] { return server.server().OpenStreams() == 0; }));
}

TEST(ServerTest, EndsAWaitingStreamWellBeforeItsConnectionGrowsOld) {
  News news;
  news.Say("a");
  InProcessServer server(WatchOf(news).Bind(),
                         {.server = {.max_connection_age = absl::Seconds(1)}});
  absl::Status status;
  EXPECT_THAT(Texts(server.channel(), Count(0), InProcessServer::As("alice"), &status),
              ElementsAre("a"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST(ServerTest, AStreamCutInTheMidstOfItsDataDoesNotLookComplete) {
  InProcessServer server(EchoService().Bind(),
                         {.server = {.max_connection_age = absl::Milliseconds(300)}});
  absl::Status status;
  Texts(server.channel(), Count(1 << 30), InProcessServer::As("alice"), &status);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(status::Reason(status), "STREAM_CUT");
}

TEST(ServerTest, AnErrorOfAProducerEndsItsStream) {
  EchoService service;
  service.watch = [](CallContext&, const EchoRequest&) {
    struct Failing final : Producer<EchoResponse> {
      absl::StatusOr<Step<EchoResponse>> Next(CallContext&) override {
        if (said++ > 0) throw std::runtime_error("secret");
        Step<EchoResponse> step;
        step.message.emplace().set_text("one");
        return step;
      }
      int said = 0;
    };
    return std::make_unique<Failing>();
  };
  InProcessServer server(service.Bind());
  absl::Status status;
  EXPECT_THAT(Texts(server.channel(), Count(0), InProcessServer::As("alice"), &status),
              ElementsAre("one"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(status.ToString(), Not(HasSubstr("secret")));
}

absl::Status Chat(Channel& channel, int questions, std::vector<std::string>* got) {
  int asked = 0;
  return channel.Exchange(
      kChat,
      [&](google::protobuf::Message* m) {
        static_cast<EchoRequest*>(m)->set_text(absl::StrCat("q", asked));
        return asked++ < questions;
      },
      EchoRequest::default_instance(), EchoResponse::default_instance(),
      InProcessServer::As("alice"),
      [&](const google::protobuf::Message& m) {
        got->push_back(static_cast<const EchoResponse&>(m).text());
        return true;
      });
}

TEST(ServerTest, AnswersAnExchangeInOrder) {
  InProcessServer server(EchoService().Bind());
  std::vector<std::string> got;
  absl::Status status = Chat(server.channel(), 3, &got);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(got, ElementsAre("q0", "q1", "q2"));
  got.clear();
  EXPECT_TRUE(Chat(server.channel(), 0, &got).ok());
  EXPECT_THAT(got, IsEmpty());
}

TEST(ServerTest, AnErrorEndsAnExchange) {
  EchoService service;
  service.chat = [](CallContext&) {
    struct Picky final : Exchange<EchoRequest, EchoResponse> {
      absl::StatusOr<EchoResponse> Handle(CallContext& ctx, const EchoRequest& request) override {
        if (request.text() == "q2") return absl::OutOfRangeError("no more");
        return Reply(ctx, request);
      }
    };
    return std::make_unique<Picky>();
  };
  InProcessServer server(service.Bind());
  std::vector<std::string> got;
  EXPECT_EQ(Chat(server.channel(), 5, &got).code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(got, ElementsAre("q0", "q1"));
}

// ---- Health and reflection ---------------------------------------------------------------------

TEST(ServerTest, HealthFollowsReadiness) {
  std::atomic<bool> ready{false};
  InProcessServer server(EchoService().Bind(),
                         {.dependencies = {.not_ready = [&] {
                            return ready ? std::vector<std::string>{}
                                         : std::vector<std::string>{"database unreachable"};
                          }}});
  RawClient client(server.target());
  EXPECT_EQ(client.Health(""), "NOT_SERVING");
  EXPECT_EQ(client.Health("salesops.rpc.testdata.EchoService"), "NOT_SERVING");
  EXPECT_EQ(client.Health("nobody"), "NOT_FOUND");
  EXPECT_THAT(server.server().NotReady(), ElementsAre("database unreachable"));
  ready = true;
  EXPECT_TRUE(Eventually([&] { return client.Health("") == "SERVING"; }));
  EXPECT_EQ(client.Health("salesops.rpc.testdata.EchoService"), "SERVING");
  EXPECT_THAT(server.server().NotReady(), IsEmpty());
}

TEST(ServerTest, ReflectsItsServicesOnlyIfTold) {
  InProcessServer open(EchoService().Bind());
  EXPECT_THAT(RawClient(open.target()).Reflect(), HasSubstr("salesops.rpc.testdata.EchoService"));
  InProcessServer closed(EchoService().Bind(), {.server = {.reflection = false}});
  EXPECT_EQ(RawClient(closed.target()).Reflect(), "UNIMPLEMENTED");
}

// ---- Drain -------------------------------------------------------------------------------------

TEST(ServerTest, DrainsWithoutLosingACall) {
  Gate gate;
  EchoService service;
  service.echo = [&](CallContext& ctx, const EchoRequest& request) {
    gate.Pass();
    return Reply(ctx, request);
  };
  InProcessServer server(
      service.Bind(), {.server = {.workers = 8, .queue = 400, .drain_wait = absl::ZeroDuration()}});
  std::atomic<int> ok{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 200; ++i) {
    threads.emplace_back([&] {
      if (server.Call<EchoResponse>("alice", kEcho, Ask("x")).ok()) ++ok;
    });
  }
  ASSERT_TRUE(Eventually([&] { return server.server().InFlight() == 200; }));
  std::thread drain([&] { server.server().Drain(); });
  EXPECT_TRUE(Eventually([&] { return !server.server().NotReady().empty(); }));
  EXPECT_THAT(server.server().NotReady(), ElementsAre("draining"));
  gate.Open();
  for (std::thread& thread : threads) thread.join();
  drain.join();
  EXPECT_EQ(ok, 200);
}

TEST(ServerTest, ServesOnWhileItWaitsForClientsToLeave) {
  InProcessServer server(EchoService().Bind(), {.server = {.drain_wait = absl::Seconds(1)}});
  RawClient client(server.target());
  std::thread drain([&] { server.server().Drain(); });
  ASSERT_TRUE(Eventually([&] { return client.Health("") == "NOT_SERVING"; }));
  EchoResponse answer;
  EXPECT_TRUE(client.Call(kEcho, Ask("x"), &answer, {{"authorization", "Bearer user:alice"}}).ok());
  drain.join();
}

TEST(ServerTest, DrainEndsStreams) {
  News news;
  EchoService service = WatchOf(news);
  InProcessServer server(service.Bind(), {.server = {.drain_wait = absl::ZeroDuration(),
                                                     .drain_limit = absl::Seconds(2)}});
  absl::Status waiting, idle_chat;
  std::thread watcher(
      [&] { Texts(server.channel(), Count(0), InProcessServer::As("alice"), &waiting); });
  // An exchange whose client says nothing more.
  Gate silent;
  std::atomic<bool> chatting{false};
  std::thread chatter([&] {
    idle_chat = server.channel().Exchange(
        kChat,
        [&](google::protobuf::Message*) {
          if (chatting.exchange(true)) silent.Pass();
          return true;
        },
        EchoRequest::default_instance(), EchoResponse::default_instance(),
        InProcessServer::As("alice"), [](const google::protobuf::Message&) { return true; });
  });
  silent.AwaitArrivals(1);
  ASSERT_TRUE(Eventually([&] { return news.polls >= 1; }));
  const absl::Time begin = absl::Now();
  server.server().Drain();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(15));
  silent.Open();
  watcher.join();
  chatter.join();
  EXPECT_TRUE(waiting.ok()) << waiting;
  EXPECT_EQ(idle_chat.code(), absl::StatusCode::kUnavailable) << idle_chat;
  EXPECT_EQ(server.server().OpenStreams(), 0);
}

TEST(ServerTest, DrainCutsAnEndlessStream) {
  InProcessServer server(EchoService().Bind(), {.server = {.drain_wait = absl::ZeroDuration(),
                                                           .drain_limit = absl::Seconds(1)}});
  absl::Status status;
  std::thread reader(
      [&] { Texts(server.channel(), Count(1 << 30), InProcessServer::As("alice"), &status); });
  ASSERT_TRUE(Eventually([&] { return server.server().OpenStreams() == 1; }));
  server.server().Drain();
  reader.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST(ServerTest, DrainDoesNotHangOnAClientThatReadsNothing) {
  InProcessServer server(EchoService().Bind(), {.server = {.drain_wait = absl::ZeroDuration(),
                                                           .drain_limit = absl::Seconds(1)}});
  Gate gate;
  std::thread reader([&] {
    server.channel()
        .Stream(kWatch, Count(1 << 30), EchoResponse::default_instance(),
                InProcessServer::As("alice"),
                [&](const google::protobuf::Message&) {
                  gate.Pass();
                  return true;
                })
        .IgnoreError();
  });
  gate.AwaitArrivals(1);
  server.server().Drain();
  gate.Open();
  reader.join();
  EXPECT_EQ(server.server().OpenStreams(), 0);
}

TEST(ServerTest, DrainsWhenToldByASignal) {
  InProcessServer server(EchoService().Bind(), {.server = {.drain_wait = absl::ZeroDuration()}});
  std::promise<void> ready;
  std::thread main_thread([&] {
    BlockSignals();
    ready.set_value();
    server.server().WaitForSignalAndDrain();
  });
  ready.get_future().wait();
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread): it is what the thread waits for
  pthread_kill(main_thread.native_handle(), SIGTERM);
  main_thread.join();
  EXPECT_THAT(server.server().NotReady(), ElementsAre("draining"));
}

}  // namespace
}  // namespace salesops::rpc
