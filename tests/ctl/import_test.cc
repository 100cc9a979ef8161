// Tables as Chinese companies have them go in whole, in any form, and come out again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/ctl/terminal.h"
#include "tools/salesopsctl/csv.h"
#include "tools/salesopsctl/test_workbook.h"
#include "tools/salesopsctl/text_encoding.h"

namespace salesops::stack {
namespace {

using ctl::Encoding;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMapping[] = R"({
  "source": "kingdee",
  "timeZone": "Asia/Shanghai",
  "values": { "grade": { "重点": "A", "一般": "B" } },
  "lookups": {
    "region": { "values": { "深圳": "华南", "北京": "华北", "杭州": "华东" } },
    "by_name": { "collection": "accounts", "by": "displayName" },
    "by_code": { "collection": "accounts", "by": "externalKey" }
  },
  "imports": {
    "客户": {
      "collection": "accounts",
      "ignored": ["备注"],
      "row": { "account": {
        "displayName": "{客户名称}",
        "industry": "{行业}",
        "region": "{城市|lookup:region}",
        "country": "中国",
        "grade": "{等级|enum:grade}",
        "annualRevenue": "{年营收|decimal} CNY",
        "employeeCount": "{员工数|decimal}",
        "attributes": {
          "first_deal": { "dateValue": "{首次合作|date:yyyy/M/d;yyyy年M月d日}" },
          "listed": { "boolValue": "{上市|bool}" },
          "discount": { "decimalValue": "{折扣|percent}" },
          "address": { "stringValue": "{省份|join: :城市}" }
        },
        "externalKeys": [{ "source": "kingdee", "key": "{客户编号}" }]
      } }
    },
    "联系人": {
      "collection": "contacts",
      "row": { "contact": {
        "displayName": "{姓名}",
        "account": "{客户|lookup:by_name}",
        "externalKeys": [{ "source": "kingdee", "key": "{编号}" }]
      } }
    },
    "联系人按编号": {
      "collection": "contacts",
      "row": { "contact": {
        "displayName": "{姓名}",
        "account": "{客户|lookup:by_code}",
        "externalKeys": [{ "source": "kingdee", "key": "{编号}" }]
      } }
    },
    "商机": {
      "collection": "opportunities",
      "row": {
        "opportunity": {
          "displayName": "{名称}",
          "account": "{客户编号|lookup:by_code}",
          "owner": "sellers/li-lei",
          "processVersion": "salesProcesses/past/versions/v1",
          "stage": "won",
          "amount": "{金额|decimal} CNY",
          "openDate": "{建立时间|date:yyyy/M/d H:mm}",
          "closeDate": "{赢单日期|date}",
          "externalKeys": [{ "source": "kingdee", "key": "{编号}" }]
        },
        "transitions": [
          { "toStage": "talk", "transitionTime": "{洽谈时间|time:yyyy/M/d H:mm}" },
          { "toStage": "won", "transitionTime": "{赢单时间|time:yyyy/M/d H:mm}" }
        ]
      }
    }
  }
})";

const std::vector<std::string>& Header() {
  static const auto* header =
      new std::vector<std::string>{"客户编号", "客户名称", "行业",     "城市", "省份", "等级",
                                   "年营收",   "员工数",   "首次合作", "上市", "折扣", "备注"};
  return *header;
}

std::vector<std::vector<std::string>> Customers() {
  return {{"K001", "深圳市华为技术有限公司", "通信", "深圳", "广东", "重点", "8,621亿", "207,000",
           "2019/3/1", "否", "12.5%", "含\"引号\"，和逗号"},
          {"K002", "北京三快科技有限公司", "互联网", "北京", "", "一般", "2767.45亿", "114731",
           "2021年11月9日", "是", "5%", "两行\n备注"},
          {"K003", "杭州网易 Ltd.", "互联网", "杭州", "浙江", "重点", "1034万", "31,000",
           "2020/12/31", "是", "0%", ""}};
}

