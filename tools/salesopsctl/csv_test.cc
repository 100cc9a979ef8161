#include "tools/salesopsctl/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>

namespace salesops::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ParseCsv, ReadsQuotesLineEndsAndByteOrderMark) {
  absl::StatusOr<Csv> csv =
      ParseCsv("\xEF\xBB\xBFname,note\r\n华为,\"a, \"\"b\"\"\nc\"\r\n\nAcme,\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(csv->header, ElementsAre("name", "note"));
  ASSERT_THAT(csv->rows, SizeIs(2));
  EXPECT_EQ(csv->rows[0].cells["name"], "华为");
  EXPECT_EQ(csv->rows[0].cells["note"], "a, \"b\"\nc");
  EXPECT_EQ(csv->rows[0].line, 2);
  EXPECT_EQ(csv->rows[1].cells["note"], "");
  EXPECT_EQ(csv->rows[1].line, 5) << "an empty line and one inside quotes count";
}

TEST(ParseCsv, SaysWhereAFileIsBroken) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "needs a header"},
      {"a,a\n", "stands twice"},
      {"a,\n", "empty"},
      {"a,b\n1\n", "line 2 has 1 cells, the header 2"},
      {"a\n\"open\n", "line 2: the quote that begins here is never closed"},
      {"a\n\"x\"y\n", "line 2: text follows a closing quote"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(ParseCsv(text).status().message(), HasSubstr(message)) << text;
  }
}

TEST(ParseCsv, ReadsGb18030) {
  const absl::StatusOr<Csv> csv = ParseCsv("\xC3\xFB\xB3\xC6\n\xBB\xAA\xCE\xAA\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(csv->rows[0].cells.at("名称"), "华为");
}

// Bytes as they are: reading a file in blocks finds the same as reading it whole.
RC_GTEST_PROP(CsvReader, BlocksDoNotMatter, (const std::string& text)) {
  const std::string padded = "\"" + std::string((1 << 16) - 3, 'x') + "\"," + text;
  std::istringstream in(padded);
  CsvReader whole(padded);
  CsvReader blocks(&in);
  for (std::vector<std::string> a, b;;) {
    const auto more = whole.Next(&a), again = blocks.Next(&b);
    RC_ASSERT(more.ok() == again.ok());
    if (!more.ok() || !*more) break;
    RC_ASSERT(*again);
    RC_ASSERT(a == b);
    RC_ASSERT(whole.line() == blocks.line());
  }
}

RC_GTEST_PROP(ParseCsv, ReadsBackWhatIsWritten, (std::vector<std::string> cells)) {
  std::string text = "a,b\n";
  for (std::string& cell : cells) {
    for (char& c : cell) c = static_cast<char>(c & 0x7F);
    std::string quoted;
    for (char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
    text += "\"" + quoted + "\",x\n";
  }
  absl::StatusOr<Csv> csv = ParseCsv(text);
  RC_ASSERT(csv.ok());
  RC_ASSERT(csv->rows.size() == cells.size());
  for (size_t i = 0; i < cells.size(); ++i) RC_ASSERT(csv->rows[i].cells.at("a") == cells[i]);
}

}  // namespace
}  // namespace salesops::ctl
