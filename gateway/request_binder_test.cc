#include "gateway/request_binder.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using google::protobuf::Message;

class RequestBinderTest : public testing::Test {
 protected:
  RequestBinderTest()
      : catalog_(*DescriptorCatalog::LoadFolder(SHELF_DESCRIPTORS)),
        routes_(*RouteTable::Build(catalog_)) {}

  // The bound message in text form, or "REASON@field …".
  std::string Bind(const std::string& method, const std::string& target,
                   const std::string& body = "") {
    const std::vector<std::string> parts = absl::StrSplit(target, absl::MaxSplits('?', 1));
    const RouteMatch match = routes_.Find(method, parts[0]);
    if (match.route == nullptr) return "no route";
    std::unique_ptr<Message> message(match.route->method->request->New());
    const absl::Status bound =
        BindRequest(*match.route, match.variables, parts.size() > 1 ? parts[1] : "",
                    {"application/json", body}, *message);
    if (bound.ok()) return message->ShortDebugString();
    EXPECT_EQ(bound.code(), absl::StatusCode::kInvalidArgument);
    std::string shown;
    const base::Violations violations = status::ViolationsOf(bound);
    for (const base::Violation& v : violations.list()) {
      absl::StrAppend(&shown, shown.empty() ? "" : " ", v.reason, "@", v.field);
    }
    return shown;
  }

  DescriptorCatalog catalog_;
  RouteTable routes_;
};

TEST_F(RequestBinderTest, Path) {
  EXPECT_EQ(Bind("GET", "/shelf/v1/books/a%20b"), R"(name: "books/a b")");
  EXPECT_EQ(Bind("GET", "/shelf/v1/shelves/1/books/2"), R"(name: "shelves/1/books/2")");
}

TEST_F(RequestBinderTest, Query) {
  const struct {
    const char* query;
    const char* bound;
  } cases[] = {
      {"", ""},
      {"pageSize=10", "page_size: 10"},
      {"page_size=10&filter=a%3Db+AND+c%26d", R"(page_size: 10 filter: "a=b AND c&d")"},
      {"tags=a&tags=&tags=b", R"(tags: "a" tags: "" tags: "b")"},
      {"tags", R"(tags: "")"},
      {"&&pageSize=1&", "page_size: 1"},
      {"years=1&years=2", "years: 1 years: 2"},
      {"genre=GENRE_NOVEL", "genre: GENRE_NOVEL"},
      {"genre=2", "genre: GENRE_ATLAS"},
      {"author.displayName=x&author.teacher.born_year=3",
       R"(author { display_name: "x" teacher { born_year: 3 } })"},
      {"lent=false&loan=1.5s", "lent { } loan { seconds: 1 nanos: 500000000 }"},
      {"hash=-_8", R"(hash: "\373\377")"},
      {"readMask=displayName,a.b", R"(read_mask { paths: "display_name" paths: "a.b" })"},
      {"rating=NaN", "rating: nan"},
      {"room=r", R"(room: "r")"},
      // refused
      {"nosuch=1", "UNKNOWN_FIELD@nosuch"},
      {"author.nosuch=1", "UNKNOWN_FIELD@author.nosuch"},
      {"pageSize.x=1", "UNKNOWN_FIELD@pageSize.x"},
      {"loan.seconds=1", "UNKNOWN_FIELD@loan.seconds"},
      {"pageSize=1&page_size=1", "DUPLICATE_FIELD@page_size"},
      {"lent=true&lent=true", "DUPLICATE_FIELD@lent"},
      {"pageSize=x", "INVALID_VALUE@page_size"},
      {"pageSize=", "INVALID_VALUE@page_size"},
      {"pageSize=+1", "INVALID_VALUE@page_size"},
      {"genre=novel", "INVALID_VALUE@genre"},
      {"loan=1", "INVALID_VALUE@loan"},
      {"author=x", "NOT_A_PARAMETER@author"},
      {"editors.displayName=x", "NOT_A_PARAMETER@editors"},
      {"editors=x", "NOT_A_PARAMETER@editors"},
      {"labels=x", "NOT_A_PARAMETER@labels"},
      {"labels.a=x", "UNKNOWN_FIELD@labels.a"},
      {"extra=x", "NOT_A_PARAMETER@extra"},
      {"room=a&floor=b", "ONEOF_CONFLICT@floor"},
      {"filter=%zz", "INVALID_QUERY@"},
      {"filter=%ff", "INVALID_QUERY@"},
      {"pageSize=x&nosuch=1", "INVALID_VALUE@page_size UNKNOWN_FIELD@nosuch"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Bind("GET", absl::StrCat("/shelf/v1/books?", c.query)), c.bound) << c.query;
  }
}

