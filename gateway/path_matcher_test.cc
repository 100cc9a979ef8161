#include "gateway/path_matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace salesops::gateway {
namespace {

using Outcome = PathMatch::Outcome;

class PathMatcherTest : public testing::Test {
 protected:
  void SetUp() override {
    Add(0, "GET", "/v1/{name=accounts/*}");
    Add(1, "PATCH", "/v1/{account.name=accounts/*}");
    Add(2, "POST", "/v1/{name=accounts/*}:archive");
    Add(3, "GET", "/v1/accounts");
    Add(4, "POST", "/v1/accounts");
    Add(5, "GET", "/v1/accounts:batchGet");
    Add(6, "GET", "/v1/accounts/special");
    Add(7, "GET", "/v1/{name=files/**}");
    Add(8, "GET", "/v1/{file=files/**}:read");
    Add(9, "GET", "/v1/{name=files/*}");
    Add(10, "GET", "/v1/x/{id}/y/{other}");
    Add(11, "*", "/v1/any");
    Add(12, "PUT", "/v1/any");
    Add(13, "GET", "/v1/deep/{a=*/b/*}/c");
  }

  void Add(int route, const char* method, const char* text) {
    const auto parsed = HttpTemplate::Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    ASSERT_TRUE(matcher_.Add(*parsed, method, route).ok());
  }

  // "route var|var", "405 A,B", "404" or "400".
  std::string Find(absl::string_view method, absl::string_view path) {
    const PathMatch m = matcher_.Find(method, path);
    switch (m.outcome) {
      case Outcome::kFound:
        return absl::StrCat(m.route, m.variables.empty() ? "" : " ",
                            absl::StrJoin(m.variables, "|"));
      case Outcome::kMethodNotAllowed:
        return absl::StrCat("405 ", absl::StrJoin(m.allowed, ","));
      case Outcome::kNotFound:
        return "404";
      case Outcome::kMalformed:
        return "400";
    }
    return "";
  }

  PathMatcher matcher_;
};

TEST_F(PathMatcherTest, Table) {
  const struct {
    const char* method;
    const char* path;
    const char* found;
  } cases[] = {
      {"GET", "/v1/accounts/7", "0 accounts/7"},
      {"PATCH", "/v1/accounts/7", "1 accounts/7"},
      {"POST", "/v1/accounts/7:archive", "2 accounts/7"},
      {"GET", "/v1/accounts", "3"},
      {"POST", "/v1/accounts", "4"},
      {"GET", "/v1/accounts:batchGet", "5"},
      // literal before *, but only where it serves the method
      {"GET", "/v1/accounts/special", "6"},
      {"PATCH", "/v1/accounts/special", "1 accounts/special"},
      // * before **
      {"GET", "/v1/files/a", "9 files/a"},
      {"GET", "/v1/files/a/b", "7 files/a/b"},
      {"GET", "/v1/files", "7 files"},
      {"GET", "/v1/files/a/b:read", "8 files/a/b"},
      {"GET", "/v1/x/1/y/2", "10 1|2"},
      {"GET", "/v1/deep/1/b/2/c", "13 1/b/2"},
      // percent-decoding
      {"GET", "/v1/accounts/a%20b", "0 accounts/a b"},
      {"GET", "/v1/accounts/a%2Fb%20c", "0 accounts/a%2Fb c"},
      {"GET", "/v1/x/a%2Fb/y/c%2fd", "10 a/b|c/d"},
      {"GET", "/v1/%61ccounts", "3"},
      {"GET", "/v1/accounts/%E5%95%86", "0 accounts/商"},
      // an id that holds ':' when no verb of that name exists
      {"GET", "/v1/accounts/a:b", "0 accounts/a:b"},
      {"GET", "/v1/accounts/a%3Aarchive", "0 accounts/a:archive"},
      // any method
      {"GET", "/v1/any", "11"},
      {"PUT", "/v1/any", "12"},
      // known path, other method
      {"DELETE", "/v1/accounts/7", "405 GET,PATCH"},
      {"GET", "/v1/accounts/7:archive", "405 POST"},
      {"DELETE", "/v1/accounts", "405 GET,POST"},
      {"get", "/v1/accounts", "405 GET,POST"},
      // unknown
      {"GET", "", "404"},
      {"GET", "/", "404"},
      {"GET", "v1/accounts", "404"},
      {"GET", "/v1", "404"},
      {"GET", "/v1/", "404"},
      {"GET", "/v1/accounts/", "404"},
      {"GET", "/v1//accounts", "404"},
      {"GET", "/v1/accounts/7/x", "404"},
      {"GET", "/v1/accounts/:archive", "0 accounts/:archive"},
      {"GET", "/V1/accounts", "404"},
      {"GET", "/v1/accounts%2F7", "404"},
      {"GET", "/v1/../v1/accounts", "404"},
      // malformed
      {"GET", "/v1/accounts/%", "400"},
      {"GET", "/v1/accounts/%zz", "400"},
      {"GET", "/v1/accounts/%ff", "400"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Find(c.method, c.path), c.found) << c.method << " " << c.path;
  }
}

TEST_F(PathMatcherTest, RefusesTwoTemplatesOfOneShape) {
  const auto same = HttpTemplate::Parse("/v1/accounts/{id}");
  EXPECT_EQ(matcher_.Add(*same, "GET", 99).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(matcher_.Add(*same, "DELETE", 99).ok());
}

TEST_F(PathMatcherTest, LongPathsAreCheap) {
  std::string path = "/v1";
  for (int i = 0; i < 20000; ++i) path += "/a";
  EXPECT_EQ(Find("GET", path), "404");
}

}  // namespace
}  // namespace salesops::gateway
