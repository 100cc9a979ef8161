#include "shared/roster/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "salesops/organization/v1/events.pb.h"
#include "shared/events/log_fixture.h"
#include "shared/roster/roster_tables.h"
#include "shared/testing/fake_clock.h"

namespace salesops::roster {
namespace {

namespace v1 = organization::v1;
using auth::RowScope;
using base::CivilDay;
using events::Eventually;
using events::Within;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kRead[] = "pipeline.opportunities.read";

google::type::Date Date(CivilDay day) {
  google::type::Date date;
  date.set_year(static_cast<int>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

// Organization as its exports show it; events come from the log.
class ExportingChannel final : public events::LogChannel {
 public:
  using events::LogChannel::LogChannel;

  absl::Status Stream(const std::string& method, const google::protobuf::Message& request,
                      const google::protobuf::Message& prototype, const rpc::CallOptions& options,
                      const std::function<bool(const google::protobuf::Message&)>& visit) override {
    if (method == "/salesops.organization.v1.SellerService/ExportSellers") {
      v1::ExportSellersResponse part;
      part.add_sellers()->set_name("sellers/lin");
      part.mutable_sellers(0)->set_subject("sub-lin");
      return Send(part, static_cast<const v1::ExportSellersRequest&>(request), visit);
    }
    if (method == "/salesops.organization.v1.DepartmentService/ExportDepartments") {
      return Send(v1::ExportDepartmentsResponse(),
                  static_cast<const v1::ExportDepartmentsRequest&>(request), visit);
    }
    if (method == "/salesops.organization.v1.TeamService/ExportTeams") {
      return Send(v1::ExportTeamsResponse(), static_cast<const v1::ExportTeamsRequest&>(request),
                  visit);
    }
    if (method == "/salesops.organization.v1.AssignmentService/ExportAssignments") {
      return Send(v1::ExportAssignmentsResponse(),
                  static_cast<const v1::ExportAssignmentsRequest&>(request), visit);
    }
    return events::LogChannel::Stream(method, request, prototype, options, visit);
  }

  absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response, const rpc::CallOptions&) override {
    if (method == "/salesops.organization.v1.AccessService/ListAccessRoles") {
      v1::AccessRole* role =
          static_cast<v1::ListAccessRolesResponse*>(response)->add_access_roles();
      role->set_name("accessRoles/seller");
      role->add_permissions("pipeline.*");
      return absl::OkStatus();
    }
    if (method != "/salesops.organization.v1.AccessService/ListGrants") {
      return absl::UnimplementedError(method);
    }
    // Two pages.
    const auto& list = static_cast<const v1::ListGrantsRequest&>(request);
    auto* page = static_cast<v1::ListGrantsResponse*>(response);
    v1::Grant* grant = page->add_grants();
    grant->set_access_role("accessRoles/seller");
    grant->set_scope(v1::Grant::SCOPE_ALL);
    if (list.page_token().empty()) {
      grant->set_name("grants/first");
      grant->set_member("subject:first");
      page->set_next_page_token("second");
    } else {
      grant->set_name("grants/second");
      grant->set_member("subject:second");
    }
    return list.as_of_time().seconds() == 77 ? absl::OkStatus() : absl::InternalError("moment");
  }

  int64_t position = 0;  // what the exports state

 private:
  template <class Response, class Request>
  absl::Status Send(Response part, const Request& request,
                    const std::function<bool(const google::protobuf::Message&)>& visit) {
    part.mutable_as_of_time()->set_seconds(77);
    // Asked for another moment, it would be another position.
    part.set_position(request.has_as_of_time() && request.as_of_time().seconds() != 77 ? -1
                                                                                       : position);
    visit(part);
    return absl::OkStatus();
  }
};

// The fixture's schema is organization's and has the roster in it too, as organization itself does.
class RosterTest : public events::LogTest {
 protected:
  RosterTest() : events::LogTest({Migrations()}) {}

  std::unique_ptr<Roster> Start(Roster::Options options = {}) {
    options.zone = absl::FixedTimeZone(8 * 3600);  // Beijing
    return Roster::Start(db_.get(), std::make_shared<events::LogChannel>(db_.get()), &clock_,
                         options);
  }
  std::unique_ptr<Roster> StartAndWait() {
    auto roster = Start();
    EXPECT_TRUE(Eventually([&] { return roster->Lookup({.subject = "x"}).ok(); }));
    return roster;
  }

  template <class Payload>
  void Tell(const std::string& aggregate, const Payload& payload) {
    Commit({events::MakeFact("thing", aggregate, payload)});
    Sequence();
  }
  void TellSeller(const std::string& id) {
    v1::SellerCreated created;
    created.mutable_seller()->set_name("sellers/" + id);
    created.mutable_seller()->set_display_name("卖家 " + id);
    created.mutable_seller()->set_subject("sub-" + id);
    Tell("sellers/" + id, created);
  }
  static v1::Assignment Assign(const std::string& seller, const std::string& id,
                               const std::string& team, const std::string& manager,
                               CivilDay start = CivilDay(2020, 1, 1)) {
    v1::Assignment assignment;
    assignment.set_name("sellers/" + seller + "/assignments/" + id);
    assignment.set_team("teams/" + team);
    if (!manager.empty()) assignment.set_manager("sellers/" + manager);
    assignment.mutable_share()->set_value("0.5");
    *assignment.mutable_start_date() = Date(start);
    return assignment;
  }
  void TellAssignment(const v1::Assignment& assignment) {
    v1::AssignmentCreated created;
    *created.mutable_assignment() = assignment;
    Tell(assignment.name(), created);
  }
  void TellTeam(const std::string& id, const std::string& department) {
    v1::TeamCreated created;
    created.mutable_team()->set_name("teams/" + id);
    created.mutable_team()->set_display_name(id);
    v1::TeamPlacement* placement = created.mutable_team()->add_placements();
    placement->set_department("departments/" + department);
    *placement->mutable_start_date() = Date(CivilDay(2020, 1, 1));
    Tell("teams/" + id, created);
  }
  void TellRole(const std::string& id, const std::vector<std::string>& permissions) {
    v1::AccessRoleCreated created;
    created.mutable_access_role()->set_name("accessRoles/" + id);
    for (const std::string& p : permissions) created.mutable_access_role()->add_permissions(p);
    Tell("accessRoles/" + id, created);
  }
  static v1::Grant MakeGrant(const std::string& id, const std::string& role,
                             const std::string& member, v1::Grant::Scope scope,
                             const std::string& department = "") {
    v1::Grant grant;
    grant.set_name("grants/" + id);
    grant.set_access_role("accessRoles/" + role);
    grant.set_member(member);
    grant.set_scope(scope);
    if (!department.empty()) grant.set_department("departments/" + department);
    return grant;
  }
  void TellGrant(const v1::Grant& grant) {
    v1::GrantCreated created;
    *created.mutable_grant() = grant;
    Tell(grant.name(), created);
  }

  static RowScope ScopeOf(Roster& roster, const std::string& subject) {
    auto access = roster.Lookup({.subject = subject});
    return access.ok() ? (*access)->ScopeOf(kRead) : RowScope::None();
  }
  static std::set<std::string> SellersOf(Roster& roster, const std::string& subject) {
    return ScopeOf(roster, subject).sellers;
  }

  // lin manages wu and zhao; both teams belong to east.
  void TellCompany() {
    TellRole("seller", {"pipeline.opportunities.*"});
    TellTeam("north", "east");
    TellTeam("south", "east");
    for (const char* seller : {"lin", "wu", "zhao"}) TellSeller(seller);
    TellAssignment(Assign("lin", "a", "north", ""));
    TellAssignment(Assign("wu", "a", "north", "lin"));
    TellAssignment(Assign("zhao", "a", "south", "lin"));
    TellGrant(
        MakeGrant("everybody", "seller", "allAuthenticated", v1::Grant::SCOPE_OWN_AND_REPORTS));
  }

  testing::FakeClock clock_{
      absl::FromCivil(absl::CivilSecond(2026, 3, 2, 9, 0, 0), absl::FixedTimeZone(8 * 3600))};
};

TEST_F(RosterTest, AnswersFromTheFactsOfOrganization) {
  TellCompany();
  auto roster = StartAndWait();
  EXPECT_TRUE(roster->loaded());
  EXPECT_THAT(SellersOf(*roster, "sub-lin"), UnorderedElementsAre("lin", "wu", "zhao"));
  EXPECT_THAT(SellersOf(*roster, "sub-wu"), ElementsAre("wu"));
  EXPECT_TRUE(roster->HasSeller("zhao"));
  EXPECT_FALSE(roster->HasSeller("nobody"));
  EXPECT_THAT(roster->SellersOf({"north"}, CivilDay(2026, 3, 2)), ElementsAre("lin", "wu"));
}

TEST_F(RosterTest, AGrantAndItsEndTakeEffectWithinFiveSeconds) {
  TellCompany();
  auto roster = StartAndWait();
  EXPECT_FALSE(ScopeOf(*roster, "boss").all);
  absl::Time began = absl::Now();
  v1::Grant grant = MakeGrant("boss", "seller", "subject:boss", v1::Grant::SCOPE_ALL);
  TellGrant(grant);
  EXPECT_TRUE(Eventually([&] { return ScopeOf(*roster, "boss").all; }));
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));

