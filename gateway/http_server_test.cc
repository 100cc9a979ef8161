#include "gateway/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gateway/http_message.h"
#include "gateway/testdata/raw_client.h"

namespace salesops::gateway {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Answers with what it understood of the request.
void Echo(std::shared_ptr<HttpExchange> exchange) {
  const HttpRequest& r = exchange->request();
  HttpResponse response;
  response.headers.emplace_back("content-type", "text/plain");
  response.body =
      absl::StrCat(r.method, " ", r.path, "?", r.query, " ", r.headers.size(), " ", r.body);
  exchange->Respond(std::move(response));
}

class HttpServerTest : public testing::Test {
 protected:
  void Serve(HttpHandler handler = Echo) {
    auto server = HttpServer::Start(options_, loops_, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  RawClient::Response Ask(absl::string_view bytes) {
    RawClient client(server_->port());
    client.Send(bytes);
    return client.ReadResponse();
  }

  HttpServer::Options options_;
  EventLoops loops_{2};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersAndKeepsAlive) {
  Serve();
  RawClient client(server_->port());
  for (int i = 0; i < 3; ++i) {
    client.Send("POST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    const auto response = client.ReadResponse();
    EXPECT_EQ(response.code, 200);
    EXPECT_EQ(response.body, "POST /a%20b?c=d 2 hello");
    EXPECT_THAT(response.Header("date"), HasSubstr("GMT"));
    EXPECT_EQ(response.Header("connection"), "");
  }
}

TEST_F(HttpServerTest, ReadsWhateverWayTheBytesArrive) {
  Serve();
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nAuthorization: trailer\r\n\r\n";
  RawClient client(server_->port());
  for (char c : request) client.Send(absl::string_view(&c, 1));
  EXPECT_EQ(client.ReadResponse().body, "POST /x? 2 abcdefg");  // trailers are not headers
  client.Send(absl::StrCat(request, request, "GET /y HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse().body, "POST /x? 2 abcdefg");
  EXPECT_EQ(client.ReadResponse().body, "POST /x? 2 abcdefg");
  EXPECT_EQ(client.ReadResponse().body, "GET /y? 1 ");
}

TEST_F(HttpServerTest, ClosesWhenAskedTo) {
  Serve();
  for (const char* head :
       {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    RawClient client(server_->port());
    client.Send(head);
    const auto response = client.ReadResponse();
    EXPECT_EQ(response.code, 200);
    EXPECT_EQ(response.Header("connection"), "close");
    EXPECT_TRUE(client.AtEnd());
  }
  RawClient client(server_->port());
  client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().Header("connection"), "keep-alive");
  client.Send("GET /2 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.ReadResponse().body, StartsWith("GET /2"));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  Serve();
  RawClient client(server_->port());
  client.Send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.ReadResponse(/*has_body=*/false);
  EXPECT_NE(head.Header("content-length"), "0");
  EXPECT_THAT(client.ReadResponse().body, StartsWith("GET /next"));
}

TEST_F(HttpServerTest, TargetForms) {
  Serve();
  EXPECT_THAT(Ask("GET http://other/a?b HTTP/1.1\r\nHost: h\r\n\r\n").body, StartsWith("GET /a?b"));
  EXPECT_THAT(Ask("GET http://other HTTP/1.1\r\nHost: h\r\n\r\n").body, StartsWith("GET /?"));
  EXPECT_THAT(Ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").body, StartsWith("OPTIONS *?"));
  EXPECT_EQ(Ask("GET a HTTP/1.1\r\nHost: h\r\n\r\n").code, 400);
  EXPECT_EQ(Ask("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n").code, 400);
  EXPECT_EQ(Ask("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n").code, 400);
}

TEST_F(HttpServerTest, RefusesWhatTwoParsersCouldReadDifferently) {
  Serve();
  const struct {
    const char* why;
    std::string request;
  } cases[] = {
      {"length and chunks",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n"},
      {"chunks and length",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: "
       "3\r\n\r\n0\r\n\r\n"},
      {"two lengths",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
      {"two equal lengths",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
      {"a list of lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc"},
      {"a signed length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc"},
      {"an unknown coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"},
      {"two codings",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"a hidden coding",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"chunked twice",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n"},
      {"chunks in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
      {"another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
      {"no version", "GET /\r\nHost: a\r\n\r\n"},
      {"a bad chunk size",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"},
      {"a chunk that is too long",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"},
      {"an unknown expectation", "POST / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n"},
      {"a control character in a value",
       std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 35)},
      {"the h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"TLS", std::string("\x16\x03\x01\x02\x00\r\n\r\n", 9)},
  };
  for (const auto& c : cases) {
    RawClient client(server_->port());
    client.Send(c.request);
    const auto response = client.ReadResponse();
    EXPECT_THAT(response.code, testing::AnyOf(400, 417)) << c.why;
    EXPECT_EQ(response.Header("connection"), "close") << c.why;
    EXPECT_TRUE(client.AtEnd()) << c.why;
  }
}

TEST_F(HttpServerTest, Limits) {
  options_.max_header_bytes = 1000;
  options_.max_body_bytes = 100;
  Serve();
  const std::string filler(2000, 'a');
  EXPECT_EQ(Ask(absl::StrCat("GET /", filler, " HTTP/1.1\r\nHost: h\r\n\r\n")).code, 431);
  EXPECT_EQ(Ask(absl::StrCat("GET / HTTP/1.1\r\nHost: h\r\nX: ", filler, "\r\n\r\n")).code, 431);
  EXPECT_EQ(Ask(absl::StrCat("GET / HTTP/1.1\r\nHost: h\r\n", filler)).code, 431);
  EXPECT_EQ(Ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n").code, 413);
  EXPECT_EQ(Ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n").code,
            400);
  EXPECT_EQ(Ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n").code,
            413);
  EXPECT_EQ(Ask(absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n",
                             std::string(100, 'b')))
                .code,
            200);
}

TEST_F(HttpServerTest, TellsTheClientToGoOn) {
  Serve();
  RawClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  EXPECT_THAT(client.ReadResponse().body, testing::EndsWith(" ok"));
}

TEST_F(HttpServerTest, SlowClientsAreCut) {
  options_.header_time = absl::Milliseconds(50);
  options_.body_time = absl::Milliseconds(50);
  options_.idle_time = absl::Milliseconds(50);
  Serve();
  for (const char* bytes :
       {"", "GET / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"}) {
    RawClient client(server_->port());
    client.Send(bytes);
    EXPECT_EQ(client.ReadToEnd(), "") << bytes;
  }
}

TEST_F(HttpServerTest, NoticesThatThePeerHasGone) {
  std::promise<void> gone;
  std::mutex mu;
  std::shared_ptr<HttpExchange> kept;
  std::promise<void> arrived;
  Serve([&](std::shared_ptr<HttpExchange> exchange) {
    exchange->OnDisconnect([&gone] { gone.set_value(); });
    std::lock_guard lock(mu);
    kept = std::move(exchange);
    arrived.set_value();
  });
  RawClient client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  arrived.get_future().wait();
  client.Close();
  EXPECT_EQ(gone.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  std::lock_guard lock(mu);
  kept->Respond({});  // too late, and harmless
  kept.reset();
}

TEST_F(HttpServerTest, AHandlerThatForgetsClosesTheConnection) {
  Serve([](std::shared_ptr<HttpExchange>) {});
  RawClient client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, AnswersFromAnyThread) {
  std::vector<std::thread> threads;
  std::mutex mu;
  Serve([&](std::shared_ptr<HttpExchange> exchange) {
    std::lock_guard lock(mu);
    threads.emplace_back([exchange] { Echo(exchange); });
  });
  RawClient client(server_->port());
  for (int i = 0; i < 20; ++i) {
    client.Send(absl::StrCat("GET /", i, " HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_THAT(client.ReadResponse().body, StartsWith(absl::StrCat("GET /", i)));
  }
  server_.reset();
  for (std::thread& thread : threads) thread.join();
}

// Sends three pieces, each after the one before was taken.
void Stream(std::shared_ptr<HttpExchange> exchange, bool complete) {
  exchange->StartStream(200, {{"content-type", "text/plain"}});
  exchange->Write("one\n", [exchange, complete](bool) {
    exchange->Write("two\n", [exchange, complete](bool) { exchange->EndStream(complete); });
  });
}

TEST_F(HttpServerTest, StreamsInChunks) {
  Serve([](std::shared_ptr<HttpExchange> exchange) { Stream(exchange, true); });
  RawClient client(server_->port());
  for (int i = 0; i < 2; ++i) {
    client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.ReadResponse().body, "one\ntwo\n");
  }
  client.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), testing::EndsWith("\r\n\r\none\ntwo\n"));
}

TEST_F(HttpServerTest, ACutStreamDoesNotLookComplete) {
  Serve([](std::shared_ptr<HttpExchange> exchange) { Stream(exchange, false); });
  RawClient client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string all = client.ReadToEnd();
  EXPECT_THAT(all, HasSubstr("two"));
  EXPECT_THAT(all, testing::Not(HasSubstr("0\r\n\r\n")));
}

TEST_F(HttpServerTest, DrainAnswersWhatRunsAndClosesWhatIsIdle) {
  std::promise<std::shared_ptr<HttpExchange>> arrived;
  Serve([&](std::shared_ptr<HttpExchange> exchange) { arrived.set_value(std::move(exchange)); });
  RawClient idle(server_->port());
  RawClient busy(server_->port());
  busy.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  std::shared_ptr<HttpExchange> exchange = arrived.get_future().get();
  std::thread drain([&] { server_->Drain(absl::Seconds(10)); });
  EXPECT_TRUE(idle.AtEnd());
  exchange->Respond({200, {}, "done"});
  exchange.reset();
  const auto response = busy.ReadResponse();
  EXPECT_EQ(response.body, "done");
  EXPECT_EQ(response.Header("connection"), "close");
  busy.Close();
  drain.join();
  EXPECT_EQ(server_->open_connections(), 0);
  EXPECT_FALSE(RawClient(server_->port()).connected());
}

TEST_F(HttpServerTest, ConnectionsAreLimited) {
  options_.max_connections = 1;
  Serve();
  RawClient first(server_->port());
  first.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(first.ReadResponse().code, 200);
  RawClient second(server_->port());
  EXPECT_TRUE(second.AtEnd());
}

TEST(HttpServerStart, SaysWhatIsWrong) {
  EventLoops loops(1);
  HttpServer::Options options;
  options.tls.cert = "/no/such/cert.pem";
  EXPECT_EQ(HttpServer::Start(options, loops, Echo).status().code(),
            absl::StatusCode::kInvalidArgument);
  options = {};
  const auto first = HttpServer::Start(options, loops, Echo);
  options.port = (*first)->port();
  EXPECT_EQ(HttpServer::Start(options, loops, Echo).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(HttpMessage, Heads) {
  EXPECT_EQ(FormatHead({200, true, true, BodyFraming::kLength, 3, "D"}, {{"a", "b"}}),
            "HTTP/1.1 200 OK\r\ndate: D\r\na: b\r\ncontent-length: 3\r\n\r\n");
  EXPECT_EQ(FormatHead({404, true, false, BodyFraming::kChunked, 0, "D"}, {}),
            "HTTP/1.1 404 Not Found\r\ndate: D\r\ntransfer-encoding: chunked\r\nconnection: "
            "close\r\n\r\n");
  EXPECT_EQ(FormatChunk("hello hello hello"), "11\r\nhello hello hello\r\n");
}

}  // namespace
}  // namespace salesops::gateway
