// Secondments: lent to another team while the home assignment stays; and the roster, which must say
// the same.
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/events.pb.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "services/organization/domain/assignment.h"
#include "shared/api/convert.h"
#include "shared/roster/roster_tables.h"
#include "shared/roster/sql/team_sql.h"
#include "shared/status/macros.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/organization_server.h"

namespace salesops::organization {
namespace {

using absl::StatusCode;
using base::CivilDay;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasReason;
using testing::HasViolation;
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
std::string LentBy(const std::string& home) {
  return absl::StrCat("kind: KIND_SECONDMENT home_assignment: '", home, "'");
}

base::DeadlineContext Soon() { return base::DeadlineContext(absl::Now() + absl::Seconds(20)); }

class Secondments : public OrganizationTest {
 protected:
  Secondments() {
    EXPECT_OK(
        org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                  "department_id: 'sales' department { display_name: 'Sales' }"));
    for (const char* team : {"east", "north", "south"}) {
      EXPECT_OK(org_.Call<v1::Team>(
          "TeamService/CreateTeam",
          absl::StrCat("team_id: '", team, "' team { display_name: '", team,
                       "' placements { department: 'departments/sales' ", Years(2015, 0), "} }")));
    }
    for (const char* seller : {"a", "b"}) {
      EXPECT_OK(
          org_.Call<v1::Seller>("SellerService/CreateSeller",
                                absl::StrCat("seller_id: '", seller, "' seller { display_name: '",
                                             seller, "' employments { ", Years(2020, 0), "} }")));
    }
  }

  absl::StatusOr<v1::Assignment> Create(const std::string& id, const std::string& team,
                                        const std::string& share, const std::string& days,
                                        const std::string& more = "") {
    return org_.Call<v1::Assignment>(
        "AssignmentService/CreateAssignment",
        absl::StrCat("parent: 'sellers/a' assignment_id: '", id, "' assignment { team: 'teams/",
                     team, "' share { value: '", share, "' } ", days, more, " }"));
  }
  absl::StatusOr<v1::Assignment> Archive(const std::string& id) {
    return org_.Call<v1::Assignment>("AssignmentService/ArchiveAssignment",
                                     absl::StrCat("name: 'sellers/a/assignments/", id, "'"));
  }
  absl::StatusOr<v1::Assignment> Update(const std::string& id, const std::string& fields,
                                        const std::string& mask) {
    return org_.Call<v1::Assignment>("AssignmentService/UpdateAssignment",
                                     absl::StrCat("assignment { name: 'sellers/a/assignments/", id,
                                                  "' ", fields, " } update_mask { ", mask, " }"));
  }
  // "a north 0.4" for each member on a day, over all teams below none.
  std::vector<std::string> Members(int year, const std::string& more = "") {
    std::vector<std::string> members;
    for (const char* team : {"east", "north", "south"}) {
      const auto answer = org_.Call<v1::ListTeamMembersResponse>(
          "TeamService/ListTeamMembers",
          absl::StrCat("name: 'teams/", team, "' ", Date("effective_date", year), more));
      EXPECT_OK(answer);
      if (!answer.ok()) continue;
      for (const v1::TeamMember& member : answer->team_members()) {
        members.push_back(absl::StrCat(member.seller().substr(8), " ", member.team().substr(6), " ",
                                       member.share().value()));
      }
    }
    return members;
  }

