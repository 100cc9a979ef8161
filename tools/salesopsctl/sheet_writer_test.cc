#include "tools/salesopsctl/sheet_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "tools/salesopsctl/csv.h"
#include "tools/salesopsctl/workbook.h"
#include "tools/salesopsctl/xlsx.h"

namespace salesops::ctl {
namespace {

using pipeline::v1::Account;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Rows = std::vector<std::vector<std::string>>;

const std::vector<std::string>& Fields() {
  static const auto* fields = new std::vector<std::string>{
      "name",           "display_name",    "annual_revenue",    "employee_count",
      "create_time",    "attributes.day",  "attributes.number", "attributes.listed",
      "attributes.pay", "attributes.text", "external_keys"};
  return *fields;
}

Account AccountOf(const std::string& text) {
  Account account;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &account));
  return account;
}

std::vector<Account> Accounts() {
  return {
      AccountOf(R"(name: "accounts/1" display_name: "深圳 <华为> & \"技术\""
        annual_revenue { currency_code: "CNY" units: 862100000000 nanos: 500000000 }
        employee_count: 207000 create_time { seconds: 1770000000 nanos: 123456000 }
        attributes { key: "day" value { date_value { year: 2019 month: 3 day: 1 } } }
        attributes { key: "number" value { decimal_value { value: "0.125" } } }
        attributes { key: "listed" value { bool_value: true } }
        attributes { key: "pay" value { money_value { currency_code: "USD" units: -3 nanos: -10000000 } } }
        attributes { key: "text" value { string_value: "007" } }
        external_keys { source: "crm" key: "a" } external_keys { source: "erp" key: "b" })"),
      // What a workbook would change: digits beyond 15, a day that Excel never had, white space.
      AccountOf(R"(name: "accounts/2" display_name: "=1+1"
        annual_revenue { currency_code: "CNY" units: 1234567890123456 nanos: 780000000 }
        employee_count: 0
        attributes { key: "day" value { date_value { year: 1900 month: 2 day: 28 } } }
        attributes { key: "number" value { decimal_value { value: "12345678901234567890.5" } } }
        attributes { key: "listed" value { bool_value: false } }
        attributes { key: "text" value { string_value: " two\nlines\r\n _x0041_ \001 " } })"),
      AccountOf(R"(name: "accounts/3" display_name: "-@+"
        attributes { key: "day" value { date_value { year: 9999 month: 12 day: 31 } } }
        attributes { key: "number" value { decimal_value { value: "-123456789.012345" } } }
        attributes { key: "text" value { string_value: "46082" } })")};
}

std::string SheetOf(const std::vector<Account>& rows, const std::vector<std::string>& fields,
                    std::vector<std::string>* currencies) {
  std::ostringstream out;
  auto writer = MakeSheetWriter(fields, -1, currencies, out);
  for (const Account& row : rows) writer->Add(row);
  writer->Finish();
  EXPECT_TRUE(writer->status().ok()) << writer->status();
  return out.str();
}

class SheetWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "ctl-sheet-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // The sheet's cells, its header first, as the import reads them.
  Rows ReadBack(const std::string& sheet, const std::vector<std::string>& currencies,
                const std::string& name = "accounts") const {
    const std::string part = folder_ + "/sheet", path = folder_ + "/book.xlsx";
    std::ofstream(part, std::ios::binary) << sheet;
    const absl::Status written = WriteWorkbook(path, part, name, currencies);
    EXPECT_TRUE(written.ok()) << written;
    const auto source = OpenXlsx(path, name);
    EXPECT_TRUE(source.ok()) << source.status();
    if (!source.ok()) return {};
    Rows rows = {(*source)->columns()};
    for (;;) {
      const auto record = (*source)->Next();
      EXPECT_TRUE(record.ok()) << record.status();
      if (!record.ok() || !*record) return rows;
      for (const Rejection& each : (*record)->rejections) ADD_FAILURE() << each.message;
      rows.push_back((*record)->cells);
    }
  }

  std::string folder_;
};

