// Territories: their life, and which an account belongs to.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/events.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "salesops/organization/v1/territory.pb.h"
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
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kEast[] = R"pb(
  display_name: '华东'
  rules {
    start_date { year: 2025 month: 1 day: 1 }
    end_date { year: 2026 month: 3 day: 1 }
    regions: '上海'
  }
  rules {
    start_date { year: 2026 month: 3 day: 1 }
    regions: '上海'
    regions: '江苏'
    grades: 'A'
    team: 'teams/east'
  }
  external_keys { source: 'crm' key: 'E' }
)pb";

class OrganizationTerritories : public OrganizationTest {
 protected:
  OrganizationTerritories() {
    EXPECT_OK(
        org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                  "department_id: 'sales' department { display_name: 'sales' }"));
    EXPECT_OK(org_.Call<v1::Team>("TeamService/CreateTeam", R"pb(
      team_id: 'east'
      team {
        display_name: 'east'
        placements {
          department: 'departments/sales'
          start_date { year: 2025 month: 1 day: 1 }
        }
      })pb"));
  }
  absl::StatusOr<v1::Territory> Create(const std::string& id, const std::string& territory) {
    return org_.Call<v1::Territory>(
        "TerritoryService/CreateTerritory",
        absl::StrCat("territory_id: '", id, "' territory { ", territory, " }"));
  }
  absl::StatusOr<v1::Territory> Update(const std::string& territory) {
    return org_.Call<v1::Territory>("TerritoryService/UpdateTerritory",
                                    absl::StrCat("territory { ", territory, " }"));
  }
  // By the service's clock it is 2026-03-02.
  absl::StatusOr<std::vector<std::string>> Resolve(const std::string& request) {
    const auto response =
        org_.Call<v1::ResolveTerritoriesResponse>("TerritoryService/ResolveTerritories", request);
    if (!response.ok()) return response.status();
    std::vector<std::string> names;
    for (const auto& match : response->territory_matches()) names.push_back(match.territory());
    return names;
  }
};

TEST_F(OrganizationTerritories, WhatIsCreatedIsReadListedAndTold) {
  ASSERT_OK_AND_ASSIGN(const v1::Territory created, Create("east", kEast));
  EXPECT_THAT(created, PartlyEqualsProto(kEast));
  EXPECT_THAT(org_.Call<v1::Territory>("TerritoryService/GetTerritory", "name: 'territories/east'"),
              testing::IsOkAndHolds(EqualsProto(created)));
  const auto listed_on = [&](int year) {
    return org_.Call<v1::ListTerritoriesResponse>(
        "TerritoryService/ListTerritories",
        absl::StrCat("filter: 'priority = 0' effective_date { year: ", year, " month: 1 day: 1 }"));
  };
  ASSERT_OK_AND_ASSIGN(const auto listed, listed_on(2025));
  ASSERT_THAT(listed.territories(), SizeIs(1));
  EXPECT_THAT(listed.territories(0), EqualsProto(created));
  ASSERT_OK_AND_ASSIGN(const auto before, listed_on(2024));
  EXPECT_THAT(before.territories(), IsEmpty());
  EXPECT_THAT(org_.Events("TerritoryCreated"), SizeIs(1));
}

TEST_F(OrganizationTerritories, LivesLikeEveryResource) {
  ASSERT_OK(Create("east", kEast));
  EXPECT_THAT(Create("again", kEast), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(Update("name: 'territories/east' etag: 'old' priority: 3"),
              HasReason("ETAG_MISMATCH"));
  ASSERT_OK(
      org_.Call<v1::Territory>("TerritoryService/ArchiveTerritory", "name: 'territories/east'"));
  EXPECT_THAT(Update("name: 'territories/east' priority: 3"), HasReason("ARCHIVED"));
  EXPECT_THAT(Resolve("region: '上海' grade: 'A'"), testing::IsOkAndHolds(IsEmpty()));
  ASSERT_OK(
      org_.Call<v1::Territory>("TerritoryService/UnarchiveTerritory", "name: 'territories/east'"));
  EXPECT_THAT(Resolve("region: '上海' grade: 'A'"),
              testing::IsOkAndHolds(ElementsAre("territories/east")));
}

TEST_F(OrganizationTerritories, AnAccountBelongsToTheFirstThatItFits) {
  ASSERT_OK(Create("east", kEast));
  ASSERT_OK(Create("key",
                   "display_name: '大客户' priority: 10 rules { start_date { year: 2026 "
                   "month: 1 day: 1 } grades: 'A' }"));
  ASSERT_OK(Create("rest",
                   "display_name: '其他' priority: -1 rules { start_date { year: 2020 "
                   "month: 1 day: 1 } }"));
  EXPECT_THAT(Resolve("region: '江苏' grade: 'A'"),
              testing::IsOkAndHolds(
                  ElementsAre("territories/key", "territories/east", "territories/rest")));
  EXPECT_THAT(Resolve("region: '江苏' grade: 'B'"),
              testing::IsOkAndHolds(ElementsAre("territories/rest")));
  EXPECT_THAT(Resolve("region: '上海' grade: 'B' effective_date { year: 2026 month: 2 day: 28 }"),
              testing::IsOkAndHolds(ElementsAre("territories/east", "territories/rest")));
  ASSERT_OK_AND_ASSIGN(const auto told,
                       org_.Call<v1::ResolveTerritoriesResponse>(
                           "TerritoryService/ResolveTerritories", "region: '江苏' grade: 'A'"));
  EXPECT_EQ(told.territory_matches(1).rule().team(), "teams/east");
  EXPECT_THAT(told.effective_date(), EqualsProto("year: 2026 month: 3 day: 2"));
}

TEST_F(OrganizationTerritories, AnswersAsOfAMoment) {
  ASSERT_OK(Create("east", kEast));
  const std::string before = org_.Now();
  ASSERT_OK(
      Update("name: 'territories/east' rules { start_date { year: 2026 month: 1 day: 1 } "
             "regions: '浙江' }"));
  EXPECT_THAT(Resolve("region: '上海' grade: 'A'"), testing::IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(Resolve(absl::StrCat("region: '上海' grade: 'A' as_of_time { ", before, " }")),
              testing::IsOkAndHolds(ElementsAre("territories/east")));
}

TEST_F(OrganizationTerritories, WrongOnesAreTold) {
  const auto wrong = Create("wrong", R"pb(
    display_name: 'x'
    rules {
      start_date { year: 2026 month: 1 day: 1 }
      team: 'teams/none'
    }
    rules { start_date { year: 2026 month: 2 day: 1 } })pb");
  EXPECT_THAT(wrong, HasViolation("territory.rules[1].start_date", "OVERLAPPING"));
  EXPECT_THAT(wrong, HasViolation("territory.rules[0].team", "BAD_REFERENCE"));
  ASSERT_OK(org_.Call<v1::Team>("TeamService/ArchiveTeam", "name: 'teams/east'"));
  EXPECT_THAT(Create("east", kEast), HasReason("ARCHIVED"));
}

}  // namespace
}  // namespace salesops::organization
