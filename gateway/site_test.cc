#include "gateway/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gateway/content_coding.h"
#include "gateway/testdata/stack.h"

namespace salesops::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SiteTest : public StackTest {
 protected:
  // Without any token.
  RawClient::Response Ask(const std::string& method, const std::string& path,
                          const std::string& headers = "") {
    RawClient client(http_->port());
    client.Send(absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: h\r\n", headers, "\r\n"));
    const bool has_body = method != "HEAD" && !absl::StrContains(headers, "If-None-Match: *");
    return client.ReadResponse(has_body);
  }
};

TEST_F(SiteTest, TheDocumentIsServedToAnybodyAndOnlyOnce) {
  Start();
  const auto first = Ask("GET", "/openapi.json");
  EXPECT_EQ(first.code, 200);
  EXPECT_EQ(first.Header("content-type"), "application/json");
  EXPECT_EQ(first.Header("cache-control"), "no-cache");
  EXPECT_THAT(first.body, StartsWith(R"({"openapi":"3.1.0")"));
  EXPECT_NE(first.Header("x-request-id"), "");
  const std::string etag = first.Header("etag");
  EXPECT_THAT(etag, testing::MatchesRegex("\"[0-9a-f]{32}\""));
  for (const std::string& known : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
    const auto again = Ask("GET", "/openapi.json", "If-None-Match: " + known + "\r\n");
    EXPECT_EQ(again.code, 304) << known;
    EXPECT_EQ(again.Header("etag"), etag);
  }
  EXPECT_EQ(Ask("GET", "/openapi.json", "If-None-Match: \"other\"\r\n").code, 200);
  EXPECT_EQ(Ask("HEAD", "/openapi.json").code, 200);
  EXPECT_THAT(first.head, Not(HasSubstr("no-store")));
  EXPECT_EQ(shelf_.calls(), 0);
}

TEST_F(SiteTest, TheDocumentIsSentCompressedToWhoTakesIt) {
  Start();
  const auto plain = Ask("GET", "/openapi.json");
  const auto packed = Ask("GET", "/openapi.json", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(packed.Header("content-encoding"), "gzip");
  EXPECT_NE(packed.Header("etag"), plain.Header("etag"));
  EXPECT_LT(packed.body.size() * 4, plain.body.size());
  const auto unpacked = Gunzip(packed.body, 100 << 20);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_EQ(*unpacked, plain.body);
}

TEST_F(SiteTest, ThePageAllowsItselfAndNothingElse) {
  Start();
  const auto page = Ask("GET", "/docs");
  EXPECT_EQ(page.code, 200);
  EXPECT_EQ(page.Header("content-type"), "text/html; charset=utf-8");
  const std::string policy = page.Header("content-security-policy");
  EXPECT_THAT(policy, StartsWith("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(page.body, StartsWith("<!doctype html>"));
  EXPECT_THAT(page.body, Not(HasSubstr("/*SCRIPT*/")));
  EXPECT_THAT(page.body, Not(HasSubstr("http://")));
  EXPECT_THAT(page.body, Not(HasSubstr("https://")));
  EXPECT_THAT(page.body, Not(testing::ContainsRegex(" on[a-z]+=")));  // no inline handler
  EXPECT_EQ(Ask("GET", "/docs", "If-None-Match: " + page.Header("etag") + "\r\n").code, 304);
}

TEST_F(SiteTest, OnlyReadingIsServed) {
  Start();
  for (const char* path : {"/docs", "/openapi.json"}) {
    const auto answer = Http("POST", path, "{}");
    EXPECT_EQ(answer.code, 405) << path;
    EXPECT_EQ(answer.Header("allow"), "GET, HEAD");
    EXPECT_THAT(answer.body, HasSubstr("METHOD_NOT_ALLOWED"));
  }
  EXPECT_EQ(Http("GET", "/docs/").code, 404);
}

TEST_F(SiteTest, CanBeSwitchedOff) {
  edge_.docs = false;
  Start();
  EXPECT_EQ(Ask("GET", "/docs").code, 404);
  EXPECT_EQ(Ask("GET", "/openapi.json").code, 404);
}

}  // namespace
}  // namespace salesops::gateway
