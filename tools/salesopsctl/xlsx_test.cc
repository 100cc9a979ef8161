#include "tools/salesopsctl/xlsx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tools/salesopsctl/test_workbook.h"

namespace salesops::ctl {
namespace {

using ::testing::HasSubstr;

class XlsxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "ctl-xlsx-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // The rows as "columns | row: cells | …"; what is wrong in place of cells, or of everything.
  std::string Read(const Parts& parts, const std::string& sheet = "") const {
    const std::string path = folder_ + "/book.xlsx";
    EXPECT_TRUE(WriteArchive(path, parts));
    return ReadFile(path, sheet);
  }

  static std::string ReadFile(const std::string& path, const std::string& sheet = "") {
    const auto source = OpenXlsx(path, sheet);
    if (!source.ok()) return std::string(source.status().message());
    std::vector<std::string> all = {absl::StrJoin((*source)->columns(), ",")};
    for (;;) {
      const auto record = (*source)->Next();
      if (!record.ok()) return std::string(record.status().message());
      if (!*record) return absl::StrJoin(all, " | ");
      std::string cells = absl::StrJoin((*record)->cells, ",");
      for (const Rejection& each : (*record)->rejections)
        absl::StrAppend(&cells, " !", each.message);
      all.push_back(absl::StrCat((*record)->row, ": ", cells));
    }
  }

  std::string folder_;
};

TEST_F(XlsxTest, ReadsEveryKindOfCell) {
  const Parts book = WorkbookOf(
      R"(<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c>
           <c r="C2" t="inlineStr"><is><r><t>金</t></r><r><rPr><b/></rPr><t>额</t></r>
             <rPh sb="0" eb="1"><t>jin</t></rPh></is></c>
           <c r="D2" t="str"><v>e</v></c></row>
         <row r="3"/>
         <row r="4"><c r="A4" t="s"><v>2</v></c><c r="B4" s="1"><v>46082</v></c>
           <c r="C4"><v>0.30000000000000004</v></c><c r="D4" t="b"><v>1</v></c></row>
         <row r="7"><c r="A7" t="str"><f>"x"</f><v>x</v></c><c r="B7" s="2"><v>46082</v></c>
           <c r="C7" s="3"><v>0.25</v></c><c r="D7" t="d"><v>2026-03-01</v></c></row>
         <row r="8"><c r="B8" s="4"><v>46082.604166666664</v></c><c r="D8" s="5"><v>0.5</v></c></row>
         <row r="9"><c r="A9" s="1"/><c r="B9" t="s"><v>3</v></c></row>)",
      {"名称", "日期", "华为 <技术>&", "line_x000D_\nbreak"});
  EXPECT_EQ(
      Read(book),
      "名称,日期,金额,e | 4: 华为 <技术>&,2026-03-01,0.3,TRUE | 7: x,2026-03-01,25%,2026-03-01"
      " | 8: ,2026-03-01 14:30:00,,12:00:00 | 9: ,line\r\nbreak,,");
}

TEST_F(XlsxTest, EscapedCharactersAreThoseOfTheStandardAlone) {
  EXPECT_EQ(Read(WorkbookOf(TextRow({"a", "b", "c", "d"}) +
                            TextRow({"_x4E2D__x005F_x4E2D_", "_x 041_", "_x+041_", "_xD800_"}))),
            "a,b,c,d | 2: 中_x4E2D_,_x 041_,_x+041_,_xD800_");
}

TEST_F(XlsxTest, DaysOfThe1904System) {
  EXPECT_EQ(Read(WorkbookOf(TextRow({"d"}) + R"(<row><c s="1"><v>44620</v></c></row>)", {}, true)),
            "d | 2: 2026-03-01");
}

