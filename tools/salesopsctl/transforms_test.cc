#include "tools/salesopsctl/transforms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Or(const absl::StatusOr<std::string>& value) {
  return value.ok() ? *value : std::string("error");
}

TEST(Transforms, TrimsChineseSpaceToo) {
  EXPECT_EQ(Trimmed(" \u3000华为\u00a0\t\u200b"), "华为");
  EXPECT_EQ(Trimmed("\u3000"), "");
}

TEST(Transforms, Days) {
  const std::vector<std::string> forms = {"yyyy/M/d", "yyyy年M月d日"};
  EXPECT_EQ(Or(DayFrom("2026/3/1", forms)), "2026-03-01");
  EXPECT_EQ(Or(DayFrom("2026年12月31日", forms)), "2026-12-31");
  EXPECT_EQ(Or(DayFrom("2026-03-01", forms)), "2026-03-01") << "what a workbook's day is";
  EXPECT_EQ(Or(DayFrom("26.3.1", {"yy.M.d"})), "2026-03-01");
  EXPECT_EQ(Or(DayFrom("20260301", {"yyyyMMdd"})), "2026-03-01");
  EXPECT_EQ(Or(DayFrom("01/03/2026", {"dd/MM/yyyy"})), "2026-03-01");
  EXPECT_EQ(Or(DayFrom("2026.3.1", {})), "2026-03-01");
  for (const char* wrong :
       {"2026/2/29", "2026/13/1", "2026/3/1 ", "2026/3/1 10:00", "3/1", "", "x"}) {
    EXPECT_EQ(Or(DayFrom(wrong, forms)), "error") << wrong;
  }
  EXPECT_THAT(DayFrom("2026/2/29", forms).status().message(),
              HasSubstr("\"2026/2/29\" is not a day of the form yyyy/M/d or yyyy年M月d日"));
}

TEST(Transforms, FormsAreChecked) {
  EXPECT_TRUE(CheckDayForm("yyyy/M/d").ok());
  EXPECT_THAT(CheckDayForm("YYYY/M/d").message(), HasSubstr("\"YYYY\""));
  EXPECT_THAT(CheckDayForm("yyyy/M").message(), HasSubstr("lacks d"));
  EXPECT_FALSE(CheckDayForm("yyyy/M/d/d").ok());
  EXPECT_TRUE(CheckDayForm("yyyy/M/d H:mm").ok()) << "the time is left out";
  EXPECT_TRUE(CheckTimeForm("yyyy/M/d H:mm").ok());
  EXPECT_THAT(CheckTimeForm("yyyy/M/d").message(), HasSubstr("lacks H"));
}

TEST(Transforms, TimesAreOfTheirZone) {
  absl::TimeZone shanghai;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Shanghai", &shanghai));
  EXPECT_EQ(Or(TimeFrom("2026/3/1 14:30", {"yyyy/M/d H:mm"}, shanghai)), "2026-03-01T06:30:00Z");
  EXPECT_EQ(Or(TimeFrom("2026-03-01 14:30:05", {}, shanghai)), "2026-03-01T06:30:05Z");
  EXPECT_EQ(Or(TimeFrom("2026-03-01", {}, shanghai)), "2026-02-28T16:00:00Z");
  EXPECT_EQ(Or(TimeFrom("2026-03-01T14:30:00+01:00", {}, shanghai)), "2026-03-01T13:30:00Z");
  EXPECT_EQ(Or(TimeFrom("2026/3/1 24:30", {"yyyy/M/d H:mm"}, shanghai)), "error");
}

TEST(Transforms, Decimals) {
  const std::pair<const char*, const char*> cases[] = {
      {"1234.50", "1234.5"},
      {"1,234,567.8", "1234567.8"},
      {"１，２３４．５", "1234.5"},
      {"3.5万", "35000"},
      {"1.2亿", "120000000"},
      {"2千万元", "20000000"},
      {"¥1,200.00", "1200"},
      {"￥-5", "error"},
      {"-￥5", "-5"},
      {"(1,200元)", "-1200"},
      {"（5）", "-5"},
      {"+7", "7"},
      {"1,23", "error"},
      {"1234,567", "error"},
      {"1,2345", "error"},
      {",123", "error"},
      {"十万", "error"},
      {"万", "error"},
      {"", "error"},
      {"--5", "error"},
      {"1e3", "1000"},
      {"99999999999999999999999999999999999999万", "error"},
  };
  for (const auto& [text, number] : cases) EXPECT_EQ(Or(DecimalFrom(text)), number) << text;
}

TEST(Transforms, Percentages) {
  EXPECT_EQ(Or(PercentFrom("25%")), "0.25");
  EXPECT_EQ(Or(PercentFrom("25")), "0.25");
  EXPECT_EQ(Or(PercentFrom("１２．５％")), "0.125");
  EXPECT_EQ(Or(PercentFrom("%")), "error");
}

TEST(Transforms, YesAndNo) {
  for (const char* yes : {"是", "Y", "yes", "TRUE", "1", "有", "Ｙ"}) {
    EXPECT_EQ(Or(BoolFrom(yes, "", "")), "true") << yes;
  }
  for (const char* no : {"否", "n", "No", "FALSE", "0", "无"}) {
    EXPECT_EQ(Or(BoolFrom(no, "", "")), "false") << no;
  }
  EXPECT_EQ(Or(BoolFrom("也许", "", "")), "error");
  EXPECT_EQ(Or(BoolFrom("在职", "在职", "离职")), "true");
  EXPECT_EQ(Or(BoolFrom("离职", "在职", "离职")), "false");
  EXPECT_EQ(Or(BoolFrom("是", "在职", "离职")), "error") << "words of one's own replace the others";
}

TEST(Transforms, Lists) {
  EXPECT_THAT(SplitList("a、 b；c,,d", kListSeparators), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(SplitList("a/b", "/"), ElementsAre("a", "b"));
  EXPECT_THAT(SplitList("、", kListSeparators), IsEmpty());
}

}  // namespace
}  // namespace salesops::ctl
