#include "shared/auth/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::auth {
namespace {

TEST(PermissionMatchesTest, CoversItselfItsPrefixAndEverything) {
  EXPECT_TRUE(PermissionMatches("*", "pipeline.accounts.read"));
  EXPECT_TRUE(PermissionMatches("pipeline.*", "pipeline.accounts.read"));
  EXPECT_TRUE(PermissionMatches("pipeline.accounts.*", "pipeline.accounts.read"));
  EXPECT_TRUE(PermissionMatches("pipeline.accounts.read", "pipeline.accounts.read"));

  EXPECT_FALSE(PermissionMatches("pipeline.*", "pipelines.accounts.read"));
  EXPECT_FALSE(PermissionMatches("pipeline.*", "pipeline"));
  EXPECT_FALSE(PermissionMatches("pipeline.*", "pipeline."));
  EXPECT_FALSE(PermissionMatches("pipe*", "pipeline.accounts.read"));
  EXPECT_FALSE(PermissionMatches("pipeline.accounts", "pipeline.accounts.read"));
  EXPECT_FALSE(PermissionMatches("pipeline.accounts.read", "pipeline.accounts"));
  EXPECT_FALSE(PermissionMatches("", "pipeline.accounts.read"));
  EXPECT_FALSE(PermissionMatches(".*", "pipeline.accounts.read"));
  EXPECT_FALSE(PermissionMatches("*", ""));
}

TEST(AccessTest, JoinsEveryGrantThatMatches) {
  const Access access("7", {{{"pipeline.*"}, {.some = true, .sellers = {"7"}}},
                            {{"pipeline.accounts.read", "other"}, {.some = true, .sellers = {"8"}}},
                            {{"training.*"}, RowScope::All()}});
  const RowScope accounts = access.ScopeOf("pipeline.accounts.read");
  EXPECT_THAT(accounts.sellers, ::testing::ElementsAre("7", "8"));
  EXPECT_TRUE(accounts.Includes("7"));
  EXPECT_TRUE(accounts.Includes(""));  // nobody's row
  EXPECT_FALSE(accounts.Includes("9"));
  EXPECT_THAT(access.ScopeOf("pipeline.opportunities.read").sellers, ::testing::ElementsAre("7"));
  EXPECT_TRUE(access.ScopeOf("training.courses.read").Includes("9"));
  EXPECT_TRUE(access.ScopeOf("risk.registers.read").IsNone());
  EXPECT_FALSE(access.ScopeOf("risk.registers.read").Includes(""));
}

TEST(AccessTest, GrantsNothingByItself) {
  EXPECT_TRUE(Access().ScopeOf("pipeline.accounts.read").IsNone());
}

}  // namespace
}  // namespace salesops::auth
