// Who may do what: roles, grants, the first administrator, and how soon a change is felt.
#include <algorithm>
#include <memory>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/access.pb.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/audit.pb.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "services/organization/api/bootstrap.h"
#include "shared/roster/roster.h"
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
using testing::IsOkAndHolds;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

class Access : public OrganizationTest {
 protected:
  absl::StatusOr<v1::AccessRole> CreateRole(const std::string& id, const std::string& permission) {
    return org_.Call<v1::AccessRole>(
        "AccessService/CreateAccessRole",
        absl::StrCat("access_role_id: '", id, "' access_role { display_name: '", id,
                     "' permissions: '", permission, "' }"));
  }
  absl::StatusOr<v1::Grant> CreateGrant(const std::string& id, const std::string& role,
                                        const std::string& member, const std::string& scope) {
    return org_.Call<v1::Grant>(
        "AccessService/CreateGrant",
        absl::StrCat("grant_id: '", id, "' grant { access_role: 'accessRoles/", role, "' member: '",
                     member, "' scope: ", scope, " }"));
  }
  absl::StatusOr<v1::Grant> ArchiveGrant(const std::string& id) {
    return org_.Call<v1::Grant>("AccessService/ArchiveGrant",
                                absl::StrCat("name: 'grants/", id, "'"));
  }
  absl::Status Bootstrap(const std::string& group) {
    const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
    return api::Bootstrap(org_.database(), soon, org_.clock().Now(), group);
  }
  std::vector<std::string> Permissions(const std::string& user) {
    const auto me = org_.Call<v1::DescribeCallerResponse>("AccessService/DescribeCaller", "", user);
    EXPECT_OK(me);
    std::vector<std::string> permissions;
    if (!me.ok()) return permissions;
    for (const v1::CallerPermission& p : me->permissions()) {
      permissions.push_back(absl::StrCat(p.permission(), " ", v1::Grant::Scope_Name(p.scope()),
                                         p.department().empty() ? "" : " ", p.department()));
    }
    return permissions;
  }
};

TEST_F(Access, RolesAndGrantsAreKept) {
  ASSERT_OK_AND_ASSIGN(const v1::AccessRole role, CreateRole("seller", "pipeline.*"));
  EXPECT_THAT(role, PartlyEqualsProto("name: 'accessRoles/seller' permissions: 'pipeline.*'"));
  ASSERT_OK_AND_ASSIGN(const v1::Grant grant,
                       CreateGrant("g", "seller", "group:sales", "SCOPE_OWN_AND_REPORTS"));
  EXPECT_THAT(org_.Call<v1::Grant>("AccessService/GetGrant", "name: 'grants/g'"),
              IsOkAndHolds(EqualsProto(grant)));
  ASSERT_OK_AND_ASSIGN(const auto grants,
                       org_.Call<v1::ListGrantsResponse>(
                           "AccessService/ListGrants",
                           "filter: 'member = \"group:sales\" AND scope = SCOPE_OWN_AND_REPORTS "
                           "AND access_role = \"accessRoles/seller\"'"));
  EXPECT_THAT(grants.grants(), SizeIs(1));
  EXPECT_THAT(CreateRole("bad", "Pipeline"), HasViolation("access_role.permissions[0]", "PATTERN"));
  EXPECT_THAT(CreateGrant("bad", "none", "group:x", "SCOPE_ALL"),
              HasViolation("grant.access_role", "BAD_REFERENCE"));
  EXPECT_THAT(CreateGrant("bad", "seller", "somebody", "SCOPE_ALL"),
              HasViolation("grant.member", "PATTERN"));
  EXPECT_THAT(CreateGrant("bad", "seller", "group:x", "SCOPE_DEPARTMENT"),
              HasViolation("grant.department", "REQUIRED"));
  EXPECT_THAT(CreateGrant("bad", "seller", "group:x", "SCOPE_ALL department: 'departments/d'"),
              HasViolation("grant.department", "NOT_ALLOWED"));
}

