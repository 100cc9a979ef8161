#include "gateway/json_writer.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "gateway/json_reader.h"
#include "shelf.pb.h"

namespace salesops::gateway {
namespace {

using google::protobuf::TextFormat;
using google::protobuf::util::MessageDifferencer;
using shelf::v1::Book;

struct Case {
  const char* text_format;
  const char* json;
};

class Written : public testing::TestWithParam<Case> {};

TEST_P(Written, AsProto3JsonThatReadsBack) {
  Book book;
  ASSERT_TRUE(TextFormat::ParseFromString(GetParam().text_format, &book));
  std::string out;
  ASSERT_TRUE(WriteJson(book, out).ok());
  EXPECT_EQ(out, GetParam().json);

  // Our own reader and protobuf's agree about what it says.
  Book ours, theirs;
  base::Violations violations;
  const auto json = JsonDocument::Parse(out, violations);
  ASSERT_TRUE(json);
  ReadJson(json->root(), ours, "", violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_TRUE(MessageDifferencer::Equals(ours, book)) << ours.DebugString();
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(out, &theirs).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(theirs, book)) << theirs.DebugString();
}

INSTANTIATE_TEST_SUITE_P(
    All, Written,
    testing::Values(
        Case{"", "{}"}, Case{"title:'' pages:0 edition:0", R"({"edition":0})"},
        Case{"title:'商\"\\\\\\n\\001' lent:true genre:GENRE_ATLAS",
             R"({"title":"商\"\\\n\u0001","genre":"GENRE_ATLAS","lent":true})"},
        Case{"genre:55", R"({"genre":55})"},
        Case{
            "pages:-5 copies:-9223372036854775808 shelf:7 barcode:18446744073709551615",
            R"({"pages":-5,"copies":"-9223372036854775808","shelf":7,"barcode":"18446744073709551615"})"},
        Case{"weight_kg:0.1 rating:0.1", R"({"weightKg":0.1,"rating":0.1})"},
        Case{"rating:1e300 weight_kg:-inf", R"({"weightKg":"-Infinity","rating":1e+300})"},
        Case{R"(cover_hash:"\xfb\xff")", R"({"coverHash":"+/8="})"},
        Case{"author{display_name:'x' teacher{}}",
             R"({"author":{"displayName":"x","teacher":{}}})"},
        Case{"tags:'a' tags:'' editors{} editors{born_year:1}",
             R"({"tags":["a",""],"editors":[{},{"bornYear":1}]})"},
        Case{"labels{key:'a\"' value:'b'}", R"({"labels":{"a\"":"b"}})"},
        Case{"chapters{key:-1 value{}} flags{key:true value:5}",
             R"({"chapters":{"-1":{}},"flags":{"true":"5"}})"},
        Case{"print_time{seconds:1769819400 nanos:500000000} loan{seconds:90}",
             R"({"printTime":"2026-01-31T00:30:00.500Z","loan":"90s"})"},
        Case{"price{currency_code:'USD' units:12}",
             R"({"price":{"currencyCode":"USD","units":"12"}})"},
        Case{"nowhere:NULL_VALUE", R"({"nowhere":null})"},
        Case{"subtitle{} words{value:5}", R"({"subtitle":"","words":"5"})"},
        Case{"extra{fields{key:'b' value{list_value{values{number_value:1.5} "
             "values{null_value:NULL_VALUE}}}}}",
             R"({"extra":{"b":[1.5,null]}})"},
        Case{"anything{struct_value{}} list{}", R"({"anything":{},"list":[]})"},
        Case{"genres:[1,2]", R"({"genres":["GENRE_NOVEL","GENRE_ATLAS"]})"},
        Case{
            "detail{[type.googleapis.com/salesops.shelf.v1.Author]{born_year:1954}}",
            R"({"detail":{"@type":"type.googleapis.com/salesops.shelf.v1.Author","bornYear":1954}})"},
        Case{"detail{[type.googleapis.com/google.protobuf.Duration]{seconds:1}}",
             R"({"detail":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}})"},
        Case{"nothing{} renamed:'x'", R"({"nothing":{},"otherName":"x"})"}));

TEST(JsonWriter, AnUnknownAnyKeepsItsBytes) {
  Book book;
  book.mutable_detail()->set_type_url("x/no.such.Type");
  book.mutable_detail()->set_value("a");
  std::string out;
  ASSERT_TRUE(WriteJson(book, out).ok());
  EXPECT_EQ(out, R"({"detail":{"@type":"x/no.such.Type","value":"YQ=="}})");
}

TEST(JsonWriter, RefusesWhatHasNoForm) {
  Book book;
  book.mutable_print_time()->set_seconds(1LL << 60);
  std::string out;
  EXPECT_EQ(WriteJson(book, out).code(), absl::StatusCode::kInternal);
  book.Clear();
  book.mutable_detail()->set_type_url("x/salesops.shelf.v1.Author");
  book.mutable_detail()->set_value("\xff");
  EXPECT_EQ(WriteJson(book, out).code(), absl::StatusCode::kInternal);
}

TEST(JsonWriter, WritesOneField) {
  Book book;
  book.add_tags("a");
  std::string out;
  ASSERT_TRUE(WriteJsonField(book, *Book::descriptor()->FindFieldByName("tags"), out).ok());
  EXPECT_EQ(out, R"(["a"])");
}

}  // namespace
}  // namespace salesops::gateway
