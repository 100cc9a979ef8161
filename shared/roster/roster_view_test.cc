#include "shared/roster/roster_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesops::roster {
namespace {

using auth::Principal;
using auth::RowScope;
using base::CivilDay;
using base::DayRange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const CivilDay kMarch1(2026, 3, 1);
const CivilDay kApril1(2026, 4, 1);
const DayRange kAlways{CivilDay(2020, 1, 1), std::nullopt};
const DayRange kInMarch{kMarch1, kApril1};

Principal User(const std::string& subject, std::vector<std::string> groups = {}) {
  return {.subject = subject, .issuer = "https://issuer.test", .groups = std::move(groups)};
}

// lin manages chen and zhao, chen manages wu; only in March chen also manages sun. Teams north
// (department east) above north-one; south (department west).
RosterRows Company() {
  RosterRows rows;
  rows.sellers = {{"lin", "sub-lin"}, {"chen", "sub-chen"}, {"zhao", "sub-zhao"},
                  {"wu", "sub-wu"},   {"sun", "sub-sun"},   {"old", "sub-old", true}};
  rows.assignments = {{"lin", "north", "", kAlways},          {"chen", "north-one", "lin", kAlways},
                      {"zhao", "south", "lin", kAlways},      {"wu", "north-one", "chen", kAlways},
                      {"sun", "north-one", "chen", kInMarch}, {"sun", "south", "", {kApril1, {}}}};
  rows.placements = {{"north", "", "east", kAlways},
                     {"north-one", "north", "east", kAlways},
                     {"south", "", "west", {CivilDay(2020, 1, 1), kApril1}},
                     {"south", "north", "east", {kApril1, {}}}};
  rows.roles = {{"seller", {"pipeline.opportunities.*"}}, {"analyst", {"pipeline.*"}}};
  return rows;
}

std::set<std::string> SellersIn(const RosterRows& rows, const Principal& who, CivilDay day) {
  return RosterView(rows).AccessOf(who, day)->ScopeOf("pipeline.opportunities.read").sellers;
}

TEST(RosterViewTest, AManagerReachesTheWholeChainBelowAndItself) {
  RosterRows rows = Company();
  rows.grants = {{"seller", "allAuthenticated", GrantScope::kOwnAndReports, ""}};
  EXPECT_THAT(SellersIn(rows, User("sub-lin"), kMarch1),
              UnorderedElementsAre("lin", "chen", "zhao", "wu", "sun"));
  EXPECT_THAT(SellersIn(rows, User("sub-chen"), kMarch1),
              UnorderedElementsAre("chen", "wu", "sun"));
  EXPECT_THAT(SellersIn(rows, User("sub-wu"), kMarch1), UnorderedElementsAre("wu"));
}

TEST(RosterViewTest, RangesHoldFromTheirStartUntilTheDayBeforeTheirEnd) {
  RosterRows rows = Company();
  rows.grants = {{"seller", "allAuthenticated", GrantScope::kOwnAndReports, ""}};
  const std::set<std::string> without = {"chen", "wu"}, with = {"chen", "wu", "sun"};
  EXPECT_EQ(SellersIn(rows, User("sub-chen"), kMarch1 - 1), without);
  EXPECT_EQ(SellersIn(rows, User("sub-chen"), kMarch1), with);
  EXPECT_EQ(SellersIn(rows, User("sub-chen"), kApril1 - 1), with);
  EXPECT_EQ(SellersIn(rows, User("sub-chen"), kApril1), without);
}

TEST(RosterViewTest, OneViewAnswersForEachDay) {
  RosterRows rows = Company();
  rows.grants = {{"seller", "allAuthenticated", GrantScope::kOwnAndReports, ""}};
  const RosterView view(rows);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(view.AccessOf(User("sub-chen"), kMarch1)
                    ->ScopeOf("pipeline.opportunities.read")
                    .Includes("sun"));
    EXPECT_FALSE(view.AccessOf(User("sub-chen"), kApril1)
                     ->ScopeOf("pipeline.opportunities.read")
                     .Includes("sun"));
  }
}

TEST(RosterViewTest, ACycleOfManagersEnds) {
  RosterRows rows = Company();
  rows.assignments.push_back({"lin", "north", "wu", kAlways});
  rows.grants = {{"seller", "allAuthenticated", GrantScope::kOwnAndReports, ""}};
  EXPECT_THAT(SellersIn(rows, User("sub-wu"), kApril1),
              UnorderedElementsAre("lin", "chen", "zhao", "wu"));
}

TEST(RosterViewTest, ADepartmentIsTheSellersOfItsTeamsOfTheDay) {
  RosterRows rows = Company();
  rows.grants = {{"analyst", "subject:sub-east", GrantScope::kDepartment, "east"},
                 {"analyst", "group:west", GrantScope::kDepartment, "west"}};
  EXPECT_THAT(SellersIn(rows, User("sub-east"), kMarch1),
              UnorderedElementsAre("lin", "chen", "wu", "sun"));
  EXPECT_THAT(SellersIn(rows, User("anybody", {"west"}), kMarch1), UnorderedElementsAre("zhao"));
  // On the first of April team south moves from west to east.
  EXPECT_THAT(SellersIn(rows, User("sub-east"), kApril1),
              UnorderedElementsAre("lin", "chen", "wu", "zhao", "sun"));
  const RowScope west = RosterView(rows)
                            .AccessOf(User("anybody", {"west"}), kApril1)
                            ->ScopeOf("pipeline.opportunities.read");
  EXPECT_THAT(west.sellers, IsEmpty());
  EXPECT_FALSE(west.IsNone());  // unowned rows stay inside
}