std::string Csv(const std::vector<std::vector<std::string>>& rows) {
  std::string text = ctl::CsvLine(Header());
  for (const auto& row : rows) text += ctl::CsvLine(row);
  return text;
}

std::string InGb18030(const std::string& text) { return *ctl::FromUtf8(text, Encoding::kGb18030); }

class ImportTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { stack_ = new Stack(); }
  static void TearDownTestSuite() {
    delete stack_;
    stack_ = nullptr;
  }

  void SetUp() override {
    ann_.AsAdmin();
    WriteFile(ann_.File("mapping.json"), kMapping);
  }

  std::vector<std::string> Importing(const std::string& what, const std::string& file,
                                     const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"import", what, "--mapping", ann_.File("mapping.json"),
                                      "--file", file};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Said Import(const std::string& what, const std::string& file,
              const std::vector<std::string>& more = {}) const {
    return ann_.Run(Importing(what, file, more));
  }
  std::string Write(const std::string& name, const std::string& bytes) const {
    WriteFile(ann_.File(name), bytes);
    return ann_.File(name);
  }

  // Accounts of a filter without what the server adds, as one text.
  std::string Accounts(const std::string& filter) const {
    const Said said = ann_.Run({"list", "accounts", "--filter", filter, "--order-by",
                                "display_name", "-o", "json", "--all"});
    EXPECT_EQ(said.code, 0) << said.err;
    json rows = said.Json();
    for (json& row : rows) {
      for (const char* field : {"name", "etag", "createTime", "updateTime", "externalKeys"}) {
        row.erase(field);
      }
    }
    return rows.dump(1);
  }

  static int64_t Facts() { return stack_->Number("pipeline", "SELECT COUNT(*) FROM outbox"); }

  // "K000001" … in industry `industry`; a bad grade in every row whose number `bad` divides.
  std::string Many(const std::string& industry, int rows, int bad) const {
    std::string text = ctl::CsvLine(Header());
    for (int i = 1; i <= rows; ++i) {
      text += ctl::CsvLine({absl::StrCat(industry, i), absl::StrCat("客户", i), industry, "深圳",
                            "广东", i % bad == 0 ? "未知" : "一般", "1万", "1", "2020/1/1", "是",
                            "1%", ""});
    }
    return text;
  }

  static int64_t Done(const std::string& folder) {
    int64_t done = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      const json state = json::parse(ReadFile(entry.path()), nullptr, false);
      if (state.is_object()) done = std::max(done, state.value("done", int64_t{0}));
    }
    return done;
  }

  static Stack* stack_;
  Terminal ann_{*stack_};
};

Stack* ImportTest::stack_ = nullptr;

