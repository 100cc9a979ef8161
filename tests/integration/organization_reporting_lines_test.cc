// Who is above a seller on a day, and who below.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/department.pb.h"
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
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

std::string Date(const char* field, int year) {
  return absl::StrCat(field, " { year: ", year, " month: 1 day: 1 } ");
}
std::string Years(int start, int end) {
  return absl::StrCat(Date("start_date", start), end == 0 ? "" : Date("end_date", end));
}
std::string On(int year) { return Date("effective_date", year); }

class ReportingLines : public OrganizationTest {
 protected:
  ReportingLines() {
    EXPECT_OK(
        org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                  "department_id: 'sales' department { display_name: 'Sales' }"));
    for (const char* team : {"north", "south"}) {
      EXPECT_OK(org_.Call<v1::Team>(
          "TeamService/CreateTeam",
          absl::StrCat("team_id: '", team, "' team { display_name: '", team,
                       "' placements { department: 'departments/sales' ", Years(2015, 0), "} }")));
    }
    // li reports to wu, wu to the top; wu has left in 2025.
    Employ("top", Years(2020, 0));
    Employ("wu", Years(2020, 2025));
    Employ("li", Years(2020, 0));
    Assign("top", "ceo", "1", Years(2020, 0), "");
    Assign("wu", "lead", "1", Years(2020, 2025), "top");
    Assign("li", "main", "0.7", Years(2020, 0), "wu");
  }

  void Employ(const std::string& id, const std::string& days) {
    EXPECT_OK(org_.Call<v1::Seller>("SellerService/CreateSeller",
                                    absl::StrCat("seller_id: '", id, "' seller { display_name: 'S ",
                                                 id, "' employments { ", days, "} }")));
  }
  void Assign(const std::string& seller, const std::string& id, const std::string& share,
              const std::string& days, const std::string& manager,
              const std::string& more = "team: 'teams/north'") {
    EXPECT_OK(org_.Call<v1::Assignment>(
        "AssignmentService/CreateAssignment",
        absl::StrCat("parent: 'sellers/", seller, "' assignment_id: '", id,
                     "' assignment { share { value: '", share, "' } ", days, more,
                     manager.empty() ? "" : absl::StrCat(" manager: 'sellers/", manager, "'"),
                     " }")));
  }
  absl::StatusOr<v1::GetManagerChainResponse> Chain(const std::string& seller,
                                                    const std::string& more = "",
                                                    const std::string& user = "admin") {
    return org_.Call<v1::GetManagerChainResponse>(
        "SellerService/GetManagerChain", absl::StrCat("name: 'sellers/", seller, "' ", more), user);
  }
  // "main 0.7: wu, top" for each chain; a gap as "wu!NOT_EMPLOYED".
  std::vector<std::string> Shown(const absl::StatusOr<v1::GetManagerChainResponse>& answer) {
    EXPECT_OK(answer);
    std::vector<std::string> shown;
    if (!answer.ok()) return shown;
    for (const v1::ManagerChain& chain : answer->manager_chains()) {
      std::vector<std::string> managers;
      for (const v1::ManagerLink& link : chain.links()) {
        std::string manager = link.manager().substr(8);
        if (link.gap() != v1::ManagerLink::GAP_UNSPECIFIED) {
          absl::StrAppend(&manager, "!", v1::ManagerLink::Gap_Name(link.gap()).substr(4));
        }
        managers.push_back(manager);
      }
      shown.push_back(absl::StrCat(chain.assignment().substr(chain.assignment().rfind('/') + 1),
                                   " ", chain.share().value(), ": ",
                                   absl::StrJoin(managers, ", ")));
    }
    return shown;
  }
  absl::StatusOr<v1::ListReportsResponse> Reports(const std::string& seller,
                                                  const std::string& more = "",
                                                  const std::string& user = "admin") {
    return org_.Call<v1::ListReportsResponse>(
        "SellerService/ListReports", absl::StrCat("name: 'sellers/", seller, "' ", more), user);
  }
  // "li 2" = li, two steps below.
  std::vector<std::string> Below(const std::string& seller, const std::string& more = "",
                                 const std::string& user = "admin") {
    const auto answer = Reports(seller, more, user);
    EXPECT_OK(answer);
    std::vector<std::string> below;
    if (!answer.ok()) return below;
    for (const v1::Report& report : answer->reports()) {
      below.push_back(absl::StrCat(report.seller().substr(8), " ", report.level()));
    }
    return below;
  }
};

