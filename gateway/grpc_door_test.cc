// What the gRPC door does where HTTP/2 itself matters: replicas that come, go and fall ill, callers
// and services that misbehave, limits, the end of connections.
#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/sync_stream.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

#include "gateway/grpc_wire.h"
#include "gateway/testdata/h2_peer.h"
#include "gateway/testdata/stack.h"
#include "shared/status/grpc_status.h"

namespace salesops::gateway {
namespace {

using grpc::internal::RpcMethod;
using testing::HasSubstr;
using testing::Not;

constexpr char kGetBook[] = "/salesops.shelf.v1.ShelfService/GetBook";
constexpr char kArchiveBook[] = "/salesops.shelf.v1.ShelfService/ArchiveBook";
constexpr char kWatchBooks[] = "/salesops.shelf.v1.ShelfService/WatchBooks";
constexpr char kCountBooks[] = "/salesops.shelf.v1.ShelfService/CountBooks";

bool Eventually(const std::function<bool()>& holds) {
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (!holds()) {
    if (absl::Now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string Framed(const google::protobuf::Message& message) {
  return FrameMessage(message.SerializeAsString());
}

std::string BookRequest(const std::string& name) {
  shelf::v1::GetBookRequest request;
  request.set_name(name);
  return Framed(request);
}

H2Headers RequestHeaders(const std::string& path) {
  return {{":method", "POST"},
          {":scheme", "http"},
          {":path", path},
          {":authority", "gateway"},
          {"te", "trailers"},
          {"content-type", "application/grpc"},
          {"authorization", "Bearer good"}};
}

class GrpcDoorTest : public StackTest {
 protected:
  void StartWith(const std::string& target) {
    target_ = target;
    Start();
    channel_ = Channel();
  }

  grpc::Status Get(const std::string& name, const std::string& method = kGetBook) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer good");
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    shelf::v1::GetBookRequest request;
    request.set_name(name);
    shelf::v1::Book book;
    return grpc::internal::BlockingUnaryCall(
        channel_.get(), RpcMethod(method.c_str(), RpcMethod::NORMAL_RPC), &context, request, &book);
  }

  std::unique_ptr<H2Peer> Caller() { return H2Peer::ConnectTo(grpc_->port()); }

  std::shared_ptr<grpc::Channel> channel_;
};

// ---- the services' side

TEST_F(GrpcDoorTest, CallsAreSpreadOverTheAddresses) {
  ShelfServer other;
  StartWith(absl::StrCat("ipv4:", shelf_.target(), ",", other.target()));
  ASSERT_TRUE(Eventually([&] {
    EXPECT_TRUE(Get("books/1").ok());
    return shelf_.calls() > 10 && other.calls() > 10;
  }));
  const int before = shelf_.calls() + other.calls();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Get("books/1").ok());
  EXPECT_EQ(shelf_.calls() + other.calls(), before + 100);
}

TEST_F(GrpcDoorTest, NoCallFailsWhenAReplicaGoesAndComesBack) {
  auto other = std::make_unique<ShelfServer>();
  const int port = other->port();
  StartWith(absl::StrCat("ipv4:", shelf_.target(), ",", other->target()));
  ASSERT_TRUE(Eventually([&] { return Get("books/1").ok() && other->calls() > 0; }));
  // As services go: first they say so.
  other->SetServing(false);
  ASSERT_TRUE(Eventually([&] {
    const int before = other->calls();
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(Get("books/1").ok());
    return other->calls() == before;
  }));
  std::thread going([&] { other.reset(); });
  for (int i = 0; i < 300; ++i) {
    const grpc::Status status = Get("books/1");
    EXPECT_TRUE(status.ok()) << status.error_code() << " " << status.error_message();
  }
  going.join();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Get("books/1").ok());
  other = std::make_unique<ShelfServer>(port);
  EXPECT_TRUE(Eventually([&] {
    EXPECT_TRUE(Get("books/1").ok());
    return other->calls() > 10;
  }));
}

TEST_F(GrpcDoorTest, OnlyHealthyReplicasAreCalled) {
  ShelfServer other;
  StartWith(absl::StrCat("ipv4:", shelf_.target(), ",", other.target()));
  ASSERT_TRUE(
      Eventually([&] { return Get("books/1").ok() && shelf_.calls() > 4 && other.calls() > 4; }));
  other.SetServing(false);
  ASSERT_TRUE(Eventually([&] {
    const int before = other.calls();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(Get("books/1").ok());
    return other.calls() == before;
  }));
  // A replica that drains still serves, and may be the only one there is: better than nobody.
  shelf_.SetServing(false);
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(Get("books/1").ok());
  other.SetServing(true);
  ASSERT_TRUE(Eventually([&] {
    const int before = shelf_.calls();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(Get("books/1").ok());
    return shelf_.calls() == before;
  }));
}

TEST_F(GrpcDoorTest, ANameIsResolved) {
  StartWith(absl::StrCat("dns:///localhost:", shelf_.port()));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Get("books/1").ok());
  EXPECT_EQ(shelf_.calls(), 20);
}

TEST_F(GrpcDoorTest, WhoCannotBeReachedIsUnavailableWithoutAddress) {
  StartWith("127.0.0.1:1");
  for (const char* method : {kGetBook, kArchiveBook}) {
    const grpc::Status status = Get("books/1", method);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), Not(HasSubstr("127.0.0.1")));
    EXPECT_TRUE(status::RetryDelay(status::FromGrpc(status)).has_value());
  }
}

