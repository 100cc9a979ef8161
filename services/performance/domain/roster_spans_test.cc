#include "services/performance/domain/roster_spans.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;

const base::DayRange kQuarter{CivilDay(2026, 1, 1), CivilDay(2026, 4, 1)};

RosterAssignment Of(const std::string& seller, const std::string& id, const std::string& team,
                    const std::string& manager, const std::string& share, CivilDay start,
                    std::optional<CivilDay> end = std::nullopt, const std::string& home = "") {
  return {seller, id, team, manager, Decimal::Parse(share).value(), {start, end}, home};
}

TEST(RosterSpans, ATransferSplitsThePeriod) {
  const RosterSpans spans =
      SpansOf({Of("7", "a", "north", "boss", "1", CivilDay(2025, 1, 1), CivilDay(2026, 2, 10)),
               Of("7", "b", "south", "chief", "1", CivilDay(2026, 2, 10))},
              kQuarter);
  const std::vector<TeamDays> teams = {
      {"teams/north", {CivilDay(2026, 1, 1), CivilDay(2026, 2, 10)}},
      {"teams/south", {CivilDay(2026, 2, 10), CivilDay(2026, 4, 1)}}};
  EXPECT_EQ(spans.teams.at("sellers/7"), teams);
  ASSERT_EQ(spans.managed.size(), 2u);
  EXPECT_EQ(spans.managed[0].manager, "sellers/boss");
  EXPECT_EQ(spans.managed[0].days, teams[0].days);
  EXPECT_EQ(spans.managed[1].manager, "sellers/chief");
  EXPECT_EQ(spans.managed[1].days, teams[1].days);
}

TEST(RosterSpans, AChangeThatKeepsTeamAndManagerSplitsNothing) {
  const RosterSpans spans =
      SpansOf({Of("7", "a", "north", "boss", "1", CivilDay(2026, 1, 1), CivilDay(2026, 2, 1)),
               Of("7", "b", "north", "boss", "1", CivilDay(2026, 2, 1))},
              kQuarter);
  EXPECT_EQ(spans.teams.at("sellers/7"), std::vector<TeamDays>({{"teams/north", kQuarter}}));
  ASSERT_EQ(spans.managed.size(), 1u);
  EXPECT_EQ(spans.managed[0].days, kQuarter);
}

TEST(RosterSpans, ASecondmentTakesItsShareFromItsHome) {
  const CivilDay february(2026, 2, 1), march(2026, 3, 1);
  std::vector<RosterAssignment> assignments = {
      Of("7", "home", "north", "boss", "1", CivilDay(2025, 1, 1)),
      Of("7", "away", "south", "chief", "0.6", february, march, "home")};
  const RosterSpans spans = SpansOf(assignments, kQuarter);
  const std::vector<TeamDays> teams = {{"teams/north", {kQuarter.start, february}},
                                       {"teams/south", {february, march}},
                                       {"teams/north", {march, kQuarter.end}}};
  EXPECT_EQ(spans.teams.at("sellers/7"), teams);
  EXPECT_EQ(spans.managed.size(), 2u) << "the boss all along, the chief in February";
  std::reverse(assignments.begin(), assignments.end());
  EXPECT_EQ(SpansOf(assignments, kQuarter), spans) << "the order does not matter";
}

TEST(RosterSpans, OfEqualSharesTheSmallestTeamHolds) {
  const RosterSpans spans = SpansOf({Of("7", "a", "south", "", "0.5", CivilDay(2025, 1, 1)),
                                     Of("7", "b", "north", "", "0.5", CivilDay(2025, 1, 1))},
                                    kQuarter);
  EXPECT_EQ(spans.teams.at("sellers/7"), std::vector<TeamDays>({{"teams/north", kQuarter}}));
  EXPECT_TRUE(spans.managed.empty());
}

TEST(RosterSpans, WhoeverHasNoAssignmentInThePeriodIsInNoTeam) {
  const RosterSpans spans = SpansOf(
      {Of("7", "a", "north", "boss", "1", CivilDay(2025, 1, 1), CivilDay(2026, 1, 1))}, kQuarter);
  EXPECT_TRUE(spans.teams.empty());
  EXPECT_TRUE(spans.managed.empty());
}

}  // namespace
}  // namespace salesops::performance::domain
