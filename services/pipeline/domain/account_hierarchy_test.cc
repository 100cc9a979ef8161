#include "services/pipeline/domain/account_hierarchy.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::pipeline::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// a1 over a2 over … over a<n>.
ParentOf Chain(int n) {
  ParentOf parent_of;
  for (int i = 2; i <= n; ++i) parent_of[absl::StrCat("a", i)] = absl::StrCat("a", i - 1);
  return parent_of;
}

TEST(AccountHierarchy, AncestorsBeginWithTheNearest) {
  EXPECT_THAT(AncestorsOf(Chain(4), "a4"), ElementsAre("a3", "a2", "a1"));
  EXPECT_THAT(AncestorsOf(Chain(4), "a1"), IsEmpty());
  EXPECT_THAT(AncestorsOf({{"a", "b"}, {"b", ""}}, "a"), ElementsAre("b"));
  EXPECT_THAT(AncestorsOf({{"a", "b"}, {"b", "c"}, {"c", "b"}}, "a"), ElementsAre("b", "c"));
}

TEST(AccountHierarchy, ACycleIsAnsweredWithItsPath) {
  const auto answers = PlaceAccounts(Chain(3), {{"a1", "a3", 3}});
  ASSERT_TRUE(answers[0].has_value());
  EXPECT_TRUE(answers[0]->cycle);
  EXPECT_THAT(answers[0]->path, ElementsAre("a1", "a3", "a2", "a1"));
  const auto self = PlaceAccounts({}, {{"a", "a", 1}});
  ASSERT_TRUE(self[0].has_value());
  EXPECT_THAT(self[0]->path, ElementsAre("a", "a"));
}

TEST(AccountHierarchy, TwoChangesThatCloseACycleTogetherAreTakenInTheirOrder) {
  const auto answers = PlaceAccounts({}, {{"a", "b", 1}, {"b", "a", 1}});
  EXPECT_FALSE(answers[0].has_value());
  ASSERT_TRUE(answers[1].has_value());
  EXPECT_THAT(answers[1]->path, ElementsAre("b", "a", "b"));
}

TEST(AccountHierarchy, ChangesThatFitTogetherMayComeInAnyOrder) {
  // b is below a; they change places.
  const ParentOf parent_of = {{"b", "a"}};
  EXPECT_FALSE(PlaceAccounts(parent_of, {{"a", "b", 2}, {"b", "", 1}})[0].has_value());
  EXPECT_FALSE(PlaceAccounts(parent_of, {{"b", "", 1}, {"a", "b", 2}})[1].has_value());
}

TEST(AccountHierarchy, ATreeHasAtMostTwentyLevels) {
  EXPECT_FALSE(PlaceAccounts(Chain(19), {{"leaf", "a19", 1}})[0].has_value());
  EXPECT_FALSE(PlaceAccounts(Chain(10), {{"group", "a10", 10}})[0].has_value());
  for (const ParentChange& change :
       {ParentChange{"leaf", "a20", 1}, ParentChange{"group", "a10", 11}}) {
    const auto answers = PlaceAccounts(Chain(20), {change});
    ASSERT_TRUE(answers[0].has_value()) << change.id;
    EXPECT_FALSE(answers[0]->cycle);
  }
}

TEST(AccountHierarchy, WhatIsPlacedLaterDoesNotPushEarlierOnesTooDeep) {
  // leaf goes below m, then m below the nineteenth.
  const auto answers = PlaceAccounts(Chain(19), {{"leaf", "m", 1}, {"m", "a19", 1}});
  EXPECT_FALSE(answers[0].has_value());
  ASSERT_TRUE(answers[1].has_value());
  EXPECT_FALSE(answers[1]->cycle);
}

RC_GTEST_PROP(AccountHierarchy, WhatIsTakenIsAForestOfAtMostTwentyLevels, ()) {
  const int n = 30;
  ParentOf parent_of;
  std::vector<ParentChange> changes;
  const auto pairs = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, n), rc::gen::inRange(0, n)));
  for (const auto& [id, parent] : pairs) {
    changes.push_back({absl::StrCat(id), absl::StrCat(parent), 1});
  }
  const auto answers = PlaceAccounts(parent_of, changes);
  for (size_t i = 0; i < changes.size(); ++i) {
    if (!answers[i]) parent_of[changes[i].id] = changes[i].parent_id;
  }
  for (int i = 0; i < n; ++i) {
    const auto above = AncestorsOf(parent_of, absl::StrCat(i));
    RC_ASSERT(above.size() < static_cast<size_t>(kMostLevels));
    if (!above.empty()) RC_ASSERT(above.back() != absl::StrCat(i));
  }
}

}  // namespace
}  // namespace salesops::pipeline::domain
