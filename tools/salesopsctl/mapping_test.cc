#include "tools/salesopsctl/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::ctl {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

absl::StatusOr<std::string> Products(const std::string& path) {
  if (path == "data/products.csv") return std::string("product\nGTX Pro\nMG Special\n");
  return absl::NotFoundError(path);
}

constexpr char kMapping[] = R"({
  "source": "crm",
  "values": { "product": { "GTXPro": "GTX Pro" } },
  "allowed": { "product": { "file": "products.csv", "column": "product" } },
  "imports": {
    "deals": {
      "file": "deals.csv",
      "collection": "opportunities",
      "ignored": ["junk"],
      "row": { "opportunity": {
        "name": "opportunities/{id|slug}",
        "displayName": "{product|value:product} for {who|default:nobody}",
        "account": "accounts/{who|slug}",
        "amount": "{value|times:1000} USD",
        "attributes": { "product": { "stringValue": "{product|value:product|allowed:product}" } },
        "externalKeys": [ { "source": "crm", "key": "{id}" }, { "source": "old", "key": "{who}" } ]
      } }
    },
    "owners": { "file": "deals.csv", "collection": "sellers", "distinct": true,
                "ignored": ["id", "product", "value", "junk"],
                "row": { "seller": { "displayName": "{who}" } } }
  }
})";

Mapping Parsed() {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(kMapping, "data", Products);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return *std::move(mapping);
}

Csv Rows(const std::string& rows) { return *ParseCsv("id,product,who,value,junk\n" + rows); }

TEST(Mapping, FillsTemplatesAndCountsReplacements) {
  const Mapping mapping = Parsed();
  absl::StatusOr<MappedRows> mapped =
      mapping.Apply(*mapping.Find("deals"), Rows("K 1, GTXPro ,Acme Corp.,1.5,x\n"));
  ASSERT_TRUE(mapped.ok()) << mapped.status();
  ASSERT_THAT(mapped->rows, SizeIs(1));
  EXPECT_EQ(mapped->rows[0].line, 2);
  EXPECT_EQ(mapped->rows[0].value, json::parse(R"({"opportunity": {
      "name": "opportunities/k-1", "displayName": "GTX Pro for Acme Corp.",
      "account": "accounts/acme-corp", "amount": "1500 USD",
      "attributes": { "product": { "stringValue": "GTX Pro" } },
      "externalKeys": [ { "source": "crm", "key": "K 1" }, { "source": "old", "key": "Acme Corp." } ]
  }})"));
  EXPECT_THAT(mapped->replaced, ElementsAre(Pair("product: GTXPro -> GTX Pro", 1)))
      << "a column used twice is replaced once per row";
}

TEST(Mapping, LeavesOutWhatIsEmpty) {
  const Mapping mapping = Parsed();
  absl::StatusOr<MappedRows> mapped =
      mapping.Apply(*mapping.Find("deals"), Rows("2,MG Special,,,x\n"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_EQ(mapped->rows[0].value, json::parse(R"({"opportunity": {
      "name": "opportunities/2", "displayName": "MG Special for nobody",
      "attributes": { "product": { "stringValue": "MG Special" } },
      "externalKeys": [ { "source": "crm", "key": "2" } ] }})"))
      << "an element of a list that lost a part is left out as a whole";
}

TEST(Mapping, AValueOutsideTheListFailsItsRowOnly) {
  const Mapping mapping = Parsed();
  absl::StatusOr<MappedRows> mapped =
      mapping.Apply(*mapping.Find("deals"), Rows("1,Toaster,a,1,x\n2,GTX Pro,b,1,x\n"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_THAT(mapped->rows, SizeIs(1));
  ASSERT_THAT(mapped->failures, SizeIs(1));
  EXPECT_EQ(mapped->failures[0].line, 2);
  EXPECT_THAT(mapped->failures[0].message, HasSubstr("\"Toaster\" is not among the allowed"));
}

TEST(Mapping, DistinctRowsAreSentOnce) {
  const Mapping mapping = Parsed();
  absl::StatusOr<MappedRows> mapped =
      mapping.Apply(*mapping.Find("owners"), Rows("1,p,Ann,1,x\n2,p,Bob,1,x\n3,p,Ann,1,x\n"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_THAT(mapped->rows, SizeIs(2));
  EXPECT_EQ(mapped->repeated, 1);
}

TEST(Mapping, NoColumnIsLostSilently) {
  const Mapping mapping = Parsed();
  EXPECT_THAT(mapping.Apply(*mapping.Find("deals"), *ParseCsv("id,product,who,value,extra\n"))
                  .status()
                  .message(),
              HasSubstr("\"extra\" is neither used nor listed"));
  EXPECT_THAT(
      mapping.Apply(*mapping.Find("deals"), *ParseCsv("id,product,who\n")).status().message(),
      HasSubstr("uses column \"value\""));
}

TEST(Mapping, MistakesInTheFileAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "not a JSON object"},
      {R"({"imports":{}})", "\"source\" is missing"},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|slugg}"}}}})", "unknown filter \"slugg\""},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|value:t}"}}}})", "no table \"t\""},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c"}}}})", "never closed"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(Mapping::Parse(text, "data", Products).status().message(), HasSubstr(message));
  }
}

}  // namespace
}  // namespace salesops::ctl