TEST_F(ReportingLines, AChainGoesFromTheDirectManagerToTheTop) {
  EXPECT_THAT(Chain("li", On(2024)), IsOkAndHolds(EqualsProto(R"pb(
                manager_chains {
                  assignment: "sellers/li/assignments/main"
                  team: "teams/north"
                  share { value: "0.7" }
                  links {
                    manager: "sellers/wu"
                    display_name: "S wu"
                    report: "sellers/li"
                    assignment: "sellers/li/assignments/main"
                    share { value: "0.7" }
                    primary: true
                    level: 1
                  }
                  links {
                    manager: "sellers/top"
                    display_name: "S top"
                    report: "sellers/wu"
                    assignment: "sellers/wu/assignments/lead"
                    share { value: "1" }
                    primary: true
                    level: 2
                  }
                }
                effective_date { year: 2024 month: 1 day: 1 })pb")));
  EXPECT_THAT(Shown(Chain("top", On(2024))), ElementsAre("ceo 1: "));
}

TEST_F(ReportingLines, WhoHasLeftIsSaid) {
  // Today, 2026-03-02, wu is gone, and li still reports to wu.
  EXPECT_THAT(Shown(Chain("li")), ElementsAre("main 0.7: wu!NOT_EMPLOYED"));
  EXPECT_THAT(Chain("wu"), IsOkAndHolds(PartlyEqualsProto("gap: GAP_NOT_EMPLOYED")));
  EXPECT_THAT(Shown(Chain("wu")), IsEmpty());
  Employ("idle", Years(2020, 0));
  EXPECT_THAT(Chain("idle"), IsOkAndHolds(PartlyEqualsProto("gap: GAP_NO_ASSIGNMENT")));
  Assign("li", "side", "0.2", Years(2020, 0), "idle");
  EXPECT_THAT(Shown(Chain("li")),
              ElementsAre("main 0.7: wu!NOT_EMPLOYED", "side 0.2: idle!NO_ASSIGNMENT"));
}

TEST_F(ReportingLines, EachAssignmentHasItsChainThePrimaryFirst) {
  Employ("hu", Years(2020, 0));
  Assign("hu", "x", "0.6", Years(2020, 0), "");
  Assign("li", "more", "0.3", Years(2020, 0), "hu");
  EXPECT_THAT(Shown(Chain("li", On(2024))), ElementsAre("main 0.7: wu, top", "more 0.3: hu"));
  // Lent to hu's team in 2024 for most of the time: the home counts what that leaves.
  Assign("li", "lent", "0.5", Years(2024, 2025), "hu",
         "team: 'teams/south' kind: KIND_SECONDMENT home_assignment: "
         "'sellers/li/assignments/main'");
  EXPECT_THAT(Shown(Chain("li", On(2024))),
              ElementsAre("lent 0.5: hu", "more 0.3: hu", "main 0.2: wu, top"));
  EXPECT_THAT(Below("hu", On(2024)), ElementsAre("li 1", "li 1"));
}

TEST_F(ReportingLines, ReportsAreDirectOrAllBelow) {
  Employ("zhao", Years(2020, 0));
  Assign("zhao", "x", "1", Years(2022, 0), "li");
  EXPECT_THAT(Below("top", On(2024)), ElementsAre("wu 1"));
  EXPECT_THAT(Below("top", "recursive: true " + On(2024)), ElementsAre("li 2", "wu 1", "zhao 3"));
  EXPECT_THAT(Below("top", "recursive: true " + On(2021)), ElementsAre("li 2", "wu 1"));
  // Whoever has left holds nobody up: today the line ends at wu.
  EXPECT_THAT(Below("top", "recursive: true"), IsEmpty());
  EXPECT_THAT(Below("wu", "recursive: true"), ElementsAre("li 1", "zhao 2"));
  ASSERT_OK_AND_ASSIGN(const auto reports, Reports("li", On(2024)));
  ASSERT_THAT(reports.reports(), SizeIs(1));
  EXPECT_THAT(reports.reports(0), EqualsProto(R"pb(
                seller: "sellers/zhao"
                display_name: "S zhao"
                assignment: "sellers/zhao/assignments/x"
                manager: "sellers/li"
                team: "teams/north"
                share { value: "1" }
                level: 1)pb"));
}

TEST_F(ReportingLines, ReportsComeInPages) {
  std::vector<std::string> expected;
  for (int i = 1; i <= 5; ++i) {
    const std::string id = absl::StrCat("r", i);
    Employ(id, Years(2020, 0));
    Assign(id, "x", "1", Years(2020, 0), i < 4 ? "top" : "r1");
    expected.push_back(absl::StrCat("sellers/", id));
  }
  std::vector<std::string> all;
  std::string token;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Reports("top", absl::StrCat("recursive: true page_size: "
                                                                      "2 page_token: '",
                                                                      token, "'")));
    EXPECT_LE(page.reports_size(), 2);
    for (const v1::Report& report : page.reports()) all.push_back(report.seller());
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_EQ(all, expected);
  ASSERT_OK_AND_ASSIGN(const auto first, Reports("top", "recursive: true page_size: 2"));
  EXPECT_THAT(
      Reports("top", absl::StrCat("page_size: 2 page_token: '", first.next_page_token(), "'")),
      StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(ReportingLines, AMomentBeforeAnswersWhatWasAnsweredThen) {
  Employ("hu", Years(2020, 0));
  ASSERT_OK_AND_ASSIGN(const auto chain, Chain("li", On(2024)));
  ASSERT_OK_AND_ASSIGN(const auto below, Reports("top", "recursive: true " + On(2024)));
  const std::string then = absl::StrCat("as_of_time { ", org_.Now(), " } ");
  // It turns out that li worked for hu all the time, under another name, and wu was never there.
  ASSERT_OK(org_.Call<v1::CorrectAssignmentsResponse>(
      "AssignmentService/CorrectAssignments",
      absl::StrCat("parent: 'sellers/li' ", Years(2020, 0),
                   "assignments { team: 'teams/south' manager: 'sellers/hu' share { value: '1' } ",
                   Years(2021, 0), "}")));
  ASSERT_OK(org_.Call<v1::Assignment>("AssignmentService/ArchiveAssignment",
                                      "name: 'sellers/wu/assignments/lead'"));
  ASSERT_OK(org_.Call<v1::Seller>("SellerService/UpdateSeller",
                                  "seller { name: 'sellers/top' display_name: 'Renamed' }"));
  ASSERT_OK(org_.Call<v1::Seller>(
      "SellerService/UpdateSeller",
      absl::StrCat("seller { name: 'sellers/wu' employments { ", Years(2020, 2021), "} }")));
  ASSERT_OK_AND_ASSIGN(const auto now, Chain("li", On(2024)));
  EXPECT_EQ(now.manager_chains(0).links(0).manager(), "sellers/hu");
  EXPECT_THAT(Below("top", "recursive: true " + On(2024)), IsEmpty());

  ASSERT_OK_AND_ASSIGN(auto chain_then, Chain("li", then + On(2024)));
  EXPECT_TRUE(chain_then.has_as_of_time());
  EXPECT_THAT(Chain("li", then + On(2024)), IsOkAndHolds(EqualsProto(chain_then)));
  chain_then.clear_as_of_time();
  EXPECT_THAT(chain_then, EqualsProto(chain));
  ASSERT_OK_AND_ASSIGN(auto below_then, Reports("top", then + "recursive: true " + On(2024)));
  EXPECT_TRUE(below_then.has_as_of_time());
  below_then.clear_as_of_time();
  EXPECT_THAT(below_then, EqualsProto(below));
}

TEST_F(ReportingLines, AreAnsweredInsideTheCallersScope) {
  const char* kRead = "organization.assignments.read";
  org_.access().Grant("li", kRead, {.some = true, .sellers = {"li"}}, "li");
  org_.access().Grant("wu", kRead, {.some = true, .sellers = {"li", "wu"}}, "wu");
  // Who is above is told to the seller, not how those above are assigned.
  ASSERT_OK_AND_ASSIGN(const auto own, Chain("li", On(2024), "li"));
  ASSERT_THAT(own.manager_chains(0).links(), SizeIs(2));
  EXPECT_EQ(own.manager_chains(0).links(0).assignment(), "sellers/li/assignments/main");
  EXPECT_EQ(own.manager_chains(0).links(1).manager(), "sellers/top");
  EXPECT_EQ(own.manager_chains(0).links(1).assignment(), "");
  EXPECT_FALSE(own.manager_chains(0).links(1).has_share());
  EXPECT_THAT(Chain("wu", On(2024), "li"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Chain("nobody", "", "li"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Chain("nobody"), StatusIs(StatusCode::kNotFound));

  Employ("zhao", Years(2020, 0));
  Assign("zhao", "x", "1", Years(2020, 0), "wu");
  EXPECT_THAT(Below("wu", On(2024)), ElementsAre("li 1", "zhao 1"));
  EXPECT_THAT(Below("wu", On(2024), "wu"), ElementsAre("li 1"));
  EXPECT_THAT(Reports("top", On(2024), "wu"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Reports("nobody"), StatusIs(StatusCode::kNotFound));
}

}  // namespace
}  // namespace salesops::organization