  began = absl::Now();
  v1::GrantArchived archived;
  *archived.mutable_grant() = grant;
  archived.mutable_grant()->mutable_archive_time()->set_seconds(1);
  Tell("grants/boss", archived);
  EXPECT_TRUE(Eventually([&] { return !ScopeOf(*roster, "boss").all; }));
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));
}

TEST_F(RosterTest, AnotherReplicaThatOnlySeesTheTablesFollowsToo) {
  TellCompany();
  auto follower = StartAndWait();
  Roster::Options options;
  options.zone = absl::UTCTimeZone();
  auto reader = Roster::Start(db_.get(), nullptr, &clock_, options);
  EXPECT_TRUE(Eventually([&] { return reader->loaded(); }));
  const absl::Time began = absl::Now();
  TellGrant(MakeGrant("boss", "seller", "subject:boss", v1::Grant::SCOPE_ALL));
  EXPECT_TRUE(Eventually([&] { return ScopeOf(*reader, "boss").all; }));
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));
}

TEST_F(RosterTest, TodayIsTheCompanysDay) {
  TellCompany();
  TellSeller("sun");
  TellAssignment(Assign("sun", "a", "north", "lin", CivilDay(2026, 3, 3)));
  auto roster = StartAndWait();
  EXPECT_EQ(SellersOf(*roster, "sub-lin").count("sun"), 0u);
  // Midnight in Beijing, four in the afternoon of the second in UTC.
  clock_.Set(absl::FromCivil(absl::CivilSecond(2026, 3, 2, 15, 59, 59), absl::UTCTimeZone()));
  EXPECT_EQ(SellersOf(*roster, "sub-lin").count("sun"), 0u);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(SellersOf(*roster, "sub-lin").count("sun"), 1u);
}

