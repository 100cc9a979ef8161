#include "gateway/route_table.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/api/annotations.pb.h"
#include "salesops/options/v1/options.pb.h"

namespace salesops::gateway {
namespace {

using google::protobuf::FileDescriptorSet;
using testing::HasSubstr;

TEST(DescriptorCatalog, LoadsAFolder) {
  auto catalog = DescriptorCatalog::LoadFolder(SHELF_DESCRIPTORS);
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_THAT(catalog->upstreams(), testing::ElementsAre("shelf"));
  EXPECT_THAT(catalog->services(), testing::ElementsAre("google.longrunning.Operations",
                                                        "salesops.shelf.v1.ShelfService"));
  const Method* get = catalog->FindMethod("/salesops.shelf.v1.ShelfService/GetBook");
  ASSERT_NE(get, nullptr);
  EXPECT_EQ(get->upstream, "shelf");
  EXPECT_TRUE(get->unary());
  EXPECT_FALSE(get->unauthenticated);
  EXPECT_TRUE(catalog->FindMethod("/salesops.shelf.v1.ShelfService/Ping")->unauthenticated);
  EXPECT_TRUE(catalog->FindMethod("/salesops.shelf.v1.ShelfService/WatchBooks")->server_streaming);
  EXPECT_EQ(catalog->FindMethod("/google.longrunning.Operations/GetOperation")->upstream, "");
  EXPECT_EQ(catalog->FindMethod("/salesops.shelf.v1.ShelfService/NoSuch"), nullptr);
  EXPECT_EQ(catalog->FindFile("shelf.proto")->package(), "salesops.shelf.v1");
  EXPECT_EQ(catalog->FindSymbol("salesops.shelf.v1.Book.title")->name(), "shelf.proto");
  EXPECT_EQ(catalog->FindExtension("google.protobuf.MethodOptions", 72295728)->full_name(),
            "google.api.http");
}

TEST(DescriptorCatalog, RefusesWhatCannotServe) {
  EXPECT_EQ(DescriptorCatalog::LoadFolder("/no/such/folder").status().code(),
            absl::StatusCode::kNotFound);
  FileDescriptorSet broken;
  broken.add_file()->set_name("a.proto");
  broken.mutable_file(0)->add_dependency("missing.proto");
  EXPECT_THAT(std::string(DescriptorCatalog::Build({{"a", broken}}).status().message()),
              HasSubstr("missing.proto"));
}

TEST(RouteTable, FindsTheRpc) {
  const auto catalog = DescriptorCatalog::LoadFolder(SHELF_DESCRIPTORS);
  const auto table = RouteTable::Build(*catalog);
  ASSERT_TRUE(table.ok()) << table.status();
  const struct {
    const char* method;
    const char* path;
    const char* found;
  } cases[] = {
      {"GET", "/shelf/v1/books/1", "GetBook books/1"},
      {"GET", "/shelf/v1/shelves/2/books/1", "GetBook shelves/2/books/1"},
      {"GET", "/shelf/v1/files/a/b", "GetBook files/a/b"},
      {"GET", "/shelf/v1/books", "ListBooks "},
      {"GET", "/shelf/v1/books:titles", "ListBooks "},
      {"POST", "/shelf/v1/books", "CreateBook "},
      {"PATCH", "/shelf/v1/books/1", "UpdateBook books/1"},
      {"POST", "/shelf/v1/books/1:archive", "ArchiveBook books/1"},
      {"PUT", "/shelf/v1/books/1/cover", "UploadCover books/1"},
      {"HEAD", "/shelf/v1/ping", "Ping "},
      {"GET", "/v1/operations/shelf/7", "GetOperation operations/shelf/7"},
  };
  for (const auto& c : cases) {
    const RouteMatch match = table->Find(c.method, c.path);
    ASSERT_NE(match.route, nullptr) << c.path;
    EXPECT_EQ(absl::StrCat(match.route->method->descriptor->name(), " ",
                           absl::StrJoin(match.variables, "|")),
              c.found);
  }
  EXPECT_EQ(table->Find("DELETE", "/shelf/v1/books").outcome,
            PathMatch::Outcome::kMethodNotAllowed);
  EXPECT_EQ(table->Find("GET", "/shelf/v1/nothing").outcome, PathMatch::Outcome::kNotFound);
  EXPECT_EQ(table->Find("GET", "/shelf/v1/books:titles").route->response_body->name(), "titles");
  EXPECT_TRUE(table->Find("POST", "/shelf/v1/books/1:archive").route->body_is_request);
  EXPECT_EQ(table->Find("POST", "/shelf/v1/books").route->body->name(), "book");
}

// A set with one service whose only method has `rule`, named after its upstream.
FileDescriptorSet OneMethod(const std::string& upstream, const std::string& rule) {
  FileDescriptorSet set;
  // What google.api.http options need to be understood by a pool.
  for (const google::protobuf::FileDescriptor* file :
       {google::protobuf::MethodOptions::descriptor()->file(),
        google::api::HttpRule::descriptor()->file(),
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
            "google/api/annotations.proto")}) {
    file->CopyTo(set.add_file());
  }
  auto* file = set.add_file();
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrCat("name:'", upstream, ".proto' package:'t.", upstream,
                   "' syntax:'proto3' dependency:'google/api/annotations.proto' message_type{"
                   "name:'M' field{name:'id' number:1 type:TYPE_STRING label:LABEL_OPTIONAL} "
                   "field{name:'ids' number:2 type:TYPE_STRING label:LABEL_REPEATED} "
                   "field{name:'inner' number:3 type:TYPE_MESSAGE type_name:'M' "
                   "label:LABEL_OPTIONAL}} service{name:'S' method{name:'Do' input_type:'M' "
                   "output_type:'M' options{[google.api.http]{",
                   rule, "}}}}"),
      file));
  return set;
}

