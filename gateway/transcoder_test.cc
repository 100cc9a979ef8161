#include "gateway/transcoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/content_coding.h"
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

// ---- what HTTP adds to a call

TEST_F(TranscoderTest, AnEtagIsAnEntityTag) {
  const auto book = Http("GET", "/shelf/v1/books/etag");
  EXPECT_EQ(book.Header("etag"), "\"v1\"");
  const auto unchanged =
      Http("GET", "/shelf/v1/books/etag", "", "If-None-Match: \"v0\", \"v1\"\r\n");
  EXPECT_EQ(unchanged.code, 304);
  EXPECT_EQ(unchanged.Header("etag"), "\"v1\"");
  EXPECT_EQ(unchanged.body, "");
  EXPECT_EQ(Http("GET", "/shelf/v1/books/etag", "", "If-None-Match: \"v0\"\r\n").code, 200);
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1").Header("etag"), "");
}

TEST_F(TranscoderTest, IfMatchIsTheEtagOfTheRequest) {
  // A field of the request itself; the shelf shows it as the title.
  EXPECT_THAT(Http("POST", "/shelf/v1/books/9:archive", "", "If-Match: \"e\"\r\n").body,
              HasSubstr(R"("title":"e")"));
  EXPECT_THAT(
      Http("POST", "/shelf/v1/books/9:archive", R"({"etag":"e"})", "If-Match: \"e\"\r\n").body,
      HasSubstr(R"("title":"e")"));
  // A field of the resource in the body.
  EXPECT_THAT(Http("PATCH", "/shelf/v1/books/9?updateMask=title", R"({"title":"t"})",
                   "If-Match: \"v1\"\r\n")
                  .body,
              HasSubstr(R"("etag":"v1")"));
  EXPECT_EQ(Http("PATCH", "/shelf/v1/books/9", R"({"title":"t"})", "If-Match: *\r\n").code, 200);
  const struct {
    const char* method;
    const char* target;
    const char* body;
    const char* tag;
  } bad[] = {
      {"POST", "/shelf/v1/books/9:archive", R"({"etag":"other"})", "\"e\""},
      {"POST", "/shelf/v1/books/9:archive", "", "e"},
      {"POST", "/shelf/v1/books/9:archive", "", "\"a\", \"b\""},
      {"POST", "/shelf/v1/books/9:archive", "", "W/\"e\""},
      {"GET", "/shelf/v1/books/9", "", "\"e\""},
      {"POST", "/shelf/v1/books", "{}", "\"e\""},
  };
  for (const auto& c : bad) {
    const auto response =
        Http(c.method, c.target, c.body, absl::StrCat("If-Match: ", c.tag, "\r\n"));
    EXPECT_EQ(response.code, 400) << c.tag;
    EXPECT_THAT(response.body, HasSubstr(R"("field":"if-match")")) << c.tag;
  }
}

TEST_F(TranscoderTest, AStaleIfMatchHasFailedItsPrecondition) {
  const auto by_header = Http("POST", "/shelf/v1/books/stale:archive", "", "If-Match: \"e\"\r\n");
  EXPECT_EQ(by_header.code, 412);
  EXPECT_THAT(by_header.body, HasSubstr("ETAG_MISMATCH"));
  EXPECT_EQ(Http("POST", "/shelf/v1/books/stale:archive", R"({"etag":"e"})").code, 409);
}

TEST_F(TranscoderTest, BodiesArePackedForThoseWhoUnpack) {
  const std::string target = "/shelf/v1/books?pageSize=100";
  const auto plain = Http("GET", target);
  EXPECT_EQ(plain.Header("content-encoding"), "");
  EXPECT_THAT(plain.Header("vary"), HasSubstr("accept-encoding"));
  const auto packed = Http("GET", target, "", "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(packed.Header("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size() / 2);
  EXPECT_EQ(*Gunzip(packed.body, 1 << 20), plain.body);
  // Not worth it.
  EXPECT_EQ(
      Http("GET", "/shelf/v1/books/1", "", "Accept-Encoding: gzip\r\n").Header("content-encoding"),
      "");
  // What is no text is left as it is.
  EXPECT_EQ(Http("PUT", "/shelf/v1/books/9/cover", std::string(5000, 'x'),
                 "Content-Type: image/png\r\nAccept-Encoding: gzip\r\n")
                .Header("content-encoding"),
            "");
}

