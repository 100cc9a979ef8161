// Sellers, teams and who is in them.
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/audit.pb.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/events.pb.h"
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
using ::testing::UnorderedElementsAre;

constexpr char kAlways[] = "start_date { year: 2020 month: 1 day: 1 }";

std::string Date(const char* field, int year, int month = 1, int day = 1) {
  return absl::StrCat(field, " { year: ", year, " month: ", month, " day: ", day, " } ");
}
std::string Years(int start, int end) {
  return absl::StrCat(Date("start_date", start), end == 0 ? "" : Date("end_date", end));
}

class Roster : public OrganizationTest {
 protected:
  Roster() {
    EXPECT_OK(
        org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                  "department_id: 'sales' department { display_name: 'Sales' }"));
  }

  static std::string Placement(const std::string& parent, const std::string& days) {
    return absl::StrCat("placements { department: 'departments/sales' ",
                        parent.empty() ? "" : absl::StrCat("parent_team: 'teams/", parent, "' "),
                        days, " } ");
  }
  absl::StatusOr<v1::Team> CreateTeam(const std::string& id, const std::string& placements) {
    return org_.Call<v1::Team>(
        "TeamService/CreateTeam",
        absl::StrCat("team_id: '", id, "' team { display_name: '", id, "' ", placements, "}"));
  }
  absl::StatusOr<v1::Team> MoveTeam(const std::string& id, const std::string& placements) {
    return org_.Call<v1::Team>("TeamService/UpdateTeam",
                               absl::StrCat("team { name: 'teams/", id, "' ", placements,
                                            "} update_mask { paths: 'placements' }"));
  }
  absl::StatusOr<v1::Seller> CreateSeller(const std::string& id, const std::string& more = "") {
    return org_.Call<v1::Seller>(
        "SellerService/CreateSeller",
        absl::StrCat("seller_id: '", id, "' seller { display_name: 'Seller ", id, "' ", more,
                     more.find("employments") == std::string::npos
                         ? absl::StrCat("employments { ", kAlways, " }")
                         : "",
                     " }"));
  }
  absl::StatusOr<v1::Assignment> Assign(const std::string& seller, const std::string& team,
                                        const std::string& more = "") {
    return org_.Call<v1::Assignment>(
        "AssignmentService/CreateAssignment",
        absl::StrCat("parent: 'sellers/", seller, "' assignment_id: '", seller, "-", team,
                     "' assignment { team: 'teams/", team, "' share { value: '1' } ",
                     more.find("start_date") == std::string::npos ? kAlways : "", " ", more, "}"));
  }
  // Ids of the sellers, in the order of the answer.
  std::vector<std::string> Members(const std::string& request, const std::string& user = "admin") {
    const auto answer =
        org_.Call<v1::ListTeamMembersResponse>("TeamService/ListTeamMembers", request, user);
    EXPECT_OK(answer);
    std::vector<std::string> ids;
    if (!answer.ok()) return ids;
    for (const v1::TeamMember& member : answer->team_members()) {
      ids.push_back(member.seller().substr(8));
    }
    return ids;
  }
};

// --- Teams ---

