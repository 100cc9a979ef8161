#include "gateway/scalar_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "shelf.pb.h"

namespace salesops::gateway {
namespace {

TEST(Integers, ExactlyOneValue) {
  EXPECT_EQ(ParseInt32("0"), 0);
  EXPECT_EQ(ParseInt32("-2147483648"), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(ParseInt32("2147483647"), std::numeric_limits<int32_t>::max());
  EXPECT_EQ(ParseInt32("1.0"), 1);
  EXPECT_EQ(ParseInt32("1e3"), 1000);
  EXPECT_EQ(ParseInt64("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseInt64("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ParseUint64("18446744073709551615"), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(ParseUint32("4294967295"), std::numeric_limits<uint32_t>::max());
  for (const char* text : {"", " 1", "1 ", "+1", "01", "-01", "1.5", "2147483648", "-2147483649",
                           "0x1", "1e10", "a", "-", "1e", "--1", "1_0", "NaN", "Infinity"}) {
    EXPECT_FALSE(ParseInt32(text)) << text;
  }
  EXPECT_FALSE(ParseUint32("-1"));
  EXPECT_FALSE(ParseUint32("4294967296"));
  EXPECT_FALSE(ParseUint64("18446744073709551616"));
  EXPECT_FALSE(ParseInt64("9007199254740993.0"));  // a double would round it
}

TEST(Floating, FiniteOrSpecial) {
  EXPECT_EQ(ParseDouble("1.5e-3", false), 0.0015);
  EXPECT_EQ(ParseDouble("-0", false), 0.0);
  EXPECT_TRUE(std::isnan(*ParseDouble("NaN", true)));
  EXPECT_EQ(ParseDouble("-Infinity", true), -std::numeric_limits<double>::infinity());
  EXPECT_FALSE(ParseDouble("NaN", false));
  EXPECT_FALSE(ParseDouble("1e400", true));
  EXPECT_FALSE(ParseDouble("inf", true));
  EXPECT_FALSE(ParseDouble(" 1", true));
  EXPECT_EQ(ParseFloat("3.4e38", false), 3.4e38f);
  EXPECT_FALSE(ParseFloat("3.5e38", false));
  EXPECT_EQ(ParseDouble("1e-400", false), 0.0);
}

TEST(Enums, NameOrNumber) {
  const auto& genre = *shelf::v1::Genre_descriptor();
  EXPECT_EQ(ParseEnum(genre, "GENRE_ATLAS"), 2);
  EXPECT_EQ(ParseEnum(genre, "2"), 2);
  EXPECT_EQ(ParseEnum(genre, "77"), 77);
  EXPECT_FALSE(ParseEnum(genre, "genre_atlas"));
  EXPECT_FALSE(ParseEnum(genre, ""));
}

TEST(Bytes, EitherAlphabet) {
  EXPECT_EQ(ParseBytes("+/8="), std::string("\xfb\xff"));
  EXPECT_EQ(ParseBytes("-_8"), std::string("\xfb\xff"));
  EXPECT_EQ(ParseBytes("YQ"), "a");
  EXPECT_EQ(ParseBytes(""), "");
  EXPECT_FALSE(ParseBytes("YQ =="));
  EXPECT_FALSE(ParseBytes("Y"));
  EXPECT_FALSE(ParseBytes("Y!=="));
  std::string out;
  AppendBase64("\xfb\xff", out);
  EXPECT_EQ(out, "+/8=");
}

TEST(Bools, OnlyTheTwoWords) {
  EXPECT_EQ(ParseBool("true"), true);
  EXPECT_EQ(ParseBool("false"), false);
  for (const char* text : {"", "True", "1", "0", "yes"}) EXPECT_FALSE(ParseBool(text)) << text;
}

}  // namespace
}  // namespace salesops::gateway
