#include "tools/salesopsctl/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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

RC_GTEST_PROP(ParseCsv, ReadsBackWhatIsWritten, (const std::vector<std::string>& cells)) {
  std::string text = "a,b\n";
  for (const std::string& cell : cells) {
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
