#include "tools/salesopsctl/row_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/reject_file.h"
#include "tools/salesopsctl/test_workbook.h"

namespace salesops::ctl {
namespace {

using ::testing::HasSubstr;

class RowSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "ctl-rows-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return folder_ + "/" + name;
  }

  static std::string InGb18030(const std::string& text) {
    return *FromUtf8(text, Encoding::kGb18030);
  }

  // What a file holds: "columns | row: cells | …", a row that cannot be read by its reasons.
  static std::string All(const std::string& path, const SourceOptions& options = {}) {
    const auto source = OpenRowSource(path, options);
    if (!source.ok()) return std::string(source.status().message());
    std::vector<std::string> parts = {absl::StrJoin((*source)->columns(), ",")};
    for (;;) {
      const auto record = (*source)->Next();
      if (!record.ok()) return std::string(record.status().message());
      if (!*record) return absl::StrJoin(parts, " | ");
      std::string cells = absl::StrJoin((*record)->cells, ",");
      if (!(*record)->rejections.empty()) {
        cells = absl::StrJoin((*record)->rejections, ",", [](std::string* out, const Rejection& r) {
          absl::StrAppend(out, "!", r.field, " ", r.reason);
        });
      }
      parts.push_back(absl::StrCat((*record)->row, ": ", cells));
    }
  }

  std::string folder_;
};

TEST_F(RowSourceTest, TheSameTableInEveryFormIsTheSame) {
  const std::string text = "名称,城市\n华为,深圳\n\"比亚迪, 集团\",\n";
  const std::string wanted = "名称,城市 | 2: 华为,深圳 | 3: 比亚迪, 集团,";
  EXPECT_EQ(All(Write("a.csv", text)), wanted);
  EXPECT_EQ(All(Write("b.csv", kByteOrderMark + text)), wanted);
  EXPECT_EQ(All(Write("c.csv", InGb18030(text))), wanted);
  EXPECT_EQ(All(Write("d.csv", InGb18030(text)), {.encoding = "gb18030"}), wanted);
  const std::string book = folder_ + "/e.xlsx";
  ASSERT_TRUE(WriteArchive(book, WorkbookOf(TextRow({"名称", "城市"}) + TextRow({"华为", "深圳"}) +
                                            TextRow({"比亚迪, 集团"}))));
  EXPECT_EQ(All(book), wanted);
  EXPECT_EQ(All(Write("f.jsonl",
                      "\n{\"名称\":\"华为\",\"城市\":\"深圳\"}\n{\"名称\":\"比亚迪, 集团\"}\n")),
            wanted);
}

TEST_F(RowSourceTest, FormatsAreKnownByTheirNames) {
  EXPECT_EQ(*FormatOf("a.XLSX", {}), FileFormat::kXlsx);
  EXPECT_EQ(*FormatOf("a.ndjson", {}), FileFormat::kJsonLines);
  EXPECT_EQ(*FormatOf("-", {}), FileFormat::kCsv);
  EXPECT_EQ(*FormatOf("a.csv", {.format = "xlsx"}), FileFormat::kXlsx);
  EXPECT_EQ(ExitCodeOf(FormatOf("a", {.format = "xls"}).status()), ExitCode::kUsage);
  EXPECT_THAT(All(Write("a.csv", "a\n"), {.sheet = "x"}), HasSubstr("--sheet is of a workbook"));
  EXPECT_THAT(All(folder_ + "/none.csv"), HasSubstr("cannot read"));
}

TEST_F(RowSourceTest, BytesThatAreNoTextRejectTheirRowOnly) {
  EXPECT_EQ(All(Write("a.csv", "名称,城市\n华为,\xFF\n比亚迪,深圳\n")),
            "名称,城市 | 2: !城市 BAD_ENCODING | 3: 比亚迪,深圳");
  EXPECT_EQ(
      All(Write("b.csv", InGb18030("名称,城市\n华为,") + "\xBB\n" + InGb18030("比亚迪,深圳\n")),
          {.encoding = "gb18030"}),
      "名称,城市 | 2: !城市 BAD_ENCODING | 3: 比亚迪,深圳");
  EXPECT_THAT(All(Write("c.csv", std::string("\xFF\xFE"
                                             "a\0",
                                             4))),
              HasSubstr("UTF-16"));
  EXPECT_THAT(All(Write("d.csv", "\xFF,a\n"), {.encoding = "utf-8"}), HasSubstr("the header"));
}

TEST_F(RowSourceTest, ARowWithOtherCellsThanTheHeaderIsRejected) {
  EXPECT_EQ(All(Write("a.csv", "a,b\n1\n1,2\n1,2,3\n")),
            "a,b | 2: ! CELL_COUNT | 3: 1,2 | 4: ! CELL_COUNT");
}

TEST_F(RowSourceTest, AQuoteThatIsNeverClosedEndsTheFile) {
  EXPECT_THAT(All(Write("a.csv", "a\nb\n\"open\n")),
              HasSubstr("line 3: the quote that begins here"));
  EXPECT_THAT(All(Write("b.csv", "a\n\"" + std::string(17 << 20, 'x'))),
              HasSubstr("longer than 16 MiB"));
}