TEST_F(ImportTest, TheSameCustomersInEveryFormAreTheSame) {
  const std::string csv = Csv(Customers());
  const Said first = Import("客户", Write("客户.csv", InGb18030(csv)));
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("read as GB18030"));
  EXPECT_THAT(first.err, HasSubstr("3 created, 0 updated, 0 unchanged, 0 failed"));
  EXPECT_THAT(first.err, HasSubstr("rows/s"));

  const std::string filter = "industry = \"互联网\"";
  const json found = json::parse(Accounts(filter));
  ASSERT_EQ(found.size(), 2u) << found;
  const json& meituan = found[0];
  EXPECT_EQ(meituan["displayName"], "北京三快科技有限公司");
  EXPECT_EQ(meituan["region"], "华北");
  EXPECT_EQ(meituan["grade"], "B");
  EXPECT_EQ(meituan["annualRevenue"]["units"], "276745000000");
  EXPECT_EQ(meituan["annualRevenue"]["currencyCode"], "CNY");
  EXPECT_EQ(meituan["employeeCount"], 114731);
  EXPECT_EQ(meituan["attributes"]["first_deal"]["dateValue"]["month"], 11);
  EXPECT_EQ(meituan["attributes"]["listed"]["boolValue"], true);
  EXPECT_EQ(meituan["attributes"]["discount"]["decimalValue"]["value"], "0.05");
  EXPECT_EQ(meituan["attributes"]["address"]["stringValue"], "北京");

  // Every other form finds the very same, so nothing is written.
  std::string lines;
  std::string sheet = ctl::TextRow(Header());
  for (const auto& row : Customers()) {
    nlohmann::ordered_json line;
    for (size_t i = 0; i < row.size(); ++i) line[Header()[i]] = row[i];
    lines += line.dump() + "\n";
    // As Excel keeps them: days, percentages and numbers as numbers, texts in a table.
    std::string cells = ctl::TextRow(row);
    sheet += cells;
  }
  sheet = absl::StrReplaceAll(
      sheet,
      {{"<c t=\"inlineStr\"><is><t>2019/3/1</t></is></c>", "<c s=\"1\"><v>43525</v></c>"},
       {"<c t=\"inlineStr\"><is><t>2021年11月9日</t></is></c>", "<c s=\"2\"><v>44509</v></c>"},
       {"<c t=\"inlineStr\"><is><t>12.5%</t></is></c>", "<c s=\"3\"><v>0.125</v></c>"},
       {"<c t=\"inlineStr\"><is><t>114731</t></is></c>", "<c><v>114731</v></c>"},
       {"<c t=\"inlineStr\"><is><t>K001</t></is></c>", "<c t=\"s\"><v>0</v></c>"}});
  ASSERT_THAT(sheet, Not(HasSubstr("2019/3/1")));
  ASSERT_TRUE(ctl::WriteArchive(ann_.File("客户.xlsx"), ctl::WorkbookOf(sheet, {"K001"})));
  const int64_t facts = Facts();
  for (const std::string& file :
       {Write("utf8.csv", csv), Write("marked.csv", ctl::kByteOrderMark + csv),
        Write("gb.csv", InGb18030(csv)), ann_.File("客户.xlsx"), Write("客户.jsonl", lines)}) {
    const Said again = Import("客户", file);
    EXPECT_EQ(again.code, 0) << file << again.err;
    EXPECT_THAT(again.err, HasSubstr("0 created, 0 updated, 3 unchanged, 0 failed")) << file;
  }
  EXPECT_EQ(Facts(), facts);
}

TEST_F(ImportTest, ADryRunStoresNothingAndTellsTheSame) {
  const int64_t facts = Facts();
  const std::string file = Write("dry.csv", InGb18030(Many("试", 30, 10)));
  const Said said = Import("客户", file, {"--dry-run"});
  EXPECT_EQ(said.code, 8) << said.err;
  EXPECT_THAT(said.err, HasSubstr("(dry run) 27 created, 0 updated, 0 unchanged, 3 failed"));
  EXPECT_THAT(said.err, HasSubstr("row 11 等级: NOT_ALLOWED: 等级: \"未知\" is none of the words"));
  EXPECT_EQ(Facts(), facts);
  EXPECT_TRUE(std::filesystem::exists(ann_.File("dry.rejects.csv")));
}

