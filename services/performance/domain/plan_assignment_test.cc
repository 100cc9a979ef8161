#include "services/performance/domain/plan_assignment.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;

PlanAssignment Of(const std::string& id, CivilDay start, std::optional<CivilDay> end) {
  PlanAssignment assignment;
  assignment.id = id;
  assignment.plan_id = "sales";
  assignment.payee_id = "s1";
  assignment.start_date = start;
  assignment.end_date = end;
  return assignment;
}

const PlanAssignment kFirstHalf = Of("a", CivilDay(2026, 1, 1), CivilDay(2026, 7, 1));

std::string OverlappingOf(const PlanAssignment& assignment) {
  const std::vector<PlanAssignment> others = {kFirstHalf};
  const PlanAssignment* other = FindOverlapping(assignment, others);
  return other == nullptr ? "" : other->id;
}

TEST(PlanAssignmentTest, OneDayInCommonIsTooMany) {
  EXPECT_EQ(OverlappingOf(Of("b", CivilDay(2026, 6, 30), CivilDay(2026, 7, 1))), "a");
  EXPECT_EQ(OverlappingOf(Of("b", CivilDay(2025, 1, 1), CivilDay(2026, 1, 2))), "a");
  EXPECT_EQ(OverlappingOf(Of("b", CivilDay(2025, 1, 1), std::nullopt)), "a");
}

TEST(PlanAssignmentTest, OneMayBeginWhereTheOtherEnds) {
  EXPECT_EQ(OverlappingOf(Of("b", CivilDay(2026, 7, 1), std::nullopt)), "");
  EXPECT_EQ(OverlappingOf(Of("b", CivilDay(2025, 7, 1), CivilDay(2026, 1, 1))), "");
}

TEST(PlanAssignmentTest, OtherPlansPayeesAndArchivedOnesDoNotCount) {
  EXPECT_EQ(OverlappingOf(Of("a", CivilDay(2026, 1, 1), std::nullopt)), "") << "the same one";
  PlanAssignment other = Of("b", CivilDay(2026, 2, 1), std::nullopt);
  other.plan_id = "renewals";
  EXPECT_EQ(OverlappingOf(other), "");
  other = Of("b", CivilDay(2026, 2, 1), std::nullopt);
  other.payee_id = "s2";
  EXPECT_EQ(OverlappingOf(other), "");
  other = Of("b", CivilDay(2026, 2, 1), std::nullopt);
  other.meta.archive_time = absl::UnixEpoch();
  EXPECT_EQ(OverlappingOf(other), "");
}

TEST(PlanAssignmentTest, ItEndsAfterItBegins) {
  base::Violations violations;
  CheckPlanAssignment(kFirstHalf, &violations);
  CheckPlanAssignment(Of("b", CivilDay(2026, 1, 1), std::nullopt), &violations);
  EXPECT_TRUE(violations.empty());
  CheckPlanAssignment(Of("b", CivilDay(2026, 1, 1), CivilDay(2026, 1, 1)), &violations);
  ASSERT_EQ(violations.list().size(), 1u);
  EXPECT_EQ(violations.list()[0].field, "end_date");
  EXPECT_EQ(violations.list()[0].reason, "BAD_RANGE");
}

}  // namespace
}  // namespace salesops::performance::domain
