// Plan assignments: who is paid by which plan on which days, and who sees it.
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/performance/v1/incentive_plan.pb.h"
#include "salesops/performance/v1/plan_assignment.pb.h"
#include "services/performance/store/plan_assignment_store.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/performance_server.h"

namespace salesops::performance {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

// From the first of a month of 2026, to before the first of another; 0 = open.
std::string Months(int from, int to) {
  std::string text = absl::StrCat("start_date { year: 2026 month: ", from, " day: 1 } ");
  if (to != 0) absl::StrAppend(&text, "end_date { year: 2026 month: ", to, " day: 1 } ");
  return text;
}

std::string Of(const std::string& payee, const std::string& days,
               const std::string& plan = "sales") {
  return absl::StrCat("plan_assignment { incentive_plan: 'incentivePlans/", plan,
                      "' payee: 'sellers/", payee, "' ", days, "} ");
}

class PerformancePlanAssignments : public PerformanceServerTest {
 protected:
  PerformancePlanAssignments() {
    for (const char* id : {"sales", "renewals"}) {
      EXPECT_OK(performance_.Call<v1::IncentivePlan>(
          "IncentivePlanService/CreateIncentivePlan",
          absl::StrCat("incentive_plan_id: '", id, "' incentive_plan { display_name: '", id,
                       "' }")));
    }
  }
  absl::StatusOr<v1::PlanAssignment> Create(const std::string& id, const std::string& assignment,
                                            const std::string& user = "admin") {
    return performance_.Call<v1::PlanAssignment>(
        "PlanAssignmentService/CreatePlanAssignment",
        absl::StrCat("plan_assignment_id: '", id, "' ", assignment), user);
  }
  absl::StatusOr<v1::PlanAssignment> Update(const std::string& id, const std::string& fields) {
    return performance_.Call<v1::PlanAssignment>(
        "PlanAssignmentService/UpdatePlanAssignment",
        absl::StrCat("plan_assignment { name: 'planAssignments/", id, "' ", fields, "}"));
  }
  absl::StatusOr<v1::PlanAssignment> Do(const std::string& verb, const std::string& id,
                                        const std::string& user = "admin") {
    return performance_.Call<v1::PlanAssignment>(
        absl::StrCat("PlanAssignmentService/", verb, "PlanAssignment"),
        absl::StrCat("name: 'planAssignments/", id, "'"), user);
  }
  std::vector<std::string> Listed(const std::string& request, const std::string& user = "admin") {
    const auto page = performance_.Call<v1::ListPlanAssignmentsResponse>(
        "PlanAssignmentService/ListPlanAssignments", request, user);
    EXPECT_OK(page);
    std::vector<std::string> names;
    if (!page.ok()) return names;
    for (const v1::PlanAssignment& assignment : page->plan_assignments()) {
      names.push_back(assignment.name().substr(std::string("planAssignments/").size()));
    }
    return names;
  }
};

TEST_F(PerformancePlanAssignments, NoTwoOfOnePlanAndPayeeHaveADayInCommon) {
  ASSERT_OK(Create("a", Of("s1", Months(1, 4))));
  for (const std::string& days : {Months(3, 5), Months(2, 3), Months(1, 0)}) {
    EXPECT_THAT(Create("b", Of("s1", days)),
                HasViolation("plan_assignment.start_date", "OVERLAPPING"))
        << days;
  }
  EXPECT_OK(Create("after", Of("s1", Months(4, 7))));
  EXPECT_OK(Create("plan", Of("s1", Months(1, 4), "renewals")));
  EXPECT_OK(Create("payee", Of("s2", Months(1, 4))));
  EXPECT_THAT(Update("a", Months(1, 5)), HasViolation("plan_assignment.start_date", "OVERLAPPING"));
  EXPECT_OK(Update("a", Months(1, 3)));
  EXPECT_OK(Create("between", Of("s1", Months(3, 4))));
}

TEST_F(PerformancePlanAssignments, ThoseOfOneBatchAreLookedAtTogether) {
  const auto batch = [](const std::string& first, const std::string& second) {
    return absl::StrCat("requests { ", Of("s1", first), "} requests { ", Of("s1", second), "}");
  };
  EXPECT_THAT(
      performance_.Call<v1::BatchCreatePlanAssignmentsResponse>(
          "PlanAssignmentService/BatchCreatePlanAssignments", batch(Months(1, 4), Months(3, 6))),
      AllOf(HasViolation("requests[0].plan_assignment.start_date", "OVERLAPPING"),
            HasViolation("requests[1].plan_assignment.start_date", "OVERLAPPING")));
  EXPECT_EQ(performance_.Count("plan_assignment"), 0);
  EXPECT_OK(performance_.Call<v1::BatchCreatePlanAssignmentsResponse>(
      "PlanAssignmentService/BatchCreatePlanAssignments", batch(Months(1, 4), Months(4, 6))));
  EXPECT_EQ(performance_.Count("plan_assignment"), 2);
}

TEST_F(PerformancePlanAssignments, ArchivedOnesDoNotCountUntilTheyComeBack) {
  ASSERT_OK(Create("a", Of("s1", Months(1, 4))));
  ASSERT_OK(Do("Archive", "a"));
  ASSERT_OK(Create("b", Of("s1", Months(2, 3))));
  EXPECT_THAT(Do("Unarchive", "a"),
              AllOf(StatusIs(StatusCode::kInvalidArgument),
                    HasViolation("plan_assignment.start_date", "OVERLAPPING")));
  ASSERT_OK(Do("Archive", "b"));
  EXPECT_OK(Do("Unarchive", "a"));
}

TEST_F(PerformancePlanAssignments, ConcurrentOnesAreOne) {
  constexpr int kCallers = 8;
  std::vector<absl::Status> answers(kCallers);
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      answers[i] = Create(absl::StrCat("a", i), Of("s1", Months(1, i % 2 == 0 ? 0 : 4))).status();
    });
  }
  for (std::thread& caller : callers) caller.join();
  int created = 0;
  for (const absl::Status& answer : answers) {
    created += answer.ok() ? 1 : 0;
    if (!answer.ok()) {
      EXPECT_THAT(answer, HasViolation("plan_assignment.start_date", "OVERLAPPING"));
    }
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(performance_.Count("plan_assignment"), 1);
}

