#include "shared/api/disclosure.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "shared/api/testdata/deal.pb.h"

namespace salesops::api {
namespace {

using auth::Access;
using auth::RowScope;
using testdata::Deal;
using testdata::ListDealsResponse;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kPermission[] = "deals.personal.read";

template <class T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

Access Everybody() { return Access("", {{{"deals.*"}, RowScope::All()}}); }
Access OnlyRowsOf(const std::string& seller) {
  return Access(seller, {{{kPermission}, {.some = true, .sellers = {seller}}}});
}
Access ReadsWithoutPeople() { return Access("", {{{"deals.deals.read"}, RowScope::All()}}); }

const char kDeal[] = R"(
  name: "deals/1" owner: "sellers/a" title: "t" phone: "13812345678"
  lines { product: "p" buyer: "Wang Fang" pleased: false below { buyer: "Li Na" } }
  lines { product: "q" })";

TEST(DisclosureTest, WhoMaySeeIsToldAll) {
  Deal deal = Parse<Deal>(kDeal);
  const Disclosure told = Disclose(Everybody(), kPermission, &deal);
  EXPECT_EQ(deal.SerializeAsString(), Parse<Deal>(kDeal).SerializeAsString());
  EXPECT_THAT(told.resources, ElementsAre("deals/1"));
  EXPECT_EQ(told.resource_count, 1);
  EXPECT_THAT(told.fields, ElementsAre("buyer", "phone", "pleased"));
}

TEST(DisclosureTest, EverybodyElseSeesMasks) {
  Deal deal = Parse<Deal>(kDeal);
  const Disclosure told = Disclose(ReadsWithoutPeople(), kPermission, &deal);
  EXPECT_EQ(deal.phone(), "138****5678");
  EXPECT_EQ(deal.lines(0).buyer(), "***");
  EXPECT_FALSE(deal.lines(0).has_pleased());
  EXPECT_EQ(deal.lines(0).below().buyer(), "***");
  EXPECT_EQ(deal.lines(0).product(), "p");
  EXPECT_EQ(deal.title(), "t");
  EXPECT_THAT(told.fields, IsEmpty());
  EXPECT_EQ(told.resource_count, 0);
}

TEST(DisclosureTest, ARowIsSeenByWhomItsOwnerIsInReachOf) {
  ListDealsResponse list;
  for (const char* id : {"a", "b"}) {
    *list.add_deals() = Parse<Deal>(kDeal);
    list.mutable_deals()->rbegin()->set_owner(std::string("sellers/") + id);
  }
  *list.add_deals() = Parse<Deal>(kDeal);
  list.mutable_deals()->rbegin()->clear_owner();
  Disclose(OnlyRowsOf("b"), kPermission, &list);
  EXPECT_EQ(list.deals(0).phone(), "138****5678");
  EXPECT_EQ(list.deals(1).phone(), "13812345678");
  EXPECT_EQ(list.deals(2).phone(), "13812345678");  // nobody's rows are in everybody's scope
}

TEST(DisclosureTest, WhoMayNotSeeMayNotEmpty) {
  const Deal before = Parse<Deal>(kDeal);
  Deal after = before;
  after.set_phone("13900000000");  // a new value may be written by whoever may write
  EXPECT_TRUE(MayWrite(ReadsWithoutPeople(), kPermission, before, after).ok());
  after.clear_phone();
  EXPECT_EQ(MayWrite(ReadsWithoutPeople(), kPermission, before, after).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(MayWrite(OnlyRowsOf("b"), kPermission, before, after).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(MayWrite(OnlyRowsOf("a"), kPermission, before, after).ok());
  after = before;
  after.clear_lines();  // with what they hold
  EXPECT_EQ(MayWrite(ReadsWithoutPeople(), kPermission, before, after).code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(DisclosureTest, MasksTellWhichOfOnesOwnItIs) {
  EXPECT_EQ(Mask("13812345678"), "138****5678");
  EXPECT_EQ(Mask("+86 138-1234-5678"), "138****5678");
  EXPECT_EQ(Mask("+1 (415) 555-2671"), "141****2671");
  EXPECT_EQ(Mask("010-8888 9999"), "010****9999");
  EXPECT_EQ(Mask("+44 20 7946 0958"), "****0958");
  EXPECT_EQ(Mask("12345"), "***");
  EXPECT_EQ(Mask("wang@example.com"), "w***@example.com");
  EXPECT_EQ(Mask("王芳@例子.公司"), "王***@例子.公司");
  EXPECT_EQ(Mask("he said @ noon"), "***");
  EXPECT_EQ(Mask("asked for a discount"), "***");
}

RC_GTEST_PROP(DisclosureTest, AMaskIsKnown, (const std::string& text)) {
  RC_ASSERT(IsMask(Mask(text)));
}

}  // namespace
}  // namespace salesops::api