TEST_F(ImportTest, ACorrectedRejectFileFinishesTheJob) {
  // Faults of every kind: a word, a day, a number, bytes that are no text, what the server refuses.
  std::string csv = InGb18030(Many("错", 20, 7));
  csv += InGb18030("错21,客户21,错,深圳,广东,一般,1万,1,2020/2/30,是,1%,\n");
  csv += InGb18030("错22,客户22,错,深圳,广东,一般,一万,1,2020/1/1,是,1%,\n");
  csv +=
      InGb18030("错23,客户23") + "\xFF" + InGb18030(",错,深圳,广东,一般,1万,1,2020/1/1,是,1%,\n");
  csv += InGb18030(
      absl::StrCat("错24,", std::string(300, 'x'), ",错,深圳,广东,一般,1万,1,2020/1/1,是,1%,\n"));
  const std::string file = Write("错.csv", csv);
  const Said said = Import("客户", file);
  EXPECT_EQ(said.code, 8) << said.err;
  EXPECT_THAT(said.err, HasSubstr("18 created, 0 updated, 0 unchanged, 6 failed"));
  EXPECT_THAT(said.err, HasSubstr("error rate 25.00 % (6 of 24 rows)"));
  EXPECT_THAT(said.err, HasSubstr("BAD_ENCODING"));
  EXPECT_THAT(said.err, HasSubstr("account.display_name: TOO_LONG"));

  // The rejects are in the encoding of the input, and say why.
  const std::string rejects = ann_.File("错.rejects.csv");
  std::string bytes = ReadFile(rejects);
  EXPECT_THAT(bytes, HasSubstr(InGb18030("等级: \"\"未知\"\" is none")));
  EXPECT_THAT(bytes, HasSubstr(InGb18030("备注,row,field,reason,message\n")));
  bytes = absl::StrReplaceAll(bytes, {{InGb18030(",未知,"), InGb18030(",一般,")},
                                      {"2020/2/30", "2020/2/29"},
                                      {InGb18030(",一万,"), InGb18030(",1万,")},
                                      {InGb18030("客户23") + "\xFF", InGb18030("客户23")},
                                      {std::string(300, 'x'), InGb18030("客户24")}});
  WriteFile(rejects, bytes);
  const Said mended = Import("客户", rejects);
  EXPECT_EQ(mended.code, 0) << mended.err;
  EXPECT_THAT(mended.err, HasSubstr("6 created, 0 updated, 0 unchanged, 0 failed"));
  EXPECT_EQ(json::parse(Accounts("industry = \"错\"")).size(), 24u);
  EXPECT_FALSE(std::filesystem::exists(ann_.File("错.rejects-2.csv")));
}

TEST_F(ImportTest, TheExitCodeSaysWhetherTheErrorRateIsKept) {
  const std::string file = Write("率.csv", Many("率", 200, 100));
  const Said within = Import("客户", file, {"--max-error-rate", "0.01", "--dry-run"});
  EXPECT_EQ(within.code, 0) << within.err;
  EXPECT_THAT(within.err, HasSubstr("error rate 1.00 % (2 of 200 rows), within 1.00 %"));
  const Said above = Import("客户", file, {"--max-error-rate", "0.005", "--dry-run"});
  EXPECT_EQ(above.code, 8) << above.err;
  EXPECT_THAT(above.err, HasSubstr("above 0.50 %"));
  EXPECT_EQ(Import("客户", file, {"--max-error-rate", "2"}).code, 2);
}

TEST_F(ImportTest, AnImportThatIsKilledEndsAsIfItWereNot) {
  constexpr int kRows = 12'000;
  const std::string file = Write("断.csv", InGb18030(Many("断", kRows, 100)));
  const int64_t facts = Facts();
  int64_t before = 0;
  for (int kills = 0; kills < 3; ++kills) {
    auto running = ann_.Start(Importing("客户", file));
    ASSERT_TRUE(Eventually(absl::Seconds(60), [&] {
      return Done(ann_.state()) > before || !running.process->Running();
    }));
    ASSERT_TRUE(running.process->Running()) << ReadFile(running.err);
    running.process->Kill();
    before = Done(ann_.state());
  }
  const Said said = Import("客户", file);
  EXPECT_EQ(said.code, 8) << said.err;
  EXPECT_THAT(said.err, HasSubstr(absl::StrCat("goes on after row ", before, " of ", kRows)));
  EXPECT_THAT(said.err, HasSubstr(" 120 failed"));
  EXPECT_THAT(said.err, HasSubstr("error rate 1.00 % (120 of 12000 rows)"));
  EXPECT_EQ(Facts() - facts, kRows - 120) << "each row once";
  // Rows that were stored when a kill came before it was noted are found unchanged.
  int64_t taken = 0;
  for (absl::string_view line : absl::StrSplit(said.err, '\n')) {
    if (!absl::StrContains(line, " created, ")) continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    int64_t created = 0, unchanged = 0;
    ASSERT_TRUE(absl::SimpleAtoi(words[1], &created) && absl::SimpleAtoi(words[5], &unchanged));
    EXPECT_LE(unchanged, 3 * 500) << said.err;
    taken = created + unchanged;
  }
  EXPECT_EQ(taken, kRows - 120) << said.err;
  // And each rejected row once, in one file.
  std::set<std::string> rejected;
  const auto rejects = ctl::OpenRowSource(ann_.File("断.rejects.csv"), {});
  ASSERT_TRUE(rejects.ok()) << rejects.status();
  int n = 0;
  for (;; ++n) {
    const auto record = *(*rejects)->Next();
    if (!record) break;
    rejected.insert(record->cells[0]);
  }
  EXPECT_EQ(n, 120);
  EXPECT_EQ(rejected.size(), 120u);
  EXPECT_FALSE(std::filesystem::exists(ann_.File("断.rejects-2.csv")));
  // Once more from the beginning: nothing changes.
  const Said again = Import("客户", file);
  EXPECT_THAT(again.err,
              HasSubstr(absl::StrCat("0 created, 0 updated, ", kRows - 120, " unchanged")));
  EXPECT_EQ(Facts() - facts, kRows - 120);
  EXPECT_TRUE(std::filesystem::exists(ann_.File("断.rejects-2.csv")));
}

