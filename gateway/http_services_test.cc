// What the HTTP door and gRPC-Web do with services that misbehave, and how much of an answer they
// hold for a caller who is slow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "gateway/grpc_wire.h"
#include "gateway/testdata/h2_peer.h"
#include "gateway/testdata/stack.h"

namespace salesops::gateway {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kBook[] = "/shelf/v1/books/1";
constexpr char kArchive[] = "/shelf/v1/books/1:archive";
constexpr char kWatch[] = "/shelf/v1/books:watch";
constexpr char kWeb[] = "Content-Type: application/grpc-web+proto\r\n";
constexpr char kShelf[] = "/salesops.shelf.v1.ShelfService/";

bool Eventually(const std::function<bool()>& holds) {
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (!holds()) {
    if (absl::Now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

const H2Headers kGrpc = {{":status", "200"}, {"content-type", "application/grpc"}};

void AnswerWith(H2Peer& peer, int32_t stream, const std::string& body) {
  peer.SendHeaders(stream, kGrpc, false);
  if (!body.empty()) peer.SendData(stream, body, false);
  peer.SendHeaders(stream, {{"grpc-status", "0"}}, true);
}

class HttpServicesTest : public StackTest {
 protected:
  void StartWith(const std::string& target) {
    target_ = target;
    Start();
  }
  std::string Web(const std::string& method) {
    return Http("POST", kShelf + method, FrameMessage(""), kWeb).body;
  }
};

TEST_F(HttpServicesTest, ARequestThatWasNotLookedAtIsSentAgain) {
  std::atomic<int> asked{0};
  H2Service service([&](H2Peer& peer, int32_t stream, const std::string&) {
    if (++asked % 2 == 1) {
      peer.Send({NGHTTP2_RST_STREAM, 0, stream, H2Frame::Number(NGHTTP2_REFUSED_STREAM)});
    } else {
      AnswerWith(peer, stream, FrameMessage(""));
    }
  });
  StartWith(service.target());
  EXPECT_EQ(Http("POST", kArchive).code, 200);
  EXPECT_EQ(asked, 2);
  EXPECT_THAT(Web("ArchiveBook"), HasSubstr("grpc-status: 0\r\n"));
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(Http("GET", kWatch).code, 200);
  EXPECT_EQ(asked, 6);
}

TEST_F(HttpServicesTest, OnlyReadsAreTriedAgain) {
  std::atomic<int> asked{0};
  H2Service service([&](H2Peer& peer, int32_t stream, const std::string&) {
    if (++asked == 3) return AnswerWith(peer, stream, FrameMessage(""));
    H2Headers headers = kGrpc;
    headers.emplace_back("grpc-status", "14");
    headers.emplace_back("grpc-message", "try%20again");
    peer.SendHeaders(stream, headers, true);
  });
  StartWith(service.target());
  EXPECT_EQ(Http("GET", kBook).code, 200);
  EXPECT_EQ(asked, 3);
  const auto change = Http("POST", kArchive);
  EXPECT_EQ(change.code, 503);
  EXPECT_THAT(change.body, HasSubstr("try again"));
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(Http("GET", kWatch).code, 503);
  EXPECT_EQ(asked, 5);
}

TEST_F(HttpServicesTest, WhatIsNoAnswerIsAnErrorInNobodysWords) {
  const struct {
    const char* what;
    std::string body;
  } cases[] = {
      {"no message", ""},
      {"two messages", FrameMessage("") + FrameMessage("")},
      {"a message cut short", FrameMessage("abc").substr(0, 7)},
      {"a message that is compressed", std::string("\1\0\0\0\0", 5)},
      {"an unknown flag", std::string("\2\0\0\0\0", 5)},
  };
  std::atomic<int> at{0};
  H2Service service([&](H2Peer& peer, int32_t stream, const std::string&) {
    AnswerWith(peer, stream, cases[at].body);
  });
  StartWith(service.target());
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    at = static_cast<int>(&c - cases);
    const auto answer = Http("POST", kArchive);
    EXPECT_THAT(answer.code, testing::AnyOf(500, 429)) << answer.body;
    EXPECT_THAT(answer.body, Not(HasSubstr("127.0.0.1")));
    EXPECT_THAT(Web("ArchiveBook"),
                AllOf(HasSubstr("grpc-status: "), Not(HasSubstr("grpc-status: 0\r\n"))));
  }
  // A stream ends with the error, after what was good.
  at = 3;
  EXPECT_EQ(Http("GET", kWatch).code, 500);
}

TEST_F(HttpServicesTest, AServiceThatGoesWithinAStreamEndsItWithAnError) {
  H2Service service([&](H2Peer& peer, int32_t stream, const std::string&) {
    peer.SendHeaders(stream, kGrpc, false);
    peer.SendData(stream, FrameMessage("") + FrameMessage("abc").substr(0, 6), false);
    peer.Send({NGHTTP2_RST_STREAM, 0, stream, H2Frame::Number(NGHTTP2_INTERNAL_ERROR)});
  });
  StartWith(service.target());
  const auto lines = Http("GET", kWatch);
  EXPECT_EQ(lines.code, 200);
  EXPECT_THAT(lines.body, StartsWith("{\"result\":{}}\n{\"error\":{\"code\":500,"));
  // No half of a message stands before the trailers.
  const std::string web = Web("WatchBooks");
  EXPECT_THAT(web, StartsWith(std::string("\0\0\0\0\0\x80", 6)));
  EXPECT_THAT(web, HasSubstr("grpc-status: 13\r\n"));
}

TEST_F(HttpServicesTest, MessagesLargerThanAWindowPass) {
  Start();
  const std::string title(300'000, 't');
  std::string lines;
  for (int i = 0; i < 3; ++i) absl::StrAppend(&lines, R"({"book":{"title":")", title, "\"}}\n");
  const auto imported = Http("POST", "/shelf/v1/books:import", lines);
  EXPECT_EQ(imported.code, 200);
  EXPECT_THAT(imported.body, HasSubstr(R"({"result":{"rows":3,"title":"ttt)"));
  EXPECT_GT(imported.body.size(), 900'000u);
  const auto cover = Http("PUT", "/shelf/v1/books/1/cover", std::string(2'000'000, 'c'),
                          "Content-Type: image/png\r\n");
  EXPECT_EQ(cover.body.size(), 2'000'000u);
}

TEST_F(HttpServicesTest, ASlowReaderHoldsUpTheServiceAndNobodyElse) {
  Start();
  shelf::v1::WatchBooksRequest forever;
  forever.set_forever(true);
  const std::string requests[] = {
      HttpText("GET", absl::StrCat(kWatch, "?forever=true")),
      HttpText("GET", absl::StrCat(kWatch, "?forever=true"), "", "Accept: text/event-stream\r\n"),
      HttpText("POST", absl::StrCat(kShelf, "WatchBooks"),
               FrameMessage(forever.SerializeAsString()), kWeb)};
  for (const std::string& request : requests) {
    RawClient slow(http_->port(), /*receive_buffer=*/16 << 10);
    slow.Send(request);
    const int begun = shelf_.watched();
    // The service stops writing: nothing for 200 ms.
    int before = -1;
    ASSERT_TRUE(Eventually([&] {
      if (shelf_.watched() == before && before > begun) return true;
      before = shelf_.watched();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return false;
    }));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(Http("GET", kBook).code, 200);
    ASSERT_TRUE(Eventually([&] {
      slow.ReadBytes(1 << 20);
      return shelf_.watched() > before;
    }));
    const int cancelled = shelf_.cancelled();
    slow.Close();
    ASSERT_TRUE(Eventually([&] { return shelf_.cancelled() > cancelled; }));
  }
}

TEST_F(HttpServicesTest, TheServerEndsWhileServicesHoldCalls) {
  std::atomic<int> asked{0};
  H2Service service([&](H2Peer&, int32_t, const std::string&) { ++asked; });
  StartWith(service.target());
  std::vector<std::unique_ptr<RawClient>> callers;
  for (const std::string& request :
       {HttpText("GET", kBook), HttpText("GET", kWatch),
        HttpText("POST", absl::StrCat(kShelf, "GetBook"), FrameMessage(""), kWeb)}) {
    callers.push_back(std::make_unique<RawClient>(http_->port()));
    callers.back()->Send(request);
  }
  ASSERT_TRUE(Eventually([&] { return asked == 3; }));
  http_.reset();
  for (const auto& caller : callers) EXPECT_TRUE(caller->AtEnd());
}

TEST_F(HttpServicesTest, BothDoorsShareTheConnectionsToAService) {
  H2Service service([](H2Peer& peer, int32_t stream, const std::string&) {
    AnswerWith(peer, stream, FrameMessage(""));
  });
  StartWith(service.target());
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(Http("GET", kBook).code, 200);
    const auto caller = H2Peer::ConnectTo(grpc_->port());
    caller->SendHeaders(1,
                        {{":method", "POST"},
                         {":scheme", "http"},
                         {":path", absl::StrCat(kShelf, "GetBook")},
                         {":authority", "gateway"},
                         {"te", "trailers"},
                         {"content-type", "application/grpc"},
                         {"authorization", "Bearer good"}},
                        false);
    caller->SendData(1, FrameMessage(""), true);
    EXPECT_EQ(caller->ReadAnswer(1)["grpc-status"], "0");
  }
  EXPECT_EQ(service.connections(), 2) << "one of each thread";
}

}  // namespace
}  // namespace salesops::gateway
