#include "tools/salesopsctl/friendly_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "tools/salesopsctl/table.h"

namespace salesops::ctl {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(ParseFriendly, UnderstandsDaysAmountsAndBothSpellings) {
  pipeline::v1::Opportunity o;
  const absl::Status status = ParseFriendly(
      json::parse(R"({"display_name": "d", "openDate": "2017-12-31", "amount": "-4514.5 USD",
                      "attributes": {"size": {"decimalValue": "0.60"}, "vip": {"bool_value": "true"}}})"),
      &o);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(o.open_date().year(), 2017);
  EXPECT_EQ(o.open_date().day(), 31);
  EXPECT_EQ(o.amount().units(), -4514);
  EXPECT_EQ(o.amount().nanos(), -500'000'000);
  EXPECT_EQ(o.amount().currency_code(), "USD");
  EXPECT_EQ(o.attributes().at("size").decimal_value().value(), "0.60");
  EXPECT_TRUE(o.attributes().at("vip").bool_value());
}

TEST(ParseFriendly, NamesThePathOfWhatDoesNotFit) {
  pipeline::v1::ImportedOpportunity row;
  const std::pair<const char*, const char*> cases[] = {
      {R"({"opportunity": {"colour": "red"}})",
       "opportunity.colour: Opportunity has no such field"},
      {R"({"opportunity": {"openDate": "31.12.2017"}})", "opportunity.openDate: \"31.12.2017\""},
      {R"({"opportunity": {"amount": "12"}})", "opportunity.amount: \"12\" is no amount"},
      {R"({"opportunity": {"amount": "1,5 USD"}})", "is no amount"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(ParseFriendly(json::parse(text), &row).message(), HasSubstr(message)) << text;
  }
}

TEST(SetPath, BuildsObjects) {
  json object = json::object();
  ASSERT_TRUE(SetPath("a.b", "1", &object).ok());
  ASSERT_TRUE(SetPath("a.c", "[1,2]", &object).ok());
  EXPECT_EQ(object, json::parse(R"({"a":{"b":"1","c":[1,2]}})"));
  EXPECT_FALSE(SetPath("a..b", "1", &object).ok());
  EXPECT_FALSE(SetPath("x", "{oops", &object).ok());
}

TEST(Table, LinesUpChineseTextAndShortensValues) {
  pipeline::v1::Opportunity o;
  ASSERT_TRUE(ParseFriendly(json::parse(R"({"amount": "1234567.5 CNY", "openDate": "2026-03-01",
      "state": "STATE_OPEN", "attributes": {"k": {"stringValue": "v"}}})"),
                            &o)
                  .ok());
  EXPECT_EQ(CellOf(o, "amount"), "1,234,567.50 CNY");
  EXPECT_EQ(CellOf(o, "open_date"), "2026-03-01");
  EXPECT_EQ(CellOf(o, "state"), "OPEN");
  EXPECT_EQ(CellOf(o, "attributes.k"), "v");
  EXPECT_EQ(CellOf(o, "close_date"), "");
  EXPECT_EQ(DisplayWidth("华为 ab"), 7);
  EXPECT_EQ(FormatTable({"a", "b"}, {{"华为", "1"}, {"x", "2"}}), "a     b\n华为  1\nx     2\n");
}

}  // namespace
}  // namespace salesops::ctl