TEST_F(ImportTest, ReferencesAreFoundByNameAndByExternalKey) {
  ASSERT_EQ(Import("客户", Write("客户.csv", Csv(Customers()))).code, 0);
  ASSERT_EQ(ann_.Run({"create", "accounts", "--set", "display_name=重名"}).code, 0);
  ASSERT_EQ(ann_.Run({"create", "accounts", "--set", "display_name=重名"}).code, 0);
  const Said by_name =
      Import("联系人", Write("联系人.csv",
                             "编号,姓名,客户\nC1,张伟,深圳市华为技术有限公司\n"
                             "C2,王芳,杭州网易 LTD.\nC3,李娜,没有这家\nC4,刘洋,重名\n"));
  EXPECT_EQ(by_name.code, 8) << by_name.err;
  EXPECT_THAT(by_name.err, HasSubstr("2 created, 0 updated, 0 unchanged, 2 failed"));
  EXPECT_THAT(by_name.err, HasSubstr("\"没有这家\" is not found by by_name"));
  EXPECT_THAT(by_name.err, HasSubstr("\"重名\" stands for several by by_name"));
  // The same customers by their codes: the contacts are what they were.
  const Said by_code =
      Import("联系人按编号",
             Write("按编号.csv", "编号,姓名,客户\nC1,张伟,K001\nC2,王芳,K003\nC3,李娜,K999\n"));
  EXPECT_EQ(by_code.code, 8) << by_code.err;
  EXPECT_THAT(by_code.err, HasSubstr("0 created, 0 updated, 2 unchanged, 1 failed"));
  EXPECT_THAT(by_code.err,
              HasSubstr("\"K999\" is not found by by_code (accounts, by external key of kingdee)"));
}

TEST_F(ImportTest, PastHistoryKeepsItsTimesAndSaysWhenItWasLearned) {
  ASSERT_EQ(Import("客户", Write("客户.csv", Csv(Customers()))).code, 0);
  stack_->MakeSalesProcess("past", {"talk"});
  const Said seller =
      ann_.Run({"create", "sellers", "--id", "li-lei", "--data",
                R"({"displayName":"李雷","employments":[{"startDate":"2018-01-01"}]})"});
  ASSERT_EQ(seller.code, 0) << seller.err;
  const std::string file =
      Write("商机.csv",
            "编号,名称,客户编号,金额,建立时间,洽谈时间,赢单时间,赢单日期\n"
            "O1,交换机采购,K001,120万,2019/3/1 9:00,2019/3/1 9:00,2019/6/30 18:30,2019/6/30\n");
  // The seller reaches pipeline as an event of organization.
  ASSERT_TRUE(
      Eventually(absl::Seconds(10), [&] { return Import("商机", file, {"--dry-run"}).code == 0; }));
  const absl::Time before = absl::Now() - absl::Seconds(5);
  const Said said = Import("商机", file);
  ASSERT_EQ(said.code, 0) << said.err;
  const std::vector<std::string> times = stack_->Rows(
      "pipeline", "SELECT CONCAT(t.to_stage, ' ', t.transition_time, ' ', t.create_time >= '" +
                      absl::FormatTime("%Y-%m-%d %H:%M:%S", before, absl::UTCTimeZone()) +
                      "') FROM stage_transition t JOIN opportunity o ON o.id = t.opportunity_id"
                      " WHERE o.display_name = '交换机采购' ORDER BY t.transition_time");
  EXPECT_THAT(times, ::testing::ElementsAre("talk 2019-03-01 01:00:00.000000 1",
                                            "won 2019-06-30 10:30:00.000000 1"))
      << "nine in Shanghai is one in UTC; it was learned now";
}