TEST_F(PerformancePlanAssignments, EveryFaultIsToldWithItsField) {
  EXPECT_THAT(Create("a", Of("nobody", Months(4, 4), "none")),
              AllOf(HasViolation("plan_assignment.payee", "BAD_REFERENCE"),
                    HasViolation("plan_assignment.incentive_plan", "BAD_REFERENCE"),
                    HasViolation("plan_assignment.end_date", "BAD_RANGE")));
  EXPECT_THAT(Create("a", "plan_assignment { incentive_plan: 'plans/1' payee: 'teams/1' }"),
              AllOf(HasViolation("plan_assignment.incentive_plan", "BAD_REFERENCE"),
                    HasViolation("plan_assignment.payee", "BAD_REFERENCE"),
                    HasViolation("plan_assignment.start_date", "REQUIRED")));
  EXPECT_EQ(performance_.Count("plan_assignment"), 0);
}

TEST_F(PerformancePlanAssignments, NobodyIsNewlyAssignedToAnArchivedPlan) {
  ASSERT_OK(Create("a", Of("s1", Months(1, 0))));
  ASSERT_OK(performance_.Call<v1::IncentivePlan>("IncentivePlanService/ArchiveIncentivePlan",
                                                 "name: 'incentivePlans/sales'"));
  EXPECT_THAT(Create("b", Of("s2", Months(1, 0))),
              HasViolation("plan_assignment.incentive_plan", "ARCHIVED"));
  EXPECT_OK(Update("a", Months(1, 7)));
}

TEST_F(PerformancePlanAssignments, PlanAndPayeeStay) {
  ASSERT_OK(Create("a", Of("s1", Months(1, 0))));
  EXPECT_THAT(Update("a", "payee: 'sellers/s2' "),
              HasViolation("plan_assignment.payee", "IMMUTABLE"));
  EXPECT_THAT(Update("a", "incentive_plan: 'incentivePlans/renewals' "),
              HasViolation("plan_assignment.incentive_plan", "IMMUTABLE"));
}

