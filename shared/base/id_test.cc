#include "shared/base/id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "shared/base/clock.h"

namespace salesops::base {
namespace {

TEST(IdTest, GeneratedIdsAreValidAndDiffer) {
  std::set<std::string> ids;
  for (int i = 0; i < 10000; ++i) {
    const std::string id = GenerateId();
    ASSERT_THAT(id, testing::MatchesRegex("[a-z2-7]{20}"));
    ASSERT_TRUE(IsValidId(id));
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 10000u);
}

TEST(IdTest, GeneratedUuidsAreVersion4) {
  std::set<std::string> uuids;
  for (int i = 0; i < 10000; ++i) {
    const std::string uuid = GenerateUuid();
    ASSERT_TRUE(IsValidUuid(uuid)) << uuid;
    ASSERT_EQ(uuid[14], '4');
    ASSERT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    uuids.insert(uuid);
  }
  EXPECT_EQ(uuids.size(), 10000u);
}

TEST(IdTest, KnowsValidIds) {
  for (const char* id : {"a", "7", "north-1", "a--b"}) EXPECT_TRUE(IsValidId(id)) << id;
  EXPECT_TRUE(IsValidId(std::string(63, 'x')));
  for (const char* id : {"", "-a", "a-", "A", "a_b", "a/b", "a b", "é", "-"}) {
    EXPECT_FALSE(IsValidId(id)) << id;
  }
  EXPECT_FALSE(IsValidId(std::string(64, 'x')));
}

TEST(IdTest, KnowsValidUuids) {
  EXPECT_TRUE(IsValidUuid("0192f0c1-2345-7abc-8def-0123456789ab"));
  for (const char* text :
       {"", "0192f0c1-2345-7abc-8def-0123456789a", "0192F0C1-2345-7abc-8def-0123456789ab",
        "0192f0c1x2345-7abc-8def-0123456789ab", "0192f0c123457abc8def0123456789ab",
        "{0192f0c1-2345-7abc-8def-0123456789a"}) {
    EXPECT_FALSE(IsValidUuid(text)) << text;
  }
}

TEST(ClockTest, TimesHaveWholeMicroseconds) {
  const absl::Time now = SystemClock().Now();
  EXPECT_EQ(now, absl::FromUnixMicros(absl::ToUnixMicros(now)));
}

}  // namespace
}  // namespace salesops::base