  // What the roster's tables say.
  std::string TeamByRoster(const std::string& seller, CivilDay day) {
    const auto team = org_.database().Read(Soon(), [&](mysql::Connection& c) {
      return c.QueryOne(
          absl::StrCat("SELECT ",
                       roster::TeamOnDaySql("'" + seller + "'", "'" + base::FormatDay(day) + "'")),
          {}, [](mysql::Row& row) { return row.String(0); });
    });
    EXPECT_OK(team);
    return team.ok() ? team->value_or("") : "";
  }
  // Brings the roster's tables to the end of the log.
  void FollowAll() {
    const auto facts = org_.Events();
    EXPECT_OK(org_.database().RunInTransaction(Soon(), [&](mysql::Transaction& tx) {
      RETURN_IF_ERROR(roster::EmptyTables(tx));
      for (const events::v1::Event& fact : facts) RETURN_IF_ERROR(roster::ApplyEvent(tx, fact));
      return absl::OkStatus();
    }));
  }
  // What organization says: the primary assignment's team.
  std::string TeamByOrganization(const std::string& seller, CivilDay day) {
    const auto chain = org_.Call<v1::GetManagerChainResponse>(
        "SellerService/GetManagerChain",
        absl::StrCat("name: 'sellers/", seller, "' effective_date { year: ", day.year(),
                     " month: ", day.month(), " day: ", day.day(), " }"));
    EXPECT_OK(chain);
    if (!chain.ok() || chain->manager_chains().empty()) return "";
    return chain->manager_chains(0).team().substr(6);
  }
};

TEST_F(Secondments, OneWithoutAKindIsRegular) {
  ASSERT_OK_AND_ASSIGN(const auto plain, Create("plain", "north", "0.5", Years(2020, 0)));
  EXPECT_EQ(plain.kind(), v1::Assignment::KIND_REGULAR);
  ASSERT_OK_AND_ASSIGN(const auto lent, Create("lent", "south", "0.3", Years(2021, 2022),
                                               LentBy("sellers/a/assignments/plain")));
  EXPECT_THAT(lent, PartlyEqualsProto("kind: KIND_SECONDMENT home_assignment: "
                                      "'sellers/a/assignments/plain'"));
  EXPECT_THAT(org_.Call<v1::Assignment>("AssignmentService/GetAssignment",
                                        "name: 'sellers/a/assignments/lent'"),
              IsOkAndHolds(EqualsProto(lent)));
  ASSERT_OK_AND_ASSIGN(const auto list,
                       org_.Call<v1::ListAssignmentsResponse>(
                           "AssignmentService/ListAssignments",
                           "parent: 'sellers/-' filter: 'kind = KIND_SECONDMENT'"));
  ASSERT_THAT(list.assignments(), SizeIs(1));
  EXPECT_THAT(list.assignments(0), EqualsProto(lent));
}

// The example of the contract, with years for its months.
TEST_F(Secondments, CountsInPlaceOfWhatItCovers) {
  ASSERT_OK(Create("home", "north", "0.6", Years(2020, 0)));
  ASSERT_OK(Create("other", "south", "0.3", Years(2020, 0)));
  const std::string lent = LentBy("sellers/a/assignments/home");
  ASSERT_OK(Create("one", "east", "0.4", Years(2022, 2024), lent));
  EXPECT_THAT(Members(2021), ElementsAre("a north 0.6", "a south 0.3"));
  EXPECT_THAT(Members(2022), ElementsAre("a east 0.4", "a north 0.2", "a south 0.3"));
  // 0.4 and 0.3 are more than the 0.6 of home, and with 0.3 exactly 1.
  ASSERT_OK(Create("two", "east", "0.3", Years(2023, 0), lent));
  EXPECT_THAT(Members(2023), ElementsAre("a east 0.4", "a east 0.3", "a north 0", "a south 0.3"));
  EXPECT_THAT(Members(2024), ElementsAre("a east 0.3", "a north 0.3", "a south 0.3"));
  const auto refused = Create("three", "east", "0.000001", Years(2023, 2025), lent);
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("SHARES_ABOVE_ONE"));
  EXPECT_OK(Create("three", "east", "0.3", Years(2024, 2025), lent));
}

TEST_F(Secondments, ItsHomeIsARegularOneInForceOfTheSameSeller) {
  ASSERT_OK(Create("home", "north", "1", Years(2021, 2025)));
  const std::string home = "sellers/a/assignments/home";
  EXPECT_THAT(Create("x", "south", "1", Years(2022, 2023), "kind: KIND_SECONDMENT"),
              HasViolation("assignment.home_assignment", "REQUIRED"));
  EXPECT_THAT(
      Create("x", "south", "1", Years(2022, 2023), absl::StrCat("home_assignment: '", home, "'")),
      HasViolation("assignment.home_assignment", "NOT_A_SECONDMENT"));
  EXPECT_THAT(Create("x", "south", "1", Years(2022, 2023), LentBy("sellers/b/assignments/home")),
              HasViolation("assignment.home_assignment", "BAD_REFERENCE"));
  EXPECT_THAT(Create("x", "south", "1", Years(2022, 2023), LentBy("sellers/a/assignments/none")),
              HasViolation("assignment.home_assignment", "BAD_REFERENCE"));
  EXPECT_THAT(Create("x", "south", "1", Years(2022, 2026), LentBy(home)),
              HasReason("OUTSIDE_HOME_ASSIGNMENT"));
  ASSERT_OK(Create("lent", "south", "1", Years(2022, 2023), LentBy(home)));
  EXPECT_THAT(Create("x", "east", "1", Years(2022, 2023), LentBy("sellers/a/assignments/lent")),
              HasViolation("assignment.home_assignment", "BAD_REFERENCE"));
}

