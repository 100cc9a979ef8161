#include "shared/api/field_mask.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "shared/api/testdata/deal.pb.h"

namespace salesops::api {
namespace {

using testdata::Deal;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Deal Parse(const std::string& text) {
  Deal deal;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &deal)) << text;
  return deal;
}

google::protobuf::FieldMask Mask(const std::string& paths) {
  google::protobuf::FieldMask mask;
  for (absl::string_view path : absl::StrSplit(paths, ',', absl::SkipEmpty())) {
    mask.add_paths(std::string(path));
  }
  return mask;
}

struct Case {
  const char* current;
  const char* update;
  const char* mask;
  const char* result;
};

TEST(ApplyUpdateTest, WritesWhatTheMaskNames) {
  for (const Case& c : std::vector<Case>{
           // No mask: all populated fields.
           {"title: 'a' count: 1", "count: 2", "", "title: 'a' count: 2"},
           {"tags: ['a', 'b']", "tags: 'c'", "", "tags: 'c'"},
           {"extras { key: 'a' }", "extras { key: 'b' }", "", "extras { key: 'b' }"},
           {"amount { currency_code: 'CNY' units: 5 nanos: 10 }", "amount { currency_code: 'USD' }",
            "", "amount { currency_code: 'USD' }"},
           // "*": everything.
           {"title: 'a' count: 1 tags: 'a' main_line { product: 'p' }", "count: 2", "*",
            "count: 2"},
           {"won_by: 'x'", "lost_line { product: 'p' }", "*", "lost_line { product: 'p' }"},
           {"lost_line { product: 'p' }", "won_by: 'x'", "*", "won_by: 'x'"},
           {"won_by: 'x'", "won_by: 'y'", "*", "won_by: 'y'"},
           {"won_by: 'x'", "", "*", ""},
           // Paths.
           {"title: 'a' count: 1", "title: 'b' count: 2", "count", "title: 'a' count: 2"},
           {"title: 'a' count: 1", "", "count", "title: 'a'"},
           {"count: 1 score: 1", "", "score,count", ""},
           {"count: 1", "count: 2", "count,count", "count: 2"},
           {"tags: ['a', 'b']", "", "tags", ""},
           {"", "score: 0", "score", "score: 0"},
           {"won_by: 'x'", "lost_line { product: 'p' }", "won_by", ""},
           // Into sub-messages.
           {"main_line { product: 'p' quantity: 1 }", "main_line { product: 'q' quantity: 2 }",
            "main_line.quantity", "main_line { product: 'p' quantity: 2 }"},
           {"main_line { product: 'p' quantity: 1 }", "", "main_line.quantity",
            "main_line { product: 'p' }"},
           {"", "main_line { below { product: 'q' } }", "main_line.below.product",
            "main_line { below { product: 'q' } }"},
           {"", "", "main_line.below.product", ""},
           {"main_line { product: 'p' }", "", "main_line", ""},
           {"main_line { product: 'p' quantity: 1 }", "main_line { product: 'q' }",
            "main_line,main_line.product", "main_line { product: 'q' }"},
           // Entries of maps.
           {"extras { key: 'a' value { text: 'x' } } extras { key: 'b' }",
            "extras { key: 'a' value { text: 'y' } }", "extras.a",
            "extras { key: 'a' value { text: 'y' } } extras { key: 'b' }"},
           {"extras { key: 'a' } extras { key: 'b' }", "", "extras.a", "extras { key: 'b' }"},
           {"extras { key: 'a' }", "extras { key: 'b' }", "extras.b",
            "extras { key: 'a' } extras { key: 'b' }"},
           {"extras { key: 'a' }", "", "extras.c", "extras { key: 'a' }"},
           {"", "extras { key: 'a.b' value { text: 'x' } }", "extras.`a.b`",
            "extras { key: 'a.b' value { text: 'x' } }"},
           {"", "extras { key: 'a' value { text: 'x' } }", "extras.a.text",
            "extras { key: 'a' value { text: 'x' } }"},
           // What no update writes.
           {"computed: 'c' etag: '1' name: 'deals/7'", "computed: 'x' etag: '2' name: 'x' count: 2",
            "", "computed: 'c' etag: '1' name: 'deals/7' count: 2"},
           {"computed: 'c' etag: '1' name: 'deals/7'", "", "*",
            "computed: 'c' etag: '1' name: 'deals/7'"},
           {"computed: 'c' etag: '1' name: 'deals/7'", "", "computed,etag,name",
            "computed: 'c' etag: '1' name: 'deals/7'"},
           {"main_line { product: 'p' checksum: 'c' }",
            "main_line { product: 'q' checksum: 'x' quantity: 1 }", "main_line",
            "main_line { product: 'q' checksum: 'c' quantity: 1 }"},
           // Immutable fields that stay as they are.
           {"owner: 'sellers/1'", "owner: 'sellers/1' count: 1", "", "owner: 'sellers/1' count: 1"},
           {"owner: 'sellers/1'", "count: 1", "*", "owner: 'sellers/1' count: 1"},
           {"owner: 'sellers/1'", "owner: 'sellers/1'", "owner", "owner: 'sellers/1'"},
       }) {
    Deal current = Parse(c.current);
    const base::Violations violations = ApplyUpdate(Parse(c.update), Mask(c.mask), &current);
    EXPECT_THAT(violations.list(), IsEmpty()) << c.mask;
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(current, Parse(c.result)))
        << c.current << " | " << c.update << " | " << c.mask << " -> "
        << current.ShortDebugString();
  }
}