TEST_F(GrpcDoorTest, ANameThatDoesNotExistIsUnavailable) {
  StartWith("no-such-host.invalid:9000");
  EXPECT_EQ(Get("books/1").error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GrpcDoorTest, ARequestThatWasNotLookedAtIsSentAgain) {
  std::atomic<int> asked{0};
  H2Service service([&](H2Peer& peer, int32_t stream, const std::string&) {
    if (++asked == 1) {
      peer.Send({NGHTTP2_RST_STREAM, 0, stream, H2Frame::Number(NGHTTP2_REFUSED_STREAM)});
    } else if (asked == 2) {  // going away, with nothing served
      peer.Send({NGHTTP2_GOAWAY, 0, 0, H2Frame::Number(1) + H2Frame::Number(0)});
    } else {
      peer.SendHeaders(stream, {{":status", "200"}, {"content-type", "application/grpc"}}, false);
      peer.SendData(stream, FrameMessage(""), false);
      peer.SendHeaders(stream, {{"grpc-status", "0"}}, true);
    }
  });
  StartWith(service.target());
  EXPECT_TRUE(Get("books/1", kArchiveBook).ok());
  EXPECT_EQ(asked, 3);
}

TEST_F(GrpcDoorTest, AWriteIsNotSentAgainWhenItMayHaveBeenServed) {
  std::atomic<int> asked{0};
  H2Service service([&](H2Peer& peer, int32_t, const std::string&) {
    ++asked;
    peer.CloseNow();
  });
  StartWith(service.target());
  EXPECT_EQ(Get("books/1", kArchiveBook).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(asked, 1);
}

TEST_F(GrpcDoorTest, AReadIsTriedThreeTimes) {
  std::atomic<int> asked{0};
  H2Service service([&](H2Peer& peer, int32_t stream, const std::string&) {
    H2Headers headers = {{":status", "200"}, {"content-type", "application/grpc"}};
    if (++asked == 3) {
      peer.SendHeaders(stream, headers, false);
      peer.SendData(stream, FrameMessage(""), false);
      return (void)peer.SendHeaders(stream, {{"grpc-status", "0"}}, true);
    }
    headers.emplace_back("grpc-status", "14");
    headers.emplace_back("grpc-message", "try%20again");
    peer.SendHeaders(stream, headers, true);
  });
  StartWith(service.target());
  EXPECT_TRUE(Get("books/1").ok());
  EXPECT_EQ(asked, 3);
  asked = 3;
  EXPECT_EQ(Get("books/1", kArchiveBook).error_message(), "try again");
  EXPECT_EQ(asked, 4);
}

TEST_F(GrpcDoorTest, AnswersThatAreNotGrpcBecomeErrors) {
  const H2Headers grpc = {{":status", "200"}, {"content-type", "application/grpc"}};
  std::string wanted;
  H2Service service([&](H2Peer& peer, int32_t stream, const std::string&) {
    if (wanted == "503") return (void)peer.SendHeaders(stream, {{":status", "503"}}, true);
    if (wanted == "html") {
      peer.SendHeaders(stream, {{":status", "200"}, {"content-type", "text/html"}}, false);
      peer.SendData(stream, "<html>", true);
    } else if (wanted == "cut") {
      peer.SendHeaders(stream, grpc, false);
      peer.SendData(stream, std::string("\0\0\0\0\7abc", 8), false);
      peer.SendHeaders(stream, {{"grpc-status", "0"}}, true);
    } else if (wanted == "no status") {
      peer.SendHeaders(stream, grpc, false);
      peer.SendData(stream, FrameMessage("x"), true);
    } else if (wanted == "huge") {
      peer.SendHeaders(stream, grpc, false);
      peer.SendData(stream, std::string("\0\x7f\xff\xff\xff", 5), false);
    } else if (wanted == "reset") {
      peer.Send({NGHTTP2_RST_STREAM, 0, stream, H2Frame::Number(NGHTTP2_INTERNAL_ERROR)});
    } else if (wanted == "headers") {
      H2Headers many = grpc;
      for (int i = 0; i < 40; ++i) many.emplace_back(absl::StrCat("x-", i), std::string(500, 'v'));
      many.resize(10);
      peer.SendHeaders(stream, many, false);
      peer.SendHeaders(stream, {{"grpc-status", "99"}}, true);
    }
  });
  StartWith(service.target());
  const auto code = [&](const char* what) {
    wanted = what;
    return Get("books/1", kArchiveBook).error_code();
  };
  EXPECT_EQ(code("503"), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(code("html"), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(code("cut"), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(code("no status"), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(code("huge"), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(code("reset"), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(code("headers"), grpc::StatusCode::UNKNOWN);
}

// ---- the callers' side

TEST_F(GrpcDoorTest, WhatIsNotGrpcIsRefusedInHttpsTerms) {
  StartWith("");
  const auto caller = Caller();
  H2Headers get = RequestHeaders(kGetBook);
  get[0].second = "GET";
  caller->SendHeaders(1, get, true);
  EXPECT_EQ(caller->ReadAnswer(1)[":status"], "405");
  H2Headers json = RequestHeaders(kGetBook);
  json[5].second = "application/json";
  caller->SendHeaders(3, json, false);
  EXPECT_EQ(caller->ReadAnswer(3)[":status"], "415");
  json[5].second = "application/grpc-web";
  caller->SendHeaders(5, json, true);
  auto answer = caller->ReadAnswer(5);
  while (answer.empty()) answer = caller->ReadAnswer(5);
  EXPECT_EQ(answer[":status"], "415");
  EXPECT_EQ(shelf_.calls(), 0);
}

TEST_F(GrpcDoorTest, LimitsOfARequest) {
  grpc_options_.max_message_bytes = 1000;
  StartWith("");
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer good");
  context.AddMetadata("x-large", std::string(20000, 'a'));
  shelf::v1::GetBookRequest request;
  shelf::v1::Book book;
  EXPECT_EQ(
      grpc::internal::BlockingUnaryCall(channel_.get(), RpcMethod(kGetBook, RpcMethod::NORMAL_RPC),
                                        &context, request, &book)
          .error_code(),
      grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Get("books/" + std::string(1000, 'a')).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Get("books/" + std::string(980, 'a')).ok());
  const auto caller = Caller();
  H2Headers large = RequestHeaders(kGetBook);
  large.emplace_back("x-large", std::string(20000, 'a'));
  caller->SendHeaders(1, large, false);
  EXPECT_EQ(caller->ReadAnswer(1)["grpc-status"], "8");
  caller->SendHeaders(3, RequestHeaders(kGetBook), false);
  caller->SendData(3, BookRequest("books/1"), true);
  EXPECT_EQ(caller->ReadAnswer(3)["grpc-status"], "0");
  // The connection is as good as before.
  EXPECT_TRUE(Get("books/1").ok());
}

TEST_F(GrpcDoorTest, ARequestThatEndsTooSoon) {
  StartWith("");
  const auto caller = Caller();
  caller->SendHeaders(1, RequestHeaders(kGetBook), true);
  EXPECT_EQ(caller->ReadAnswer(1)["grpc-status"], "3");
  caller->SendHeaders(3, RequestHeaders(kGetBook), false);
  caller->SendData(3, BookRequest("books/1").substr(0, 7), true);
  EXPECT_EQ(caller->ReadAnswer(3)["grpc-status"], "3");
  caller->SendHeaders(5, RequestHeaders("/google.longrunning.Operations/GetOperation"), true);
  EXPECT_EQ(caller->ReadAnswer(5)["grpc-status"], "3");
  caller->SendHeaders(7, RequestHeaders("/grpc.health.v1.Health/Check"), false);
  caller->SendData(7, "\1", true);
  EXPECT_EQ(caller->ReadAnswer(7)["grpc-status"], "3");
  // No message at all is a request of a stream.
  caller->SendHeaders(9, RequestHeaders(kCountBooks), true);
  EXPECT_EQ(caller->ReadAnswer(9)["grpc-status"], "0");
}

TEST_F(GrpcDoorTest, APieceAtATime) {
  StartWith("");
  const auto caller = Caller();
  caller->SendHeaders(1, RequestHeaders(kGetBook), false);
  const std::string request = BookRequest("books/piece");
  for (size_t i = 0; i < request.size(); ++i) {
    caller->SendData(1, request.substr(i, 1), i + 1 == request.size());
  }
  auto answer = caller->ReadAnswer(1);
  EXPECT_EQ(answer["grpc-status"], "0");
  EXPECT_THAT(answer["body"], HasSubstr("books/piece"));
}

TEST_F(GrpcDoorTest, TheGatewayItselfKeepsTheDeadline) {
  StartWith("");
  const auto caller = Caller();
  H2Headers headers = RequestHeaders(kGetBook);
  headers.emplace_back("grpc-timeout", "50m");
  caller->SendHeaders(1, headers, false);
  caller->SendData(1, BookRequest("books/hang"), true);
  EXPECT_EQ(caller->ReadAnswer(1)["grpc-status"], "4");
  EXPECT_TRUE(Eventually([&] { return shelf_.cancelled() == 1; }));
  headers.back().second = "soon";
  caller->SendHeaders(3, headers, false);
  EXPECT_EQ(caller->ReadAnswer(3)["grpc-status"], "3");
}

TEST_F(GrpcDoorTest, AResetOrALostConnectionCancelsTheCall) {
  StartWith("");
  auto caller = Caller();
  caller->SendHeaders(1, RequestHeaders(kGetBook), false);
  caller->SendData(1, BookRequest("books/hang"), true);
  ASSERT_TRUE(Eventually([&] { return shelf_.calls() == 1; }));
  caller->Send({NGHTTP2_RST_STREAM, 0, 1, H2Frame::Number(NGHTTP2_CANCEL)});
  EXPECT_TRUE(Eventually([&] { return shelf_.cancelled() == 1; }));
  caller->SendHeaders(3, RequestHeaders(kGetBook), false);
  caller->SendData(3, BookRequest("books/hang"), true);
  ASSERT_TRUE(Eventually([&] { return shelf_.calls() == 2; }));
  caller->CloseNow();
  EXPECT_TRUE(Eventually([&] { return shelf_.cancelled() == 2; }));
  EXPECT_TRUE(Eventually([&] { return grpc_->open_connections() == 0; }));
}

// True if the gateway ends the connection when `frame` is sent over and over.
bool EndsAFlood(H2Peer& caller, const std::function<H2Frame(int)>& frame) {
  caller.polite = false;
  std::thread reading([&] {
    while (caller.Read()) {
    }
  });
  bool ended = false;
  for (int i = 0; i < 200000 && !ended; ++i) ended = !caller.Send(frame(i));
  caller.CloseNow();
  reading.join();
  return ended;
}

TEST_F(GrpcDoorTest, FloodsEndTheConnection) {
  StartWith("");
  EXPECT_TRUE(EndsAFlood(*Caller(), [](int) {
    return H2Frame{NGHTTP2_PING, 0, 0, std::string(8, 'p')};
  }));
  EXPECT_TRUE(EndsAFlood(*Caller(), [](int) { return H2Frame{NGHTTP2_SETTINGS, 0, 0, ""}; }));
  EXPECT_TRUE(EndsAFlood(*Caller(), [](int) {
    return H2Frame{NGHTTP2_PRIORITY, 0, 1, H2Frame::Number(3) + "w"};
  }));
  const auto empty = Caller();
  empty->SendHeaders(1, RequestHeaders(kCountBooks), false);
  EXPECT_TRUE(EndsAFlood(*empty, [](int) { return H2Frame{NGHTTP2_DATA, 0, 1, ""}; }));
  const auto resets = Caller();
  EXPECT_TRUE(EndsAFlood(*resets, [&](int i) {
    const int32_t stream = 2 * i + 1;
    resets->SendHeaders(stream, RequestHeaders(kWatchBooks), false);
    return H2Frame{NGHTTP2_RST_STREAM, 0, stream, H2Frame::Number(NGHTTP2_CANCEL)};
  }));
  EXPECT_TRUE(Get("books/1").ok());
  EXPECT_TRUE(Eventually([&] { return grpc_->open_connections() == 1; }));
}

TEST_F(GrpcDoorTest, GarbageEndsTheConnection) {
  StartWith("");
  RawClient http(grpc_->port());
  http.Send(HttpText("GET", "/shelf/v1/books/1"));
  http.ReadToEnd();
  const auto caller = Caller();
  caller->Send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, std::string(100, '\xff')});
  EXPECT_TRUE(caller->ReadUntil(NGHTTP2_GOAWAY).has_value());
  while (caller->Read()) {
  }
  EXPECT_TRUE(Get("books/1").ok());
}

TEST_F(GrpcDoorTest, OneConnectionHasThatManyStreams) {
  StartWith("");
  const auto caller = Caller();
  for (int i = 0; i < 1010; ++i) {
    caller->SendHeaders(2 * i + 1, RequestHeaders(kWatchBooks), false);
  }
  const auto refused = caller->ReadUntil(NGHTTP2_RST_STREAM);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->NumberAt(0), static_cast<uint32_t>(NGHTTP2_REFUSED_STREAM));
  EXPECT_GT(refused->stream, 2 * 999);
}

// A reader that stops holds up its service, not the gateway's memory.
TEST_F(GrpcDoorTest, ASlowReaderHoldsUpTheService) {
  StartWith("");
  const auto caller = Caller();
  caller->SendHeaders(1, RequestHeaders(kWatchBooks), false);
  shelf::v1::WatchBooksRequest request;
  request.set_forever(true);
  caller->SendData(1, Framed(request), true);
  // The service stops writing: nothing for 200 ms.
  int before = -1;
  ASSERT_TRUE(Eventually([&] {
    if (shelf_.watched() == before) return true;
    before = shelf_.watched();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return false;
  }));
  EXPECT_GT(before, 0);
  // Another call on the same connections is not held up.
  EXPECT_TRUE(Get("books/1").ok());
  caller->Send({NGHTTP2_WINDOW_UPDATE, 0, 0, H2Frame::Number(1 << 20)});
  caller->Send({NGHTTP2_WINDOW_UPDATE, 0, 1, H2Frame::Number(1 << 20)});
  EXPECT_TRUE(Eventually([&] { return shelf_.watched() > before; }));
}

// A service that stops reading holds up the caller.
TEST_F(GrpcDoorTest, ASlowServiceHoldsUpTheCaller) {
  H2Service service([](H2Peer&, int32_t, const std::string&) {});
  StartWith(service.target());
  const auto caller = Caller();
  caller->SendHeaders(1, RequestHeaders(kCountBooks), false);
  int64_t window = 65535, connection = 65535, sent = 0;
  const std::string message = FrameMessage(std::string(16000, 'm'));
  std::mutex mu;
  std::thread reading([&] {
    while (const auto frame = caller->Read()) {
      std::lock_guard lock(mu);
      if (frame->type == NGHTTP2_WINDOW_UPDATE) {
        (frame->stream == 0 ? connection : window) += frame->NumberAt(0);
      }
      if (frame->type == NGHTTP2_SETTINGS) {
        for (size_t i = 0; i + 6 <= frame->payload.size(); i += 6) {
          if (frame->payload[i + 1] == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) {
            window += frame->NumberAt(i + 2) - 65535;
          }
        }
      }
    }
  });
  // Until the window has been shut for 200 ms.
  for (int shut = 0; shut < 20;) {
    bool may_send;
    {
      std::lock_guard lock(mu);
      const auto size = static_cast<int64_t>(message.size());
      may_send = window >= size && connection >= size;
      if (may_send) {
        window -= size;
        connection -= size;
        sent += size;
      }
    }
    if (may_send) {
      caller->SendData(1, message, false);
      shut = 0;
    } else {
      ++shut;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  EXPECT_GT(sent, 100'000);
  EXPECT_LT(sent, 2'000'000);
  caller->CloseNow();
  reading.join();
}

// ---- the end of connections

TEST_F(GrpcDoorTest, OldConnectionsAreReplacedWithoutAFailedCall) {
  grpc_options_.max_connection_age = absl::Milliseconds(100);
  StartWith("");
  const absl::Time end = absl::Now() + absl::Seconds(3);
  int calls = 0;
  while (absl::Now() < end) {
    const grpc::Status status = Get("books/1");
    EXPECT_TRUE(status.ok()) << status.error_message();
    ++calls;
  }
  EXPECT_GT(calls, 10);
}

TEST_F(GrpcDoorTest, AnIdleConnectionIsAskedToGo) {
  grpc_options_.max_connection_idle = absl::Milliseconds(10);
  StartWith("");
  const auto caller = Caller();
  const auto notice = caller->ReadUntil(NGHTTP2_GOAWAY);
  ASSERT_TRUE(notice.has_value());
  EXPECT_EQ(notice->NumberAt(0), 0x7fffffffu);
  EXPECT_EQ(notice->NumberAt(4), 0u);
  ASSERT_TRUE(caller->ReadUntil(NGHTTP2_GOAWAY).has_value());
  EXPECT_TRUE(caller->AtEnd());
}

TEST_F(GrpcDoorTest, ADrainLetsCallsEnd) {
  StartWith("");
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer good");
  grpc::internal::RpcMethod method(kCountBooks, RpcMethod::BIDI_STREAMING);
  std::unique_ptr<
      grpc::ClientReaderWriter<shelf::v1::ImportBooksRequest, shelf::v1::ImportBooksResponse>>
      stream(grpc::internal::ClientReaderWriterFactory<
             shelf::v1::ImportBooksRequest, shelf::v1::ImportBooksResponse>::Create(channel_.get(),
                                                                                    method,
                                                                                    &context));
  ASSERT_TRUE(stream->Write({}));
  ASSERT_TRUE(Eventually([&] { return shelf_.calls() == 1; }));
  std::thread drain([&] { grpc_->Drain(absl::Seconds(20)); });
  // New connections are not taken.
  ASSERT_TRUE(Eventually([&] { return !RawClient(grpc_->port()).connected(); }));
  ASSERT_TRUE(stream->Write({}));
  stream->WritesDone();
  shelf::v1::ImportBooksResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.rows(), 2);
  EXPECT_TRUE(stream->Finish().ok());
  drain.join();
  EXPECT_EQ(grpc_->open_connections(), 0);
}

TEST_F(GrpcDoorTest, ADrainEndsAtItsLimit) {
  StartWith("");
  const auto caller = Caller();
  caller->SendHeaders(1, RequestHeaders(kGetBook), false);
  caller->SendData(1, BookRequest("books/hang"), true);
  ASSERT_TRUE(Eventually([&] { return shelf_.calls() == 1; }));
  const absl::Time begun = absl::Now();
  grpc_->Drain(absl::Milliseconds(100));
  EXPECT_LT(absl::Now() - begun, absl::Seconds(5));
  EXPECT_TRUE(Eventually([&] { return shelf_.cancelled() == 1; }));
}

TEST_F(GrpcDoorTest, AnAddressThatIsTakenOrCannotBeReadIsAnError) {
  StartWith("");
  const auto code = [&](const std::string& listen) {
    return GrpcServer::Start({.listen = listen}, edge_).status().code();
  };
  EXPECT_EQ(code(absl::StrCat("127.0.0.1:", grpc_->port())), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code("nowhere"), absl::StatusCode::kInvalidArgument);
}

TEST_F(GrpcDoorTest, ManyCallsAtOnceFromManyConnections) {
  StartWith("");
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      grpc::ChannelArguments own;
      own.SetInt("test.connection", i);
      const auto channel = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", grpc_->port()),
                                                     grpc::InsecureChannelCredentials(), own);
      for (int call = 0; call < 200; ++call) {
        grpc::ClientContext context;
        context.AddMetadata("authorization", "Bearer good");
        shelf::v1::GetBookRequest request;
        request.set_name(absl::StrCat("books/", i, "-", call));
        shelf::v1::Book book;
        const grpc::Status status = grpc::internal::BlockingUnaryCall(
            channel.get(), RpcMethod(kGetBook, RpcMethod::NORMAL_RPC), &context, request, &book);
        if (status.ok() && book.name() == request.name()) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 1600);
}

}  // namespace
}  // namespace salesops::gateway
