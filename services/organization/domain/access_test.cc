#include "services/organization/domain/access.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace salesops::organization::domain {
namespace {

using testing::SizeIs;

AccessRole Role(const std::string& id, std::vector<std::string> permissions) {
  AccessRole role;
  role.id = id;
  role.permissions = std::move(permissions);
  return role;
}

Grant Given(const std::string& id, const std::string& role, GrantScope scope) {
  Grant grant;
  grant.id = id;
  grant.role_id = role;
  grant.member = "group:g";
  grant.scope = scope;
  return grant;
}

TEST(CheckGrant, ADepartmentExactlyWithItsScope) {
  Grant grant = Given("g", "r", GrantScope::kDepartment);
  base::Violations without;
  CheckGrant(grant, &without);
  ASSERT_THAT(without.list(), SizeIs(1));
  EXPECT_EQ(without.list()[0].reason, "REQUIRED");

  grant.scope = GrantScope::kAll;
  grant.department_id = "d";
  base::Violations with;
  CheckGrant(grant, &with);
  ASSERT_THAT(with.list(), SizeIs(1));
  EXPECT_EQ(with.list()[0].reason, "NOT_ALLOWED");
}

TEST(Administration, NeedsEverythingOnEveryRow) {
  Administration administration;
  administration.Put(Role("some", {"pipeline.*"}));
  administration.Put(Role("all", {"*"}));
  administration.Put(Given("1", "some", GrantScope::kAll));
  administration.Put(Given("2", "all", GrantScope::kOwnAndReports));
  EXPECT_FALSE(administration.HasAdministrator());
  administration.Put(Given("3", "all", GrantScope::kAll));
  EXPECT_TRUE(administration.HasAdministrator());
}

TEST(Administration, EndsWithTheRoleOrTheGrant) {
  Administration administration;
  administration.Put(Role("all", {"*"}));
  administration.Put(Given("1", "all", GrantScope::kAll));
  Administration without_role = administration;
  without_role.Put(Role("all", {"pipeline.*"}));
  EXPECT_FALSE(without_role.HasAdministrator());
  Grant archived = Given("1", "all", GrantScope::kAll);
  archived.meta.archive_time = absl::UnixEpoch();
  administration.Put(archived);
  EXPECT_FALSE(administration.HasAdministrator());
}

}  // namespace
}  // namespace salesops::organization::domain