TEST_F(Secondments, TheHomeStaysAsLongAsItLends) {
  ASSERT_OK(Create("home", "north", "1", Years(2021, 2025)));
  ASSERT_OK(Create("lent", "south", "1", Years(2022, 2023), LentBy("sellers/a/assignments/home")));
  EXPECT_THAT(Archive("home"), HasReason("OUTSIDE_HOME_ASSIGNMENT"));
  EXPECT_THAT(Update("home", Date("end_date", 2022), "paths: 'end_date'"),
              HasReason("OUTSIDE_HOME_ASSIGNMENT"));
  EXPECT_OK(Update("home", Date("end_date", 2023), "paths: 'end_date'"));
  ASSERT_OK(Archive("lent"));
  ASSERT_OK(Archive("home"));
  EXPECT_THAT(org_.Call<v1::Assignment>("AssignmentService/UnarchiveAssignment",
                                        "name: 'sellers/a/assignments/lent'"),
              HasViolation("assignment.home_assignment", "BAD_REFERENCE"));
}

TEST_F(Secondments, ABatchMayBringTheHomeAndWhatItLends) {
  auto request = [](const std::string& id, const std::string& team, const std::string& more) {
    return absl::StrCat("requests { parent: 'sellers/a' assignment_id: '", id,
                        "' assignment { team: 'teams/", team, "' share { value: '1' } ",
                        Years(2020, 0), more, "} } ");
  };
  EXPECT_OK(org_.Call<v1::BatchCreateAssignmentsResponse>(
      "AssignmentService/BatchCreateAssignments",
      absl::StrCat("parent: 'sellers/a' ",
                   request("lent", "south", LentBy("sellers/a/assignments/home")),
                   request("home", "north", ""))));
}

TEST_F(Secondments, AnImportLeavesOutWhatHasNoHome) {
  auto row = [](int number, const std::string& id, const std::string& more) {
    return absl::StrCat(
        "rows { row_number: ", number, " assignment { name: 'sellers/a/assignments/", id,
        "' team: 'teams/north' share { value: '0.5' } ", Years(2020, 0), more, " } } ");
  };
  const std::string batch =
      absl::StrCat("batch { ", row(1, "lent", LentBy("sellers/a/assignments/home")),
                   row(2, "home", ""), row(3, "lost", LentBy("sellers/a/assignments/none")), "}");
  for (const char* counts :
       {"created_count: 2 failed_count: 1", "unchanged_count: 2 failed_count: 1"}) {
    ASSERT_OK_AND_ASSIGN(const auto replies, org_.Import<v1::ImportAssignmentsResponse>(
                                                 "AssignmentService/ImportAssignments",
                                                 {"options { source: 'hr' }", batch}));
    EXPECT_THAT(replies[1], PartlyEqualsProto(counts));
    EXPECT_THAT(replies[1].failures(0), PartlyEqualsProto("row_number: 3 reason: 'BAD_REFERENCE'"));
  }
}

