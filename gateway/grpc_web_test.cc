#include "gateway/grpc_web.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/grpc_web_frames.h"
#include "gateway/testdata/stack.h"

namespace salesops::gateway {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::MatchesRegex;
using testing::Not;
using testing::Pair;

constexpr char kType[] = "Content-Type: application/grpc-web+proto\r\n";

std::string Frame(const google::protobuf::Message& message) {
  std::string framed;
  AppendGrpcWebMessage(message.SerializeAsString(), framed);
  return framed;
}

// An answer taken apart.
struct Answer {
  RawClient::Response http;
  std::vector<std::string> messages;
  std::string trailers;
};

class GrpcWebTest : public StackTest {
 protected:
  void SetUp() override { Start(); }

  static std::string Path(const std::string& method) {
    return "/salesops.shelf.v1.ShelfService/" + method;
  }

  Answer Call(const std::string& method, const std::string& body,
              const std::string& headers = kType) {
    Answer answer;
    answer.http = Http("POST", Path(method), body, headers);
    absl::string_view rest = answer.http.body;
    while (rest.size() >= 5) {
      size_t length = 0;
      for (int i = 1; i < 5; ++i) length = length << 8 | static_cast<uint8_t>(rest[i]);
      const std::string content(rest.substr(5, length));
      if (rest[0] == '\0') {
        EXPECT_EQ(answer.trailers, "") << "a message after the trailers";
        answer.messages.push_back(content);
      } else {
        EXPECT_EQ(rest[0], '\x80');
        answer.trailers = content;
      }
      rest.remove_prefix(std::min(rest.size(), 5 + length));
    }
    EXPECT_EQ(rest, "");
    return answer;
  }

  static std::string GetBook(const std::string& name) {
    shelf::v1::GetBookRequest request;
    request.set_name(name);
    return Frame(request);
  }

  static std::string WatchBooks(int count, int fail_code = 0, bool forever = false) {
    shelf::v1::WatchBooksRequest request;
    request.set_count(count);
    request.set_fail_code(fail_code);
    request.set_forever(forever);
    return Frame(request);
  }