TEST_F(ImportTest, ExplainsWhatEachColumnBecomes) {
  const Said said = Import("客户", Write("客户.csv", InGb18030(Csv(Customers()))),
                           {"--explain-mapping", "-o", "jsonl"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out,
              HasSubstr(R"({"field":"account.annualRevenue","type":"Money",)"
                        R"("from":"{年营收|decimal} CNY","first row":"862100000000 CNY"})"));
  EXPECT_THAT(said.out,
              HasSubstr(R"("field":"account.attributes.first_deal.dateValue","type":"Date")"));
  EXPECT_THAT(said.out, HasSubstr("备注 (ignored)"));
}

TEST_F(ImportTest, AFileThatIsBrokenOrDoesNotFitIsToldBeforeAnythingIsSent) {
  const int64_t facts = Facts();
  const Said open = Import("客户", Write("open.csv", Many("坏", 1000, 2000) + "\"open\n"));
  EXPECT_EQ(open.code, 6) << open.err;
  EXPECT_THAT(open.err, HasSubstr("line 1002: the quote that begins here is never closed"));
  const Said column = Import("客户", Write("column.csv", "客户编号,新列\nK1,x\n"));
  EXPECT_EQ(column.code, 6) << column.err;
  EXPECT_THAT(column.err, HasSubstr("which the file does not have"));
  WriteFile(ann_.File("mapping.json"),
            absl::StrReplaceAll(kMapping, {{"\"ignored\"", "\"ignore\""}}));
  const Said key = Import("客户", ann_.File("column.csv"));
  EXPECT_EQ(key.code, 6) << key.err;
  EXPECT_THAT(key.err, HasSubstr("imports.客户: the import: unknown key \"ignore\""));
  EXPECT_EQ(Facts(), facts);
}

TEST_F(ImportTest, StandardInputIsReadLikeAFile) {
  const Said said =
      ann_.Run({"import", "客户", "--mapping", ann_.File("mapping.json"), "--file", "-"},
               InGb18030(Many("管", 600, 1000)));
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.err, HasSubstr("600 created"));
}

TEST_F(ImportTest, AnExportShowsAnyTimeInAnyEncoding) {
  ASSERT_EQ(Import("客户", Write("出.csv", Many("出", 700, 1000))).code, 0);
  const std::string then = absl::FormatTime(absl::RFC3339_full, absl::Now(), absl::UTCTimeZone());
  absl::SleepFor(absl::Milliseconds(50));
  ASSERT_EQ(
      Import("客户", Write("改.csv", absl::StrReplaceAll(Many("出", 1, 10), {{"客户1", "改名"}})))
          .code,
      0);
  const std::vector<std::string> exporting = {
      "export", "accounts", "--filter", "industry = \"出\"", "--fields", "display_name,industry",
      "-o",     "csv"};
  const auto exported = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words = exporting;
    words.insert(words.end(), {"--file", ann_.File(name)});
    words.insert(words.end(), more.begin(), more.end());
    const Said said = ann_.Run(words);
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.err, HasSubstr("rows/s"));
    return ReadFile(ann_.File(name));
  };
  const std::string now = exported("now.csv", {});
  EXPECT_THAT(now, HasSubstr("改名,出\n"));
  const std::string past = exported("past.csv", {"--as-of", then});
  EXPECT_THAT(past, Not(HasSubstr("改名")));
  EXPECT_EQ(std::count(past.begin(), past.end(), '\n'), 701);
  EXPECT_EQ(exported("marked.csv", {"--bom"}), ctl::kByteOrderMark + now);
  EXPECT_EQ(exported("gb.csv", {"--encoding", "gb18030"}), InGb18030(now));
  EXPECT_EQ(ann_.Run({"export", "accounts", "--encoding", "gb18030", "--bom"}).code, 2);
  // Without an Export method the pages of the list are put together.
  const Said roles = ann_.Run({"export", "stageTransitions", "--fields", "name"});
  EXPECT_EQ(roles.code, 0) << roles.err;
}