TEST_F(SheetWriterTest, IsReadBackAsCsvHasIt) {
  std::ostringstream lines;
  auto csv_writer = MakeRowWriter(Format::kCsv, Fields(), lines);
  for (const Account& row : Accounts()) csv_writer->Add(row);
  const auto csv = ParseCsv(lines.str());
  ASSERT_TRUE(csv.ok()) << csv.status();
  Rows expected = {Fields()};
  for (const auto& row : csv->rows) {
    auto& cells = expected.emplace_back();
    for (const std::string& field : Fields()) {
      const std::string& cell = row.cells.at(field);
      cells.push_back(cell == "true" ? "TRUE" : cell == "false" ? "FALSE" : cell);
    }
  }
  std::vector<std::string> currencies;
  EXPECT_EQ(ReadBack(SheetOf(Accounts(), Fields(), &currencies), currencies), expected);
  EXPECT_THAT(currencies, ElementsAre("CNY", "USD"));
}

TEST_F(SheetWriterTest, CellsHaveTheTypesOfTheirFields) {
  std::vector<std::string> currencies;
  const std::string sheet = SheetOf(Accounts(), Fields(), &currencies);
  EXPECT_THAT(sheet, HasSubstr("<c r=\"C2\" s=\"4\"><v>862100000000.50</v></c>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"D2\"><v>207000</v></c>"));
  EXPECT_THAT(sheet, HasSubstr("<is><t>2026-02-02T02:40:00.123456Z</t></is>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"F2\" s=\"2\"><v>43525</v></c>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"G2\"><v>0.125</v></c>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"H2\" t=\"b\"><v>1</v></c>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"I2\" s=\"5\"><v>-3.01</v></c>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"J2\" t=\"inlineStr\"><is><t>007</t></is></c>"));
  // What would lose something is text.
  EXPECT_THAT(sheet, HasSubstr("<c r=\"C3\" t=\"inlineStr\"><is><t>1234567890123456.78 CNY</t>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"F3\" t=\"inlineStr\"><is><t>1900-02-28</t>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"G3\" t=\"inlineStr\"><is><t>12345678901234567890.5</t>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"G4\"><v>-123456789.012345</v></c>"));
}

TEST_F(SheetWriterTest, ATextIsNoFormula) {
  std::vector<std::string> currencies;
  const std::string sheet =
      SheetOf({AccountOf("display_name: '=cmd|calc!A1'"), AccountOf("display_name: '+1'"),
               AccountOf("display_name: '-1'"), AccountOf("display_name: '@SUM(A1)'")},
              {"display_name"}, &currencies);
  EXPECT_THAT(sheet, Not(HasSubstr("<f>")));
  for (const std::string cell : {"=cmd|calc!A1", "+1", "-1", "@SUM(A1)"}) {
    EXPECT_THAT(sheet, HasSubstr(absl::StrCat("s=\"3\" t=\"inlineStr\"><is><t>", cell, "</t>")));
  }
}

TEST_F(SheetWriterTest, TheHeaderIsBoldAndStaysInSight) {
  std::vector<std::string> currencies;
  const std::string sheet = SheetOf({}, {"name", "attributes.产品"}, &currencies);
  EXPECT_THAT(sheet, HasSubstr("<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" "
                               "state=\"frozen\"/>"));
  EXPECT_THAT(sheet, HasSubstr("<c r=\"B1\" s=\"1\" t=\"inlineStr\"><is><t>attributes.产品</t>"));
  EXPECT_THAT(ReadBack(sheet, currencies), ElementsAre(ElementsAre("name", "attributes.产品")));
}