TEST_F(XlsxTest, ACellThatCannotBeReadRejectsItsRow) {
  const std::string told =
      Read(WorkbookOf(TextRow({"a", "b"}) +
                      R"(<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><v>1</v></c></row>
      <row r="3"><c r="A3"><f>NOW()</f></c></row><row r="4"><c r="A4" s="1"><v>60</v></c></row>
      <row r="5"><c r="A5"><v>1</v></c><c r="D5"><v>2</v></c></row>
      <row r="6"><c r="A6"><v>6.2E+18</v></c></row>
      <row r="7"><c r="A7"><v>7</v></c></row>)"));
  EXPECT_THAT(told, HasSubstr("2: ,1 !column \"a\": cell A2: holds the error #N/A"));
  EXPECT_THAT(told, HasSubstr("cell A3: holds a formula whose result was not saved"));
  EXPECT_THAT(told, HasSubstr("cell A4: 60 is a day that does not exist"));
  EXPECT_THAT(told, HasSubstr("cell D5 is outside the columns of the header"));
  EXPECT_THAT(told, HasSubstr("6.2E+18 has more than 15 digits"));
  EXPECT_THAT(told, HasSubstr("| 7: 7,"));
}

TEST_F(XlsxTest, ReadsTheSheetThatIsNamed) {
  Parts book = WorkbookOf(TextRow({"a"}) + TextRow({"1"}));
  book["xl/worksheets/sheet2.xml"] = absl::StrReplaceAll(
      book["xl/worksheets/sheet1.xml"], {{"<t>a</t>", "<t>b</t>"}, {"<t>1</t>", "<t>2</t>"}});
  book["xl/workbook.xml"] = absl::StrReplaceAll(
      book["xl/workbook.xml"],
      {{"</sheets>", R"(<sheet name="联系人" sheetId="2" r:id="rId4"/></sheets>)"}});
  book["xl/_rels/workbook.xml.rels"] = absl::StrReplaceAll(
      book["xl/_rels/workbook.xml.rels"],
      {{"</Relationships>",
        R"(<Relationship Id="rId4" Type="x/worksheet" Target="worksheets/../worksheets/sheet2.xml"/></Relationships>)"}});
  EXPECT_EQ(Read(book), "a | 2: 1");
  EXPECT_THAT(Read(book, "没有"), HasSubstr("no sheet \"没有\"; it has \"客户\", \"联系人\""));
  book["xl/_rels/workbook.xml.rels"] =
      absl::StrReplaceAll(book["xl/_rels/workbook.xml.rels"], {{"worksheets/../", ""}});
  EXPECT_EQ(Read(book, "联系人"), "b | 2: 2");
}

TEST_F(XlsxTest, PrefixesOfNamesDoNotMatter) {
  Parts book = WorkbookOf("");
  book["xl/worksheets/sheet1.xml"] =
      R"(<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData>
      <x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row>
      <x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>)";
  EXPECT_EQ(Read(book), "a | 2: 1");
}

TEST_F(XlsxTest, WhatIsNoWorkbookIsTold) {
  const std::string path = folder_ + "/x.xlsx";
  std::ofstream(path) << "no archive";
  EXPECT_THAT(ReadFile(path), HasSubstr("not an Office document"));
  std::ofstream(path) << "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
  EXPECT_THAT(ReadFile(path), HasSubstr("old workbook (xls), or one with a password"));
  EXPECT_THAT(Read({{"a.txt", "x"}}), HasSubstr("no part xl/workbook.xml"));
  EXPECT_THAT(Read(WorkbookOf("")), HasSubstr("the sheet is empty"));
  EXPECT_THAT(Read(WorkbookOf("<row><c r=\"A1\"></row>")), HasSubstr("line 1: mismatched tag"));
  EXPECT_THAT(Read(WorkbookOf("<row><c r=\"B1\"/><c r=\"A1\"/></row>")),
              HasSubstr("out of its place"));
  EXPECT_THAT(Read(WorkbookOf("<row r=\"2\"/><row r=\"2\"/>")), HasSubstr("comes after row 2"));
  EXPECT_THAT(Read(WorkbookOf(TextRow({"a"}) + "<row><c t=\"s\"><v>9</v></c></row>")),
              HasSubstr("cell A2 names a text that is not there"));
}

TEST_F(XlsxTest, HostileXmlIsRefused) {
  Parts book = WorkbookOf(TextRow({"a"}));
  const std::string sheet = book["xl/worksheets/sheet1.xml"];
  book["xl/worksheets/sheet1.xml"] =
      R"(<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>)";
  EXPECT_THAT(Read(book), HasSubstr("a document type is not allowed"));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  book["xl/worksheets/sheet1.xml"] =
      absl::StrReplaceAll(sheet, {{"<sheetData>", "<sheetData>" + deep}});
  EXPECT_THAT(Read(book), HasSubstr("more than 64 deep"));
  book["xl/worksheets/sheet1.xml"] = absl::StrReplaceAll(
      sheet, {{"<sheetData>", "<sheetData a=\"" + std::string(3 << 20, 'x') + "\">"}});
  EXPECT_THAT(Read(book), HasSubstr("a tag or comment is longer than 1 MiB"));
}

// A quarter of a gigabyte of one byte packs a thousand to one.
TEST_F(XlsxTest, BombsAreNotInflated) {
  Parts book = WorkbookOf(TextRow({"a"}) + "<row><c t=\"inlineStr\"><is><t>" +
                          std::string(20 << 20, 'x') + "</t></is></c></row>");
  EXPECT_THAT(Read(book), HasSubstr("row 2 holds more than 16 MiB of text"));
  book = WorkbookOf(TextRow({"a"}) + std::string(80 << 20, ' '));
  EXPECT_THAT(Read(book), HasSubstr("packed more than 200 to 1"));
  book = WorkbookOf(TextRow({"a"}));
  absl::StrAppend(&book["xl/styles.xml"], std::string(20 << 20, ' '));
  EXPECT_THAT(Read(book), HasSubstr("xl/styles.xml of the document: it is larger than 16 MiB"));
  // Many cells that each name one long text.
  const std::string same = "<c t=\"s\"><v>0</v></c>";
  std::string row;
  for (int i = 0; i < 1000; ++i) row += same;
  EXPECT_THAT(Read(WorkbookOf("<row>" + row + "</row>", {std::string(32 << 10, 'x')})),
              HasSubstr("holds more than 16 MiB"));
}

}  // namespace
}  // namespace salesops::ctl