TEST_F(RequestBinderTest, TimestampInQuery) {
  EXPECT_EQ(Bind("GET", "/shelf/v1/books/1?asOfTime=1970-01-01T00:00:01Z"),
            R"(name: "books/1" as_of_time { seconds: 1 })");
  EXPECT_EQ(Bind("GET", "/shelf/v1/books/1?name=books/2"), "NOT_A_PARAMETER@name");
}

TEST_F(RequestBinderTest, WholeBody) {
  const std::string path = "/shelf/v1/books/1:archive";
  EXPECT_EQ(Bind("POST", path), R"(name: "books/1")");
  EXPECT_EQ(Bind("POST", path, "{}"), R"(name: "books/1")");
  EXPECT_EQ(Bind("POST", path, R"({"etag":"e"})"), R"(name: "books/1" etag: "e")");
  EXPECT_EQ(Bind("POST", path, R"({"name":"books/1"})"), R"(name: "books/1")");
  EXPECT_EQ(Bind("POST", path, R"({"name":"books/2"})"), "PATH_MISMATCH@name");
  EXPECT_EQ(Bind("POST", path + "?etag=x"), "NOT_A_PARAMETER@etag");
  EXPECT_EQ(Bind("POST", path, "[]"), "WRONG_TYPE@");
  EXPECT_EQ(Bind("POST", path, "{'etag':1}"), "INVALID_JSON@");
}

TEST_F(RequestBinderTest, BodyField) {
  EXPECT_EQ(Bind("POST", "/shelf/v1/books?bookId=b&validateOnly=true", R"({"title":"x"})"),
            R"(book { title: "x" } book_id: "b" validate_only: true)");
  EXPECT_EQ(Bind("POST", "/shelf/v1/books", "{}"), "book { }");
  EXPECT_EQ(Bind("POST", "/shelf/v1/books", ""), "");
  EXPECT_EQ(Bind("POST", "/shelf/v1/books", R"({"pages":"x","nosuch":2})"),
            "INVALID_NUMBER@book.pages UNKNOWN_FIELD@book.nosuch");
  EXPECT_EQ(Bind("POST", "/shelf/v1/books?book.title=x", "{}"), "NOT_A_PARAMETER@book.title");
  EXPECT_EQ(Bind("PATCH", "/shelf/v1/books/1?updateMask=title", R"({"title":"x"})"),
            R"(book { name: "books/1" title: "x" } update_mask { paths: "title" })");
  EXPECT_EQ(Bind("PATCH", "/shelf/v1/books/1", R"({"name":"books/2"})"), "PATH_MISMATCH@book.name");
}

TEST_F(RequestBinderTest, NoBodyWhereNoneIsTaken) {
  EXPECT_EQ(Bind("GET", "/shelf/v1/books", "{}"), "UNEXPECTED_BODY@");
}

TEST_F(RequestBinderTest, HttpBodyIsTakenAsItIs) {
  const RouteMatch match = routes_.Find("PUT", "/shelf/v1/books/1/cover");
  std::unique_ptr<Message> message(match.route->method->request->New());
  ASSERT_TRUE(
      BindRequest(*match.route, match.variables, "", {"image/png", "\x89PNG{"}, *message).ok());
  EXPECT_EQ(message->ShortDebugString(),
            R"(name: "books/1" cover { content_type: "image/png" data: "\211PNG{" })");
}

}  // namespace
}  // namespace salesops::gateway
