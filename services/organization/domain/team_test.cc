#include "services/organization/domain/team.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using testing::ElementsAre;
using testing::SizeIs;

TEST(TeamAndBelow, TakesTheWholeBranch) {
  const std::vector<ParentOfTeam> tree = {
      {"root", ""}, {"north", "root"}, {"south", "root"}, {"city", "north"}, {"lost", "nowhere"}};
  EXPECT_THAT(TeamAndBelow("root", tree), ElementsAre("city", "north", "root", "south"));
  EXPECT_THAT(TeamAndBelow("north", tree), ElementsAre("city", "north"));
  EXPECT_THAT(TeamAndBelow("city", tree), ElementsAre("city"));
}

TEST(TeamAndBelow, ATeamOutsideTheTreeIsAlone) {
  EXPECT_THAT(TeamAndBelow("new", {}), ElementsAre("new"));
}

TEST(EdgesOf, ARootHasNone) {
  Team team;
  team.id = "a";
  team.placements = {{"", "d", {CivilDay(2025, 1, 1), CivilDay(2026, 1, 1)}},
                     {"b", "d", {CivilDay(2026, 1, 1), std::nullopt}}};
  const std::vector<DatedEdge> edges = EdgesOf(team);
  ASSERT_THAT(edges, SizeIs(1));
  EXPECT_EQ(edges[0].above, "b");
  EXPECT_EQ(edges[0].days.start, CivilDay(2026, 1, 1));
}

TEST(CheckPlacements, ADayHasOnePlace) {
  Team team;
  team.placements = {{"", "d", {CivilDay(2025, 1, 1), std::nullopt}},
                     {"b", "d", {CivilDay(2026, 1, 1), std::nullopt}}};
  base::Violations violations;
  CheckPlacements(team, &violations);
  ASSERT_THAT(violations.list(), SizeIs(1));
  EXPECT_EQ(violations.list()[0].field, "placements[1].start_date");
  EXPECT_EQ(violations.list()[0].reason, "OVERLAPPING");
}

}  // namespace
}  // namespace salesops::organization::domain
