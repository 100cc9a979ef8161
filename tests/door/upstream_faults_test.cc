// A service that is killed, slow, or no gRPC service at all: its callers are told so by the right
// code and soon, nothing is left behind, and the other service goes on as if nothing were.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/door/broken_service.h"
#include "tests/door/door.h"
#include "tests/door/gateway_process.h"

namespace salesops::door {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class UpstreamFaults : public ::testing::Test {
 protected:
  // messaging is at `target`, shelf is well.
  void Start(const std::string& target) {
    const auto contract = WithRpcs(
        ReadDescriptorSet(NOTE_DESCRIPTORS),
        {{.rule = R"(get: "/messaging/v1/notes/{text}")"},
         {.rule = R"(post: "/messaging/v1/notes" body: "*")"},
         {.response_stream = true, .rule = R"(get: "/messaging/v1/notes:watch")"},
         {.request_stream = true, .rule = R"(post: "/messaging/v1/notes:count" body: "*")"}});
    shelf_.SetReply({.messages = {""}});
    gateway_ = std::make_unique<GatewayProcess>(std::map<std::string, UpstreamSpec>{
        {"messaging", {contract, target}},
        {"shelf", {ReadDescriptorSet(SHELF_SET), shelf_.target()}}});
    ASSERT_TRUE(stack::Eventually(absl::Seconds(10), [this] { return OtherServiceWorks(); }));
  }

  bool OtherServiceWorks() const { return gateway_->Send("GET", "/shelf/v1/books/1").code == 200; }