TEST_F(Access, ARoleThatIsGivenIsNotArchivedAndAnArchivedOneNotGiven) {
  ASSERT_OK(CreateRole("r", "pipeline.*"));
  ASSERT_OK(CreateGrant("g", "r", "group:x", "SCOPE_ALL"));
  const auto in_use =
      org_.Call<v1::AccessRole>("AccessService/ArchiveAccessRole", "name: 'accessRoles/r'");
  EXPECT_THAT(in_use, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(in_use, HasReason("IN_USE"));
  ASSERT_OK(ArchiveGrant("g"));
  EXPECT_OK(org_.Call<v1::AccessRole>("AccessService/ArchiveAccessRole", "name: 'accessRoles/r'"));
  EXPECT_THAT(CreateGrant("h", "r", "group:x", "SCOPE_ALL"), HasReason("ARCHIVED"));
  EXPECT_THAT(org_.Call<v1::Grant>("AccessService/UnarchiveGrant", "name: 'grants/g'"),
              HasReason("ARCHIVED"));
}

TEST_F(Access, SomebodyCanAlwaysDoEverything) {
  ASSERT_OK(Bootstrap("admins"));
  ASSERT_OK_AND_ASSIGN(const auto grants,
                       org_.Call<v1::ListGrantsResponse>("AccessService/ListGrants",
                                                         "filter: 'member = \"group:admins\"'"));
  ASSERT_THAT(grants.grants(), SizeIs(1));
  const std::string first = grants.grants(0).name().substr(7);
  EXPECT_THAT(ArchiveGrant(first), HasReason("LAST_ADMIN"));
  EXPECT_THAT(org_.Call<v1::AccessRole>(
                  "AccessService/UpdateAccessRole",
                  "access_role { name: 'accessRoles/admin' permissions: 'pipeline.*' }"),
              HasReason("LAST_ADMIN"));
  EXPECT_THAT(org_.Call<v1::Grant>("AccessService/UpdateGrant",
                                   absl::StrCat("grant { name: 'grants/", first,
                                                "' scope: SCOPE_OWN_AND_REPORTS }")),
              HasReason("LAST_ADMIN"));
  ASSERT_OK(CreateGrant("second", "admin", "subject:alice", "SCOPE_ALL"));
  absl::Status one, other;
  std::thread a([&] { one = ArchiveGrant(first).status(); });
  std::thread b([&] { other = ArchiveGrant("second").status(); });
  a.join();
  b.join();
  EXPECT_NE(one.ok(), other.ok());
  EXPECT_THAT(one.ok() ? other : one, HasReason("LAST_ADMIN"));
}

TEST_F(Access, BootstrapChangesNothingTwice) {
  ASSERT_OK(Bootstrap("admins"));
  const size_t facts = org_.Events().size();
  EXPECT_EQ(facts, 4U);
  ASSERT_OK(Bootstrap("admins"));
  EXPECT_THAT(org_.Events(), SizeIs(facts));
  ASSERT_OK(Bootstrap("others"));
  EXPECT_THAT(org_.Events(), SizeIs(facts + 1));
  EXPECT_THAT(Permissions("anybody"), ElementsAre("organization.caller.read SCOPE_ALL"));
  EXPECT_THAT(Permissions("root;admins"),
              ElementsAre("* SCOPE_ALL", "organization.caller.read SCOPE_ALL"));
}

TEST_F(Access, DescribeCallerTellsWhoAndWhat) {
  ASSERT_OK(org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                      "department_id: 'd' department { display_name: 'd' }"));
  ASSERT_OK(org_.Call<v1::Seller>(
      "SellerService/CreateSeller",
      "seller_id: 'alice' seller { display_name: 'Alice' subject: 'alice@example.com' }"));
  ASSERT_OK(CreateRole("reader", "pipeline.accounts.read"));
  ASSERT_OK(CreateRole("gone", "pipeline.*"));
  ASSERT_OK(CreateGrant("g1", "reader", "subject:alice@example.com", "SCOPE_OWN_AND_REPORTS"));
  ASSERT_OK(
      CreateGrant("g2", "reader", "group:sales", "SCOPE_DEPARTMENT department: 'departments/d'"));
  ASSERT_OK(CreateGrant("g3", "reader", "group:sales", "SCOPE_OWN_AND_REPORTS"));
  ASSERT_OK(CreateGrant("g4", "gone", "group:sales", "SCOPE_ALL"));
  ASSERT_OK(ArchiveGrant("g4"));
  ASSERT_OK_AND_ASSIGN(const auto me,
                       org_.Call<v1::DescribeCallerResponse>("AccessService/DescribeCaller", "",
                                                             "alice@example.com;sales"));
  EXPECT_THAT(
      me, EqualsProto(R"pb(
        subject: "alice@example.com"
        groups: "sales"
        seller: "sellers/alice"
        permissions {
          permission: "pipeline.accounts.read"
          scope: SCOPE_DEPARTMENT
          department: "departments/d"
        }
        permissions { permission: "pipeline.accounts.read" scope: SCOPE_OWN_AND_REPORTS })pb"));
}

TEST_F(Access, EveryChangeIsAccountedFor) {
  ASSERT_OK(CreateRole("r", "pipeline.*"));
  ASSERT_OK(org_.Call<v1::AccessRole>(
      "AccessService/UpdateAccessRole",
      "access_role { name: 'accessRoles/r' permissions: 'pipeline.accounts.read' }", "changer"));
  ASSERT_OK_AND_ASSIGN(const auto audit, org_.Call<v1::ListAuditEntriesResponse>(
                                             "AuditService/ListAuditEntries",
                                             "filter: 'principal = \"user:changer\"'"));
  ASSERT_THAT(audit.audit_entries(), SizeIs(1));
  EXPECT_THAT(audit.audit_entries(0), PartlyEqualsProto(R"pb(
                method: "salesops.organization.v1.AccessService/UpdateAccessRole"
                resources: "accessRoles/r"
                resource_count: 1
                fields: "permissions")pb"));
}

TEST_F(Access, NeedsFullScope) {
  OrganizationServer org;  // strangers stay denied
  org.access().Grant("limited", "organization.*", {.some = true});
  EXPECT_THAT(org.Call<v1::ListGrantsResponse>("AccessService/ListGrants", "", "limited"),
              StatusIs(StatusCode::kPermissionDenied));
  org.access().DenyStrangers();
  EXPECT_THAT(org.Call<v1::DescribeCallerResponse>("AccessService/DescribeCaller", ""),
              StatusIs(StatusCode::kPermissionDenied));
}

// Gives every call of the roster an identity: a test's channel has no certificate.
class SignedChannel final : public rpc::Channel {
 public:
  explicit SignedChannel(std::shared_ptr<rpc::Channel> channel) : channel_(std::move(channel)) {}
  absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response, const rpc::CallOptions& options) override {
    return channel_->Call(method, request, response, Signed(options));
  }
  absl::Status Stream(const std::string& method, const google::protobuf::Message& request,
                      const google::protobuf::Message& prototype, const rpc::CallOptions& options,
                      const std::function<bool(const google::protobuf::Message&)>& visit) override {
    return channel_->Stream(method, request, prototype, Signed(options), visit);
  }
  absl::Status Exchange(
      const std::string& method, const std::function<bool(google::protobuf::Message*)>& next,
      const google::protobuf::Message& request_prototype,
      const google::protobuf::Message& response_prototype, const rpc::CallOptions& options,
      const std::function<bool(const google::protobuf::Message&)>& visit) override {
    return channel_->Exchange(method, next, request_prototype, response_prototype, Signed(options),
                              visit);
  }
  void Cancel() override { channel_->Cancel(); }

 private:
  static rpc::CallOptions Signed(rpc::CallOptions options) {
    options.token = "user:roster";
    return options;
  }
  std::shared_ptr<rpc::Channel> channel_;
};

// The seller ids that `subject` may see, as the roster of any service says; empty until it knows.
std::set<std::string> ScopeOf(roster::Roster& roster, const std::string& subject) {
  auth::Principal principal;
  principal.subject = subject;
  const auto access = roster.Lookup(principal);
  if (!access.ok()) return {};
  const auth::RowScope scope = (*access)->ScopeOf("organization.sellers.read");
  return scope.all ? std::set<std::string>{"*"} : scope.sellers;
}

TEST_F(Access, AChangeIsFeltWithinFiveSeconds) {
  const auto soon = [this](const std::function<bool()>& holds) {
    const absl::Time limit = absl::Now() + absl::Seconds(5);
    while (!holds()) {
      if (absl::Now() > limit) return false;
      org_.Sequence();
    }
    return true;
  };
  auto roster = roster::Roster::Start(
      &org_.database(),
      std::make_shared<SignedChannel>(rpc::OpenChannel(org_.server().target(), {})), &org_.clock(),
      {.zone = absl::UTCTimeZone()});

  const std::string days = "start_date { year: 2020 month: 1 day: 1 }";
  ASSERT_OK(org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                      "department_id: 'd' department { display_name: 'd' }"));
  ASSERT_OK(org_.Call<v1::Team>(
      "TeamService/CreateTeam",
      absl::StrCat("team_id: 't' team { display_name: 't' placements { department: "
                   "'departments/d' ",
                   days, " } }")));
  for (const char* seller : {"boss", "middle", "report"}) {
    ASSERT_OK(org_.Call<v1::Seller>(
        "SellerService/CreateSeller",
        absl::StrCat("seller_id: '", seller, "' seller { display_name: 's' subject: '", seller,
                     "' employments { ", days, " } }")));
  }
  auto report_to = [&](const std::string& seller, const std::string& manager) {
    return org_.Call<v1::Assignment>(
        "AssignmentService/CreateAssignment",
        absl::StrCat("parent: 'sellers/", seller,
                     "' assignment_id: 'x' assignment { team: 'teams/t' share { value: '1' } ",
                     days, " manager: 'sellers/", manager, "' }"));
  };
  ASSERT_OK(report_to("middle", "boss"));
  ASSERT_OK(report_to("report", "middle"));
  ASSERT_OK(CreateRole("see", "organization.sellers.read"));
  ASSERT_OK(CreateGrant("g", "see", "allAuthenticated", "SCOPE_OWN_AND_REPORTS"));
  using Sellers = std::set<std::string>;
  EXPECT_TRUE(soon([&] {
    return ScopeOf(*roster, "boss") == Sellers{"boss", "middle", "report"};
  }));
  EXPECT_EQ(ScopeOf(*roster, "middle"), (Sellers{"middle", "report"}));
  EXPECT_EQ(ScopeOf(*roster, "report"), Sellers{"report"});

  ASSERT_OK(org_.Call<v1::CorrectAssignmentsResponse>(
      "AssignmentService/CorrectAssignments",
      "parent: 'sellers/report' start_date { year: 2026 month: 1 day: 1 }"));
  EXPECT_TRUE(soon([&] { return ScopeOf(*roster, "boss") == Sellers{"boss", "middle"}; }));
  ASSERT_OK(ArchiveGrant("g"));
  EXPECT_TRUE(soon([&] { return ScopeOf(*roster, "boss").empty(); }));
  ASSERT_OK(CreateGrant("all", "see", "subject:boss", "SCOPE_ALL"));
  EXPECT_TRUE(soon([&] { return ScopeOf(*roster, "boss") == Sellers{"*"}; }));
}

}  // namespace
}  // namespace salesops::organization
