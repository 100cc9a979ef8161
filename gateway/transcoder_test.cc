#include "gateway/transcoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/testdata/stack.h"

namespace salesops::gateway {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Pair;

class TranscoderTest : public StackTest {
 protected:
  void SetUp() override { Start(); }
};

TEST_F(TranscoderTest, UnaryCalls) {
  const struct {
    const char* method;
    const char* target;
    const char* body;
    const char* answer;
  } cases[] = {
      {"GET", "/shelf/v1/books/a%20b", "", R"({"name":"books/a b"})"},
      {"GET", "/shelf/v1/books/7?asOfTime=2026-01-31T00:00:00Z", "",
       R"({"name":"books/7","printTime":"2026-01-31T00:00:00Z"})"},
      {"GET", "/shelf/v1/books?pageSize=1", "",
       R"({"books":[{"name":"books/0"}],"titles":["title 0"]})"},
      {"GET", "/shelf/v1/books:titles?pageSize=2", "", R"(["title 0","title 1"])"},
      {"GET", "/shelf/v1/books", "", "{}"},
      {"POST", "/shelf/v1/books?bookId=x", R"({"title":"商机","copies":"5"})",
       R"({"name":"books/x","title":"商机","copies":"5"})"},
      {"PATCH", "/shelf/v1/books/9?updateMask=title", R"({"title":"t"})",
       R"({"name":"books/9","title":"t"})"},
      {"POST", "/shelf/v1/books/9:archive", "", R"({"name":"books/9"})"},
      {"POST", "/shelf/v1/books/9:archive", R"({"etag":"e"})", R"({"name":"books/9","title":"e"})"},
      {"GET", "/v1/operations/shelf/7", "", R"({"name":"operations/shelf/7"})"},
  };
  for (const auto& c : cases) {
    const auto response = Http(c.method, c.target, c.body);
    EXPECT_EQ(response.code, 200) << c.target << response.body;
    EXPECT_EQ(response.body, c.answer) << c.target;
    EXPECT_EQ(response.Header("content-type"), "application/json");
  }
}

TEST_F(TranscoderTest, ErrorsHaveTheFormOfAip193) {
  const struct {
    const char* method;
    const char* target;
    const char* body;
    int code;
    const char* part;
  } cases[] = {
      {"GET", "/shelf/v1/books/fail-5", "", 404,
       R"({"error":{"code":404,"message":"as you wished","status":"NOT_FOUND","details":[{"@type":)"
       R"("type.googleapis.com/google.rpc.ErrorInfo","reason":"TEST_FAILURE","domain":"salesops",)"
       R"("metadata":{"name":"books/fail-5"}}]}})"},
      {"GET", "/shelf/v1/books/fail-10", "", 409, R"("status":"ABORTED")"},
      {"GET", "/shelf/v1/books/fail-7", "", 403, R"("status":"PERMISSION_DENIED")"},
      {"GET", "/shelf/v1/books/plain", "", 404, R"("message":"plain")"},
      {"GET", "/nothing", "", 404, R"("reason":"PATH_UNKNOWN")"},
      {"DELETE", "/shelf/v1/books/1", "", 405, R"("reason":"METHOD_NOT_ALLOWED")"},
      {"GET", "/shelf/v1/books/%zz", "", 400, R"("reason":"PATH_MALFORMED")"},
      {"GET", "/shelf/v1/books?pageSize=x", "", 400, R"("field":"page_size")"},
      {"POST", "/shelf/v1/books", "{'a':1}", 400, R"("reason":"INVALID_FIELDS")"},
      {"POST", "/shelf/v1/books", R"({"pages":1,"pages":2})", 400, R"("field":"pages")"},
      {"GET", "/v1/operations/nosuch/7", "", 503, R"("reason":"UPSTREAM_UNKNOWN")"},
  };
  for (const auto& c : cases) {
    const auto response = Http(c.method, c.target, c.body);
    EXPECT_EQ(response.code, c.code) << c.target;
    EXPECT_THAT(response.body, HasSubstr(c.part)) << c.target;
    EXPECT_EQ(response.Header("content-type"), "application/json");
  }
  EXPECT_EQ(Http("DELETE", "/shelf/v1/books/1").Header("allow"), "GET, PATCH");
  EXPECT_EQ(Http("GET", "/shelf/v1/books/busy").Header("retry-after"), "3");
}

TEST_F(TranscoderTest, NoTokenNoCall) {
  RawClient client(http_->port());
  client.Send("GET /shelf/v1/books/1 HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto response = client.ReadResponse();
  EXPECT_EQ(response.code, 401);
  EXPECT_EQ(response.Header("www-authenticate"), "Bearer");
  EXPECT_THAT(response.body, HasSubstr("TOKEN_MISSING"));
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1", "", "Authorization: Bearer good\r\n").code, 401);
  client.Send("GET /shelf/v1/books/1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer bad\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().code, 401);
  EXPECT_EQ(shelf_.calls(), 0);
  // A method that declares itself open needs none.
  client.Send("HEAD /shelf/v1/ping HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.ReadResponse(/*has_body=*/false).code, 200);
}

TEST_F(TranscoderTest, HeadersThatTravel) {
  const auto response =
      Http("GET", "/shelf/v1/books/1", "",
           "X-Request-Id: req-7\r\nTraceparent: "
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
           "X-Secret: no\r\nAccept-Language: zh\r\nGrpc-Timeout: 5S\r\nCookie: no\r\n");
  EXPECT_EQ(response.code, 200);
  EXPECT_EQ(response.Header("x-request-id"), "req-7");
  EXPECT_THAT(response.Header("traceparent"),
              MatchesRegex("00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01"));
  EXPECT_EQ(response.Header("x-initial"), "");
  const auto metadata = shelf_.last_metadata();
  EXPECT_THAT(metadata, AllOf(Contains(Pair("authorization", "Bearer good")),
                              Contains(Pair("x-request-id", "req-7")),
                              Contains(Pair("accept-language", "zh")),
                              Contains(Pair("traceparent", HasSubstr("0af7651916cd43dd")))));
  EXPECT_EQ(metadata.count("x-secret"), 0u);
  EXPECT_EQ(metadata.count("cookie"), 0u);
  EXPECT_EQ(metadata.count("traceparent"), 1u);
  EXPECT_THAT(Http("GET", "/nothing").Header("x-request-id"), MatchesRegex("[0-9a-f]{32}"));
}

TEST_F(TranscoderTest, AValueThatIsNoMetadataIsLeftOut) {
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1", "", "Accept-Language: \xff\xfe\r\n").code, 200);
  EXPECT_EQ(shelf_.last_metadata().count("accept-language"), 0u);
  RawClient client(http_->port());
  client.Send("HEAD /shelf/v1/ping HTTP/1.1\r\nHost: h\r\nAuthorization: \xe5\x95\x86\r\n\r\n");
  EXPECT_EQ(client.ReadResponse(/*has_body=*/false).code, 200);
}

TEST_F(TranscoderTest, Deadlines) {
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1").code, 200);
  EXPECT_LE(shelf_.last_timeout(), absl::Seconds(31));  // gRPC rounds up on its way
  EXPECT_GE(shelf_.last_timeout(), absl::Seconds(25));
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1", "", "X-Request-Timeout: 900\r\n").code, 200);
  EXPECT_LE(shelf_.last_timeout(), absl::Seconds(122));
  EXPECT_GE(shelf_.last_timeout(), absl::Seconds(100));
  const auto late = Http("GET", "/shelf/v1/books/hang", "", "X-Request-Timeout: 0.05\r\n");
  EXPECT_EQ(late.code, 504);
  EXPECT_THAT(late.body, HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1", "", "X-Request-Timeout: soon\r\n").code, 400);
}

TEST_F(TranscoderTest, ADisconnectCancelsTheCall) {
  RawClient client(http_->port());
  client.Send(HttpText("GET", "/shelf/v1/books/hang"));
  while (shelf_.calls() == 0) std::this_thread::yield();
  client.Close();
  while (shelf_.cancelled() == 0) std::this_thread::yield();
}

TEST_F(TranscoderTest, MediaTypes) {
  const std::string body = R"({"title":"t"})";
  EXPECT_EQ(Http("POST", "/shelf/v1/books", body, "Content-Type: application/json\r\n").code, 200);
  EXPECT_EQ(Http("POST", "/shelf/v1/books", body,
                 "Content-Type: Application/Merge-Patch+JSON; charset=utf-8\r\n")
                .code,
            200);
  EXPECT_EQ(Http("POST", "/shelf/v1/books", body, "Content-Type: text/xml\r\n").code, 415);
}

TEST_F(TranscoderTest, HttpBodyPassesAsItIs) {
  const auto response =
      Http("PUT", "/shelf/v1/books/1/cover", "\x89PNG{", "Content-Type: image/png\r\n");
  EXPECT_EQ(response.code, 200);
  EXPECT_EQ(response.Header("content-type"), "image/png");
  EXPECT_EQ(response.body, "\x89PNG{");
}

TEST_F(TranscoderTest, ServerStreamsAreJsonLines) {
  const auto response = Http("GET", "/shelf/v1/books:watch?count=3");
  EXPECT_EQ(response.code, 200);
  EXPECT_EQ(response.Header("content-type"), "application/x-ndjson");
  EXPECT_EQ(response.Header("transfer-encoding"), "chunked");
  EXPECT_EQ(response.body,
            "{\"result\":{\"name\":\"books/0\"}}\n{\"result\":{\"name\":\"books/1\"}}\n"
            "{\"result\":{\"name\":\"books/2\"}}\n");
  EXPECT_EQ(Http("GET", "/shelf/v1/books:watch?count=0").body, "");
}

TEST_F(TranscoderTest, AFailedStreamSaysSoLast) {
  const auto late = Http("GET", "/shelf/v1/books:watch?count=1&failCode=14");
  EXPECT_EQ(late.code, 200);
  EXPECT_THAT(late.body,
              MatchesRegex("\\{\"result\":.*\\}\n\\{\"error\":\\{\"code\":503,.*\\}\\}\n"));
  const auto early = Http("GET", "/shelf/v1/books:watch?failCode=9");
  EXPECT_EQ(early.code, 400);
  EXPECT_THAT(early.body, HasSubstr("FAILED_PRECONDITION"));
}

TEST_F(TranscoderTest, ALongStreamEndsWithItsReader) {
  RawClient client(http_->port());
  client.Send(HttpText("GET", "/shelf/v1/books:watch?forever=true"));
  EXPECT_THAT(client.ReadUntil("books/100\""), HasSubstr("books/99"));
  client.Close();
  while (shelf_.cancelled() == 0) std::this_thread::yield();
}

TEST_F(TranscoderTest, RequestStreamsAreJsonLines) {
  const std::string lines = "{\"book\":{\"title\":\"a\"}}\n\n{\"book\":{\"title\":\"b\"}}\r\n";
  EXPECT_EQ(
      Http("POST", "/shelf/v1/books:import", lines).body,
      "{\"result\":{\"rows\":1,\"title\":\"a\"}}\n{\"result\":{\"rows\":2,\"title\":\"b\"}}\n");
  EXPECT_EQ(Http("POST", "/shelf/v1/books:count", lines).body, "{\"rows\":2}");
  EXPECT_EQ(Http("POST", "/shelf/v1/books:count", "").body, "{}");
  const int calls = shelf_.calls();
  const auto bad = Http("POST", "/shelf/v1/books:import", "{}\n{\"book\":{\"pages\":\"x\"}}\n");
  EXPECT_EQ(bad.code, 400);
  EXPECT_THAT(bad.body, HasSubstr("line 2: book.pages"));
  EXPECT_EQ(shelf_.calls(), calls);
  EXPECT_THAT(Http("POST", "/shelf/v1/books:import", "{}\n{\"source\":\"bad\"}\n{}\n").body,
              HasSubstr("{\"error\":{\"code\":400,\"message\":\"bad source\""));
}

TEST_F(TranscoderTest, ManyCallsOnOneConnection) {
  RawClient client(http_->port());
  for (int i = 0; i < 200; ++i) {
    client.Send(HttpText("GET", absl::StrCat("/shelf/v1/books/", i)));
    EXPECT_EQ(client.ReadResponse().body, absl::StrCat("{\"name\":\"books/", i, "\"}"));
  }
  std::string ahead;
  for (int i = 0; i < 50; ++i) ahead += HttpText("GET", absl::StrCat("/shelf/v1/books/", i));
  client.Send(ahead);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.ReadResponse().body, absl::StrCat("{\"name\":\"books/", i, "\"}"));
  }
}

TEST_F(TranscoderTest, RefusalsOfTheServerLookLikeOurs) {
  RawClient client(http_->port());
  client.Send("BROKEN\r\n\r\n");
  const auto response = client.ReadResponse();
  EXPECT_EQ(response.code, 400);
  EXPECT_THAT(response.body, HasSubstr("\"reason\":\"MALFORMED_REQUEST\""));
}

TEST_F(TranscoderTest, Healthz) {
  EXPECT_EQ(Http("GET", "/healthz").code, 200);
  transcoder_.SetServing(false);
  EXPECT_EQ(Http("GET", "/healthz").code, 503);
}

class NobodyThere : public StackTest {};

TEST_F(NobodyThere, IsUnavailableWithoutInnerAddresses) {
  target_ = "127.0.0.1:1";
  Start();
  const auto response = Http("GET", "/shelf/v1/books/1");
  EXPECT_EQ(response.code, 503);
  EXPECT_EQ(response.Header("retry-after"), "1");
  EXPECT_THAT(response.body, HasSubstr("UPSTREAM_UNAVAILABLE"));
  EXPECT_THAT(response.body, testing::Not(HasSubstr("127.0.0.1")));
}

}  // namespace
}  // namespace salesops::gateway