TEST_F(Secondments, ACorrectionKeepsWhatIsLentOutsideItsRange) {
  ASSERT_OK(Create("home", "north", "1", Years(2020, 0)));
  const std::string lent = LentBy("sellers/a/assignments/home");
  ASSERT_OK(Create("early", "south", "0.4", Years(2020, 2021), lent));
  ASSERT_OK(Create("across", "south", "0.4", Years(2021, 2026), lent));
  ASSERT_OK(Create("late", "east", "0.9", Years(2026, 2027), lent));
  const std::string before = org_.Now();
  ASSERT_OK_AND_ASSIGN(const auto corrected,
                       org_.Call<v1::CorrectAssignmentsResponse>(
                           "AssignmentService/CorrectAssignments",
                           absl::StrCat("parent: 'sellers/a' ", Years(2022, 2024),
                                        "assignments { team: 'teams/east' share { value: '1' } ",
                                        Years(2022, 2024), "}")));
  EXPECT_THAT(corrected.assignments(), SizeIs(7));
  EXPECT_THAT(Members(2020), ElementsAre("a north 0.6", "a south 0.4"));
  EXPECT_THAT(Members(2021), ElementsAre("a north 0.6", "a south 0.4"));
  EXPECT_THAT(Members(2022), ElementsAre("a east 1"));
  EXPECT_THAT(Members(2025), ElementsAre("a north 0.6", "a south 0.4"));
  EXPECT_THAT(Members(2026), ElementsAre("a east 0.9", "a north 0.1"));
  EXPECT_THAT(Members(2027), ElementsAre("a north 1"));
  EXPECT_THAT(Members(2022, absl::StrCat("as_of_time { ", before, " }")),
              ElementsAre("a north 0.6", "a south 0.4"));
  EXPECT_THAT(org_.Call<v1::CorrectAssignmentsResponse>(
                  "AssignmentService/CorrectAssignments",
                  absl::StrCat("parent: 'sellers/a' ", Years(2030, 2031),
                               "assignments { team: 'teams/east' share { value: '1' } ",
                               Years(2030, 2031), lent, "}")),
              HasViolation("assignments[0].kind", "SECONDMENT"));
}

TEST_F(Secondments, TheRosterFollowsEveryFact) {
  ASSERT_OK(Create("home", "north", "1", Years(2020, 0)));
  ASSERT_OK(
      Create("lent", "south", "0.6", Years(2022, 2024), LentBy("sellers/a/assignments/home")));
  auto team = [&](int year) {
    FollowAll();
    const CivilDay day(year, 6, 1);
    EXPECT_EQ(TeamByRoster("a", day), TeamByOrganization("a", day)) << year;
    return TeamByRoster("a", day);
  };
  EXPECT_EQ(team(2021), "north");
  EXPECT_EQ(team(2022), "south");
  EXPECT_EQ(team(2024), "north");
  ASSERT_OK(Update("lent", "share { value: '0.5' }", "paths: 'share'"));
  EXPECT_EQ(team(2022), "north");  // equal shares: the smaller name
  // As a regular one it counts beside the other and no longer in its place.
  const std::string regular = "paths: 'kind' paths: 'home_assignment'";
  EXPECT_THAT(Update("lent", "kind: KIND_REGULAR", regular), HasReason("SHARES_ABOVE_ONE"));
  ASSERT_OK(Update("home", "share { value: '0.4' }", "paths: 'share'"));
  ASSERT_OK(Update("lent", "kind: KIND_REGULAR", regular));
  EXPECT_EQ(team(2022), "south");
}

// Whatever is done to a seller's assignments: both name the same team on every day.
TEST_F(Secondments, TheRosterAgreesAfterRandomChanges) {
  std::mt19937 random(20260302);
  auto choose = [&](size_t n) { return static_cast<int>(random() % n); };
  const std::vector<std::string> teams = {"east", "north", "south"};
  int changed = 0, lent = 0;
  for (int step = 0; step < 80; ++step) {
    ASSERT_OK_AND_ASSIGN(const auto known,
                         org_.Call<v1::ListAssignmentsResponse>("AssignmentService/ListAssignments",
                                                                "parent: 'sellers/a'"));
    const int start = 2020 + choose(8);
    const std::string share = absl::StrCat("0.", 1 + choose(9));
    const std::string& team = teams[choose(3)];
    const std::string id = absl::StrCat("x", step);
    absl::Status status;
    const int what = known.assignments().empty() ? 0 : choose(8);
    if (what < 2) {
      status = Create(id, team, share, Years(start, choose(2) == 0 ? 0 : start + 1 + choose(4)))
                   .status();
    } else {
      const v1::Assignment& one = known.assignments(choose(known.assignments_size()));
      const std::string one_id = one.name().substr(one.name().rfind('/') + 1);
      if (what == 2) {
        status = Archive(one_id).status();
      } else if (what == 3) {
        status = org_.Call<v1::CorrectAssignmentsResponse>(
                         "AssignmentService/CorrectAssignments",
                         absl::StrCat("parent: 'sellers/a' ", Years(start, start + 1)))
                     .status();
      } else if (what == 4) {
        status =
            Update(one_id, absl::StrCat("share { value: '", share, "' } team: 'teams/", team, "'"),
                   "paths: 'share' paths: 'team'")
                .status();
      } else {
        const int from = one.start_date().year() + choose(2);
        status = Create(id, team, share, Years(from, from + 1), LentBy(one.name())).status();
        lent += status.ok();
      }
    }
    changed += status.ok();
    if (step % 8 != 7) continue;
    FollowAll();
    for (int year = 2020; year < 2033; ++year) {
      const CivilDay day(year, 3, 1);
      ASSERT_EQ(TeamByRoster("a", day), TeamByOrganization("a", day)) << step << " " << year;
    }
  }
  EXPECT_GT(changed, 10);
  EXPECT_GT(lent, 0);
}