TEST_F(RosterTest, ACorrectionReplacesAllAssignmentsOfTheSeller) {
  TellCompany();
  TellAssignment(Assign("wu", "b", "south", "lin"));
  auto roster = StartAndWait();
  v1::AssignmentsCorrected corrected;
  corrected.set_seller("sellers/wu");
  *corrected.add_assignments() = Assign("wu", "c", "south", "zhao");
  Tell("sellers/wu", corrected);
  EXPECT_TRUE(Eventually([&] { return SellersOf(*roster, "sub-zhao").count("wu") == 1; }));
  EXPECT_THAT(roster->SellersOf({"south"}, CivilDay(2026, 3, 2)), ElementsAre("wu", "zhao"));
  EXPECT_THAT(roster->SellersOf({"north"}, CivilDay(2026, 3, 2)), ElementsAre("lin"));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM roster_assignment WHERE seller = 'wu' AND id = 'c'"
                   " AND job_role = '' AND share = 0.5 AND end_date IS NULL"),
            1);
}

TEST_F(RosterTest, ChangesOfEveryKindOfResourceArrive) {
  TellCompany();
  TellRole("analyst", {"pipeline.*"});
  TellGrant(MakeGrant("east", "analyst", "group:east", v1::Grant::SCOPE_DEPARTMENT, "east"));
  v1::DepartmentCreated department;
  department.mutable_department()->set_name("departments/east");
  department.mutable_department()->set_display_name("华东");
  Tell("departments/east", department);
  auto roster = StartAndWait();
  auto east = [&] {
    auto access = roster->Lookup({.subject = "a", .groups = {"east"}});
    return access.ok() ? (*access)->ScopeOf("pipeline.accounts.read").sellers
                       : std::set<std::string>{};
  };
  EXPECT_THAT(east(), UnorderedElementsAre("lin", "wu", "zhao"));

  v1::TeamUpdated moved;
  moved.mutable_team()->set_name("teams/south");
  moved.mutable_team()->set_display_name("南");
  v1::TeamPlacement* placement = moved.mutable_team()->add_placements();
  placement->set_department("departments/east");
  *placement->mutable_start_date() = Date(CivilDay(2020, 1, 1));
  *placement->mutable_end_date() = Date(CivilDay(2026, 3, 2));
  Tell("teams/south", moved);
  EXPECT_TRUE(Eventually([&] { return east() == std::set<std::string>{"lin", "wu"}; }));

  v1::SellerArchived left;
  left.mutable_seller()->set_name("sellers/zhao");
  left.mutable_seller()->set_display_name("赵");
  left.mutable_seller()->mutable_archive_time()->set_seconds(1);
  Tell("sellers/zhao", left);
  EXPECT_TRUE(Eventually([&] { return !roster->HasSeller("zhao"); }));

  v1::AccessRoleUpdated narrowed;
  narrowed.mutable_access_role()->set_name("accessRoles/analyst");
  narrowed.mutable_access_role()->add_permissions("pipeline.opportunities.read");
  Tell("accessRoles/analyst", narrowed);
  EXPECT_TRUE(Eventually([&] { return east().empty(); }));

  v1::JobRoleCreated unneeded;
  unneeded.mutable_job_role()->set_name("jobRoles/x");
  Tell("jobRoles/x", unneeded);
  EXPECT_TRUE(Eventually([&] { return roster->consumer()->position() == ReadTheHead().position; }));
  EXPECT_EQ(Count("roster_department"), 1);
}

