#include "tools/salesopsctl/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tools/salesopsctl/csv.h"

namespace salesops::ctl {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

// A server that knows some names, and remembers what it was asked.
class KnownNames final : public ServerLookups {
 public:
  Answer Find(const std::string& lookup, const std::string& key) override {
    const auto found = answers.find(absl::StrCat(lookup, ":", key));
    if (found == answers.end()) asked.push_back(absl::StrCat(lookup, ":", key));
    return found == answers.end() ? Answer() : found->second;
  }
  std::map<std::string, Answer> answers;
  std::vector<std::string> asked;
};

struct Mapped {
  struct Row {
    int64_t line;
    json value;
  };
  std::vector<Row> rows;
  std::vector<std::pair<int64_t, Rejection>> failures;
  std::map<std::string, int64_t> replaced;
};

// A CSV through an import.
absl::StatusOr<Mapped> Apply(const Mapping& mapping, const std::string& import, const Csv& csv) {
  KnownNames nobody;
  auto mapper = RowMapper::For(*mapping.Find(import), csv.header);
  if (!mapper.ok()) return mapper.status();
  Mapped mapped;
  for (const Csv::Row& row : csv.rows) {
    Record record;
    for (const std::string& column : csv.header) record.cells.push_back(row.cells.at(column));
    Filled filled = mapper->Map(record, nobody);
    for (const Rejection& each : filled.rejections) mapped.failures.emplace_back(row.line, each);
    if (!filled.rejections.empty()) continue;
    for (const std::string& each : filled.replacements) ++mapped.replaced[each];
    mapped.rows.push_back({row.line, filled.value});
  }
  return mapped;
}

absl::StatusOr<std::string> Products(const std::string& path) {
  if (path == "data/products.csv") return std::string("product\nGTX Pro\nMG Special\n");
  if (path == "data/twice.csv") return std::string("编号,名称\n1,甲\n2,乙\n2,丙\n1, 甲\n");
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

std::unique_ptr<const Mapping> Parsed(const std::string& text = kMapping) {
  auto mapping = Mapping::Parse(text, "data", Products);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return *std::move(mapping);
}

Csv Rows(const std::string& rows) { return *ParseCsv("id,product,who,value,junk\n" + rows); }

TEST(Mapping, FillsTemplatesAndCountsReplacements) {
  const auto mapping = Parsed();
  const absl::StatusOr<Mapped> mapped =
      Apply(*mapping, "deals", Rows("K 1, GTXPro ,Acme Corp.,1.5,x\n"));
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
  const auto mapping = Parsed();
  const absl::StatusOr<Mapped> mapped = Apply(*mapping, "deals", Rows("2,MG Special,,,x\n"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_EQ(mapped->rows[0].value, json::parse(R"({"opportunity": {
      "name": "opportunities/2", "displayName": "MG Special for nobody",
      "attributes": { "product": { "stringValue": "MG Special" } },
      "externalKeys": [ { "source": "crm", "key": "2" } ] }})"))
      << "an element of a list that lost a part is left out as a whole";
}

TEST(Mapping, AValueOutsideTheListFailsItsRowOnly) {
  const auto mapping = Parsed();
  const absl::StatusOr<Mapped> mapped =
      Apply(*mapping, "deals", Rows("1,Toaster,a,1,x\n2,GTX Pro,b,1,x\n"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_THAT(mapped->rows, SizeIs(1));
  ASSERT_THAT(mapped->failures, SizeIs(1));
  EXPECT_EQ(mapped->failures[0].first, 2);
  EXPECT_EQ(mapped->failures[0].second.field, "product");
  EXPECT_THAT(mapped->failures[0].second.message,
              HasSubstr("\"Toaster\" is not among the allowed"));
}

TEST(Mapping, NoColumnIsLostSilently) {
  const auto mapping = Parsed();
  EXPECT_THAT(
      Apply(*mapping, "deals", *ParseCsv("id,product,who,value,extra\n")).status().message(),
      HasSubstr("\"extra\" is neither used nor listed"));
  EXPECT_THAT(Apply(*mapping, "deals", *ParseCsv("id,product,who\n")).status().message(),
              HasSubstr("uses column \"value\""));
}

TEST(Mapping, MistakesInTheFileAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "not a JSON object"},
      {R"({"imports":{}})", "\"source\" is missing"},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|slugg}"}}}})", "unknown filter \"slugg\""},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|value:t}"}}}})", "no table \"t\""},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c"}}}})", "never closed"},
      {R"({"source":"s","imprts":{},"imports":{}})", "unknown key \"imprts\"; there are source,"},
      {R"({"source":"s","imports":{"a":{"rows":{}}}})",
       "imports.a: the import: unknown key \"rows\""},
      {R"({"source":"s","allowed":{"l":{"file":"products.csv","col":"product"}},"imports":{}})",
       "allowed.l: unknown key \"col\""},
      {R"({"source":"s","allowed":{"l":{"file":"products.csv","column":"x"}},"imports":{}})",
       "has no such column \"x\""},
      {R"({"source":"s","values":{"t":{"a":1}},"imports":{}})", "values.t.a: is not a text"},
      {R"({"source":"s","lookups":{"l":{"colection":"x"}},"imports":{}})",
       "lookups.l: has neither"},
      {R"({"source":"s","lookups":{"l":{"collection":"x","by":"name"}},"imports":{}})",
       "lookups.l.by: is displayName or externalKey"},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|lookup:l}"}}}})",
       "lookups has no entry \"l\""},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|date:YYYY/M/d}"}}}})", "\"YYYY\""},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|time}"}}}})", "needs \"timeZone\""},
      {R"({"source":"s","timeZone":"Mars","imports":{}})", "there is no \"Mars\""},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|split}{d|split}"}}}})", "splits twice"},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|trim|join:-:d}"}}}})",
       "right after the column"},
      {R"({"source":"s","imports":{"a":{"row":{"x":"{c|bool:on}"}}}})", "takes two words"},
      {R"({"source":"s","imports":{"a":{"distinct":"yes"}}})", "is not true or false"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(Mapping::Parse(text, "data", Products).status().message(), HasSubstr(message));
  }
}