// --- The rule of organization and the SQL of the roster, over any assignments ---

domain::Assignment AnyAssignment(const std::string& id) {
  domain::Assignment assignment;
  assignment.seller_id = "a";
  assignment.id = id;
  assignment.team_id = std::string(1, *rc::gen::inRange('t', 'w'));
  assignment.share = base::Decimal::FromUnscaled(*rc::gen::inRange(1, 11), 1);
  assignment.start_date = CivilDay(2026, 1, 1) + *rc::gen::inRange(0, 10);
  if (*rc::gen::inRange(0, 4) > 0) {
    assignment.end_date = assignment.start_date + *rc::gen::inRange(1, 8);
  }
  return assignment;
}

v1::Assignment ToProto(const domain::Assignment& assignment) {
  v1::Assignment proto;
  proto.set_name("sellers/a/assignments/" + assignment.id);
  proto.set_team("teams/" + assignment.team_id);
  *proto.mutable_share() = salesops::api::ToDecimal(assignment.share);
  *proto.mutable_start_date() = salesops::api::ToDate(assignment.start_date);
  if (assignment.end_date) *proto.mutable_end_date() = salesops::api::ToDate(*assignment.end_date);
  proto.set_kind(static_cast<v1::Assignment::Kind>(assignment.kind));
  if (!assignment.home_id.empty()) {
    proto.set_home_assignment("sellers/a/assignments/" + assignment.home_id);
  }
  return proto;
}

TEST_F(Secondments, TheRosterNamesTheTeamThatTheRuleNames) {
  EXPECT_TRUE(rc::check("team by rule and by roster", [&] {
    std::vector<domain::Assignment> list;
    const int homes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < homes; ++i) list.push_back(AnyAssignment(absl::StrCat("home", i)));
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
      domain::Assignment lent = AnyAssignment(absl::StrCat("lent", i));
      const domain::Assignment& home = list[*rc::gen::inRange(0, homes)];
      const auto inside = base::Intersect(lent.days(), home.days());
      if (!inside) continue;
      lent.start_date = inside->start;
      lent.end_date = inside->end;
      lent.kind = domain::AssignmentKind::kSecondment;
      lent.home_seller_id = "a";
      lent.home_id = home.id;
      list.push_back(lent);
    }
    RC_ASSERT(org_.database()
                  .RunInTransaction(Soon(),
                                    [&](mysql::Transaction& tx) {
                                      RETURN_IF_ERROR(roster::EmptyTables(tx));
                                      for (const domain::Assignment& assignment : list) {
                                        RETURN_IF_ERROR(roster::Store(tx, ToProto(assignment)));
                                      }
                                      return absl::OkStatus();
                                    })
                  .ok());
    for (int n = 0; n < 20; ++n) {
      const CivilDay day = CivilDay(2026, 1, 1) + n;
      const auto counted = domain::CountedOn(list, day);
      RC_ASSERT(TeamByRoster("a", day) ==
                (counted.empty() ? "" : counted.front().assignment.team_id));
    }
  }));
}

}  // namespace
}  // namespace salesops::organization