TEST_F(RosterTest, WhoWasErasedIsKnownByNoName) {
  TellCompany();
  auto roster = StartAndWait();
  EXPECT_THAT(SellersOf(*roster, "sub-zhao"), UnorderedElementsAre("zhao"));
  v1::SellerErased erased;
  erased.mutable_seller()->set_name("sellers/zhao");
  erased.mutable_seller()->set_display_name("(erased)");
  erased.mutable_seller()->mutable_archive_time()->set_seconds(1);
  erased.mutable_seller()->mutable_erase_time()->set_seconds(1);
  Tell("sellers/zhao", erased);
  EXPECT_TRUE(Eventually([&] { return !roster->HasSeller("zhao"); }));
  EXPECT_THAT(SellersOf(*roster, "sub-zhao"), IsEmpty());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM roster_seller WHERE id = 'zhao' AND display_name = "
                   "'(erased)' AND subject = '' AND archived"),
            1);
}

TEST_F(RosterTest, NobodyIsRefusedWhileOrganizationHasNotBeenHeard) {
  Roster::Options options;
  options.zone = absl::UTCTimeZone();
  auto silent = std::make_shared<events::LogChannel>(db_.get());
  silent->before_response = [](int) { return absl::UnavailableError("no route"); };
  auto roster = Roster::Start(db_.get(), silent, &clock_, options);
  EXPECT_TRUE(Eventually([&] { return roster->loaded(); }));
  const auto access = roster->Lookup({.subject = "a"});
  EXPECT_TRUE(absl::IsUnavailable(access.status())) << access.status();
  EXPECT_EQ(status::Reason(access.status()), "ACCESS_UNKNOWN");
}

TEST_F(RosterTest, WhatWasKnownAnswersAfterARestartWithoutOrganization) {
  TellCompany();
  StartAndWait().reset();
  auto silent = std::make_shared<events::LogChannel>(db_.get());
  silent->before_response = [](int) { return absl::UnavailableError("no route"); };
  Roster::Options options;
  options.zone = absl::UTCTimeZone();
  auto roster = Roster::Start(db_.get(), silent, &clock_, options);
  EXPECT_TRUE(Eventually([&] { return roster->Lookup({.subject = "sub-wu"}).ok(); }));
  EXPECT_THAT(SellersOf(*roster, "sub-lin"), UnorderedElementsAre("lin", "wu", "zhao"));
}