std::string BuildError(const std::map<std::string, FileDescriptorSet>& sets) {
  const auto catalog = DescriptorCatalog::Build(sets);
  if (!catalog.ok()) return std::string(catalog.status().message());
  return std::string(RouteTable::Build(*catalog).status().message());
}

TEST(RouteTable, RefusesWrongRules) {
  EXPECT_EQ(BuildError({{"a", OneMethod("a", "get:'/a/v1/{id}'")}}), "");
  EXPECT_EQ(BuildError({{"a", OneMethod("a",
                                        "get:'/a/v1/{inner.inner.id=x/*}' body:'inner' "
                                        "response_body:'ids'")}}),
            "");
  const struct {
    const char* rule;
    const char* error;
  } cases[] = {
      {"get:'/b/v1/{id}'", "outside /a/v1/"},
      {"get:'/a/v2/{id}'", "outside /a/v1/"},
      {"get:'/a/v1/{nosuch}'", "no field nosuch"},
      {"get:'/a/v1/{ids}'", "ids is repeated"},
      {"get:'/a/v1/{inner}'", "inner is not a scalar"},
      {"get:'/a/v1/{id.x}'", "goes through a scalar"},
      {"get:'/a/v1/{id'", "expected '}'"},
      {"post:'/a/v1/x' body:'nosuch'", "no field nosuch"},
      {"post:'/a/v1/x' body:'inner.id'", "no field inner.id"},
      {"get:'/a/v1/x' response_body:'nosuch'", "no field nosuch"},
      {"body:'*'", "no path"},
      {"get:'/a/v1/x' additional_bindings{get:'/a/v1/x'}", "same path"},
      {"get:'/a/v1/{id}' additional_bindings{get:'/a/v1/{inner.id}'}", "same path"},
      {"get:'/a/v1/x' additional_bindings{get:'/a/v1/y' additional_bindings{get:'/a/v1/z'}}",
       "do not nest"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(BuildError({{"a", OneMethod("a", c.rule)}}), HasSubstr(c.error)) << c.rule;
  }
}

TEST(RouteTable, TwoUpstreamsMustNotClaimOneService) {
  EXPECT_THAT(
      BuildError({{"a", OneMethod("a", "get:'/a/v1/x'")}, {"b", OneMethod("a", "get:'/b/v1/x'")}}),
      HasSubstr("t.a.S is served by both a and b"));
}

}  // namespace
}  // namespace salesops::gateway
