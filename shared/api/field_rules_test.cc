#include "shared/api/field_rules.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shared/api/testdata/deal.pb.h"

namespace salesops::api {
namespace {

using testdata::Deal;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

template <class T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// "field REASON" of each violation.
std::vector<std::string> Check(const google::protobuf::Message& request) {
  std::vector<std::string> found;
  const base::Violations violations = CheckFieldRules(request);
  for (const base::Violation& v : violations.list()) {
    found.push_back(absl::StrCat(v.field, " ", v.reason));
    EXPECT_FALSE(v.message.empty());
  }
  return found;
}

constexpr char kGood[] = "title: 'abc' rank: 0 score: 1 state: STATE_OPEN share { value: '0.5' } ";

testdata::CreateDealRequest Create(const std::string& more) {
  return Parse<testdata::CreateDealRequest>(absl::StrCat("big_deal { ", kGood, more, " }"));
}

TEST(FieldRulesTest, AGoodRequestHasNoViolation) {
  EXPECT_THAT(Check(Create("")), IsEmpty());
  EXPECT_THAT(
      Check(Create("code: 'ABC' owner: 'sellers/7' other: 'things/1' count: 10 big: 7 ratio: 1.5 "
                   "blob: 'abc' amount { currency_code: 'CNY' units: 1000 } "
                   "close_date { year: 2024 month: 2 day: 29 } meet_time { seconds: -1 nanos: 5 } "
                   "effort { seconds: -1 nanos: -5 } tags: 'a' tags: '青岛啤酒' "
                   "lines { product: 'p' quantity: 9 } lines { product: 'q' } "
                   "extras { key: 'grade' value { text: 'A' } } labels { key: 7 value: 'x' } "
                   "main_line { product: 'p' below { product: 'q' } } etag: '12345678' "
                   "states: STATE_WON")),
      IsEmpty());
}

TEST(FieldRulesTest, RequiredFieldsMustHoldSomething) {
  EXPECT_THAT(Check(testdata::CreateDealRequest()), ElementsAre("big_deal REQUIRED"));
  EXPECT_THAT(Check(Parse<testdata::CreateDealRequest>("big_deal {}")),
              ElementsAre("big_deal.title REQUIRED", "big_deal.score REQUIRED",
                          "big_deal.state REQUIRED", "big_deal.share REQUIRED"));
  EXPECT_THAT(Check(testdata::BatchCreateDealsRequest()), ElementsAre("requests REQUIRED"));
}

struct Case {
  const char* deal;
  const char* violation;
};

TEST(FieldRulesTest, EveryRuleRefusesWhatBreaksIt) {
  for (const Case& c : std::vector<Case>{
           {"title: 'a'", "title TOO_SHORT"},
           {"title: '青'", "title TOO_SHORT"},
           {"title: '青岛啤酒很好'", "title TOO_LONG"},
           {"code: 'ABc'", "code PATTERN"},
           {"code: 'AB\\n'", "code PATTERN"},
           {"owner: 'seller/7'", "owner BAD_REFERENCE"},
           {"owner: 'sellers/Ä'", "owner BAD_REFERENCE"},
           {"owner: 'sellers/-'", "owner BAD_REFERENCE"},
           {"other: 'things'", "other BAD_REFERENCE"},
           {"other: 'things/1/parts'", "other BAD_REFERENCE"},
           {"count: -1", "count OUT_OF_RANGE"},
           {"count: 11", "count OUT_OF_RANGE"},
           {"rank: -1", "rank OUT_OF_RANGE"},
           {"big: 18446744073709551615", "big OUT_OF_RANGE"},
           {"score: 0", "score OUT_OF_RANGE"},
           {"ratio: -0.1", "ratio OUT_OF_RANGE"},
           {"ratio: 1.51", "ratio OUT_OF_RANGE"},
           {"ratio: nan", "ratio OUT_OF_RANGE"},
           {"ratio: -inf", "ratio OUT_OF_RANGE"},
           {"state: 7", "state BAD_ENUM"},
           {"states: STATE_OPEN states: 9", "states[1] BAD_ENUM"},
           {"blob: 'abcd'", "blob TOO_LONG"},
           {"share { value: '' }", "share BAD_DECIMAL"},
           {"share { value: '0,5' }", "share BAD_DECIMAL"},
           {"share { value: '1e99' }", "share BAD_DECIMAL"},
           {"share { value: '0' }", "share OUT_OF_RANGE"},
           {"share { value: '-0.1' }", "share OUT_OF_RANGE"},
           {"share { value: '1.01' }", "share OUT_OF_RANGE"},
           {"share { value: '0.125' }", "share TOO_MANY_DIGITS"},
           {"amount {}", "amount.currency_code BAD_CURRENCY"},
           {"amount { currency_code: 'cny' units: 1 }", "amount.currency_code BAD_CURRENCY"},
           {"amount { currency_code: 'CNY' units: -1 }", "amount OUT_OF_RANGE"},
           {"amount { currency_code: 'CNY' units: 1000 nanos: 10000000 }", "amount OUT_OF_RANGE"},
           {"amount { currency_code: 'CNY' units: 1 nanos: -10000000 }",
            "amount.nanos OUT_OF_RANGE"},
           {"amount { currency_code: 'CNY' nanos: 1000000000 }", "amount.nanos OUT_OF_RANGE"},
           {"amount { currency_code: 'CNY' nanos: 1000000 }", "amount TOO_MANY_DIGITS"},
           {"amount { currency_code: 'JPY' nanos: 100000000 }", "amount TOO_MANY_DIGITS"},
           {"close_date {}", "close_date BAD_DATE"},
           {"close_date { year: 2026 month: 1 }", "close_date BAD_DATE"},
           {"close_date { year: 2026 month: 2 day: 29 }", "close_date BAD_DATE"},
           {"close_date { year: 2026 month: 4 day: 31 }", "close_date BAD_DATE"},
           {"close_date { year: 2026 month: 13 day: 1 }", "close_date BAD_DATE"},
           {"close_date { year: 10000 month: 1 day: 1 }", "close_date BAD_DATE"},
           {"meet_time { seconds: 253402300800 }", "meet_time BAD_TIME"},
           {"meet_time { nanos: -1 }", "meet_time BAD_TIME"},
           {"meet_time { nanos: 1000000000 }", "meet_time BAD_TIME"},
           {"effort { seconds: 1 nanos: -1 }", "effort BAD_TIME"},
           {"effort { seconds: -9223372036854775808 }", "effort BAD_TIME"},
           {"tags: 'a'", "tags TOO_FEW"},
           {"tags: ['a', 'b', 'c', 'd']", "tags TOO_MANY"},
           {"tags: ['a', 'b', 'a']", "tags[2] NOT_UNIQUE"},
           {"tags: ['a', 'abcde']", "tags[1] TOO_LONG"},
           {"lines { product: 'p' } lines {}", "lines[1].product REQUIRED"},
           {"lines { product: 'p' } lines { product: 'p' }", "lines[1] NOT_UNIQUE"},
           {"lines { product: 'p' quantity: 10 }", "lines[0].quantity OUT_OF_RANGE"},
           {"extras { key: 'A' value {} }", "extras[\"A\"] PATTERN"},
           {"extras { key: 'a\"\\\\' value {} }", "extras[\"a\\\"\\\\\"] PATTERN"},
           {"extras { key: 'a' value { text: 'abcd' } }", "extras[\"a\"].text TOO_LONG"},
           {"extras { key: 'a' value { number { value: 'x' } } }",
            "extras[\"a\"].number BAD_DECIMAL"},
           {"extras { key: 'a' } extras { key: 'b' } extras { key: 'c' }", "extras TOO_MANY"},
           {"labels { key: -7 value: 'abcd' }", "labels[\"-7\"] TOO_LONG"},
           {"main_line {}", "main_line.product REQUIRED"},
           {"main_line { product: 'p' below { below { product: 'p' } product: 'p' quantity: 10 } }",
            "main_line.below.quantity OUT_OF_RANGE"},
           {"etag: '123456789'", "etag TOO_LONG"},
           {"lost_line {}", "lost_line.product REQUIRED"},
       }) {
    testdata::CreateDealRequest request = Create("");
    const Deal deal = Parse<Deal>(c.deal);
    std::vector<const google::protobuf::FieldDescriptor*> stated;
    deal.GetReflection()->ListFields(deal, &stated);
    for (const auto* field : stated) {
      deal.GetReflection()->ClearField(request.mutable_big_deal(), field);
    }
    request.mutable_big_deal()->MergeFrom(deal);
    EXPECT_THAT(Check(request), ElementsAre(absl::StrCat("big_deal.", c.violation))) << c.deal;
  }
}

TEST(FieldRulesTest, AllViolationsAreReportedTogether) {
  testdata::BatchCreateDealsRequest request;
  *request.add_requests() = Create("");
  *request.add_requests() = Create("code: 'a' count: 11");
  request.add_requests()->set_request_id("7");
  EXPECT_THAT(
      Check(request),
      ElementsAre("requests[1].big_deal.code PATTERN", "requests[1].big_deal.count OUT_OF_RANGE",
                  "requests[2].big_deal REQUIRED", "requests[2].request_id PATTERN"));
}

TEST(FieldRulesTest, OutputOnlyFieldsAndTheNameOfANewResourceAreIgnored) {
  EXPECT_THAT(Check(Create("computed: 'too long' name: 'not a name'")), IsEmpty());
}

TEST(FieldRulesTest, TextMustBeUtf8) {
  for (const char* bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF5", "a\xE9", "abcdefgh\xE9"}) {
    testdata::CreateDealRequest request = Create("");
    request.mutable_big_deal()->set_title(bad);
    EXPECT_THAT(Check(request), ElementsAre("big_deal.title BAD_UTF8"));
  }
  testdata::CreateDealRequest request = Create("");
  request.mutable_big_deal()->set_title("\xF0\x9F\x98\x80\xED\x9F\xBF\xEE\x80\x80");
  EXPECT_THAT(Check(request), IsEmpty());
}

TEST(FieldRulesTest, WhatIsShownInsteadOfPersonalTextIsNotWrittenBack) {
  for (const char* mask : {"***", "138****5678", "w***@example.com"}) {
    EXPECT_THAT(Check(Create(absl::StrCat("phone: '", mask, "'"))),
                ElementsAre("big_deal.phone MASKED"));
  }
  EXPECT_THAT(Check(Create("phone: 'see *** below'")), IsEmpty());
}

TEST(FieldRulesTest, PageSizeIsNotNegative) {
  EXPECT_THAT(Check(Parse<testdata::ListDealsRequest>("page_size: -1")),
              ElementsAre("page_size OUT_OF_RANGE"));
  EXPECT_THAT(Check(Parse<testdata::ListDealsRequest>("page_size: 2000000000")), IsEmpty());
}

std::vector<std::string> CheckUpdate(const std::string& deal, const std::string& mask) {
  auto request = Parse<testdata::UpdateDealRequest>(absl::StrCat("big_deal { ", deal, " }"));
  for (absl::string_view path : absl::StrSplit(mask, ',', absl::SkipEmpty())) {
    request.mutable_update_mask()->add_paths(std::string(path));
  }
  return Check(request);
}

TEST(FieldRulesTest, AnUpdateNamesItsResource) {
  EXPECT_THAT(Check(testdata::UpdateDealRequest()), ElementsAre("big_deal REQUIRED"));
  EXPECT_THAT(CheckUpdate("title: 'abc'", ""), ElementsAre("big_deal.name REQUIRED"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7/x/y'", "title"),
              UnorderedElementsAre("big_deal.name BAD_REFERENCE", "big_deal.title REQUIRED"));
  EXPECT_THAT(CheckUpdate("name: 'sellers/1/deals/7' title: 'abc'", "title"), IsEmpty());
}

TEST(FieldRulesTest, AnUpdateWithoutMaskMeansWhatIsPopulated) {
  EXPECT_THAT(CheckUpdate("name: 'deals/7' count: 3", ""), IsEmpty());
  EXPECT_THAT(CheckUpdate("name: 'deals/7' count: 11 main_line {}", ""),
              ElementsAre("big_deal.count OUT_OF_RANGE", "big_deal.main_line.product REQUIRED"));
}

TEST(FieldRulesTest, AnUpdateWithAStarMeansEverything) {
  EXPECT_THAT(
      CheckUpdate("name: 'deals/7' title: 'abc'", "*"),
      ElementsAre("big_deal.score REQUIRED", "big_deal.state REQUIRED", "big_deal.share REQUIRED"));
}

TEST(FieldRulesTest, AnUpdateWithPathsMeansThem) {
  EXPECT_THAT(CheckUpdate("name: 'deals/7' count: 11 title: 'a'", "code"), IsEmpty());
  EXPECT_THAT(CheckUpdate("name: 'deals/7' count: 11 title: 'a'", "count"),
              ElementsAre("big_deal.count OUT_OF_RANGE"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7'", "title,share"),
              UnorderedElementsAre("big_deal.title REQUIRED", "big_deal.share REQUIRED"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7'", "main_line.product"),
              ElementsAre("big_deal.main_line.product REQUIRED"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7' main_line { quantity: 10 }", "main_line.quantity"),
              ElementsAre("big_deal.main_line.quantity OUT_OF_RANGE"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7' main_line {}", "main_line,main_line.product"),
              ElementsAre("big_deal.main_line.product REQUIRED"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7' extras { key: 'a' value { text: 'abcd' } } "
                          "extras { key: 'b' value { text: 'abcd' } }",
                          "extras.a"),
              ElementsAre("big_deal.extras[\"a\"].text TOO_LONG"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7'", "extras.`A.b`"),
              ElementsAre("big_deal.extras[\"A.b\"] PATTERN"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7' etag: '123456789'", "code"),
              ElementsAre("big_deal.etag TOO_LONG"));
  EXPECT_THAT(CheckUpdate("name: 'deals/7'", "name,computed,etag,main_line.checksum"), IsEmpty());
}

TEST(FieldRulesTest, AMaskMustNameFields) {
  for (const char* mask :
       {"titel", "title.x", "amount.units", "tags.a", "lines.product", "labels.7",
        "main_line..product", "main_line.", ".", "`title", "*,title", "extras.a.x"}) {
    EXPECT_THAT(CheckUpdate("name: 'deals/7' title: 'abc'", mask),
                ElementsAre("update_mask BAD_MASK"))
        << mask;
  }
}

// The goal is a few microseconds for a request of ordinary size; the bound is generous, so that a
// loaded machine or a sanitizer does not fail it.
TEST(FieldRulesTest, IsFastEnoughForEveryCall) {
  testdata::CreateDealRequest request = Create(
      "owner: 'sellers/7' amount { currency_code: 'CNY' units: 1000 } "
      "close_date { year: 2024 month: 2 day: 29 } tags: 'a' tags: 'b' "
      "extras { key: 'grade' value { text: 'A' } } etag: '1'");
  request.set_request_id("01234567-89ab-4def-8123-456789abcdef");
  EXPECT_THAT(Check(request), IsEmpty());
  constexpr int kRounds = 20'000;
  const std::clock_t start = std::clock();  // of this process: the machine may be busy
  for (int i = 0; i < kRounds; ++i) ASSERT_TRUE(CheckFieldRules(request).empty());
  const double micros = 1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kRounds;
  std::printf("CheckFieldRules: %.2f microseconds\n", micros);
  EXPECT_LT(micros, 200);
}

}  // namespace
}  // namespace salesops::api