// One column through one template.
std::string Through(const std::string& text, const std::string& cell) {
  const auto mapping = Parsed(absl::StrReplaceAll(
      R"({"source":"s","timeZone":"Asia/Shanghai","values":{"grade":{"重点":"A","一般":"B"}},
          "lookups":{"region":{"values":{"华东":"east"}},
                     "product":{"file":"twice.csv","key":"编号","value":"名称"}},
          "imports":{"a":{"ignored":["c","d"],"row":{"x":"TEXT"}}}})",
      {{"TEXT", text}}));
  const auto mapped = Apply(*mapping, "a", *ParseCsv(absl::StrCat("c,d\n\"", cell, "\",市\n")));
  if (!mapped.ok()) return std::string(mapped.status().message());
  if (mapped->rows.empty()) return mapped->failures[0].second.message;
  return mapped->rows[0].value["x"].dump();
}

TEST(Mapping, TypedTransforms) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"{c|date:yyyy年M月d日}", "2026年3月1日", "\"2026-03-01\""},
      {"{c|date:yyyy/M/d;yyyy.M.d}", "2026.3.1", "\"2026-03-01\""},
      {"{c|date}", "昨天", "c: \"昨天\" is not a day of the form"},
      {"{c|time:yyyy/M/d H:mm}", "2026/3/1 14:30", "\"2026-03-01T06:30:00Z\""},
      {"{c|decimal} CNY", "1,234.5万", "\"12345000 CNY\""},
      {"{c|decimal}", "一百", "c: \"一百\" is not a number"},
      {"{c|percent}", "25%", "\"0.25\""},
      {"{c|bool}", "是", "\"true\""},
      {"{c|bool:在职/离职}", "离职", "\"false\""},
      {"{c|enum:grade}", "重点", "\"A\""},
      {"{c|enum:grade}", "普通", "c: \"普通\" is none of the words of grade (一般, 重点)"},
      {"{c|split}", "甲、乙；丙", "[\"甲\",\"乙\",\"丙\"]"},
      {"tags/{c|split:/|lower}", "A/B", "[\"tags/a\",\"tags/b\"]"},
      {"{c|upper}", " ab ", "\"AB\""},
      {"{c|default:无}", "", "\"无\""},
      {"{c|join:-:d}", "省", "\"省-市\""},
      {"{c|join:-:d}", "", "\"市\""},
      {"{c|default:a\\\\|b\\\\}}", "", "\"a|b}\""},
      {"固定", "", "\"固定\""},
      {"{c|lookup:region}", "华东", "\"east\""},
      {"{c|lookup:region}", "华北", "c: \"华北\" is not found by region"},
      {"{c|lookup:product}", "1", "\"甲\""},
      {"{c|lookup:product}", "2", "c: \"2\" stands for several by product"},
  };
  for (const auto& [text, cell, wanted] : cases) {
    EXPECT_THAT(Through(text, cell), HasSubstr(wanted)) << text;
  }
}

