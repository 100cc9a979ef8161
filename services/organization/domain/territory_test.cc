#include "services/organization/domain/territory.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const CivilDay kDay(2026, 3, 2);

Territory Of(const std::string& id, int priority, const std::vector<TerritoryRule>& rules) {
  Territory territory;
  territory.id = id;
  territory.priority = priority;
  territory.rules = rules;
  return territory;
}

TerritoryRule Always(const std::vector<std::string>& regions,
                     const std::vector<std::string>& industries = {},
                     const std::vector<std::string>& grades = {}) {
  return {{CivilDay(2020, 1, 1), std::nullopt}, regions, industries, grades, ""};
}

std::vector<std::string> IdsOf(const std::vector<Territory>& territories,
                               const AccountTraits& account, CivilDay day = kDay) {
  std::vector<std::string> ids;
  for (const auto& match : MatchTerritories(territories, account, day)) {
    ids.push_back(match.territory.id);
  }
  return ids;
}

TEST(Fits, WantsEveryTraitAmongTheListed) {
  const TerritoryRule rule = Always({"华东", "华南"}, {"制造"}, {"A"});
  EXPECT_TRUE(Fits(rule, {"华南", "制造", "A"}));
  EXPECT_FALSE(Fits(rule, {"华北", "制造", "A"}));
  EXPECT_FALSE(Fits(rule, {"华南", "金融", "A"}));
  EXPECT_FALSE(Fits(rule, {"华南", "制造", "B"}));
  EXPECT_FALSE(Fits(rule, {"华南", "制造", ""}));
  EXPECT_TRUE(Fits(Always({}), {"", "", ""}));
}

TEST(MatchTerritories, TheHighestPriorityComesFirstThenTheFirstName) {
  const std::vector<Territory> territories = {
      Of("east", 0, {Always({"华东"})}), Of("b-key", 10, {Always({}, {}, {"A"})}),
      Of("a-key", 10, {Always({}, {}, {"A"})}), Of("rest", -1, {Always({})})};
  EXPECT_THAT(IdsOf(territories, {"华东", "制造", "A"}),
              ElementsAre("a-key", "b-key", "east", "rest"));
  EXPECT_THAT(IdsOf(territories, {"华北", "制造", "B"}), ElementsAre("rest"));
}

TEST(MatchTerritories, ARuleHoldsOnItsDays) {
  TerritoryRule before = Always({"华东"});
  before.days = {CivilDay(2025, 1, 1), CivilDay(2026, 1, 1)};
  TerritoryRule after = Always({"华南"});
  after.days = {CivilDay(2026, 1, 1), std::nullopt};
  const std::vector<Territory> territories = {Of("t", 0, {before, after})};
  EXPECT_THAT(IdsOf(territories, {"华东", "", ""}, CivilDay(2025, 12, 31)), ElementsAre("t"));
  EXPECT_THAT(IdsOf(territories, {"华东", "", ""}, CivilDay(2026, 1, 1)), IsEmpty());
  EXPECT_THAT(IdsOf(territories, {"华南", "", ""}, CivilDay(2026, 1, 1)), ElementsAre("t"));
  EXPECT_THAT(IdsOf(territories, {"华东", "", ""}, CivilDay(2024, 12, 31)), IsEmpty());
}

TEST(CheckTerritory, WantsRangesInOrderAndApart) {
  base::Violations violations;
  CheckTerritory(Of("t", 0, {Always({}), Always({})}), &violations);
  ASSERT_EQ(violations.list().size(), 1u);
  EXPECT_EQ(violations.list()[0].field, "rules[1].start_date");
  EXPECT_EQ(violations.list()[0].reason, "OVERLAPPING");
}

std::vector<std::string> SomeOf(const std::vector<std::string>& all) {
  std::vector<std::string> some;
  for (const std::string& text : all) {
    if (*rc::gen::inRange(0, 2) == 0) some.push_back(text);
  }
  return some;
}

RC_GTEST_PROP(MatchTerritoriesProperty, TheOrderOfTheTerritoriesDoesNotMatter, ()) {
  std::vector<Territory> territories;
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    TerritoryRule rule = Always(SomeOf({"e", "w"}), SomeOf({"x", "y"}), SomeOf({"A", "B"}));
    rule.days = {kDay + *rc::gen::inRange(-3, 3), kDay + *rc::gen::inRange(3, 6)};
    territories.push_back(Of(absl::StrCat("t", i), *rc::gen::inRange(0, 3), {rule}));
  }
  const AccountTraits account = {*rc::gen::element<std::string>("", "e", "w"),
                                 *rc::gen::element<std::string>("", "x", "y"),
                                 *rc::gen::element<std::string>("", "A", "B")};
  const auto expected = IdsOf(territories, account);
  std::reverse(territories.begin(), territories.end());
  RC_ASSERT(IdsOf(territories, account) == expected);
  // Everything that fits is there, and nothing else.
  const auto fitting = std::count_if(territories.begin(), territories.end(), [&](const auto& t) {
    return t.rules[0].days.Contains(kDay) && Fits(t.rules[0], account);
  });
  RC_ASSERT(fitting == static_cast<int64_t>(expected.size()));
}

}  // namespace
}  // namespace salesops::organization::domain
