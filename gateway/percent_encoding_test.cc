#include "gateway/percent_encoding.h"

#include <gtest/gtest.h>

namespace salesops::gateway {
namespace {

TEST(PercentDecode, ThreeWays) {
  EXPECT_EQ(PercentDecode("a%20b+c%2Fd%2fe", PercentDecoding::kAll), "a b+c/d/e");
  EXPECT_EQ(PercentDecode("a%20b+c%2Fd%2fe", PercentDecoding::kKeepSlash), "a b+c%2Fd%2fe");
  EXPECT_EQ(PercentDecode("a%20b+c%2Fd%2fe", PercentDecoding::kQuery), "a b c/d/e");
  EXPECT_EQ(PercentDecode("%E5%95%86%e6%9c%ba", PercentDecoding::kAll), "商机");
  EXPECT_EQ(PercentDecode("", PercentDecoding::kAll), "");
  EXPECT_EQ(PercentDecode("%252F", PercentDecoding::kAll), "%2F");  // decoded once
}

TEST(PercentDecode, RefusesBadEscapesAndText) {
  for (const char* text : {"%", "%2", "%zz", "%2z", "a%", "a%2", "%ff", "%c0%80", "%ed%a0%80",
                           "%f4%90%80%80", "%e5%95", "\xff"}) {
    EXPECT_FALSE(PercentDecode(text, PercentDecoding::kAll)) << text;
  }
}

TEST(IsUtf8, Bounds) {
  for (const char* text : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe0\xa0",
                           "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

}  // namespace
}  // namespace salesops::gateway
