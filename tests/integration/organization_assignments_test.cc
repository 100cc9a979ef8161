// Assignments: shares, employment, managers, corrections and gaps.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/events.pb.h"
#include "salesops/organization/v1/job_role.pb.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/organization_server.h"

namespace salesops::organization {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasReason;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

std::string Date(const char* field, int year, int month = 1) {
  return absl::StrCat(field, " { year: ", year, " month: ", month, " day: 1 } ");
}
// From the first day of a year to that of another; 0 = open.
std::string Years(int start, int end) {
  return absl::StrCat(Date("start_date", start), end == 0 ? "" : Date("end_date", end));
}

class Assignments : public OrganizationTest {
 protected:
  Assignments() {
    EXPECT_OK(
        org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                  "department_id: 'sales' department { display_name: 'Sales' }"));
    for (const char* team : {"north", "south"}) {
      EXPECT_OK(org_.Call<v1::Team>(
          "TeamService/CreateTeam",
          absl::StrCat("team_id: '", team, "' team { display_name: '", team,
                       "' placements { department: 'departments/sales' ", Years(2015, 0), "} }")));
    }
    EXPECT_OK(org_.Call<v1::JobRole>("JobRoleService/CreateJobRole",
                                     "job_role_id: 'rep' job_role { display_name: 'Rep' }"));
    for (const char* seller : {"a", "b", "c"}) EXPECT_OK(Employ(seller, Years(2020, 0)));
  }

  absl::StatusOr<v1::Seller> Employ(const std::string& id, const std::string& days) {
    return org_.Call<v1::Seller>("SellerService/CreateSeller",
                                 absl::StrCat("seller_id: '", id, "' seller { display_name: '", id,
                                              "' employments { ", days, "} }"));
  }
  absl::StatusOr<v1::Assignment> Create(const std::string& seller, const std::string& id,
                                        const std::string& share, const std::string& days,
                                        const std::string& more = "team: 'teams/north'") {
    return org_.Call<v1::Assignment>(
        "AssignmentService/CreateAssignment",
        absl::StrCat("parent: 'sellers/", seller, "' assignment_id: '", id,
                     "' assignment { share { value: '", share, "' } ", days, more, " }"));
  }
  absl::StatusOr<v1::CorrectAssignmentsResponse> Correct(const std::string& request) {
    return org_.Call<v1::CorrectAssignmentsResponse>("AssignmentService/CorrectAssignments",
                                                     request);
  }
  // "2020-01..2022-01 north 0.5", by start.
  static std::vector<std::string> Shown(
      const google::protobuf::RepeatedPtrField<v1::Assignment>& assignments) {
    std::vector<std::string> shown;
    for (const v1::Assignment& a : assignments) {
      shown.push_back(absl::StrCat(a.start_date().year(), "..",
                                   a.has_end_date() ? absl::StrCat(a.end_date().year()) : "", " ",
                                   a.team().substr(6), " ", a.share().value()));
    }
    return shown;
  }
  std::vector<std::string> Listed(const std::string& request) {
    const auto answer =
        org_.Call<v1::ListAssignmentsResponse>("AssignmentService/ListAssignments", request);
    EXPECT_OK(answer);
    return answer.ok() ? Shown(answer->assignments()) : std::vector<std::string>();
  }
  std::vector<std::string> Gaps(const std::string& request) {
    const auto answer =
        org_.Call<v1::ListAssignmentGapsResponse>("AssignmentService/ListAssignmentGaps", request);
    EXPECT_OK(answer);
    std::vector<std::string> gaps;
    if (!answer.ok()) return gaps;
    for (const v1::AssignmentGap& gap : answer->assignment_gaps()) {
      gaps.push_back(absl::StrCat(gap.start_date().year(), "-", gap.start_date().month(), "..",
                                  gap.end_date().year(), "-", gap.end_date().month(), " ",
                                  gap.missing_share().value()));
    }
    return gaps;
  }
};

