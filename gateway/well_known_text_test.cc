#include "gateway/well_known_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::gateway {
namespace {

std::string Timestamp(SecondsAndNanos t) {
  std::string out;
  return AppendTimestamp(t, out) ? out : "refused";
}

std::string Duration(SecondsAndNanos t) {
  std::string out;
  return AppendDuration(t, out) ? out : "refused";
}

TEST(Timestamp, BothWays) {
  const struct {
    const char* text;
    SecondsAndNanos time;
  } cases[] = {
      {"1970-01-01T00:00:00Z", {0, 0}},
      {"1972-01-01T10:00:20.021Z", {63108020, 21000000}},
      {"2026-02-28T23:59:59.123456Z", {1772323199, 123456000}},
      {"2024-02-29T00:00:00.000000001Z", {1709164800, 1}},
      {"0001-01-01T00:00:00Z", {-62135596800, 0}},
      {"9999-12-31T23:59:59.999999999Z", {253402300799, 999999999}},
      {"1969-12-31T23:59:59.500Z", {-1, 500000000}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ParseTimestamp(c.text), c.time) << c.text;
    EXPECT_EQ(Timestamp(c.time), c.text);
  }
}

TEST(Timestamp, Offsets) {
  EXPECT_EQ(ParseTimestamp("1970-01-01T08:00:00+08:00"), (SecondsAndNanos{0, 0}));
  EXPECT_EQ(ParseTimestamp("1969-12-31T19:30:00.5-04:30"), (SecondsAndNanos{0, 500000000}));
}

TEST(Timestamp, Refused) {
  for (const char* text :
       {"", "2026-01-31", "2026-01-31 08:30:00Z", "2026-01-31T08:30:00", "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T08:30:60Z",
        "2026-01-31T08:30:00.Z", "2026-01-31T08:30:00.1234567890Z", "2026-01-31T08:30:00z",
        "2026-1-31T08:30:00Z", "2026-01-31T08:30:00Zx", "2026-01-31T08:30:00+0800",
        "2026-01-31T08:30:00+24:00", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00", "+2026-01-31T08:30:00Z"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
  EXPECT_EQ(Timestamp({253402300800, 0}), "refused");
  EXPECT_EQ(Timestamp({0, -1}), "refused");
}

TEST(Duration, BothWays) {
  const struct {
    const char* text;
    SecondsAndNanos length;
  } cases[] = {
      {"0s", {0, 0}},           {"1.500s", {1, 500000000}}, {"-1.500s", {-1, -500000000}},
      {"0.000001s", {0, 1000}}, {"-0.000000001s", {0, -1}}, {"315576000000s", {315576000000, 0}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ParseDuration(c.text), c.length) << c.text;
    EXPECT_EQ(Duration(c.length), c.text);
  }
  EXPECT_EQ(ParseDuration("1.5s"), (SecondsAndNanos{1, 500000000}));
  for (const char* text : {"", "1", "s", "1 s", "1.s", ".5s", "+1s", "1m", "1s ", "315576000001s",
                           "315576000000.1s", "9999999999999s", "1e3s", "--1s"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
  EXPECT_EQ(Duration({1, -1}), "refused");
}

TEST(FieldMask, BothSpellings) {
  using testing::ElementsAre;
  EXPECT_THAT(*ParseFieldMask("displayName,amount.currencyCode,close_date"),
              ElementsAre("display_name", "amount.currency_code", "close_date"));
  EXPECT_THAT(*ParseFieldMask("*"), ElementsAre("*"));
  EXPECT_THAT(*ParseFieldMask("attributes.`Région X`"), ElementsAre("attributes.`Région X`"));
  EXPECT_TRUE(ParseFieldMask("")->empty());
  for (const char* text : {",", "a,", "a,,b", "a b", "a-b", "a.`b"}) {
    EXPECT_FALSE(ParseFieldMask(text)) << text;
  }
  std::string out;
  AppendFieldMask({"display_name", "amount.currency_code"}, out);
  EXPECT_EQ(out, "displayName,amount.currencyCode");
}

}  // namespace
}  // namespace salesops::gateway