TEST_F(Roster, ATeamKeepsItsPlacements) {
  ASSERT_OK(CreateTeam("root", Placement("", kAlways)));
  ASSERT_OK_AND_ASSIGN(
      const v1::Team team,
      CreateTeam("north", Placement("", Years(2020, 2024)) + Placement("root", Years(2024, 0))));
  EXPECT_THAT(team, PartlyEqualsProto(R"pb(
                placements {
                  department: "departments/sales"
                  start_date { year: 2020 month: 1 day: 1 }
                  end_date { year: 2024 month: 1 day: 1 }
                }
                placements {
                  parent_team: "teams/root"
                  department: "departments/sales"
                  start_date { year: 2024 month: 1 day: 1 }
                })pb"));
  EXPECT_THAT(org_.Call<v1::Team>("TeamService/GetTeam", "name: 'teams/north'"),
              IsOkAndHolds(EqualsProto(team)));
}

TEST_F(Roster, PlacementsThatCannotBeAreAllTold) {
  const auto refused =
      CreateTeam("odd", Placement("nowhere", Years(2024, 2023)) + Placement("", Years(2020, 0)) +
                            "placements { department: 'departments/none' " + Years(2021, 0) + "}");
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(refused, HasViolation("team.placements[0].end_date", "BAD_RANGE"));
  EXPECT_THAT(refused, HasViolation("team.placements[0].parent_team", "BAD_REFERENCE"));
  EXPECT_THAT(refused, HasViolation("team.placements[1].start_date", "NOT_ORDERED"));
  EXPECT_THAT(refused, HasViolation("team.placements[2].start_date", "OVERLAPPING"));
  EXPECT_THAT(refused, HasViolation("team.placements[2].department", "BAD_REFERENCE"));
}

TEST_F(Roster, NoTeamStandsBelowItselfOnAnyDay) {
  ASSERT_OK(CreateTeam("a", Placement("", kAlways)));
  ASSERT_OK(CreateTeam("b", Placement("a", kAlways)));
  ASSERT_OK(CreateTeam("c", Placement("b", Years(2020, 2030))));
  const auto now = MoveTeam("a", Placement("c", kAlways));
  EXPECT_THAT(now, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(now, HasReason("TEAM_CYCLE"));
  EXPECT_THAT(MoveTeam("a", Placement("", Years(2020, 2029)) + Placement("c", Years(2029, 2031))),
              HasReason("TEAM_CYCLE"));
  EXPECT_OK(MoveTeam("a", Placement("", Years(2020, 2030)) + Placement("c", Years(2030, 0))));
  EXPECT_THAT(CreateTeam("self", Placement("self", kAlways)), HasReason("TEAM_CYCLE"));
}

TEST_F(Roster, TwoMovesAtOnceCannotCloseACycleTogether) {
  for (int round = 0; round < 5; ++round) {
    const std::string a = absl::StrCat("a", round), b = absl::StrCat("b", round);
    ASSERT_OK(CreateTeam(a, Placement("", kAlways)));
    ASSERT_OK(CreateTeam(b, Placement("", kAlways)));
    absl::Status below_b, below_a;
    std::thread one([&] { below_b = MoveTeam(a, Placement(b, kAlways)).status(); });
    std::thread other([&] { below_a = MoveTeam(b, Placement(a, kAlways)).status(); });
    one.join();
    other.join();
    EXPECT_NE(below_a.ok(), below_b.ok());
    EXPECT_THAT(below_a.ok() ? below_b : below_a, HasReason("TEAM_CYCLE"));
  }
}

TEST_F(Roster, ABatchMayReferToItself) {
  const std::string tree = absl::StrCat(
      "requests { team_id: 'leaf' team { display_name: 'leaf' ", Placement("top", kAlways),
      "} } requests { team_id: 'top' team { display_name: 'top' ", Placement("", kAlways), "} }");
  EXPECT_OK(org_.Call<v1::BatchCreateTeamsResponse>("TeamService/BatchCreateTeams", tree));
}

TEST_F(Roster, AnImportLeavesOutATeamBelowOneThatFailed) {
  const std::string rows =
      absl::StrCat("batch { rows { row_number: 1 team { name: 'teams/good' display_name: 'g' ",
                   Placement("", kAlways),
                   "} } rows { row_number: 2 team { name: 'teams/bad' display_name: 'b' ",
                   Placement("nowhere", kAlways),
                   "} } rows { row_number: 3 team { name: 'teams/below-bad' display_name: 'c' ",
                   Placement("bad", kAlways), "} } }");
  ASSERT_OK_AND_ASSIGN(const auto replies,
                       org_.Import<v1::ImportTeamsResponse>("TeamService/ImportTeams",
                                                            {"options { source: 'x' }", rows}));
  EXPECT_THAT(replies[1], PartlyEqualsProto("created_count: 1 failed_count: 2"));
  EXPECT_THAT(replies[1].failures(0),
              PartlyEqualsProto("row_number: 2 field: 'team.placements[0].parent_team' "
                                "reason: 'BAD_REFERENCE'"));
  EXPECT_EQ(replies[1].failures(1).row_number(), 3);
}

TEST_F(Roster, AListOnADayHoldsTheTeamsThatHaveAPlace) {
  ASSERT_OK(CreateTeam("past", Placement("", Years(2020, 2022))));
  ASSERT_OK(CreateTeam("lasting", Placement("", Years(2021, 0))));
  auto on = [&](int year) {
    const auto answer =
        org_.Call<v1::ListTeamsResponse>("TeamService/ListTeams", Date("effective_date", year));
    std::vector<std::string> names;
    for (const v1::Team& team : answer.value().teams()) names.push_back(team.name());
    return names;
  };
  EXPECT_THAT(on(2020), ElementsAre("teams/past"));
  EXPECT_THAT(on(2021), ElementsAre("teams/lasting", "teams/past"));
  EXPECT_THAT(on(2022), ElementsAre("teams/lasting"));
  EXPECT_THAT(on(2019), IsEmpty());
}

TEST_F(Roster, WhatIsArchivedIsNotNewlyReferredTo) {
  ASSERT_OK(CreateTeam("old", Placement("", kAlways)));
  ASSERT_OK(
      CreateTeam("stays", Placement("old", Years(2020, 2022)) + Placement("", Years(2022, 0))));
  ASSERT_OK(org_.Call<v1::Team>("TeamService/ArchiveTeam", "name: 'teams/old'"));
  const auto refused = CreateTeam("new", Placement("old", kAlways));
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("ARCHIVED"));
  EXPECT_OK(MoveTeam("stays", Placement("old", Years(2020, 2023)) + Placement("", Years(2023, 0))));
  ASSERT_OK(CreateSeller("s"));
  EXPECT_THAT(Assign("s", "old"), HasReason("ARCHIVED"));
}

TEST_F(Roster, ATeamInUseIsNotArchived) {
  ASSERT_OK(CreateTeam("parent", Placement("", kAlways)));
  ASSERT_OK(CreateTeam("child", Placement("parent", kAlways)));
  ASSERT_OK(CreateSeller("s"));
  ASSERT_OK(Assign("s", "child", Years(2020, 2027)));
  EXPECT_THAT(org_.Call<v1::Team>("TeamService/ArchiveTeam", "name: 'teams/parent'"),
              HasReason("IN_USE"));
  EXPECT_THAT(org_.Call<v1::Team>("TeamService/ArchiveTeam", "name: 'teams/child'"),
              HasReason("IN_USE"));
  // The assignment ends on 2027-01-01; the day is in 2026 until then.
  org_.clock().Set(absl::FromCivil(absl::CivilDay(2027, 1, 1), absl::UTCTimeZone()));
  EXPECT_OK(org_.Call<v1::Team>("TeamService/ArchiveTeam", "name: 'teams/child'"));
  EXPECT_OK(org_.Call<v1::Team>("TeamService/ArchiveTeam", "name: 'teams/parent'"));
}

// --- Members ---

TEST_F(Roster, MembersFollowTheTreeOfTheDay) {
  ASSERT_OK(CreateTeam("root", Placement("", kAlways)));
  ASSERT_OK(CreateTeam("north", Placement("root", kAlways)));
  ASSERT_OK(CreateTeam("city",
                       Placement("north", Years(2020, 2025)) + Placement("root", Years(2025, 0))));
  ASSERT_OK(CreateSeller("r"));
  ASSERT_OK(CreateSeller("n"));
  ASSERT_OK(CreateSeller("c"));
  ASSERT_OK(Assign("r", "root"));
  ASSERT_OK(Assign("n", "north", Years(2020, 2026)));
  ASSERT_OK(Assign("c", "city", "manager: 'sellers/n'"));

  EXPECT_THAT(Members("name: 'teams/root'"), ElementsAre("r"));
  EXPECT_THAT(Members("name: 'teams/root' recursive: true"), ElementsAre("c", "r"));
  EXPECT_THAT(Members("name: 'teams/root' recursive: true " + Date("effective_date", 2024)),
              ElementsAre("c", "n", "r"));
  EXPECT_THAT(Members("name: 'teams/north' recursive: true " + Date("effective_date", 2024)),
              ElementsAre("c", "n"));
  EXPECT_THAT(Members("name: 'teams/north' recursive: true " + Date("effective_date", 2025)),
              ElementsAre("n"));
  ASSERT_OK_AND_ASSIGN(
      const auto members,
      org_.Call<v1::ListTeamMembersResponse>("TeamService/ListTeamMembers", "name: 'teams/city'"));
  EXPECT_THAT(members.team_members(0), EqualsProto(R"pb(
                seller: "sellers/c"
                display_name: "Seller c"
                assignment: "sellers/c/assignments/c-city"
                team: "teams/city"
                manager: "sellers/n"
                share { value: "1" })pb"));
  EXPECT_THAT(org_.Call<v1::ListTeamMembersResponse>("TeamService/ListTeamMembers",
                                                     "name: 'teams/nowhere'"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(Roster, MembersAsOfAMomentUseTheTreeThatWasKnown) {
  ASSERT_OK(CreateTeam("root", Placement("", kAlways)));
  ASSERT_OK(CreateTeam("north", Placement("root", kAlways)));
  ASSERT_OK(CreateSeller("n"));
  ASSERT_OK(Assign("n", "north"));
  const std::string before = org_.Now();
  ASSERT_OK(MoveTeam("north", Placement("", kAlways)));
  ASSERT_OK(org_.Call<v1::Seller>("SellerService/UpdateSeller",
                                  "seller { name: 'sellers/n' display_name: 'Renamed' }"));
  EXPECT_THAT(Members("name: 'teams/root' recursive: true"), IsEmpty());
  const std::string then =
      absl::StrCat("name: 'teams/root' recursive: true as_of_time { ", before, " }");
  ASSERT_OK_AND_ASSIGN(const auto first,
                       org_.Call<v1::ListTeamMembersResponse>("TeamService/ListTeamMembers", then));
  ASSERT_THAT(first.team_members(), SizeIs(1));
  EXPECT_EQ(first.team_members(0).display_name(), "Seller n");
  EXPECT_TRUE(first.has_as_of_time());
  EXPECT_THAT(org_.Call<v1::ListTeamMembersResponse>("TeamService/ListTeamMembers", then),
              IsOkAndHolds(EqualsProto(first)));
}

TEST_F(Roster, MembersComeInPagesAndOnlyInsideTheCallersScope) {
  ASSERT_OK(CreateTeam("t", Placement("", kAlways)));
  for (const char* seller : {"s1", "s2", "s3", "s4"}) {
    ASSERT_OK(CreateSeller(seller));
    ASSERT_OK(Assign(seller, "t"));
  }
  std::vector<std::string> all;
  std::string token;
  do {
    ASSERT_OK_AND_ASSIGN(
        const auto page,
        org_.Call<v1::ListTeamMembersResponse>(
            "TeamService/ListTeamMembers",
            absl::StrCat("name: 'teams/t' page_size: 3 page_token: '", token, "'")));
    for (const auto& member : page.team_members()) all.push_back(member.seller());
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(all, ElementsAre("sellers/s1", "sellers/s2", "sellers/s3", "sellers/s4"));

  org_.access().Grant("manager", "organization.teams.read",
                      {.some = true, .sellers = {"s2", "s3"}});
  EXPECT_THAT(Members("name: 'teams/t'", "manager"), ElementsAre("s2", "s3"));
}

// --- Sellers ---

TEST_F(Roster, WhatMustBeUniqueIs) {
  ASSERT_OK(CreateSeller("one", "subject: 'alice' employee_number: 'E1'"));
  EXPECT_THAT(CreateSeller("two", "subject: 'alice'"), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(CreateSeller("two", "employee_number: 'E1'"), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_OK(CreateSeller("two", "subject: 'Alice' employee_number: 'e1'"));  // compared by bytes
  EXPECT_OK(CreateSeller("three"));
  EXPECT_OK(CreateSeller("four"));  // nobody has no subject
  ASSERT_OK_AND_ASSIGN(const auto found,
                       org_.Call<v1::ListSellersResponse>("SellerService/ListSellers",
                                                          "filter: 'subject = \"alice\"'"));
  EXPECT_THAT(found.sellers(), SizeIs(1));
}

TEST_F(Roster, AnImportReportsATakenSubjectAsItsRowsFailure) {
  ASSERT_OK(CreateSeller("one", "subject: 'alice'"));
  ASSERT_OK_AND_ASSIGN(
      const auto replies,
      org_.Import<v1::ImportSellersResponse>(
          "SellerService/ImportSellers",
          {"options { source: 'hr' }",
           "batch { rows { row_number: 1 seller { name: 'sellers/a' display_name: 'A' subject: "
           "'alice' } } rows { row_number: 2 seller { name: 'sellers/b' display_name: 'B' } } }"}));
  EXPECT_THAT(replies[1], PartlyEqualsProto("created_count: 1 failed_count: 1"));
  EXPECT_THAT(replies[1].failures(0), PartlyEqualsProto("row_number: 1 reason: 'ALREADY_EXISTS'"));
}

TEST_F(Roster, PersonalDataIsAuditedAndStaysOutOfFacts) {
  ASSERT_OK(CreateSeller("p", "email: 'p@example.com' phone: '+86 10 1234'"));
  ASSERT_OK_AND_ASSIGN(
      const v1::Seller read,
      org_.Call<v1::Seller>("SellerService/GetSeller", "name: 'sellers/p'", "curious"));
  EXPECT_EQ(read.email(), "p@example.com");
  ASSERT_OK_AND_ASSIGN(const auto audit, org_.Call<v1::ListAuditEntriesResponse>(
                                             "AuditService/ListAuditEntries",
                                             "filter: 'principal = \"user:curious\"'"));
  ASSERT_THAT(audit.audit_entries(), SizeIs(1));
  EXPECT_THAT(audit.audit_entries(0), PartlyEqualsProto(R"pb(
                method: "salesops.organization.v1.SellerService/GetSeller"
                resources: "sellers/p"
                fields: "email"
                fields: "phone")pb"));
  const auto events = org_.Events("SellerCreated");
  ASSERT_THAT(events, SizeIs(1));
  v1::SellerCreated created;
  ASSERT_TRUE(created.ParseFromString(events[0].payload()));
  EXPECT_EQ(created.seller().display_name(), "Seller p");
  EXPECT_THAT(created.seller().email(), IsEmpty());
  EXPECT_THAT(created.seller().phone(), IsEmpty());
}

TEST_F(Roster, SellersAreListedByTheDayOfEmployment) {
  ASSERT_OK(CreateSeller("left", absl::StrCat("employments { ", Years(2020, 2023), " }")));
  ASSERT_OK(CreateSeller("back", absl::StrCat("employments { ", Years(2020, 2022),
                                              " } employments { ", Years(2024, 0), " }")));
  auto on = [&](int year) {
    const auto answer = org_.Call<v1::ListSellersResponse>("SellerService/ListSellers",
                                                           Date("effective_date", year));
    std::vector<std::string> names;
    for (const v1::Seller& seller : answer.value().sellers()) names.push_back(seller.name());
    return names;
  };
  EXPECT_THAT(on(2021), ElementsAre("sellers/back", "sellers/left"));
  EXPECT_THAT(on(2022), ElementsAre("sellers/left"));
  EXPECT_THAT(on(2023), IsEmpty());
  EXPECT_THAT(on(2024), ElementsAre("sellers/back"));
}

TEST_F(Roster, EmploymentIsNotTakenFromUnderAnAssignment) {
  ASSERT_OK(CreateTeam("t", Placement("", kAlways)));
  ASSERT_OK(CreateSeller("s"));
  ASSERT_OK(Assign("s", "t", Years(2021, 2024)));
  auto employ = [&](const std::string& days) {
    return org_.Call<v1::Seller>("SellerService/UpdateSeller",
                                 absl::StrCat("seller { name: 'sellers/s' employments { ", days,
                                              " } } update_mask { paths: 'employments' }"));
  };
  const auto refused = employ(Years(2020, 2023));
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_OK(employ(Years(2021, 2024)));
}

TEST_F(Roster, ASellerInUseIsNotArchived) {
  ASSERT_OK(CreateTeam("t", Placement("", kAlways)));
  ASSERT_OK(CreateSeller("boss"));
  ASSERT_OK(CreateSeller("s"));
  ASSERT_OK(Assign("s", "t", "manager: 'sellers/boss'"));
  for (const char* seller : {"boss", "s"}) {
    EXPECT_THAT(org_.Call<v1::Seller>("SellerService/ArchiveSeller",
                                      absl::StrCat("name: 'sellers/", seller, "'")),
                HasReason("IN_USE"));
  }
  ASSERT_OK(org_.Call<v1::Assignment>("AssignmentService/ArchiveAssignment",
                                      "name: 'sellers/s/assignments/s-t'"));
  EXPECT_OK(org_.Call<v1::Seller>("SellerService/ArchiveSeller", "name: 'sellers/boss'"));
  EXPECT_OK(org_.Call<v1::Seller>("SellerService/ArchiveSeller", "name: 'sellers/s'"));
}

TEST_F(Roster, ASellerSeesTheirOwnAManagerTheReports) {
  ASSERT_OK(CreateSeller("me"));
  ASSERT_OK(CreateSeller("report"));
  ASSERT_OK(CreateSeller("other"));
  org_.access().Grant("me", "organization.sellers.read", {.some = true, .sellers = {"me"}}, "me");
  org_.access().Grant("boss", "organization.sellers.read",
                      {.some = true, .sellers = {"me", "report"}});
  auto list = [&](const std::string& user) {
    const auto answer = org_.Call<v1::ListSellersResponse>("SellerService/ListSellers", "", user);
    std::vector<std::string> names;
    for (const v1::Seller& seller : answer.value().sellers()) names.push_back(seller.name());
    return names;
  };
  EXPECT_THAT(list("me"), ElementsAre("sellers/me"));
  EXPECT_THAT(list("boss"), UnorderedElementsAre("sellers/me", "sellers/report"));
  EXPECT_OK(org_.Call<v1::Seller>("SellerService/GetSeller", "name: 'sellers/me'", "me"));
  const auto foreign =
      org_.Call<v1::Seller>("SellerService/GetSeller", "name: 'sellers/other'", "me");
  const auto absent =
      org_.Call<v1::Seller>("SellerService/GetSeller", "name: 'sellers/nobody'", "me");
  EXPECT_THAT(foreign, StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(absent, StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(
      org_.Call<v1::BatchGetSellersResponse>("SellerService/BatchGetSellers",
                                             "names: 'sellers/me' names: 'sellers/other'", "me"),
      StatusIs(StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace salesops::organization