TEST_F(RosterTest, NobodyLosesRightsDuringARebuild) {
  TellCompany();
  for (int i = 0; i < 20; ++i) {
    std::vector<events::Fact> filler(100,
                                     events::MakeFact("thing", "jobRoles/x", v1::JobRoleCreated()));
    Commit(filler);
  }
  while (Sequence() > 0) {
  }
  auto roster = StartAndWait();
  const int64_t before = roster->consumer()->position();
  ASSERT_TRUE(events::RenewLog(*db_, Within()).ok());
  TellSeller("new");
  EXPECT_TRUE(Eventually([&] {
    EXPECT_EQ(SellersOf(*roster, "sub-lin").size(), 3u);
    return roster->HasSeller("new");
  }));
  EXPECT_GT(roster->consumer()->position(), before);
}

TEST_F(RosterTest, ARebuildGivesTheSameTables) {
  TellCompany();
  auto roster = StartAndWait();
  auto print = [&] {
    auto rows = db_->Read(Within(), ReadRows);
    std::string text;
    if (!rows.ok()) return rows.status().ToString();
    for (const auto& s : rows->sellers) text += s.id + s.subject + (s.archived ? "!" : ";");
    for (const auto& a : rows->assignments) text += a.seller + a.team + a.manager + ";";
    for (const auto& p : rows->placements) text += p.team + p.parent + p.department + ";";
    for (const auto& r : rows->roles) text += r.id + absl::StrCat(r.permissions.size()) + ";";
    for (const auto& g : rows->grants) text += g.role + g.member + g.department + ";";
    return text;
  };
  const std::string before = print();
  ASSERT_TRUE(events::RequestRebuild(*db_, Within(), kReadModel).ok());
  TellTeam("west", "west");
  EXPECT_TRUE(Eventually([&] { return Count("roster_team_placement") == 3; }));
  Do("DELETE FROM roster_team_placement WHERE team = 'west'");
  EXPECT_EQ(print(), before);
}

TEST_F(RosterTest, APurgedLogIsReplacedByTheExportsAndTheTail) {
  TellCompany();
  Do("UPDATE event_log SET sequenced_at = sequenced_at - INTERVAL 31 DAY");
  const int64_t purged = *events::PurgeOutbox(*db_, Within(), absl::Hours(24 * 30));
  ASSERT_GT(purged, 0);
  TellSeller("new");
  auto channel = std::make_shared<ExportingChannel>(db_.get());
  channel->position = purged;
  Roster::Options options;
  options.zone = absl::UTCTimeZone();
  auto roster = Roster::Start(db_.get(), channel, &clock_, options);
  EXPECT_TRUE(Eventually([&] { return roster->HasSeller("new") && roster->HasSeller("lin"); }));
  EXPECT_FALSE(roster->HasSeller("wu"));  // the exports do not know him
  EXPECT_TRUE(ScopeOf(*roster, "first").all);
  EXPECT_TRUE(ScopeOf(*roster, "second").all);
  EXPECT_EQ(roster->consumer()->position(), purged + 1);
}

TEST_F(RosterTest, ManyRowsAreReadInPages) {
  std::string sellers, assignments;
  for (int i = 0; i < 12345; ++i) {
    absl::StrAppend(&sellers, i == 0 ? "" : ",", "('s", i, "', 'x', 'sub", i, "', FALSE)");
    absl::StrAppend(&assignments, i == 0 ? "" : ",", "('s", i / 2, "', 'a", i % 2,
                    "', 't', '', '', '', 1, '2020-01-01', NULL)");
  }
  Do("INSERT INTO roster_seller VALUES " + sellers);
  Do("INSERT INTO roster_assignment VALUES " + assignments);
  auto rows = db_->Read(Within(), ReadRows);
  ASSERT_TRUE(rows.ok()) << rows.status() << status::LogDetail(rows.status());
  EXPECT_EQ(rows->sellers.size(), 12345u);
  EXPECT_EQ(rows->assignments.size(), 12345u);
}

}  // namespace
}  // namespace salesops::roster