TEST(RosterViewTest, AllIsEverythingAndGrantsAdd) {
  RosterRows rows = Company();
  rows.grants = {{"analyst", "group:ops", GrantScope::kAll, ""},
                 {"seller", "allAuthenticated", GrantScope::kOwnAndReports, ""}};
  const RosterView view(rows);
  const auto analyst = view.AccessOf(User("x", {"hr", "ops"}), kMarch1);
  EXPECT_TRUE(analyst->ScopeOf("pipeline.accounts.read").all);
  EXPECT_TRUE(analyst->ScopeOf("pipeline.opportunities.read").all);
  const auto wu = view.AccessOf(User("sub-wu"), kMarch1);
  EXPECT_TRUE(wu->ScopeOf("pipeline.accounts.read").IsNone());
  EXPECT_THAT(wu->ScopeOf("pipeline.opportunities.read").sellers, ElementsAre("wu"));
  EXPECT_EQ(wu->seller(), "wu");
}

TEST(RosterViewTest, WithoutAGrantThereIsNothing) {
  RosterRows rows = Company();
  EXPECT_TRUE(RosterView(rows).AccessOf(User("sub-lin"), kMarch1)->grants().empty());
  rows.grants = {{"no-such-role", "allAuthenticated", GrantScope::kAll, ""}};
  EXPECT_TRUE(RosterView(rows).AccessOf(User("sub-lin"), kMarch1)->grants().empty());
}

TEST(RosterViewTest, AnArchivedSellerIsNobody) {
  RosterRows rows = Company();
  rows.grants = {{"seller", "allAuthenticated", GrantScope::kOwnAndReports, ""}};
  const RosterView view(rows);
  EXPECT_FALSE(view.HasSeller("old"));
  EXPECT_TRUE(view.HasSeller("wu"));
  EXPECT_EQ(view.AccessOf(User("sub-old"), kMarch1)->seller(), "");
}

TEST(RosterViewTest, TeamsAreKnownByTheirIds) {
  RosterRows rows = Company();
  rows.teams = {"north", "south"};
  const RosterView view(rows);
  EXPECT_TRUE(view.HasTeam("north"));
  EXPECT_FALSE(view.HasTeam("west"));
}

TEST(RosterViewTest, AServiceHasNoGrantsNotEvenThoseOfEverybody) {
  RosterRows rows = Company();
  rows.grants = {{"analyst", "allAuthenticated", GrantScope::kAll, ""}};
  const Principal service{.service = "pipeline"};
  EXPECT_TRUE(RosterView(rows).AccessOf(service, kMarch1)->grants().empty());
}

TEST(RosterViewTest, GroupsAreNotMixedUpWithNamesThatLookLikeThem) {
  RosterRows rows = Company();
  rows.grants = {{"analyst", "group:ops", GrantScope::kAll, ""}};
  const RosterView view(rows);
  EXPECT_FALSE(view.AccessOf(User("a", {"ops"}), kMarch1)->grants().empty());
  EXPECT_TRUE(view.AccessOf(User("a,3:ops"), kMarch1)->grants().empty());
  EXPECT_TRUE(view.AccessOf(User("ops"), kMarch1)->grants().empty());
  EXPECT_TRUE(view.AccessOf(User("a", {"op", "s"}), kMarch1)->grants().empty());
}

TEST(RosterViewTest, TeamsBelowFollowTheTreeOfTheDay) {
  const RosterView view(Company());
  EXPECT_THAT(view.TeamAndBelow("north", kMarch1), UnorderedElementsAre("north", "north-one"));
  EXPECT_THAT(view.TeamAndBelow("north", kApril1),
              UnorderedElementsAre("north", "north-one", "south"));
  EXPECT_THAT(view.TeamAndBelow("unknown", kApril1), ElementsAre("unknown"));
  EXPECT_THAT(view.SellersOf({"north-one", "south"}, kMarch1),
              ElementsAre("chen", "sun", "wu", "zhao"));
  EXPECT_THAT(view.SellersOf({"south"}, kApril1), ElementsAre("sun", "zhao"));
}

// Whatever the managers are, cycles included: who reports to me, I reach, and all whom they reach.
RC_GTEST_PROP(RosterViewTest, ScopesAreClosedUnderReporting, ()) {
  const int n = *rc::gen::inRange(1, 12);
  const auto managers = *rc::gen::container<std::vector<int>>(n, rc::gen::inRange(-1, n));
  RosterRows rows;
  rows.roles = {{"seller", {"p.q.r"}}};
  rows.grants = {{"seller", "allAuthenticated", GrantScope::kOwnAndReports, ""}};
  auto name = [](int i) { return "s" + std::to_string(i); };
  for (int i = 0; i < n; ++i) {
    rows.sellers.push_back({name(i), name(i)});
    rows.assignments.push_back({name(i), "t", managers[i] < 0 ? "" : name(managers[i]), kAlways});
  }
  const RosterView view(rows);
  for (int i = 0; i < n; ++i) {
    const auto own = view.AccessOf(User(name(i)), kMarch1)->ScopeOf("p.q.r").sellers;
    RC_ASSERT(own.count(name(i)) == 1);
    if (managers[i] < 0) continue;
    const auto above = view.AccessOf(User(name(managers[i])), kMarch1)->ScopeOf("p.q.r").sellers;
    for (const std::string& seller : own) RC_ASSERT(above.count(seller) == 1);
  }
}

}  // namespace
}  // namespace salesops::roster
