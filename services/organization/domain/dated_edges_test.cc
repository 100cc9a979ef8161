#include "services/organization/domain/dated_edges.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using testing::ElementsAre;

CivilDay Day(int n) { return CivilDay(2026, 1, 1) + n; }
DayRange Days(int start, int end) { return {Day(start), Day(end)}; }
DayRange From(int start) { return {Day(start), std::nullopt}; }

TEST(FindCycle, NothingStandsBelowItself) {
  const std::vector<DatedEdge> edges = {{"a", "a", From(0)}};
  const auto cycle = FindCycle(edges, edges);
  ASSERT_TRUE(cycle);
  EXPECT_THAT(cycle->path, ElementsAre("a", "a"));
}

TEST(FindCycle, TellsTheWayAndTheDays) {
  const std::vector<DatedEdge> edges = {
      {"a", "b", Days(0, 20)}, {"b", "c", Days(5, 30)}, {"c", "a", From(10)}};
  const auto cycle = FindCycle(edges, {edges[0]});
  ASSERT_TRUE(cycle);
  EXPECT_THAT(cycle->path, ElementsAre("a", "b", "c", "a"));
  EXPECT_EQ(cycle->days, Days(10, 20));
}

TEST(FindCycle, ChangingPlacesOnADayIsNoCycle) {
  const std::vector<DatedEdge> edges = {{"a", "b", Days(0, 10)}, {"b", "a", From(10)}};
  EXPECT_FALSE(FindCycle(edges, edges));
}

TEST(ReplaceEdges, TakesTogetherWhatIsOnlyGoodTogether) {
  const EdgesByKey stored = {{"a", {{"a", "b", From(0)}}}, {"b", {}}};
  const auto cycles = ReplaceEdges(stored, {{"b", {{"b", "a", From(0)}}}, {"a", {}}});
  EXPECT_FALSE(cycles[0]);
  EXPECT_FALSE(cycles[1]);
}

TEST(ReplaceEdges, LeavesOutOnlyWhatClosesACycle) {
  const auto cycles = ReplaceEdges(
      {},
      {{"a", {{"a", "b", From(0)}}}, {"b", {{"b", "a", From(0)}}}, {"c", {{"c", "b", From(0)}}}});
  EXPECT_FALSE(cycles[0]);
  EXPECT_TRUE(cycles[1]);
  EXPECT_FALSE(cycles[2]);
}

// The definition, day by day: somebody is above themselves.
bool HasCycleOn(const std::vector<DatedEdge>& edges, CivilDay day) {
  std::set<std::pair<std::string, std::string>> above;
  for (const DatedEdge& edge : edges) {
    if (edge.days.Contains(day)) above.emplace(edge.below, edge.above);
  }
  for (bool grown = true; grown;) {
    grown = false;
    const auto known = above;
    for (const auto& [a, b] : known) {
      for (const auto& [c, d] : known) {
        if (b == c) grown |= above.emplace(a, d).second;
      }
    }
  }
  for (const auto& [a, b] : above) {
    if (a == b) return true;
  }
  return false;
}

RC_GTEST_PROP(FindCycleProperty, AgreesWithDayByDay, ()) {
  std::vector<DatedEdge> edges;
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
    const int start = *rc::gen::inRange(0, 8);
    edges.push_back(
        {std::string(1, *rc::gen::inRange('a', 'f')), std::string(1, *rc::gen::inRange('a', 'f')),
         *rc::gen::arbitrary<bool>() ? From(start) : Days(start, start + *rc::gen::inRange(1, 6))});
  }
  bool expected = false;
  for (int n = 0; n < 16; ++n) expected |= HasCycleOn(edges, Day(n));
  const auto cycle = FindCycle(edges, edges);
  RC_ASSERT(cycle.has_value() == expected);
  if (cycle) RC_ASSERT(HasCycleOn(edges, cycle->days.start));
}

}  // namespace
}  // namespace salesops::organization::domain