TEST_F(Assignments, CreateAnswersWhatGetReads) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Assignment created,
      Create("a", "one", "0.50", Years(2020, 2024),
             "team: 'teams/north' job_role: 'jobRoles/rep' manager: 'sellers/b' region: '华东'"));
  EXPECT_THAT(created, PartlyEqualsProto(R"pb(
                name: "sellers/a/assignments/one"
                team: "teams/north"
                job_role: "jobRoles/rep"
                manager: "sellers/b"
                region: "华东"
                share { value: "0.5" }
                start_date { year: 2020 month: 1 day: 1 }
                end_date { year: 2024 month: 1 day: 1 })pb"));
  EXPECT_THAT(org_.Call<v1::Assignment>("AssignmentService/GetAssignment",
                                        "name: 'sellers/a/assignments/one'"),
              IsOkAndHolds(EqualsProto(created)));
}

TEST_F(Assignments, SharesSumToAtMostOneOnEveryDay) {
  ASSERT_OK(Create("a", "one", "0.6", Years(2020, 0)));
  ASSERT_OK(Create("a", "two", "0.4", Years(2021, 2023)));
  const auto refused = Create("a", "three", "0.000001", Years(2022, 2030));
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("SHARES_ABOVE_ONE"));
  EXPECT_OK(Create("a", "three", "0.4", Years(2023, 0)));
  EXPECT_THAT(org_.Call<v1::Assignment>("AssignmentService/UpdateAssignment",
                                        "assignment { name: 'sellers/a/assignments/two' share { "
                                        "value: '0.5' } } update_mask { paths: 'share' }"),
              HasReason("SHARES_ABOVE_ONE"));
  // Another seller's days are another's.
  EXPECT_OK(Create("b", "one", "1", Years(2020, 0)));
}

TEST_F(Assignments, AnArchivedOneHoldsNoShareAndComesBackOnlyIfThereIsRoom) {
  ASSERT_OK(Create("a", "one", "1", Years(2020, 0)));
  ASSERT_OK(org_.Call<v1::Assignment>("AssignmentService/ArchiveAssignment",
                                      "name: 'sellers/a/assignments/one'"));
  ASSERT_OK(Create("a", "two", "0.5", Years(2020, 0)));
  EXPECT_THAT(org_.Call<v1::Assignment>("AssignmentService/UnarchiveAssignment",
                                        "name: 'sellers/a/assignments/one'"),
              HasReason("SHARES_ABOVE_ONE"));
}

