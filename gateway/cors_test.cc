#include "gateway/cors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::gateway {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

HttpRequest From(const std::string& origin, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  if (!origin.empty()) request.headers.emplace_back("origin", origin);
  return request;
}

TEST(Cors, LetsOnlyNamedOriginsRead) {
  const Cors cors({"https://a.example", "https://b.example:8443"}, {});
  HttpHeaders headers;
  cors.AddHeaders(From("https://b.example:8443"), headers);
  EXPECT_THAT(headers, Contains(Pair("access-control-allow-origin", "https://b.example:8443")));
  EXPECT_THAT(headers, Contains(Pair("vary", "origin")));
  EXPECT_THAT(headers, Contains(Pair("access-control-expose-headers", HasSubstr("etag"))));
  for (const char* other :
       {"https://evil.example", "http://a.example", "https://a.example.evil", "null", "*", ""}) {
    headers.clear();
    cors.AddHeaders(From(other), headers);
    EXPECT_THAT(headers, Not(Contains(Key("access-control-allow-origin")))) << other;
    EXPECT_THAT(headers, Contains(Pair("vary", "origin"))) << "caches must tell origins apart";
  }
  EXPECT_THAT(headers, Not(Contains(Key("access-control-allow-credentials"))));
}

TEST(Cors, AnyOriginOrNone) {
  HttpHeaders headers;
  Cors().AddHeaders(From("https://a.example"), headers);
  EXPECT_THAT(headers, IsEmpty());
  EXPECT_FALSE(Cors().enabled());
  Cors({"*"}, {}).AddHeaders(From("https://a.example"), headers);
  EXPECT_THAT(headers, Contains(Pair("access-control-allow-origin", "*")));
}

TEST(Cors, PreflightSaysWhatMayBeSent) {
  const Cors cors({"https://a.example"}, {"x-department"});
  HttpRequest request = From("https://a.example", "OPTIONS");
  EXPECT_FALSE(Cors::IsPreflight(request));
  request.headers.emplace_back("access-control-request-method", "PATCH");
  ASSERT_TRUE(Cors::IsPreflight(request));
  const HttpResponse good = cors.Preflight(request, {"GET", "PATCH"});
  EXPECT_EQ(good.code, 204);
  EXPECT_THAT(good.headers, Contains(Pair("access-control-allow-methods", "GET, PATCH")));
  EXPECT_THAT(good.headers, Contains(Pair("access-control-allow-headers", HasSubstr("if-match"))));
  EXPECT_THAT(good.headers,
              Contains(Pair("access-control-allow-headers", HasSubstr("x-department"))));
  request.headers[0].second = "https://evil.example";
  const HttpResponse bad = cors.Preflight(request, {"GET", "PATCH"});
  EXPECT_EQ(bad.code, 204);
  EXPECT_THAT(bad.headers, Not(Contains(Key("access-control-allow-methods"))));
}

}  // namespace
}  // namespace salesops::gateway