TEST_F(PerformancePlanAssignments, ASellerSeesTheOwnAndAManagerThoseBelow) {
  ASSERT_OK(Create("of-s1", Of("s1", Months(1, 0))));
  ASSERT_OK(Create("of-s2", Of("s2", Months(1, 0))));
  ASSERT_OK(Create("of-s3", Of("s3", Months(1, 0))));
  EXPECT_THAT(Listed(""), ElementsAre("of-s1", "of-s2", "of-s3"));
  EXPECT_THAT(Listed("", "s1"), ElementsAre("of-s1"));
  EXPECT_THAT(Listed("", "boss"), ElementsAre("of-s1", "of-s2"));
  EXPECT_OK(Do("Get", "of-s1", "s1"));
  EXPECT_THAT(Do("Get", "of-s2", "s1"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Do("Get", "none", "s1"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Create("", Of("s1", Months(1, 0), "renewals"), "s1"),
              StatusIs(StatusCode::kPermissionDenied))
      << "nobody decides by what they are paid";
}

TEST_F(PerformancePlanAssignments, ListsAreOfADayOrOfAMomentBefore) {
  ASSERT_OK(Create("first", Of("s1", Months(1, 4))));
  ASSERT_OK(Create("second", Of("s1", Months(4, 0))));
  EXPECT_THAT(Listed("effective_date { year: 2026 month: 3 day: 31 }"), ElementsAre("first"));
  EXPECT_THAT(Listed("effective_date { year: 2026 month: 4 day: 1 }"), ElementsAre("second"));
  EXPECT_THAT(Listed("effective_date { year: 2025 month: 12 day: 31 }"), IsEmpty());
  EXPECT_THAT(Listed("filter: 'payee = \"sellers/s1\" AND start_date > \"2026-03-01\"'"),
              ElementsAre("second"));
  EXPECT_THAT(Listed("filter: 'incentive_plan = \"incentivePlans/renewals\"'"), IsEmpty());
  const std::string then = performance_.Now();
  ASSERT_OK(Update("second", Months(5, 0)));
  const std::string on = "effective_date { year: 2026 month: 4 day: 1 } ";
  EXPECT_THAT(Listed(on), IsEmpty());
  EXPECT_THAT(Listed(absl::StrCat(on, "as_of_time { ", then, " }")), ElementsAre("second"));
}

TEST_F(PerformancePlanAssignments, ACalculationAsksForAllOfAPlanAndPeriod) {
  ASSERT_OK(Create("c", Of("s2", Months(3, 5))));
  ASSERT_OK(Create("a", Of("s1", Months(4, 7))));
  ASSERT_OK(Create("b", Of("s1", Months(1, 4))));
  ASSERT_OK(Create("other", Of("s1", Months(1, 0), "renewals")));
  ASSERT_OK(Create("gone", Of("s3", Months(1, 0))));
  ASSERT_OK(Do("Archive", "gone"));
  const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
  const auto ids = [&](const base::DayRange& days) {
    std::vector<std::string> found;
    const auto all = performance_.database().Read(
        soon, [&](mysql::Connection& c) { return store::PlanAssignmentsOfPlan(c, "sales", days); });
    EXPECT_OK(all);
    if (!all.ok()) return found;
    for (const domain::PlanAssignment& assignment : *all) found.push_back(assignment.id);
    return found;
  };
  using base::CivilDay;
  EXPECT_THAT(ids({CivilDay(2026, 1, 1), CivilDay(2027, 1, 1)}), ElementsAre("b", "a", "c"));
  EXPECT_THAT(ids({CivilDay(2026, 4, 1), std::nullopt}), ElementsAre("a", "c"));
  EXPECT_THAT(ids({CivilDay(2026, 1, 1), CivilDay(2026, 3, 1)}), ElementsAre("b"));
}

TEST_F(PerformancePlanAssignments, ImportsMatchByExternalKey) {
  const auto row = [](int number, const std::string& payee, const std::string& days,
                      const std::string& key) {
    return absl::StrCat("rows { row_number: ", number,
                        " plan_assignment { incentive_plan: 'incentivePlans/sales' payee: "
                        "'sellers/",
                        payee, "' ", days, " external_keys { source: 'hr' key: '", key, "' } } } ");
  };
  const auto import = [&](const std::string& rows) {
    const auto replies = performance_.Import("PlanAssignmentService/ImportPlanAssignments",
                                             {"options { source: 'hr' }", "batch { " + rows + "}"});
    EXPECT_OK(replies);
    return static_cast<const v1::ImportPlanAssignmentsResponse&>(*replies->back());
  };
  EXPECT_THAT(import(row(1, "s1", Months(1, 4), "1") + row(2, "nobody", Months(1, 4), "2")),
              PartlyEqualsProto("created_count: 1 failed_count: 1 failures { row_number: 2 field: "
                                "'plan_assignment.payee' reason: 'BAD_REFERENCE' }"));
  EXPECT_THAT(import(row(1, "s1", Months(1, 4), "1")), PartlyEqualsProto("unchanged_count: 1"));
  EXPECT_THAT(import(row(1, "s1", Months(1, 6), "1") + row(2, "s1", Months(5, 7), "3")),
              PartlyEqualsProto("failed_count: 2"));
  EXPECT_THAT(import(row(1, "s1", Months(1, 6), "1") + row(2, "s1", Months(6, 7), "3")),
              PartlyEqualsProto("created_count: 1 updated_count: 1"));
}

TEST_F(PerformancePlanAssignments, EveryChangeIsTold) {
  ASSERT_OK(Create("a", Of("s1", Months(1, 4))));
  ASSERT_OK(Update("a", Months(1, 5)));
  ASSERT_OK(Do("Archive", "a"));
  ASSERT_OK(Do("Unarchive", "a"));
  EXPECT_THAT(
      performance_.EventTypes(),
      ElementsAre("IncentivePlanCreated", "IncentivePlanCreated", "PlanAssignmentCreated",
                  "PlanAssignmentUpdated", "PlanAssignmentArchived", "PlanAssignmentUnarchived"));
  ASSERT_OK_AND_ASSIGN(
      const auto revisions,
      performance_.Call<v1::ListPlanAssignmentRevisionsResponse>(
          "PlanAssignmentService/ListPlanAssignmentRevisions", "name: 'planAssignments/a'", "s1"));
  EXPECT_THAT(revisions.revisions(), SizeIs(4));
}

}  // namespace
}  // namespace salesops::performance