TEST_F(SheetWriterTest, GoesOnBelowTheRowsOfAnEarlierRun) {
  std::vector<std::string> currencies;
  std::ostringstream out;
  auto first = MakeSheetWriter({"name", "annual_revenue"}, -1, &currencies, out);
  first->Add(AccountOf("name: 'a' annual_revenue { currency_code: 'EUR' units: 1 }"));
  auto second = MakeSheetWriter({"name", "annual_revenue"}, 1, &currencies, out);
  second->Add(AccountOf("name: 'b' annual_revenue { currency_code: 'CNY' units: 2 }"));
  second->Finish();
  EXPECT_THAT(ReadBack(out.str(), currencies),
              ElementsAre(ElementsAre("name", "annual_revenue"), ElementsAre("a", "1.00 EUR"),
                          ElementsAre("b", "2.00 CNY")));
}

TEST_F(SheetWriterTest, WhatExcelCannotHoldIsRefused) {
  std::vector<std::string> currencies;
  std::ostringstream out;
  auto rows = MakeSheetWriter({"name"}, kMostSheetRows - 2, &currencies, out);
  rows->Add(AccountOf("name: 'last'"));
  EXPECT_TRUE(rows->status().ok()) << rows->status();
  EXPECT_THAT(out.str(), HasSubstr("<row r=\"1048576\">"));
  rows->Add(AccountOf("name: 'more'"));
  EXPECT_EQ(rows->status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(rows->status().message()), HasSubstr("in parts with --filter"));
  EXPECT_THAT(out.str(), Not(HasSubstr("more")));

  // Characters of UTF-16: one beyond the basic plane is two.
  Account account = AccountOf("name: 'a'");
  std::string most;
  for (size_t i = 0; i < kMostCellUnits / 2; ++i) most += "\xF0\x9F\x98\x80";
  auto cells = MakeSheetWriter({"display_name"}, -1, &currencies, out);
  account.set_display_name(most + "x");
  cells->Add(account);
  EXPECT_TRUE(cells->status().ok()) << cells->status();
  account.set_display_name(most + "xx");
  cells->Add(account);
  EXPECT_THAT(std::string(cells->status().message()),
              HasSubstr("row 2: display_name has 32768 characters, and a cell of a workbook holds "
                        "32767: leave it out with --fields"));
}

TEST_F(SheetWriterTest, SheetsHaveNamesThatExcelTakes) {
  EXPECT_EQ(SheetName("accounts"), "accounts");
  EXPECT_EQ(SheetName("a[b]:*?/\\'c"), "a-b-------c");
  EXPECT_EQ(SheetName(std::string(40, 'x')).size(), 31u);
  std::vector<std::string> currencies;
  EXPECT_EQ(ReadBack(SheetOf({}, {"name"}, &currencies), currencies, "R&D").size(), 1u);
}

TEST_F(SheetWriterTest, AFileThatCannotBeWrittenIsTold) {
  const std::string part = folder_ + "/sheet";
  std::ofstream(part) << "<worksheet/>";
  EXPECT_FALSE(WriteWorkbook(folder_ + "/none/book.xlsx", part, "rows", {}).ok());
  EXPECT_FALSE(WriteWorkbook(folder_ + "/book.xlsx", folder_ + "/none", "rows", {}).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/book.xlsx"));
}

// Made of what an escape is made of, of what XML cannot hold, and of other text.
RC_GTEST_FIXTURE_PROP(SheetWriterTest, AnyTextIsReadBackAsItWas, ()) {
  const std::vector<std::string> pieces = {
      "_",  "x",  "0", "4",  "1",    "A",       "f",  "_x0041_",      "\r",           "\n",
      "\t", "\1", "<", "&",  "]]>",  "\"",      "金", "\xEF\xBF\xBE", "\xEF\xBF\xBF", "\x1F",
      "=",  "-",  " ", "\f", "\x7F", "\xC2\x85"};
  std::string text = "t";
  for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
    text += pieces[static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(pieces.size())))];
  }
  Account account;
  account.set_display_name(text);
  std::vector<std::string> currencies;
  const Rows rows = ReadBack(SheetOf({account}, {"display_name"}, &currencies), currencies);
  RC_ASSERT(rows.size() == 2u);
  RC_ASSERT(rows[1] == std::vector<std::string>{text});
}

}  // namespace
}  // namespace salesops::ctl