  grpc::Status CallByGrpc(const std::string& request, std::chrono::milliseconds limit) {
    if (stub_ == nullptr) {
      stub_ = std::make_unique<grpc::GenericStub>(grpc::CreateChannel(
          absl::StrCat("127.0.0.1:", gateway_->grpc_port()), grpc::InsecureChannelCredentials()));
    }
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", gateway_->token()));
    context.set_deadline(std::chrono::system_clock::now() + limit);
    const grpc::Slice slice(request);
    grpc::ByteBuffer sent(&slice, 1), got;
    std::promise<grpc::Status> done;
    stub_->UnaryCall(&context, "/salesops.messaging.v1.Messaging/Rpc1", grpc::StubOptions(), &sent,
                     &got, [&](grpc::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  }

  void ExpectNothingLeft() {
    EXPECT_TRUE(gateway_->Running());
    EXPECT_TRUE(OtherServiceWorks());
    EXPECT_TRUE(stack::Eventually(absl::Seconds(10), [this] {
      return gateway_->Metric("salesops_gateway_calls_in_flight") == 0;
    })) << gateway_->Metric("salesops_gateway_calls_in_flight");
  }

  RecordingServer shelf_;
  std::unique_ptr<GatewayProcess> gateway_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

TEST_F(UpstreamFaults, WhatIsNoGrpcServiceIsUnavailable) {
  const struct {
    const char* what;
    void (*serve)(int);
  } kinds[] = {
      {"says nothing", SaysNothing},
      {"closes at once", ClosesAtOnce},
      {"speaks HTTP/1.1", SpeaksHttp1},
      {"speaks noise", SpeaksNoise},
      {"sends a bad frame", SendsABadFrame},
      {"sends endless headers", SendsEndlessHeaders},
      {"goes away", GoesAway},
  };
  for (const auto& kind : kinds) {
    SCOPED_TRACE(kind.what);
    TcpPort broken(kind.serve);
    Start(broken.target());
    for (const char* target : {"/messaging/v1/notes/a", "/messaging/v1/notes:watch"}) {
      const auto answer = gateway_->Send("GET", target, "X-Request-Timeout: 0.7\r\n");
      EXPECT_THAT(answer.code, AnyOf(503, 504)) << target << answer.body;
      EXPECT_THAT(answer.body, ::testing::Not(HasSubstr("127.0.0.1"))) << target;
    }
    const auto change =
        gateway_->Send("POST", "/messaging/v1/notes", "X-Request-Timeout: 0.7\r\n", "{}");
    EXPECT_THAT(change.code, AnyOf(500, 503, 504)) << change.body;
    const grpc::Status by_grpc = CallByGrpc("", std::chrono::milliseconds(700));
    EXPECT_THAT(by_grpc.error_code(),
                AnyOf(grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::DEADLINE_EXCEEDED))
        << by_grpc.error_message();
    EXPECT_THAT(gateway_->Send("GET", "/healthz").code, 200);
    ExpectNothingLeft();
    EXPECT_LT(gateway_->ResidentKib(), 64 << 10);
    stub_.reset();
    gateway_.reset();
  }
}

TEST_F(UpstreamFaults, AnswersThatAreNoAnswers) {
  RecordingServer service;
  Start(service.target());
  const std::string huge = absl::StrCat("\x1a\x80\x80\x80\x28", std::string(80 << 20, 'x'));
  const struct {
    const char* what;
    Reply reply;
    int code;
  } cases[] = {
      {"not protobuf", {.messages = {"\xff\xff\xff\xff"}}, 500},
      {"a field cut short",
       {.messages = {"\x1a\x7f"
                     "abc"}},
       500},
      {"text that is not UTF-8", {.messages = {"\x1a\x02\xff\xfe"}}, 500},
      {"no message", {}, 500},
      {"an unknown field is passed over", {.messages = {"\xf8\x7f\x01"}}, 200},
      {"larger than the gateway carries", {.messages = {huge}}, 429},
      {"an unknown code", {.status = {static_cast<grpc::StatusCode>(99), "x"}}, 500},
      {"details that are none", {.status = {grpc::StatusCode::ABORTED, "x", "\xff\xff"}}, 409},
      {"words that are not UTF-8", {.status = {grpc::StatusCode::ABORTED, "\xff\xfe"}}, 409},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    service.SetReply(c.reply);
    const auto answer =
        gateway_->Send("POST", "/messaging/v1/notes", "X-Request-Timeout: 5\r\n", "{}");
    EXPECT_EQ(answer.code, c.code) << answer.body.substr(0, 500);
    EXPECT_EQ(answer.Header("content-type"), "application/json");
  }
  ExpectNothingLeft();
}

TEST_F(UpstreamFaults, ASlowServiceCostsOnlyItsCallersTheirTime) {
  RecordingServer service;
  Start(service.target());
  service.SetReply({.never = true});
  const auto by_http = gateway_->Send("GET", "/messaging/v1/notes/a", "X-Request-Timeout: 0.3\r\n");
  EXPECT_EQ(by_http.code, 504);
  EXPECT_EQ(CallByGrpc("", std::chrono::milliseconds(300)).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  const auto stream =
      gateway_->Send("GET", "/messaging/v1/notes:watch", "X-Request-Timeout: 0.3\r\n");
  EXPECT_EQ(stream.code, 504);
  EXPECT_TRUE(stack::Eventually(absl::Seconds(10), [&] { return service.running() == 0; }));
  ExpectNothingLeft();
}

TEST_F(UpstreamFaults, KilledMidCallAndMidStreamAndBackAgain) {
  RecordingServer service;
  TcpPort way(Relay(service.port()));
  Start(way.target());
  service.SetReply({.echo = true});
  ASSERT_TRUE(stack::Eventually(absl::Seconds(10), [&] {
    return gateway_->Send("GET", "/messaging/v1/notes/a").code == 200;
  }));

  service.SetReply({.never = true});
  const int begun = service.begun();
  gateway::RawClient caller(gateway_->http_port());
  caller.Send(gateway_->Text("POST", "/messaging/v1/notes", "", "{}"));
  auto by_grpc = std::async(std::launch::async,
                            [&] { return CallByGrpc("", std::chrono::milliseconds(20'000)); });
  ASSERT_TRUE(stack::Eventually(absl::Seconds(10), [&] { return service.begun() >= begun + 2; }));
  service.SetReply({.echo = true});
  way.CutAll();
  EXPECT_EQ(caller.ReadResponse().code, 503);
  // A read may have been tried again, and then succeeded.
  EXPECT_THAT(by_grpc.get().error_code(),
              AnyOf(grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::OK));

  ASSERT_TRUE(stack::Eventually(absl::Seconds(10), [&] {
    return gateway_->Send("GET", "/messaging/v1/notes/a").code == 200;
  })) << "it does not come back";

  service.SetReply({.messages = {"\x1a\x01s"}, .forever = true});
  gateway::RawClient watcher(gateway_->http_port());
  watcher.Send(gateway_->Text("GET", "/messaging/v1/notes:watch", "Connection: close\r\n"));
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(watcher.ReadUntil("}}\n"), HasSubstr(R"({"result":{"text":"s"}})"));
  }
  way.CutAll();
  const std::string rest = watcher.ReadToEnd();
  EXPECT_THAT(rest, HasSubstr(R"({"error":{"code":503)"));
  EXPECT_THAT(rest, ::testing::EndsWith("0\r\n\r\n"));
  service.SetReply({.echo = true});
  EXPECT_TRUE(stack::Eventually(absl::Seconds(10), [&] { return service.running() == 0; }));
  EXPECT_TRUE(stack::Eventually(absl::Seconds(10), [&] {
    return gateway_->Send("GET", "/messaging/v1/notes/a").code == 200;
  }));
  ExpectNothingLeft();
}

}  // namespace
}  // namespace salesops::door