TEST_F(Assignments, ConcurrentOnesCannotPassOneTogether) {
  std::atomic<int> created = 0, refused = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 12; ++i) {
    writers.emplace_back([&, i] {
      const auto answer = Create("a", absl::StrCat("at-once-", i), "0.3", Years(2020, 0));
      if (answer.ok()) ++created;
      if (status::Reason(answer.status()) == "SHARES_ABOVE_ONE") ++refused;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(created, 3);
  EXPECT_EQ(refused, 9);
}

TEST_F(Assignments, BadFieldsAreAllTold) {
  const auto refused =
      Create("a", "bad", "1.5", Years(2022, 2021),
             "team: 'teams/none' job_role: 'jobRoles/none' manager: 'sellers/none'");
  EXPECT_THAT(refused, HasViolation("assignment.share", "OUT_OF_RANGE"));
  const auto references =
      Create("a", "bad", "1", Years(2022, 2021),
             "team: 'teams/none' job_role: 'jobRoles/none' manager: 'sellers/none'");
  EXPECT_THAT(references, HasViolation("assignment.end_date", "BAD_RANGE"));
  EXPECT_THAT(references, HasViolation("assignment.team", "BAD_REFERENCE"));
  EXPECT_THAT(references, HasViolation("assignment.job_role", "BAD_REFERENCE"));
  EXPECT_THAT(references, HasViolation("assignment.manager", "BAD_REFERENCE"));
  EXPECT_THAT(Create("nobody", "x", "1", Years(2020, 0)), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Create("a", "zero", "0", Years(2020, 0)), HasViolation("assignment.share"));
  EXPECT_THAT(Create("a", "fine", "0.1234567", Years(2020, 0)),
              HasViolation("assignment.share", "TOO_MANY_DIGITS"));
}

TEST_F(Assignments, TheyLieInsideEmployment) {
  ASSERT_OK(org_.Call<v1::Seller>(
      "SellerService/CreateSeller",
      absl::StrCat("seller_id: 'gap' seller { display_name: 'Gap' employments { ",
                   Years(2020, 2022), "} employments { ", Years(2022, 2023), "} employments { ",
                   Years(2024, 0), "} }")));
  EXPECT_OK(Create("gap", "across", "0.5", Years(2021, 2023)));  // they touch
  const auto refused = Create("gap", "hole", "0.5", Years(2021, 2025));
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(Create("gap", "early", "0.5", Years(2019, 2021)), HasReason("OUTSIDE_EMPLOYMENT"));
}

TEST_F(Assignments, NobodyReportsToThemselves) {
  EXPECT_THAT(Create("a", "self", "1", Years(2020, 0), "team: 'teams/north' manager: 'sellers/a'"),
              HasViolation("assignment.manager", "SELF_REFERENCE"));
  ASSERT_OK(Create("a", "x", "0.5", Years(2020, 2024), "team: 'teams/north' manager: 'sellers/b'"));
  ASSERT_OK(Create("b", "x", "0.5", Years(2020, 0), "team: 'teams/north' manager: 'sellers/c'"));
  const auto refused =
      Create("c", "x", "0.5", Years(2023, 0), "team: 'teams/north' manager: 'sellers/a'");
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("MANAGER_CYCLE"));
  EXPECT_OK(Create("c", "y", "0.5", Years(2024, 0), "team: 'teams/north' manager: 'sellers/a'"));
}

TEST_F(Assignments, TwoAtOnceCannotCloseACycleOfManagers) {
  absl::Status a, b;
  std::thread one([&] {
    a = Create("a", "x", "1", Years(2020, 0), "team: 'teams/north' manager: 'sellers/b'").status();
  });
  std::thread other([&] {
    b = Create("b", "x", "1", Years(2020, 0), "team: 'teams/north' manager: 'sellers/a'").status();
  });
  one.join();
  other.join();
  EXPECT_NE(a.ok(), b.ok());
  EXPECT_THAT(a.ok() ? b : a, HasReason("MANAGER_CYCLE"));
}

TEST_F(Assignments, AreListedUnderTheirSellerByDayAndByFilter) {
  ASSERT_OK(Create("a", "one", "0.5", Years(2020, 2022)));
  ASSERT_OK(Create("a", "two", "0.5", Years(2021, 0), "team: 'teams/south' region: 'East'"));
  ASSERT_OK(Create("b", "one", "1", Years(2020, 0)));
  EXPECT_THAT(Listed("parent: 'sellers/a'"),
              ElementsAre("2020..2022 north 0.5", "2021.. south 0.5"));
  EXPECT_THAT(Listed("parent: 'sellers/-'"), SizeIs(3));
  EXPECT_THAT(Listed("parent: 'sellers/-' " + Date("effective_date", 2023)),
              ElementsAre("2021.. south 0.5", "2020.. north 1"));
  EXPECT_THAT(Listed("parent: 'sellers/-' filter: 'team = \"teams/south\" AND region = \"east\"'"),
              ElementsAre("2021.. south 0.5"));
  EXPECT_THAT(Listed("parent: 'sellers/-' filter: 'name = \"sellers/b/assignments/one\"'"),
              ElementsAre("2020.. north 1"));
  EXPECT_THAT(Listed("parent: 'sellers/-' order_by: 'start_date desc'"),
              ElementsAre("2021.. south 0.5", "2020.. north 1", "2020..2022 north 0.5"));
  std::vector<std::string> paged;
  std::string token;
  do {
    ASSERT_OK_AND_ASSIGN(
        const auto page,
        org_.Call<v1::ListAssignmentsResponse>(
            "AssignmentService/ListAssignments",
            absl::StrCat("parent: 'sellers/-' page_size: 1 order_by: 'name desc' page_token: '",
                         token, "'")));
    for (const v1::Assignment& a : page.assignments()) paged.push_back(a.name());
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(paged, ElementsAre("sellers/b/assignments/one", "sellers/a/assignments/two",
                                 "sellers/a/assignments/one"));
}

TEST_F(Assignments, ABatchIsOneSellersOrAllSellers) {
  auto batch = [&](const std::string& parent) {
    auto request = [](const char* seller) {
      return absl::StrCat("requests { parent: 'sellers/", seller,
                          "' assignment { team: 'teams/north' share { value: '1' } ",
                          Years(2020, 0), "} } ");
    };
    return org_.Call<v1::BatchCreateAssignmentsResponse>(
        "AssignmentService/BatchCreateAssignments",
        absl::StrCat("parent: '", parent, "' ", request("a"), request("b")));
  };
  EXPECT_THAT(batch("sellers/a"), HasViolation("requests[1].parent", "BAD_REFERENCE"));
  ASSERT_OK_AND_ASSIGN(const auto created, batch("sellers/-"));
  ASSERT_THAT(created.assignments(), SizeIs(2));
  EXPECT_THAT(batch("sellers/-"), HasReason("SHARES_ABOVE_ONE"));
  EXPECT_THAT(org_.Call<v1::BatchGetAssignmentsResponse>(
                  "AssignmentService/BatchGetAssignments",
                  absl::StrCat("parent: 'sellers/a' names: '", created.assignments(1).name(), "'")),
              HasViolation("names[0]", "BAD_REFERENCE"));
  EXPECT_OK(org_.Call<v1::BatchGetAssignmentsResponse>(
      "AssignmentService/BatchGetAssignments",
      absl::StrCat("parent: 'sellers/-' names: '", created.assignments(1).name(), "'")));
}

TEST_F(Assignments, ACorrectionReplacesARangeAtOnce) {
  ASSERT_OK(Create("a", "one", "1", Years(2020, 0),
                   "team: 'teams/north' external_keys { source: 'hr' key: '1' }"));
  ASSERT_OK(Create("b", "one", "1", Years(2020, 0)));
  const std::string before = org_.Now();
  ASSERT_OK_AND_ASSIGN(
      const auto corrected,
      Correct(absl::StrCat("parent: 'sellers/a' ", Years(2021, 2023),
                           "assignments { team: 'teams/south' share { value: '0.5' } ",
                           Years(2021, 2022), "}")));
  EXPECT_THAT(Shown(corrected.assignments()),
              ElementsAre("2020..2021 north 1", "2021..2022 south 0.5", "2023.. north 1"));
  EXPECT_EQ(corrected.assignments(0).name(), "sellers/a/assignments/one");
  EXPECT_EQ(corrected.assignments(0).etag(), "2");
  EXPECT_THAT(corrected.assignments(2).external_keys(), IsEmpty());
  EXPECT_THAT(Listed("parent: 'sellers/a' order_by: 'start_date'"),
              ElementsAre("2020..2021 north 1", "2021..2022 south 0.5", "2023.. north 1"));
  EXPECT_THAT(Listed("parent: 'sellers/b'"), ElementsAre("2020.. north 1"));
  // What was known before stays known.
  EXPECT_THAT(Listed(absl::StrCat("parent: 'sellers/a' as_of_time { ", before, " }")),
              ElementsAre("2020.. north 1"));
  EXPECT_THAT(Gaps(absl::StrCat("parent: 'sellers/a' as_of_time { ", before, " }")), IsEmpty());
  EXPECT_THAT(Gaps("parent: 'sellers/a'"), ElementsAre("2021-1..2022-1 0.5", "2022-1..2023-1 1"));

  const auto facts = org_.Events("AssignmentsCorrected");
  ASSERT_THAT(facts, SizeIs(1));
  EXPECT_EQ(facts[0].aggregate(), "sellers/a");
  v1::AssignmentsCorrected fact;
  ASSERT_TRUE(fact.ParseFromString(facts[0].payload()));
  EXPECT_EQ(fact.seller(), "sellers/a");
  EXPECT_EQ(fact.start_date().year(), 2021);
  ASSERT_THAT(fact.assignments(), SizeIs(3));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(fact.assignments(i), EqualsProto(corrected.assignments(i)));
    EXPECT_THAT(
        org_.Call<v1::Assignment>("AssignmentService/GetAssignment",
                                  absl::StrCat("name: '", corrected.assignments(i).name(), "'")),
        IsOkAndHolds(EqualsProto(corrected.assignments(i))));
  }
  EXPECT_THAT(org_.Events("AssignmentCreated"), SizeIs(2));
  EXPECT_THAT(org_.Events("AssignmentUpdated"), IsEmpty());
}

TEST_F(Assignments, ACorrectionWithdrawsWhatLiesInside) {
  ASSERT_OK(Create("a", "inside", "0.5", Years(2021, 2022)));
  ASSERT_OK(Create("a", "tail", "0.5", Years(2020, 2022)));
  ASSERT_OK_AND_ASSIGN(const auto corrected, Correct("parent: 'sellers/a' " + Years(2021, 0)));
  EXPECT_THAT(Shown(corrected.assignments()), ElementsAre("2020..2021 north 0.5"));
  ASSERT_OK_AND_ASSIGN(const auto withdrawn,
                       org_.Call<v1::Assignment>("AssignmentService/GetAssignment",
                                                 "name: 'sellers/a/assignments/inside'"));
  EXPECT_TRUE(withdrawn.has_archive_time());
  // Nothing is left to do.
  EXPECT_THAT(Correct("parent: 'sellers/a' " + Years(2021, 0)),
              IsOkAndHolds(EqualsProto(corrected)));
  EXPECT_THAT(org_.Events("AssignmentsCorrected"), SizeIs(1));
}

TEST_F(Assignments, ACorrectionIsHeldToEveryRule) {
  ASSERT_OK(Create("a", "one", "1", Years(2020, 0)));
  auto given = [](const std::string& share, const std::string& days, const std::string& more) {
    return absl::StrCat("assignments { share { value: '", share, "' } ", days, more, " } ");
  };
  const std::string range = "parent: 'sellers/a' " + Years(2021, 2023);
  EXPECT_THAT(Correct(range + given("1", Years(2021, 2024), "team: 'teams/north'")),
              HasViolation("assignments[0]", "OUT_OF_RANGE"));
  EXPECT_THAT(Correct(range + given("1", Years(2021, 2022), "team: 'teams/none'")),
              HasViolation("assignments[0].team", "BAD_REFERENCE"));
  EXPECT_THAT(Correct(range + given("0.5", Years(2021, 2022), "team: 'teams/north'") +
                      given("0.6", Years(2021, 2023), "team: 'teams/south'")),
              HasReason("SHARES_ABOVE_ONE"));
  EXPECT_THAT(Correct("parent: 'sellers/a' " + Years(2021, 2021)),
              HasViolation("end_date", "BAD_RANGE"));
  EXPECT_THAT(Correct("parent: 'sellers/a' " + Years(2018, 2023) +
                      given("1", Years(2019, 2020), "team: 'teams/north'")),
              HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(Correct("parent: 'sellers/none' " + Years(2021, 2022)),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Listed("parent: 'sellers/a'"), ElementsAre("2020.. north 1"));
}

TEST_F(Assignments, ACorrectionCanBeTriedAndRetried) {
  ASSERT_OK(Create("a", "one", "1", Years(2020, 0)));
  const std::string request = "parent: 'sellers/a' " + Years(2021, 2022);
  ASSERT_OK_AND_ASSIGN(const auto tried, Correct(request + "validate_only: true"));
  EXPECT_THAT(tried.assignments(), SizeIs(2));
  EXPECT_THAT(Listed("parent: 'sellers/a'"), SizeIs(1));
  const std::string once = request + "request_id: '7b1d0c52-7e0c-4b52-9d0e-1f5a4d3c2b1a'";
  ASSERT_OK_AND_ASSIGN(const auto first, Correct(once));
  EXPECT_THAT(Correct(once), IsOkAndHolds(EqualsProto(first)));
}

TEST_F(Assignments, GapsAreEmploymentWithoutWork) {
  ASSERT_OK(Employ("g", Years(2020, 2025)));
  ASSERT_OK(Create("g", "one", "0.5", Years(2021, 0 + 2023)));
  EXPECT_THAT(Gaps("parent: 'sellers/g'"),
              ElementsAre("2020-1..2021-1 1", "2021-1..2023-1 0.5", "2023-1..2025-1 1"));
  EXPECT_THAT(Gaps("parent: 'sellers/g' " + Years(2022, 2024)),
              ElementsAre("2022-1..2023-1 0.5", "2023-1..2024-1 1"));
  // Today, 2026-03-02, is the last day that is looked at.
  ASSERT_OK_AND_ASSIGN(const auto open,
                       org_.Call<v1::ListAssignmentGapsResponse>(
                           "AssignmentService/ListAssignmentGaps", "parent: 'sellers/a'"));
  ASSERT_THAT(open.assignment_gaps(), SizeIs(1));
  EXPECT_THAT(open.assignment_gaps(0).end_date(), EqualsProto("year: 2026 month: 3 day: 3"));
  EXPECT_THAT(org_.Call<v1::ListAssignmentGapsResponse>("AssignmentService/ListAssignmentGaps",
                                                        "parent: 'sellers/none'"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(Assignments, AnImportTakesWhatFits) {
  auto row = [](int number, const std::string& name, const std::string& share,
                const std::string& more) {
    return absl::StrCat("rows { row_number: ", number, " assignment { name: 'sellers/", name,
                        "' team: 'teams/north' share { value: '", share, "' } ", more, " } } ");
  };
  const std::string batch =
      absl::StrCat("batch { ", row(1, "a/assignments/1", "0.70", Years(2020, 0)),
                   row(2, "a/assignments/2", "0.5", Years(2020, 0)),
                   row(3, "a/assignments/3", "0.3", Years(2020, 0)),
                   row(4, "b/assignments/1", "1", Years(2019, 0)),
                   row(5, "nobody/assignments/1", "1", Years(2020, 0)),
                   row(6, "c/assignments/1", "1", Years(2020, 0)), "}");
  ASSERT_OK_AND_ASSIGN(const auto replies, org_.Import<v1::ImportAssignmentsResponse>(
                                               "AssignmentService/ImportAssignments",
                                               {"options { source: 'hr' }", batch}));
  EXPECT_THAT(replies[1], PartlyEqualsProto("created_count: 3 failed_count: 3"));
  std::vector<std::string> reasons;
  for (const auto& failure : replies[1].failures()) {
    reasons.push_back(absl::StrCat(failure.row_number(), " ", failure.reason()));
  }
  EXPECT_THAT(reasons, ::testing::UnorderedElementsAre("2 SHARES_ABOVE_ONE", "4 OUTSIDE_EMPLOYMENT",
                                                       "5 NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const auto again, org_.Import<v1::ImportAssignmentsResponse>(
                                             "AssignmentService/ImportAssignments",
                                             {"options { source: 'hr' }", batch}));
  EXPECT_THAT(again[1], PartlyEqualsProto("unchanged_count: 3 failed_count: 3"));
  // A later batch may end one and begin the next in any order.
  ASSERT_OK_AND_ASSIGN(const auto moved,
                       org_.Import<v1::ImportAssignmentsResponse>(
                           "AssignmentService/ImportAssignments",
                           {"options { source: 'hr' }",
                            absl::StrCat("batch { ", row(1, "c/assignments/2", "1", Years(2022, 0)),
                                         row(2, "c/assignments/1", "1", Years(2020, 2022)), "}")}));
  EXPECT_THAT(moved[1], PartlyEqualsProto("created_count: 1 updated_count: 1"));
}

TEST_F(Assignments, AnExportHoldsAllSellers) {
  ASSERT_OK(Create("a", "one", "1", Years(2020, 0)));
  ASSERT_OK(Create("b", "one", "1", Years(2020, 0)));
  org_.Sequence();  // an export shows what has its position at the moment of its call
  org_.clock().Set(absl::Now());
  ASSERT_OK_AND_ASSIGN(const auto parts, org_.Export<v1::ExportAssignmentsResponse>(
                                             "AssignmentService/ExportAssignments", ""));
  ASSERT_THAT(parts, SizeIs(1));
  EXPECT_THAT(parts[0].assignments(), SizeIs(2));
}

TEST_F(Assignments, AreSeenInsideTheCallersScopeOnly) {
  ASSERT_OK(Create("a", "one", "1", Years(2020, 0)));
  ASSERT_OK(Create("b", "one", "1", Years(2020, 0)));
  org_.access().Grant("a", "organization.assignments.read", {.some = true, .sellers = {"a"}}, "a");
  ASSERT_OK_AND_ASSIGN(const auto own,
                       org_.Call<v1::ListAssignmentsResponse>("AssignmentService/ListAssignments",
                                                              "parent: 'sellers/-'", "a"));
  EXPECT_THAT(own.assignments(), SizeIs(1));
  EXPECT_THAT(org_.Call<v1::Assignment>("AssignmentService/GetAssignment",
                                        "name: 'sellers/b/assignments/one'", "a"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(org_.Call<v1::ListAssignmentGapsResponse>("AssignmentService/ListAssignmentGaps",
                                                        "parent: 'sellers/b'", "a"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_OK(org_.Call<v1::ListAssignmentGapsResponse>("AssignmentService/ListAssignmentGaps",
                                                      "parent: 'sellers/a'", "a"));
}

}  // namespace
}  // namespace salesops::organization
