#include "gateway/json_reader.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "shelf.pb.h"

namespace salesops::gateway {
namespace {

using google::protobuf::TextFormat;
using shelf::v1::Book;

base::Violations Read(absl::string_view text, google::protobuf::Message& message) {
  base::Violations violations;
  if (const auto json = JsonDocument::Parse(text, violations)) {
    ReadJson(json->root(), message, "", violations);
  }
  return violations;
}

// "REASON@field …" of every violation; empty if there is none.
std::string Wrong(absl::string_view text) {
  Book book;
  std::string shown;
  const base::Violations violations = Read(text, book);
  for (const base::Violation& v : violations.list()) {
    absl::StrAppend(&shown, shown.empty() ? "" : " ", v.reason, "@", v.field);
  }
  return shown;
}

struct Case {
  const char* json;
  const char* text_format;
};

class Accepted : public testing::TestWithParam<Case> {};

TEST_P(Accepted, IsRead) {
  Book book, expected;
  const base::Violations violations = Read(GetParam().json, book);
  for (const base::Violation& v : violations.list()) {
    ADD_FAILURE() << v.field << ": " << v.message;
  }
  ASSERT_TRUE(TextFormat::ParseFromString(GetParam().text_format, &expected));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(book, expected))
      << book.DebugString();
}

INSTANTIATE_TEST_SUITE_P(
    All, Accepted,
    testing::Values(
        Case{"{}", ""},
        Case{R"({"title":"商机","lent":true,"genre":"GENRE_ATLAS"})",
             "title:'商机' lent:true genre:GENRE_ATLAS"},
        Case{R"({"genre":1})", "genre:GENRE_NOVEL"}, Case{R"({"genre":"2"})", "genre:GENRE_ATLAS"},
        Case{R"({"genre":55})", "genre:55"},
        Case{
            R"({"pages":-5,"copies":"9007199254740993","shelf":7,"barcode":"18446744073709551615"})",
            "pages:-5 copies:9007199254740993 shelf:7 barcode:18446744073709551615"},
        Case{R"({"copies":9007199254740993,"pages":"12"})", "copies:9007199254740993 pages:12"},
        Case{R"({"pages":1e2})", "pages:100"},
        Case{R"({"weightKg":0.5,"rating":"Infinity"})", "weight_kg:0.5 rating:inf"},
        Case{R"({"rating":"1.25"})", "rating:1.25"},
        Case{R"({"coverHash":"+/8="})", R"(cover_hash:"\xfb\xff")"},
        Case{R"({"cover_hash":"-_8"})", R"(cover_hash:"\xfb\xff")"},
        Case{R"({"author":{"displayName":"李","born_year":1954}})",
             "author{display_name:'李' born_year:1954}"},
        Case{R"({"author":{}})", "author{}"}, Case{R"({"author":null})", ""},
        Case{R"({"tags":["a",""],"editors":[{},{"bornYear":1}]})",
             "tags:'a' tags:'' editors{} editors{born_year:1}"},
        Case{R"({"tags":[],"labels":{}})", ""}, Case{R"({"tags":null,"labels":null})", ""},
        Case{R"({"labels":{"a":"b","c d":""}})",
             "labels{key:'a' value:'b'} labels{key:'c d' value:''}"},
        Case{R"({"chapters":{"-1":{"displayName":"x"}},"flags":{"true":"5","false":0}})",
             "chapters{key:-1 value{display_name:'x'}} flags{key:true value:5} "
             "flags{key:false value:0}"},
        Case{R"({"printTime":"2026-01-31T08:30:00.5+08:00","loan":"-1.5s"})",
             "print_time{seconds:1769819400 nanos:500000000} loan{seconds:-1 nanos:-500000000}"},
        Case{R"({"price":{"currencyCode":"USD","units":"12","nanos":500000000}})",
             "price{currency_code:'USD' units:12 nanos:500000000}"},
        Case{R"({"edition":0})", "edition:0"}, Case{R"({"room":"a","keeper":null})", "room:'a'"},
        Case{R"({"nowhere":null})", "nowhere:NULL_VALUE"},
        Case{R"({"subtitle":"","words":"5"})", "subtitle{} words{value:5}"},
        Case{R"({"subtitle":null})", ""},
        Case{R"({"extra":{"a":null,"b":[1,"x",{"c":true}]}})",
             "extra{fields{key:'a' value{null_value:NULL_VALUE}} fields{key:'b' value{list_value{"
             "values{number_value:1} values{string_value:'x'} values{struct_value{fields{key:'c' "
             "value{bool_value:true}}}}}}}}"},
        Case{R"({"anything":null})", "anything{null_value:NULL_VALUE}"},
        Case{R"({"list":[null,1]})", "list{values{null_value:NULL_VALUE} values{number_value:1}}"},
        Case{R"({"genres":["GENRE_NOVEL",2]})", "genres:[1,2]"},
        Case{
            R"({"detail":{"bornYear":1954,"@type":"type.googleapis.com/salesops.shelf.v1.Author"}})",
            "detail{type_url:'type.googleapis.com/salesops.shelf.v1.Author' "
            "value:'\\020\\242\\017'}"},
        Case{R"({"detail":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}})",
             "detail{type_url:'type.googleapis.com/google.protobuf.Duration' value:'\\010\\001'}"},
        Case{R"({"detail":{}})", "detail{}"}, Case{R"({"nothing":{}})", "nothing{}"},
        Case{R"({"otherName":"x"})", "renamed:'x'"}, Case{R"({"renamed":"x"})", "renamed:'x'"}));

TEST(JsonReader, SaysWhatIsWrongAndWhere) {
  const struct {
    const char* json;
    const char* wrong;
  } cases[] = {
      {R"([])", "WRONG_TYPE@"},
      {R"(null)", "WRONG_TYPE@"},
      {R"("x")", "WRONG_TYPE@"},
      {R"({"nosuch":1})", "UNKNOWN_FIELD@nosuch"},
      {R"({"Title":"x"})", "UNKNOWN_FIELD@Title"},
      {R"({"author":{"nosuch":1}})", "UNKNOWN_FIELD@author.nosuch"},
      {R"({"title":5})", "WRONG_TYPE@title"},
      {R"({"title":["a"]})", "WRONG_TYPE@title"},
      {R"({"lent":"true"})", "WRONG_TYPE@lent"},
      {R"({"lent":1})", "WRONG_TYPE@lent"},
      {R"({"pages":2147483648})", "INVALID_NUMBER@pages"},
      {R"({"pages":1.5})", "INVALID_NUMBER@pages"},
      {R"({"pages":" 1"})", "INVALID_NUMBER@pages"},
      {R"({"pages":""})", "INVALID_NUMBER@pages"},
      {R"({"pages":true})", "INVALID_NUMBER@pages"},
      {R"({"pages":[1]})", "INVALID_NUMBER@pages"},
      {R"({"shelf":-1})", "INVALID_NUMBER@shelf"},
      {R"({"copies":9223372036854775808})", "INVALID_NUMBER@copies"},
      {R"({"barcode":"-1"})", "INVALID_NUMBER@barcode"},
      {R"({"weightKg":1e39})", "INVALID_NUMBER@weight_kg"},
      {R"({"rating":1e309})", "INVALID_JSON@rating"},
      {R"({"rating":"nan"})", "INVALID_NUMBER@rating"},
      {R"({"genre":"NOVEL"})", "UNKNOWN_VALUE@genre"},
      {R"({"genre":1.5})", "UNKNOWN_VALUE@genre"},
      {R"({"coverHash":"*"})", "INVALID_BYTES@cover_hash"},
      {R"({"author":[]})", "WRONG_TYPE@author"},
      {R"({"tags":"a"})", "WRONG_TYPE@tags"},
      {R"({"tags":["a",null,3]})", "WRONG_TYPE@tags[1] WRONG_TYPE@tags[2]"},
      {R"({"editors":[{},null,{"bornYear":"x"}]})",
       "WRONG_TYPE@editors[1] INVALID_NUMBER@editors[2].born_year"},
      {R"({"labels":{"a":null}})", "WRONG_TYPE@labels[\"a\"]"},
      {R"({"labels":[]})", "WRONG_TYPE@labels"},
      {R"({"chapters":{"x":{}}})", "INVALID_KEY@chapters[\"x\"]"},
      {R"({"chapters":{"01":{}}})", "INVALID_KEY@chapters[\"01\"]"},
      {R"({"flags":{"yes":1}})", "INVALID_KEY@flags[\"yes\"]"},
      {R"({"printTime":"yesterday"})", "INVALID_TIMESTAMP@print_time"},
      {R"({"printTime":5})", "INVALID_TIMESTAMP@print_time"},
      {R"({"loan":"5"})", "INVALID_DURATION@loan"},
      {R"({"title":"a","title":"b"})", "DUPLICATE_FIELD@title"},
      {R"({"weightKg":1,"weight_kg":1})", "DUPLICATE_FIELD@weight_kg"},
      {R"({"room":"a","keeper":{}})", "ONEOF_CONFLICT@keeper"},
      {R"({"detail":{"a":1}})", "MISSING_TYPE@detail.@type"},
      {R"({"detail":{"@type":"x/no.such.Type"}})", "UNKNOWN_TYPE@detail.@type"},
      {R"({"detail":{"@type":"x/google.protobuf.Duration"}})", "MISSING_VALUE@detail.value"},
      {R"({"nothing":{"a":1}})", "UNKNOWN_FIELD@nothing.a"},
      // all together
      {R"({"pages":"x","nosuch":1,"author":{"bornYear":{}}})",
       "INVALID_NUMBER@pages UNKNOWN_FIELD@nosuch INVALID_NUMBER@author.born_year"},
  };
  for (const auto& c : cases) EXPECT_EQ(Wrong(c.json), c.wrong) << c.json;
}

TEST(JsonReader, ReportsABoundedNumberOfViolations) {
  std::string json = "{\"tags\":[1";
  for (int i = 0; i < 1000; ++i) json += ",1";
  Book book;
  EXPECT_EQ(Read(json + "]}", book).list().size(), 50u);
}

TEST(JsonReader, ReadsOneField) {
  Book book;
  base::Violations violations;
  const auto json = JsonDocument::Parse(R"(["a","b"])", violations);
  ReadJsonField(json->root(), book, *Book::descriptor()->FindFieldByName("tags"), "tags",
                violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_THAT(book.tags(), testing::ElementsAre("a", "b"));
}

}  // namespace
}  // namespace salesops::gateway
