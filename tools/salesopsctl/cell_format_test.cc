#include "tools/salesopsctl/cell_format.h"

#include <gtest/gtest.h>

namespace salesops::ctl {
namespace {

TEST(CellFormat, KnowsDaysTimesAndPercentages) {
  const std::pair<const char*, FormatKind> cases[] = {
      {"General", FormatKind::kNumber},
      {"0.00", FormatKind::kNumber},
      {"#,##0.00_);[Red](#,##0.00)", FormatKind::kNumber},
      {"\"days\" 0", FormatKind::kNumber},
      {"0.00\\d", FormatKind::kNumber},
      {"0.0%", FormatKind::kPercent},
      {"yyyy-mm-dd", FormatKind::kDay},
      {"yyyy\"年\"m\"月\"d\"日\";@", FormatKind::kDay},
      {"[$-804]yyyy\"年\"m\"月\"", FormatKind::kDay},
      {"m\"月\"d\"日\"", FormatKind::kDay},
      {"yyyy/m/d h:mm", FormatKind::kDay},
      {"mmm", FormatKind::kDay},
      {"h:mm", FormatKind::kTimeOfDay},
      {"mm:ss", FormatKind::kTimeOfDay},
      {"[h]:mm:ss", FormatKind::kTimeOfDay},
      {"上午/下午h\"时\"mm\"分\"", FormatKind::kTimeOfDay},
  };
  for (const auto& [code, kind] : cases) EXPECT_EQ(KindOfFormat(code), kind) << code;
  EXPECT_EQ(KindOfBuiltIn(14), FormatKind::kDay);
  EXPECT_EQ(KindOfBuiltIn(31), FormatKind::kDay);
  EXPECT_EQ(KindOfBuiltIn(20), FormatKind::kTimeOfDay);
  EXPECT_EQ(KindOfBuiltIn(9), FormatKind::kPercent);
  EXPECT_EQ(KindOfBuiltIn(4), FormatKind::kNumber);
}

TEST(CellFormat, NumbersAreWhatPeopleSee) {
  struct Case {
    const char* stored;
    FormatKind kind;
    DateSystem system;
    const char* text;
  };
  constexpr auto k1900 = DateSystem::k1900;
  constexpr auto k1904 = DateSystem::k1904;
  const Case cases[] = {
      {"1234.5", FormatKind::kNumber, k1900, "1234.5"},
      {"0.30000000000000004", FormatKind::kNumber, k1900, "0.3"},
      {"1.5E-3", FormatKind::kNumber, k1900, "0.0015"},
      {"-0", FormatKind::kNumber, k1900, "0"},
      {"13800138000", FormatKind::kNumber, k1900, "13800138000"},
      {"1.1010119900307E+17", FormatKind::kNumber, k1900, "error"},
      {"110101199003072316", FormatKind::kNumber, k1900, "110101199003072316"},
      {"0.285", FormatKind::kPercent, k1900, "28.5%"},
      {"46082", FormatKind::kDay, k1900, "2026-03-01"},
      {"1", FormatKind::kDay, k1900, "1900-01-01"},
      {"59", FormatKind::kDay, k1900, "1900-02-28"},
      {"60", FormatKind::kDay, k1900, "error"},
      {"61", FormatKind::kDay, k1900, "1900-03-01"},
      {"2958465", FormatKind::kDay, k1900, "9999-12-31"},
      {"2958466", FormatKind::kDay, k1900, "error"},
      {"-1", FormatKind::kDay, k1900, "error"},
      {"44620", FormatKind::kDay, k1904, "2026-03-01"},
      {"0", FormatKind::kDay, k1904, "1904-01-01"},
      {"46082.604166666664", FormatKind::kDay, k1900, "2026-03-01 14:30:00"},
      {"46081.999999999", FormatKind::kDay, k1900, "2026-03-01"},
      {"0.604166666666667", FormatKind::kTimeOfDay, k1900, "14:30:00"},
      {"1.25", FormatKind::kTimeOfDay, k1900, "30:00:00"},
      {"x", FormatKind::kNumber, k1900, "error"},
      {"1e999", FormatKind::kNumber, k1900, "error"},
  };
  for (const Case& c : cases) {
    const auto text = NumberText(c.stored, c.kind, c.system);
    EXPECT_EQ(text.ok() ? *text : "error", c.text) << c.stored;
  }
}

TEST(CellFormat, MoneyKeepsItsCurrency) {
  EXPECT_EQ(CurrencyOf(MoneyFormat("CNY")), "CNY");
  EXPECT_EQ(KindOfFormat(MoneyFormat("CNY")), FormatKind::kNumber);
  // Formats of others stay what they were.
  for (const char* code : {"", "General", "#,##0.00", "#,##0.00\" CNY\"", "#,##0.00\"元\""}) {
    EXPECT_EQ(CurrencyOf(code), "") << code;
  }
  const std::pair<const char*, const char*> cases[] = {{"1234567.5", "1234567.50 CNY"},
                                                       {"3", "3.00 CNY"},
                                                       {"-0.000000001", "-0.000000001 CNY"},
                                                       {"0", "0.00 CNY"}};
  for (const auto& [stored, text] : cases) {
    const auto read = MoneyText(stored, "CNY");
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, text);
  }
  EXPECT_FALSE(MoneyText("x", "CNY").ok());
}

}  // namespace
}  // namespace salesops::ctl
