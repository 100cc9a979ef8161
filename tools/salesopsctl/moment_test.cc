#include "tools/salesopsctl/moment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'770'000'000);  // 2026-02-02T02:40:00Z

TEST(MomentTest, FormsThatPeopleType) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"now", "2026-02-02T02:40:00.000000Z"},
      {"yesterday", "2026-02-01T02:40:00.000000Z"},
      {"2026-01-05", "2026-01-05T00:00:00.000000Z"},
      {"2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000000Z"},
      {"2026-01-05T10:00:00.123456Z", "2026-01-05T10:00:00.123456Z"},
      {"2026-01-05T10:00:00+08:00", "2026-01-05T02:00:00.000000Z"},
      {"2h ago", "2026-02-02T00:40:00.000000Z"},
      {"-2h", "2026-02-02T00:40:00.000000Z"},
      {"-1h30min", "2026-02-02T01:10:00.000000Z"},
      {"90 s ago", "2026-02-02T02:38:30.000000Z"},
      {"3 days ago", "2026-01-30T02:40:00.000000Z"},
      {"1w ago", "2026-01-26T02:40:00.000000Z"},
  };
  for (const auto& [text, expected] : table) {
    const auto moment = ParseMoment(text, kNow);
    ASSERT_TRUE(moment.ok()) << text << ": " << moment.status();
    EXPECT_EQ(MomentText(*moment), expected) << text;
  }
}

TEST(MomentTest, AnythingElseIsToldHowToWriteIt) {
  for (const std::string text : {"", "tomorrow", "2026-1-5", "2h", "2 parsecs ago", "ago", "-",
                                 "2026-02-30", "-99999999999999999999s", "2026-01-05T10:00"}) {
    const auto moment = ParseMoment(text, kNow);
    ASSERT_FALSE(moment.ok()) << text;
    EXPECT_EQ(ExitCodeOf(moment.status()), ExitCode::kUsage) << text;
    EXPECT_THAT(std::string(moment.status().message()), ::testing::HasSubstr("2h ago"));
  }
}

TEST(MomentTest, Spans) {
  EXPECT_EQ(*ParseSpan("30s"), absl::Seconds(30));
  EXPECT_EQ(*ParseSpan("45"), absl::Seconds(45));
  EXPECT_EQ(*ParseSpan("1h30min"), absl::Minutes(90));
  for (const std::string text : {"", "0s", "-5s", "soon"}) EXPECT_FALSE(ParseSpan(text).ok());
}

}  // namespace
}  // namespace salesops::ctl