  static std::string NameIn(const std::string& bytes) {
    shelf::v1::Book book;
    EXPECT_TRUE(book.ParseFromString(bytes));
    return book.name();
  }
};

TEST_F(GrpcWebTest, UnaryCalls) {
  for (const char* type :
       {"application/grpc-web", "application/grpc-web+proto", "Application/Grpc-Web; x=y"}) {
    const Answer answer =
        Call("GetBook", GetBook("books/商"), absl::StrCat("Content-Type: ", type, "\r\n"));
    EXPECT_EQ(answer.http.code, 200);
    EXPECT_EQ(answer.http.Header("content-type"), "application/grpc-web+proto");
    EXPECT_EQ(answer.http.Header("x-initial"), "one");
    EXPECT_THAT(answer.http.Header("x-request-id"), MatchesRegex("[0-9a-f]{32}"));
    ASSERT_EQ(answer.messages.size(), 1u);
    EXPECT_EQ(NameIn(answer.messages[0]), "books/商");
    EXPECT_THAT(answer.trailers,
                AllOf(HasSubstr("grpc-status: 0\r\n"), HasSubstr("x-trailing: two\r\n"),
                      HasSubstr("x-blob-bin: AP8\r\n"), Not(HasSubstr("grpc-message"))));
  }
}

TEST_F(GrpcWebTest, AnEmptyMessageIsAMessage) {
  const Answer answer = Call("Ping", std::string(5, '\0'));
  EXPECT_THAT(answer.messages, testing::ElementsAre(""));
  EXPECT_THAT(answer.trailers, HasSubstr("grpc-status: 0\r\n"));
}

TEST_F(GrpcWebTest, ErrorsStandInTheTrailersWithTheirDetails) {
  const Answer answer = Call("GetBook", GetBook("books/fail-5"));
  EXPECT_EQ(answer.http.code, 200);
  EXPECT_THAT(answer.messages, IsEmpty());
  EXPECT_THAT(answer.trailers,
              AllOf(HasSubstr("grpc-status: 5\r\n"), HasSubstr("grpc-message: as you wished\r\n"),
                    HasSubstr("grpc-status-details-bin: "), HasSubstr("x-trailing: two\r\n")));
}

TEST_F(GrpcWebTest, TheOperationNamesItsService) {
  google::longrunning::GetOperationRequest request;
  request.set_name("operations/shelf/7");
  const auto to = [&](const std::string& name) {
    request.set_name(name);
    return Http("POST", "/google.longrunning.Operations/GetOperation", Frame(request), kType).body;
  };
  EXPECT_THAT(to("operations/shelf/7"),
              AllOf(HasSubstr("operations/shelf/7"), HasSubstr("grpc-status: 0")));
  EXPECT_THAT(to("operations/nosuch/7"), HasSubstr("grpc-status: 14"));
  EXPECT_THAT(to("7"), HasSubstr("grpc-status: 3"));
}

TEST_F(GrpcWebTest, NoTokenNoCall) {
  RawClient client(http_->port());
  const std::string body = GetBook("books/1");
  for (const char* token : {"", "Authorization: Bearer bad\r\n"}) {
    client.Send(absl::StrCat("POST ", Path("GetBook"), " HTTP/1.1\r\nHost: h\r\n", kType, token,
                             "Content-Length: ", body.size(), "\r\n\r\n", body));
    const auto response = client.ReadResponse();
    EXPECT_EQ(response.code, 200);
    EXPECT_THAT(response.body, HasSubstr("grpc-status: 16\r\n"));
  }
  EXPECT_EQ(shelf_.calls(), 0);
  client.Send(absl::StrCat("POST ", Path("Ping"), " HTTP/1.1\r\nHost: h\r\n", kType,
                           "Content-Length: 5\r\n\r\n", std::string(5, '\0')));
  EXPECT_THAT(client.ReadResponse().body, HasSubstr("grpc-status: 0\r\n"));
}

TEST_F(GrpcWebTest, HeadersThatTravel) {
  Call("GetBook", GetBook("books/1"),
       absl::StrCat(kType,
                    "X-Request-Id: req-7\r\nTraceparent: "
                    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
                    "X-Secret: no\r\nAccept-Language: zh\r\nCookie: no\r\nX-Grpc-Web: 1\r\n"
                    "Origin: https://example.com\r\nGrpc-Encoding: identity\r\n"));
  const auto metadata = shelf_.last_metadata();
  EXPECT_THAT(metadata, AllOf(Contains(Pair("authorization", "Bearer good")),
                              Contains(Pair("x-request-id", "req-7")),
                              Contains(Pair("accept-language", "zh")),
                              Contains(Pair("traceparent", HasSubstr("0af7651916cd43dd")))));
  for (const char* name : {"x-secret", "cookie", "origin", "x-grpc-web"}) {
    EXPECT_THAT(metadata, Not(Contains(Key(name))));
  }
}

TEST_F(GrpcWebTest, Deadlines) {
  const std::string type = kType;
  EXPECT_THAT(Call("GetBook", GetBook("books/1"), type + "Grpc-Timeout: 10S\r\n").trailers,
              HasSubstr("grpc-status: 0"));
  EXPECT_LE(shelf_.last_timeout(), absl::Seconds(11));
  EXPECT_GE(shelf_.last_timeout(), absl::Seconds(5));
  const Answer late = Call("GetBook", GetBook("books/hang"), type + "Grpc-Timeout: 50m\r\n");
  EXPECT_THAT(late.trailers, HasSubstr("grpc-status: 4\r\n"));
  const Answer bad = Call("GetBook", GetBook("books/1"), type + "Grpc-Timeout: soon\r\n");
  EXPECT_THAT(bad.trailers, HasSubstr("grpc-status: 3\r\n"));
}

TEST_F(GrpcWebTest, MalformedAndCompressedFramesAreRefused) {
  const std::string good = GetBook("books/1");
  std::string compressed = good;
  compressed[0] = 1;
  const struct {
    std::string body;
    const char* status;
  } cases[] = {
      {"", "grpc-status: 3\r\n"},
      {good.substr(0, 3), "grpc-status: 3\r\n"},
      {good.substr(0, good.size() - 1), "grpc-status: 3\r\n"},
      {good + "x", "grpc-status: 3\r\n"},
      {good + good, "grpc-status: 3\r\n"},  // two messages to a method that takes one
      {"{\"name\":\"books/1\"}", "grpc-status: 3\r\n"},
      {compressed, "grpc-status: 12\r\n"},
  };
  for (const auto& c : cases) {
    const Answer answer = Call("GetBook", c.body);
    EXPECT_THAT(answer.trailers, HasSubstr(c.status)) << testing::PrintToString(c.body);
    EXPECT_THAT(answer.messages, IsEmpty());
  }
  EXPECT_EQ(shelf_.calls(), 0);
}

TEST_F(GrpcWebTest, WhatIsNoGrpcWebCall) {
  const auto text =
      Http("POST", Path("GetBook"), "AAAA", "Content-Type: application/grpc-web-text\r\n");
  EXPECT_EQ(text.code, 415);
  EXPECT_THAT(text.body, HasSubstr("the text form"));
  EXPECT_EQ(Http("POST", Path("GetBook"), "{}", "Content-Type: application/grpc-web+json\r\n").code,
            415);
  const auto get = Http("GET", Path("GetBook"), "", kType);
  EXPECT_EQ(get.code, 405);
  EXPECT_EQ(get.Header("allow"), "POST");
  EXPECT_THAT(Call("Nothing", GetBook("x")).trailers, HasSubstr("grpc-status: 12\r\n"));
  // Without the content type it is a path like any other.
  EXPECT_EQ(Http("POST", Path("GetBook"), GetBook("x")).code, 404);
}

TEST_F(GrpcWebTest, ServerStreams) {
  const Answer three = Call("WatchBooks", WatchBooks(3));
  EXPECT_EQ(three.http.Header("transfer-encoding"), "chunked");
  EXPECT_EQ(three.http.Header("x-initial"), "one");
  ASSERT_EQ(three.messages.size(), 3u);
  EXPECT_EQ(NameIn(three.messages[2]), "books/2");
  EXPECT_THAT(three.trailers, HasSubstr("grpc-status: 0\r\n"));

  const Answer none = Call("WatchBooks", WatchBooks(0));
  EXPECT_THAT(none.messages, IsEmpty());
  EXPECT_THAT(none.trailers, HasSubstr("grpc-status: 0\r\n"));

  const Answer failed = Call("WatchBooks", WatchBooks(2, 14));
  EXPECT_EQ(failed.messages.size(), 2u);
  EXPECT_THAT(failed.trailers, HasSubstr("grpc-status: 14\r\n"));

  const Answer at_once = Call("WatchBooks", WatchBooks(0, 9));
  EXPECT_THAT(at_once.trailers, HasSubstr("grpc-status: 9\r\n"));
}

TEST_F(GrpcWebTest, RequestStreamsAreReadWhole) {
  std::string body;
  for (const char* title : {"a", "b"}) {
    shelf::v1::ImportBooksRequest request;
    request.mutable_book()->set_title(title);
    body += Frame(request);
  }
  const Answer imported = Call("ImportBooks", body);
  ASSERT_EQ(imported.messages.size(), 2u);
  shelf::v1::ImportBooksResponse last;
  ASSERT_TRUE(last.ParseFromString(imported.messages[1]));
  EXPECT_EQ(last.rows(), 2);
  EXPECT_EQ(last.title(), "b");

  const Answer counted = Call("CountBooks", body);
  ASSERT_EQ(counted.messages.size(), 1u);
  ASSERT_TRUE(last.ParseFromString(counted.messages[0]));
  EXPECT_EQ(last.rows(), 2);
  EXPECT_EQ(Call("CountBooks", "").messages.size(), 1u);
}

TEST_F(GrpcWebTest, ACallerThatGoesCancelsItsCall) {
  const std::string calls[] = {HttpText("POST", Path("GetBook"), GetBook("books/hang"), kType),
                               HttpText("POST", Path("WatchBooks"), WatchBooks(0, 0, true), kType)};
  int cancelled = 0;
  for (const std::string& call : calls) {
    RawClient client(http_->port());
    client.Send(call);
    while (shelf_.calls() == cancelled) std::this_thread::yield();
    client.Close();
    ++cancelled;
    while (shelf_.cancelled() < cancelled) std::this_thread::yield();
  }
}

TEST_F(GrpcWebTest, ManyCallsOnOneConnection) {
  RawClient client(http_->port());
  std::string ahead;
  for (int i = 0; i < 50; ++i) {
    ahead += HttpText("POST", Path("GetBook"), GetBook(absl::StrCat("books/", i)), kType);
  }
  client.Send(ahead);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.ReadResponse().body, HasSubstr(absl::StrCat("books/", i)));
  }
}

class GrpcWebUnreachable : public GrpcWebTest {
 protected:
  void SetUp() override {
    target_ = "127.0.0.1:1";
    Start();
  }
};

TEST_F(GrpcWebUnreachable, IsUnavailableWithoutInnerAddresses) {
  const Answer answer = Call("GetBook", GetBook("books/1"));
  EXPECT_THAT(answer.trailers, HasSubstr("grpc-status: 14\r\n"));
  EXPECT_THAT(answer.trailers, Not(HasSubstr("127.0.0.1")));
}

}  // namespace
}  // namespace salesops::gateway