// A workbook that was exported and is imported again changes nothing.
TEST_F(ImportTest, AnExportedWorkbookIsImportedAsItWas) {
  constexpr char kAccount[] = R"({ "source": "book", "imports": {
    "in": { "collection": "accounts", "row": { "account": {
      "displayName": "{display_name}", "industry": "簿", "grade": "A",
      "annualRevenue": "{annual_revenue}", "employeeCount": "{employee_count|decimal}",
      "attributes": {
        "code": { "stringValue": "{attributes.code}" },
        "since": { "dateValue": "{attributes.since|date}" },
        "share": { "decimalValue": "{attributes.share|decimal}" },
        "listed": { "boolValue": "{attributes.listed|bool}" }
      },
      "externalKeys": [{ "source": "book", "key": "{attributes.code}" }]
    } } } } })";
  const std::string columns =
      "display_name,annual_revenue,employee_count,attributes.code,attributes.since,"
      "attributes.share,attributes.listed";
  WriteFile(ann_.File("mapping.json"), kAccount);
  const std::string csv = columns +
                          "\n=1+1,1234567.50 CNY,207000,007,2019-03-01,0.125,true\n"
                          "深圳 <华为>,123456789012345.67 USD,0,_x0041_,1899-12-31,"
                          "12345678901234567.5,false\n"
                          "-@x,,,46082,9999-12-31,-1,\n";
  const Said in = Import("in", Write("book.csv", csv));
  ASSERT_EQ(in.code, 0) << in.err;
  EXPECT_THAT(in.err, HasSubstr("3 created"));

  const std::string book = ann_.File("簿.xlsx");
  const std::vector<std::string> exporting = {
      "export", "accounts", "--filter", "industry = \"簿\"", "--fields", columns, "--file", book};
  const Said out = ann_.Run(exporting);
  ASSERT_EQ(out.code, 0) << out.err;
  EXPECT_THAT(out.err, HasSubstr("3 rows as of"));
  EXPECT_FALSE(std::filesystem::exists(book + ".part"));
  const int64_t facts = Facts();
  const Said again = Import("in", book, {"--sheet", "accounts"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("0 created, 0 updated, 3 unchanged, 0 failed"));
  EXPECT_EQ(Facts(), facts);

  // Every field, by --format whatever the file is called; it replaces what was there.
  const std::string all = Write("all.dat", "older");
  ASSERT_EQ(ann_.Run({"export", "accounts", "--format", "xlsx", "--file", all}).code, 0);
  const auto rows = ctl::OpenRowSource(all, {.format = "xlsx"});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)->columns(), ::testing::IsSupersetOf({"name", "external_keys", "etag"}));

  EXPECT_EQ(ann_.Run({"export", "accounts", "--format", "xlsx"}).code, 2) << "needs a file";
  EXPECT_EQ(ann_.Run({"export", "accounts", "--format", "xml"}).code, 2);
  EXPECT_EQ(ann_.Run({"export", "accounts", "--file", book, "--bom"}).code, 2);
}

}  // namespace
}  // namespace salesops::stack