TEST_F(TranscoderTest, PackedRequestsAreUnpackedWithinTheLimit) {
  edge_.max_body_bytes = 10'000;
  const std::string target = "/shelf/v1/books?bookId=x";
  const auto made = Http("POST", target, Gzip(R"({"title":"packed"})"),
                         "Content-Type: application/json\r\nContent-Encoding: gzip\r\n");
  EXPECT_EQ(made.code, 200) << made.body;
  EXPECT_THAT(made.body, HasSubstr("packed"));
  EXPECT_EQ(Http("POST", target, Gzip(std::string(20'000, ' ')), "Content-Encoding: gzip\r\n").code,
            413);
  EXPECT_EQ(Http("POST", target, "not gzip", "Content-Encoding: gzip\r\n").code, 400);
  const auto unknown = Http("POST", target, "{}", "Content-Encoding: br\r\n");
  EXPECT_EQ(unknown.code, 415);
  EXPECT_EQ(unknown.Header("accept-encoding"), "gzip");
  EXPECT_EQ(Http("POST", target, "{}", "Content-Encoding: identity\r\n").code, 200);
}

TEST_F(TranscoderTest, ServerSentEventsCarryPositionsAndResume) {
  const auto stream = Http("GET", "/shelf/v1/moves:watch?count=2", "",
                           "Accept: text/event-stream\r\nAccept-Encoding: gzip\r\n");
  EXPECT_EQ(stream.code, 200);
  EXPECT_EQ(stream.Header("content-type"), "text/event-stream");
  EXPECT_EQ(stream.Header("content-encoding"), "");
  EXPECT_EQ(stream.body,
            "id: 1\ndata: {\"position\":\"1\"}\n\nid: 2\ndata: {\"position\":\"2\"}\n\n");
  EXPECT_EQ(Http("GET", "/shelf/v1/moves:watch?count=1&afterPosition=3", "",
                 "Accept: text/html, text/event-stream;q=0.9\r\nLast-Event-ID: 7\r\n")
                .body,
            "id: 8\ndata: {\"position\":\"8\"}\n\n");
  for (const char* id : {"x", "-1", "1.5"}) {
    const auto bad = Http("GET", "/shelf/v1/moves:watch", "",
                          absl::StrCat("Accept: text/event-stream\r\nLast-Event-ID: ", id, "\r\n"));
    EXPECT_EQ(bad.code, 400) << id;
    EXPECT_THAT(bad.body, HasSubstr("last-event-id")) << id;
  }
  // A stream without positions cannot be resumed, and says so.
  EXPECT_EQ(Http("GET", "/shelf/v1/books:watch?count=1", "",
                 "Accept: text/event-stream\r\nLast-Event-ID: 7\r\n")
                .code,
            400);
}

TEST_F(TranscoderTest, AnEventStreamThatFailsSaysSoInItsLastEvent) {
  const auto stream =
      Http("GET", "/shelf/v1/books:watch?count=1&failCode=14", "", "Accept: text/event-stream\r\n");
  EXPECT_EQ(stream.code, 200);
  EXPECT_THAT(stream.body, MatchesRegex("data: \\{[^\n]*\\}\n\nevent: error\ndata: "
                                        "\\{\"error\":\\{\"code\":503,[^\n]*\\}\n\n"));
}

TEST_F(TranscoderTest, LinesArePackedAsTheyCome) {
  const auto stream =
      Http("GET", "/shelf/v1/books:watch?count=3&failCode=5", "", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(stream.Header("content-encoding"), "gzip");
  const auto lines = Gunzip(stream.body, 1 << 20);
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_THAT(*lines, MatchesRegex("(\\{\"result\":[^\n]*\n){3}\\{\"error\":[^\n]*\n"));
}

TEST_F(TranscoderTest, PagesOfNamedOriginsMayCall) {
  edge_.cors = Cors({"https://crm.example"}, {});
  const auto asked =
      Http("OPTIONS", "/shelf/v1/books/1", "",
           "Origin: https://crm.example\r\nAccess-Control-Request-Method: PATCH\r\n");
  EXPECT_EQ(asked.code, 204);
  EXPECT_EQ(asked.Header("access-control-allow-methods"), "GET, PATCH");
  EXPECT_EQ(Http("OPTIONS", "/salesops.shelf.v1.ShelfService/GetBook", "",
                 "Origin: https://crm.example\r\nAccess-Control-Request-Method: POST\r\n")
                .Header("access-control-allow-methods"),
            "POST");
  for (const char* target : {"/shelf/v1/books/1", "/shelf/v1/books/fail-5", "/nothing"}) {
    const auto answer = Http("GET", target, "", "Origin: https://crm.example\r\n");
    EXPECT_EQ(answer.Header("access-control-allow-origin"), "https://crm.example") << target;
  }
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1", "", "Origin: https://evil.example\r\n")
                .Header("access-control-allow-origin"),
            "");
  // Not a preflight: an ordinary request with a method that nothing takes.
  EXPECT_EQ(Http("OPTIONS", "/shelf/v1/books/1").code, 405);
}

TEST_F(TranscoderTest, CallersBeyondTheirRateComeBackLater) {
  RateLimit one({.per_second = 0.001, .burst = 2});
  edge_.calls_per_caller = &one;
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1").code, 200);
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1").code, 200);
  const int calls = shelf_.calls();
  const auto refused = Http("GET", "/shelf/v1/books/1");
  EXPECT_EQ(refused.code, 429);
  EXPECT_THAT(refused.body, AllOf(HasSubstr("CALLER_RATE_LIMITED"), HasSubstr("RetryInfo")));
  EXPECT_NE(refused.Header("retry-after"), "");
  EXPECT_EQ(shelf_.calls(), calls);
  // Whoever needs no identity has no rate of his own, but shares the one of all.
  EXPECT_EQ(Http("HEAD", "/shelf/v1/ping").code, 200);
  RateLimit all({.per_second = 0.001, .burst = 1});
  edge_.calls = &all;
  EXPECT_EQ(Http("HEAD", "/shelf/v1/ping").code, 200);
  EXPECT_EQ(Http("HEAD", "/shelf/v1/ping").code, 429);
}

TEST_F(TranscoderTest, HealthSaysWhichServiceIsAway) {
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1").code, 200);
  auto health = Http("GET", "/healthz");
  EXPECT_EQ(health.code, 200);
  EXPECT_EQ(health.body, R"({"status":"SERVING","services":{"shelf":"SERVING"}})");
  transcoder_.SetServing(false);
  health = Http("GET", "/healthz");
  EXPECT_EQ(health.code, 503);
  EXPECT_THAT(health.body, HasSubstr("NOT_SERVING"));
}

TEST_F(TranscoderTest, ClosesConnectionsOnceADrainIsAnnounced) {
  RawClient client(http_->port());
  client.Send(HttpText("GET", "/shelf/v1/books/1"));
  EXPECT_EQ(client.ReadResponse().Header("connection"), "");
  http_->AnnounceDrain();
  client.Send(HttpText("GET", "/shelf/v1/books/1"));
  EXPECT_EQ(client.ReadResponse().Header("connection"), "close");
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1").Header("connection"), "close");
}

class TranscoderWithoutServiceTest : public StackTest {};

TEST_F(TranscoderWithoutServiceTest, DegradesByWhatIsAway) {
  target_ = "127.0.0.1:1";
  Start();
  EXPECT_EQ(Http("GET", "/shelf/v1/books/1").code, 503);
  const auto health = Http("GET", "/healthz");
  EXPECT_EQ(health.code, 200);
  EXPECT_EQ(health.body, R"({"status":"SERVING","services":{"shelf":"UNREACHABLE"}})");
}

}  // namespace
}  // namespace salesops::gateway