TEST_F(RowSourceTest, ALongTableIsNotHeldInMemory) {
  constexpr int kRows = 300'000;
  std::ofstream out(folder_ + "/long.csv");
  out << "编号,名称,备注\n";
  for (int i = 0; i < kRows; ++i) out << i << ",客户" << i << ',' << std::string(100, 'x') << '\n';
  out.close();
  ASSERT_GT(std::filesystem::file_size(folder_ + "/long.csv"), 30u << 20);
  const size_t before = mallinfo2().uordblks;
  size_t most = before;
  const auto source = OpenRowSource(folder_ + "/long.csv", {});
  int rows = 0;
  for (;; ++rows) {
    const auto record = (*source)->Next();
    ASSERT_TRUE(record.ok());
    if (!*record) break;
    if (rows % 1000 == 0) most = std::max<size_t>(most, mallinfo2().uordblks);
  }
  EXPECT_EQ(rows, kRows);
  EXPECT_LT(most - before, 1u << 20);
}

TEST_F(RowSourceTest, JsonLinesBecomeColumns) {
  EXPECT_EQ(All(Write("a.jsonl", R"({"a":{"b":1,"c":true},"tags":["x","y"]})"
                                 "\n"
                                 R"({"d":null,"list":[{"e":1}]})"
                                 "\n")),
            "a.b,a.c,tags,d,list | 1: 1,true,x\ny,, | 2: ,,,,[{\"e\":1}]");
  EXPECT_THAT(All(Write("b.jsonl", "{}\n[]\n")), HasSubstr("line 2 is not a JSON object"));
  EXPECT_THAT(All(Write("c.jsonl", "{\"a\":\"\xFF\"}\n")), HasSubstr("byte 7 is not text"));
}

// Reads what was rejected, as it would be corrected, and reads the file again.
TEST_F(RowSourceTest, ARejectFileReadsAsWhatItWasMadeFrom) {
  const std::string csv = InGb18030("名称,城市\n华为,\"深,圳\"\n比亚迪,") + "\xFF\n1\n";
  for (const std::string& path :
       {Write("a.csv", csv),
        Write("b.csv", kByteOrderMark + std::string("名称,城市\n华为,\"深,圳\"\n")),
        Write("c.jsonl", "{\"名称\":\"华为\",\"城市\":\"深,圳\"}\n")}) {
    const auto source = OpenRowSource(
        path, {.encoding = path.back() == 'v' && path[path.size() - 5] == 'a' ? "gb18030" : ""});
    ASSERT_TRUE(source.ok()) << source.status();
    RejectFile rejects(FreeRejectPath(path, (*source)->format()), **source);
    for (;;) {
      const auto record = *(*source)->Next();
      if (!record) break;
      ASSERT_TRUE(rejects.Add(*record, {{"城市", "NOT_ALLOWED", "城市 \"x\" 不对"}}).ok());
    }
    ASSERT_TRUE(rejects.Flush().ok());
    EXPECT_EQ(static_cast<int64_t>(std::filesystem::file_size(rejects.path())), rejects.bytes());
    SourceOptions as_before;
    if ((*source)->encoding() == Encoding::kGb18030) as_before.encoding = "gb18030";
    const std::string again = All(rejects.path(), as_before);
    EXPECT_THAT(again, HasSubstr("名称,城市 | ")) << "the columns that say why are left out";
    EXPECT_THAT(again, HasSubstr(": 华为,深,圳"));
    if (as_before.encoding.empty()) continue;
    EXPECT_THAT(again, HasSubstr("3: !城市 BAD_ENCODING")) << "the very bytes are kept";
    EXPECT_THAT(again, HasSubstr("4: 1,")) << "a row that lacked cells has room for them";
  }
}

TEST_F(RowSourceTest, ARejectFileIsNeverWrittenOverAnother) {
  const std::string input = Write("客户.csv", "a\n");
  EXPECT_EQ(FreeRejectPath(input, FileFormat::kCsv), folder_ + "/客户.rejects.csv");
  Write("客户.rejects.csv", "");
  EXPECT_EQ(FreeRejectPath(input, FileFormat::kCsv), folder_ + "/客户.rejects-2.csv");
  EXPECT_EQ(FreeRejectPath(folder_ + "/客户.rejects.csv", FileFormat::kCsv),
            folder_ + "/客户.rejects-2.csv");
  EXPECT_EQ(FreeRejectPath(folder_ + "/b.xlsx", FileFormat::kXlsx), folder_ + "/b.rejects.csv");
  EXPECT_EQ(FreeRejectPath(folder_ + "/b.jsonl", FileFormat::kJsonLines),
            folder_ + "/b.rejects.jsonl");
}

TEST_F(RowSourceTest, ARejectFileGoesOnWhereItWasKept) {
  const auto source = OpenRowSource(Write("a.csv", "a\n1\n2\n3\n"), {});
  const std::string path = folder_ + "/r.csv";
  const std::vector<Rejection> why = {{"", "X", "x"}};
  int64_t kept = 0;
  {
    RejectFile rejects(path, **source);
    ASSERT_TRUE(rejects.Add(**(*source)->Next(), why).ok());
    kept = rejects.bytes();
    ASSERT_TRUE(rejects.Add(**(*source)->Next(), why).ok());  // never counted: the run was killed
    ASSERT_TRUE(rejects.Flush().ok());
  }
  RejectFile rejects(path, **source);
  ASSERT_TRUE(rejects.GoOn(kept).ok());
  ASSERT_TRUE(rejects.Add(**(*source)->Next(), why).ok());
  ASSERT_TRUE(rejects.Flush().ok());
  EXPECT_EQ(All(path), "a | 2: 1 | 3: 3");
  RejectFile shorter(path, **source);
  EXPECT_EQ(shorter.GoOn(10'000).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace salesops::ctl