std::vector<std::string> Violations(const std::string& current, const std::string& update,
                                    const std::string& mask) {
  Deal deal = Parse(current);
  std::vector<std::string> found;
  const base::Violations violations = ApplyUpdate(Parse(update), Mask(mask), &deal);
  for (const base::Violation& v : violations.list()) {
    found.push_back(absl::StrCat(v.field, " ", v.reason, ": ", v.message));
  }
  return found;
}

TEST(ApplyUpdateTest, RefusesToChangeWhatIsImmutable) {
  const char* const refused = "big_deal.owner IMMUTABLE: cannot be changed by an update";
  EXPECT_THAT(Violations("owner: 'sellers/1'", "owner: 'sellers/2'", ""), ElementsAre(refused));
  EXPECT_THAT(Violations("owner: 'sellers/1'", "owner: 'sellers/2'", "*"), ElementsAre(refused));
  EXPECT_THAT(Violations("owner: 'sellers/1'", "", "owner"), ElementsAre(refused));
  EXPECT_THAT(Violations("", "owner: 'sellers/1'", "owner"), ElementsAre(refused));
}

TEST(ApplyUpdateTest, SaysWhatIsWrongWithAMask) {
  EXPECT_THAT(
      Violations("", "", "titel,amount.units,lines.product,labels.7,a..b,`x,*,title"),
      ElementsAre(
          "update_mask BAD_MASK: path \"titel\": Deal has no field \"titel\"",
          "update_mask BAD_MASK: path \"amount.units\": \"amount\" is one value; name it as a "
          "whole",
          "update_mask BAD_MASK: path \"lines.product\": \"lines\" is a list; name it as a whole",
          "update_mask BAD_MASK: path \"labels.7\": only maps with text keys can be named by entry",
          "update_mask BAD_MASK: path \"a..b\": a part is empty",
          "update_mask BAD_MASK: path \"`x\": a back quote is never closed",
          "update_mask BAD_MASK: path \"*\": Deal has no field \"*\""));
}

std::string Changed(const std::string& before, const std::string& after) {
  return absl::StrJoin(ChangedFields(Parse(before), Parse(after)).paths(), ",");
}

TEST(ChangedFieldsTest, NamesTheFieldsThatDiffer) {
  EXPECT_EQ(Changed("title: 'a' count: 1", "title: 'a' count: 1"), "");
  EXPECT_EQ(Changed("title: 'a' count: 1", "title: 'b' score: 0"), "count,score,title");
  EXPECT_EQ(Changed("", "score: 0"), "score");
  EXPECT_EQ(Changed("tags: ['a', 'b']", "tags: ['b', 'a']"), "tags");
  EXPECT_EQ(Changed("states: STATE_OPEN", "states: STATE_WON"), "states");
  EXPECT_EQ(Changed("amount { units: 1 }", "amount { units: 1 nanos: 1 }"), "amount");
  EXPECT_EQ(Changed("amount {}", ""), "amount");
  EXPECT_EQ(Changed("lines { product: 'p' }", "lines { product: 'q' }"), "lines");
  EXPECT_EQ(Changed("won_by: 'x'", "lost_line {}"), "lost_line,won_by");
}

TEST(ChangedFieldsTest, LeavesOutWhatTheServiceWrites) {
  EXPECT_EQ(Changed("computed: 'a' etag: '1'", "computed: 'b' etag: '2'"), "");
  EXPECT_EQ(Changed("main_line { checksum: 'a' }", "main_line { checksum: 'b' }"), "");
}

TEST(ChangedFieldsTest, MapsHaveNoOrder) {
  EXPECT_EQ(Changed("extras { key: 'a' value { text: 'x' } } extras { key: 'b' }",
                    "extras { key: 'b' } extras { key: 'a' value { text: 'x' } }"),
            "");
  EXPECT_EQ(
      Changed("extras { key: 'a' value { text: 'x' } }", "extras { key: 'a' value { text: 'y' } }"),
      "extras");
  EXPECT_EQ(Changed("labels { key: 1 value: 'x' }", "labels { key: 2 value: 'x' }"), "labels");
}

TEST(ChangedFieldsTest, IsFastEnoughForEveryCall) {
  const Deal before = Parse(
      "title: 'abc' owner: 'sellers/7' amount { currency_code: 'CNY' units: 1000 } "
      "close_date { year: 2024 month: 2 day: 29 } tags: 'a' tags: 'b' etag: '1' "
      "extras { key: 'grade' value { text: 'A' } }");
  constexpr int kRounds = 20'000;
  const std::clock_t start = std::clock();  // of this process: the machine may be busy
  for (int i = 0; i < kRounds; ++i) ASSERT_EQ(ChangedFields(before, before).paths_size(), 0);
  const double micros = 1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kRounds;
  std::printf("ChangedFields: %.2f microseconds\n", micros);
  EXPECT_LT(micros, 200);
}

}  // namespace
}  // namespace salesops::api
