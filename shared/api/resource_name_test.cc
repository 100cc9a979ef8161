#include "shared/api/resource_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::api {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;

const NamePattern& Assignments() {
  static const auto* pattern = new NamePattern("sellers/{seller}/assignments/{assignment}");
  return *pattern;
}

TEST(NamePatternTest, ParsesIdsInOrder) {
  EXPECT_THAT(Assignments().Parse("sellers/7/assignments/a-1"), Optional(ElementsAre("7", "a-1")));
}

TEST(NamePatternTest, FormatIsTheInverseOfParse) {
  EXPECT_EQ(Assignments().Format({"7", "1"}), "sellers/7/assignments/1");
  EXPECT_EQ(NamePattern("teams/{team}").FormatId("north"), "teams/north");
}

TEST(NamePatternTest, RefusesNamesOfAnotherShape) {
  for (const char* name :
       {"", "sellers", "sellers/", "sellers/7", "sellers/7/assignments", "sellers/7/assignments/",
        "sellers/7/assignments/1/", "sellers/7/assignments/1/x", "sellers/7/assignments/1/x/y",
        "/sellers/7/assignments/1", "sellers//assignments/1", "teams/7/assignments/1",
        "sellers/7/assignments/A", "sellers/7/assignments/a_b", "sellers/-/assignments/1",
        "Sellers/7/assignments/1", "sellers/7/assignments/ 1"}) {
    EXPECT_EQ(Assignments().Parse(name), std::nullopt) << name;
  }
}

TEST(NamePatternTest, WildcardStandsForAnyIdButTheLast) {
  EXPECT_THAT(Assignments().Parse("sellers/-/assignments/1", true),
              Optional(ElementsAre("-", "1")));
  EXPECT_EQ(Assignments().Parse("sellers/7/assignments/-", true), std::nullopt);
}

TEST(NamePatternTest, ParseIdIsForOneLevelOnly) {
  EXPECT_THAT(NamePattern("teams/{team}").ParseId("teams/north"), Optional(Eq("north")));
  EXPECT_EQ(NamePattern("teams/{team}").ParseId("teams/north/x/y"), std::nullopt);
  EXPECT_EQ(Assignments().ParseId("sellers/7/assignments/1"), std::nullopt);
}

TEST(NamePatternTest, ParentIsThePatternWithoutItsLastCollection) {
  EXPECT_EQ(Assignments().ParentText(), "sellers/{seller}");
  EXPECT_EQ(NamePattern("teams/{team}").ParentText(), "");
}

TEST(NamePatternDeathTest, AbortsOnMalformedPatterns) {
  for (const char* pattern : {"", "teams", "teams/team", "teams/{}", "{team}/teams", "a/{b}/c"}) {
    EXPECT_DEATH({ NamePattern unused(pattern); }, "malformed resource name pattern") << pattern;
  }
}

}  // namespace
}  // namespace salesops::api