TEST(Mapping, EveryFaultOfARowIsTold) {
  const auto mapping = Parsed(R"({"source":"s","imports":{"a":{
      "row":{"x":"{a|date}","y":"{b|decimal}","z":"{a|date}"}}}})");
  const auto mapped = Apply(*mapping, "a", *ParseCsv("a,b\nx,y\n"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_THAT(mapped->failures, SizeIs(2)) << "and one that stands twice once";
}

TEST(Mapping, TheServerIsAskedForManyRowsAtOnce) {
  const auto mapping = Parsed(R"({"source":"s",
      "lookups":{"account":{"collection":"accounts","by":"displayName"},
                 "owner":{"collection":"sellers","by":"externalKey","source":"hr"}},
      "imports":{"a":{"row":{"account":"{a|lookup:account}","owner":"{b|lookup:owner}"}}}})");
  EXPECT_EQ(mapping->lookups().at("owner").source, "hr");
  const auto mapper = RowMapper::For(*mapping->Find("a"), {"a", "b"});
  ASSERT_TRUE(mapper.ok());
  KnownNames server;
  Record record;
  record.cells = {"华为", "007"};
  EXPECT_TRUE(mapper->Map(record, server).pending);
  EXPECT_THAT(server.asked, ElementsAre("account:华为", "owner:007"));
  server.answers["account:华为"] = {ServerLookups::Answer::kFound, "accounts/1"};
  server.answers["owner:007"] = {ServerLookups::Answer::kFound, "sellers/7"};
  const Filled filled = mapper->Map(record, server);
  EXPECT_FALSE(filled.pending);
  EXPECT_EQ(filled.value, json::parse(R"({"account":"accounts/1","owner":"sellers/7"})"));
  server.answers["account:华为"] = {ServerLookups::Answer::kAmbiguous, ""};
  server.answers["owner:007"] = {ServerLookups::Answer::kNotFound, ""};
  const Filled wrong = mapper->Map(record, server);
  ASSERT_THAT(wrong.rejections, SizeIs(2));
  EXPECT_EQ(wrong.rejections[0].message,
            "a: \"华为\" stands for several by account (accounts, by display name)");
  EXPECT_EQ(wrong.rejections[1].message,
            "b: \"007\" is not found by owner (sellers, by external key of hr)");
}

TEST(Mapping, SaysWhatEachFieldIsMadeOf) {
  const auto mapping = Parsed();
  const auto leaves = mapping->Find("deals")->row.Leaves();
  ASSERT_THAT(leaves, SizeIs(9));
  EXPECT_EQ(leaves[0].path, "opportunity.account");
  EXPECT_EQ(leaves[0].text, "accounts/{who|slug}");
  EXPECT_THAT(leaves[0].columns, ElementsAre("who"));
  EXPECT_EQ(leaves[8].path, "opportunity.name");
}

}  // namespace
}  // namespace salesops::ctl
