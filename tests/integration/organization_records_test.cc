// What every resource of organization does alike, shown with departments and job roles.
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/events.pb.h"
#include "salesops/organization/v1/job_role.pb.h"
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

constexpr char kUuid[] = "0c2f3a52-7e0c-4b52-9d0e-1f5a4d3c2b1a";

class OrganizationRecords : public OrganizationTest {
 protected:
  absl::StatusOr<v1::Department> Create(const std::string& id, const std::string& more = "") {
    return org_.Call<v1::Department>(
        "DepartmentService/CreateDepartment",
        absl::StrCat("department_id: '", id, "' department { display_name: '", id, "' ", more,
                     "}"));
  }
  absl::StatusOr<v1::Department> Get(const std::string& id) {
    return org_.Call<v1::Department>("DepartmentService/GetDepartment",
                                     absl::StrCat("name: 'departments/", id, "'"));
  }
  absl::StatusOr<v1::ListDepartmentsResponse> List(const std::string& request) {
    return org_.Call<v1::ListDepartmentsResponse>("DepartmentService/ListDepartments", request);
  }
  static std::vector<std::string> IdsOf(const v1::ListDepartmentsResponse& response) {
    std::vector<std::string> ids;
    for (const v1::Department& d : response.departments()) ids.push_back(d.name().substr(12));
    return ids;
  }
};

TEST_F(OrganizationRecords, CreateAnswersWhatGetReads) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Department created,
      Create("north", "description: '华北' external_keys { source: 'hr' key: 'N' }"));
  EXPECT_THAT(created, PartlyEqualsProto(R"pb(
                name: "departments/north"
                display_name: "north"
                description: "华北"
                external_keys { source: "hr" key: "N" }
                etag: "1"
                create_time { seconds: 1772442000 }
                update_time { seconds: 1772442000 })pb"));
  ASSERT_OK_AND_ASSIGN(const v1::Department read, Get("north"));
  EXPECT_THAT(read, EqualsProto(created));
  EXPECT_THAT(Create("north"), StatusIs(StatusCode::kAlreadyExists));
}

TEST_F(OrganizationRecords, AGeneratedIdIsValid) {
  ASSERT_OK_AND_ASSIGN(const v1::JobRole role,
                       org_.Call<v1::JobRole>("JobRoleService/CreateJobRole",
                                              "job_role { display_name: 'key account' }"));
  EXPECT_THAT(org_.Call<v1::JobRole>("JobRoleService/GetJobRole",
                                     absl::StrCat("name: '", role.name(), "'")),
              testing::IsOkAndHolds(EqualsProto(role)));
}

TEST_F(OrganizationRecords, EveryViolationIsToldAtOnce) {
  const auto refused = org_.Call<v1::Department>(
      "DepartmentService/CreateDepartment",
      "department_id: 'Not-Good' request_id: 'x' department { external_keys { source: 'A' } }");
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(refused, HasViolation("department_id", "PATTERN"));
  EXPECT_THAT(refused, HasViolation("request_id", "PATTERN"));
  EXPECT_THAT(refused, HasViolation("department.display_name", "REQUIRED"));
  EXPECT_THAT(refused, HasViolation("department.external_keys[0].source", "PATTERN"));
  EXPECT_THAT(refused, HasViolation("department.external_keys[0].key", "REQUIRED"));
}

TEST_F(OrganizationRecords, AnExternalKeyBelongsToOne) {
  ASSERT_OK(Create("key-owner", "external_keys { source: 'erp' key: 'K1' }"));
  EXPECT_THAT(Create("key-taker", "external_keys { source: 'erp' key: 'K1' }"),
              StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(Get("key-taker"), StatusIs(StatusCode::kNotFound));
}

TEST_F(OrganizationRecords, UpdateChangesWhatTheMaskNames) {
  ASSERT_OK(Create("masked", "description: 'before'"));
  ASSERT_OK_AND_ASSIGN(
      const v1::Department updated,
      org_.Call<v1::Department>("DepartmentService/UpdateDepartment",
                                "department { name: 'departments/masked' display_name: 'other' "
                                "description: 'after' } update_mask { paths: 'description' }"));
  EXPECT_EQ(updated.display_name(), "masked");
  EXPECT_EQ(updated.description(), "after");
  EXPECT_EQ(updated.etag(), "2");
  EXPECT_THAT(org_.Call<v1::Department>("DepartmentService/UpdateDepartment",
                                        "department { name: 'departments/masked' } "
                                        "update_mask { paths: 'no_such_field' }"),
              HasViolation("update_mask", "BAD_MASK"));
}

TEST_F(OrganizationRecords, AnUpdateThatChangesNothingIsNoFact) {
  ASSERT_OK(Create("same"));
  const size_t before = org_.Events("DepartmentUpdated").size();
  ASSERT_OK_AND_ASSIGN(
      const v1::Department same,
      org_.Call<v1::Department>("DepartmentService/UpdateDepartment",
                                "department { name: 'departments/same' display_name: 'same' }"));
  EXPECT_EQ(same.etag(), "1");
  EXPECT_THAT(org_.Events("DepartmentUpdated"), SizeIs(before));
}

TEST_F(OrganizationRecords, AStaleEtagIsRefused) {
  ASSERT_OK(Create("raced"));
  const std::string update =
      "department { name: 'departments/raced' description: 'd' etag: '1' } "
      "update_mask { paths: 'description' }";
  EXPECT_OK(org_.Call<v1::Department>("DepartmentService/UpdateDepartment", update));
  const auto late = org_.Call<v1::Department>("DepartmentService/UpdateDepartment", update);
  EXPECT_THAT(late, StatusIs(StatusCode::kAborted));
  EXPECT_THAT(late, HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(org_.Call<v1::Department>("DepartmentService/ArchiveDepartment",
                                        "name: 'departments/raced' etag: '1'"),
              HasReason("ETAG_MISMATCH"));
}

TEST_F(OrganizationRecords, OfManyWritersWithOneEtagOneWins) {
  ASSERT_OK(Create("contended"));
  std::atomic<int> won = 0, aborted = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 16; ++i) {
    writers.emplace_back([&, i] {
      const auto answer = org_.Call<v1::Department>(
          "DepartmentService/UpdateDepartment",
          absl::StrCat("department { name: 'departments/contended' etag: '1' description: '", i,
                       "' } update_mask { paths: 'description' }"));
      if (answer.ok()) ++won;
      if (answer.status().code() == StatusCode::kAborted) ++aborted;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(aborted, 15);
}

TEST_F(OrganizationRecords, ARequestIdMakesARetryHarmless) {
  const std::string create =
      absl::StrCat("request_id: '", kUuid, "' department { display_name: 'once' }");
  ASSERT_OK_AND_ASSIGN(const v1::Department first,
                       org_.Call<v1::Department>("DepartmentService/CreateDepartment", create));
  ASSERT_OK_AND_ASSIGN(const v1::Department again,
                       org_.Call<v1::Department>("DepartmentService/CreateDepartment", create));
  EXPECT_THAT(again, EqualsProto(first));
  EXPECT_THAT(org_.Call<v1::Department>(
                  "DepartmentService/CreateDepartment",
                  absl::StrCat("request_id: '", kUuid, "' department { display_name: 'other' }")),
              HasViolation("request_id", "REQUEST_ID_REUSED"));
  ASSERT_OK_AND_ASSIGN(
      const v1::Department by_another,
      org_.Call<v1::Department>("DepartmentService/CreateDepartment", create, "somebody"));
  EXPECT_NE(by_another.name(), first.name());
}

TEST_F(OrganizationRecords, ValidateOnlyStoresNothing) {
  ASSERT_OK_AND_ASSIGN(const v1::Department shown,
                       org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                                 "department_id: 'tried' validate_only: true "
                                                 "department { display_name: 'tried' }"));
  EXPECT_EQ(shown.name(), "departments/tried");
  EXPECT_THAT(Get("tried"), StatusIs(StatusCode::kNotFound));
}

TEST_F(OrganizationRecords, ArchivedIsKeptHiddenAndReadOnly) {
  ASSERT_OK(Create("closed"));
  ASSERT_OK_AND_ASSIGN(const v1::Department archived,
                       org_.Call<v1::Department>("DepartmentService/ArchiveDepartment",
                                                 "name: 'departments/closed'"));
  EXPECT_TRUE(archived.has_archive_time());
  EXPECT_THAT(org_.Call<v1::Department>("DepartmentService/ArchiveDepartment",
                                        "name: 'departments/closed'"),
              testing::IsOkAndHolds(EqualsProto(archived)));
  EXPECT_THAT(
      org_.Call<v1::Department>("DepartmentService/UpdateDepartment",
                                "department { name: 'departments/closed' description: 'x' }"),
      HasReason("ARCHIVED"));
  ASSERT_OK_AND_ASSIGN(const auto hidden, List("filter: 'display_name = \"closed\"'"));
  EXPECT_THAT(hidden.departments(), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const auto shown,
                       List("filter: 'display_name = \"closed\"' show_archived: true"));
  EXPECT_THAT(IdsOf(shown), ElementsAre("closed"));
  ASSERT_OK_AND_ASSIGN(const v1::Department back,
                       org_.Call<v1::Department>("DepartmentService/UnarchiveDepartment",
                                                 "name: 'departments/closed'"));
  EXPECT_FALSE(back.has_archive_time());
}

TEST_F(OrganizationRecords, PagesHoldEveryRowOnce) {
  for (int i = 0; i < 7; ++i) ASSERT_OK(Create(absl::StrCat("page-", i), "description: 'paged'"));
  std::vector<std::string> seen;
  std::string token;
  do {
    ASSERT_OK_AND_ASSIGN(
        const auto page,
        List(absl::StrCat("filter: 'display_name: \"page-\"' order_by: 'display_name desc' "
                          "page_size: 3 page_token: '",
                          token, "'")));
    for (const std::string& id : IdsOf(page)) seen.push_back(id);
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(seen,
              ElementsAre("page-6", "page-5", "page-4", "page-3", "page-2", "page-1", "page-0"));
}

TEST_F(OrganizationRecords, APageTokenIsOfOneQuery) {
  for (int i = 0; i < 3; ++i) ASSERT_OK(Create(absl::StrCat("token-", i)));
  ASSERT_OK_AND_ASSIGN(const auto page, List("page_size: 1"));
  ASSERT_FALSE(page.next_page_token().empty());
  EXPECT_THAT(List(absl::StrCat("page_token: '", page.next_page_token(), "' show_archived: true")),
              HasViolation("page_token", "PAGE_TOKEN_OF_ANOTHER_QUERY"));
  EXPECT_THAT(List("page_token: 'made-up'"), HasViolation("page_token", "BAD_PAGE_TOKEN"));
  EXPECT_THAT(List("page_size: -1"), HasViolation("page_size", "OUT_OF_RANGE"));
}

TEST_F(OrganizationRecords, FiltersNameTheirFault) {
  EXPECT_THAT(List("filter: 'no_such = 1'"), HasViolation("filter", "BAD_FILTER"));
  EXPECT_THAT(List("order_by: 'no_such'"), HasViolation("order_by", "BAD_ORDER"));
}

TEST_F(OrganizationRecords, TheFilterComparesAsTheContractSays) {
  ASSERT_OK(Create("filter-a", "description: ''"));
  ASSERT_OK(org_.Call<v1::Department>(
      "DepartmentService/CreateDepartment",
      "department_id: 'filter-b' department { display_name: 'FILTER-Ä' }"));
  ASSERT_OK_AND_ASSIGN(const auto by_text, List("filter: 'display_name = \"filter-a\"'"));
  EXPECT_THAT(IdsOf(by_text), ElementsAre("filter-a", "filter-b"));
  ASSERT_OK_AND_ASSIGN(const auto by_name, List("filter: 'name = \"departments/filter-b\"'"));
  EXPECT_THAT(IdsOf(by_name), ElementsAre("filter-b"));
}

TEST_F(OrganizationRecords, BatchCreateIsAllOrNone) {
  ASSERT_OK_AND_ASSIGN(
      const auto created,
      org_.Call<v1::BatchCreateDepartmentsResponse>(
          "DepartmentService/BatchCreateDepartments",
          "requests { department_id: 'batch-b' department { display_name: 'b' } } "
          "requests { department_id: 'batch-a' department { display_name: 'a' } }"));
  ASSERT_THAT(created.departments(), SizeIs(2));
  EXPECT_EQ(created.departments(0).name(), "departments/batch-b");
  EXPECT_EQ(created.departments(1).name(), "departments/batch-a");

  const auto refused = org_.Call<v1::BatchCreateDepartmentsResponse>(
      "DepartmentService/BatchCreateDepartments",
      "requests { department_id: 'batch-c' department { display_name: 'c' } } "
      "requests { department_id: 'batch-d' department { } }");
  EXPECT_THAT(refused, HasViolation("requests[1].department.display_name", "REQUIRED"));
  EXPECT_THAT(Get("batch-c"), StatusIs(StatusCode::kNotFound));
}

TEST_F(OrganizationRecords, BatchGetKeepsTheOrderAndNamesWhatIsMissing) {
  ASSERT_OK(Create("many-1"));
  ASSERT_OK(Create("many-2"));
  ASSERT_OK_AND_ASSIGN(const auto both,
                       org_.Call<v1::BatchGetDepartmentsResponse>(
                           "DepartmentService/BatchGetDepartments",
                           "names: 'departments/many-2' names: 'departments/many-1'"));
  ASSERT_THAT(both.departments(), SizeIs(2));
  EXPECT_EQ(both.departments(0).name(), "departments/many-2");
  const auto missing = org_.Call<v1::BatchGetDepartmentsResponse>(
      "DepartmentService/BatchGetDepartments",
      "names: 'departments/many-2' names: 'departments/many-x'");
  EXPECT_THAT(missing, StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(std::string(missing.status().message()), ::testing::HasSubstr("many-x"));
}

TEST_F(OrganizationRecords, AnAsOfReadAnswersWhatWasKnown) {
  const std::string never = org_.Now();
  ASSERT_OK(Create("known", "description: 'first'"));
  const std::string first = org_.Now();
  ASSERT_OK(org_.Call<v1::Department>("DepartmentService/UpdateDepartment",
                                      "department { name: 'departments/known' "
                                      "description: 'second' }"));
  ASSERT_OK(org_.Call<v1::Department>("DepartmentService/ArchiveDepartment",
                                      "name: 'departments/known'"));
  auto get_as_of = [&](const std::string& time) {
    return org_.Call<v1::Department>(
        "DepartmentService/GetDepartment",
        absl::StrCat("name: 'departments/known' as_of_time { ", time, " }"));
  };
  EXPECT_THAT(get_as_of(never), StatusIs(StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const v1::Department before, get_as_of(first));
  EXPECT_EQ(before.description(), "first");
  EXPECT_FALSE(before.has_archive_time());
  const std::string list =
      absl::StrCat("filter: 'display_name = \"known\"' as_of_time { ", first, " }");
  ASSERT_OK_AND_ASSIGN(const auto listed, List(list));
  ASSERT_THAT(listed.departments(), SizeIs(1));
  EXPECT_THAT(listed.departments(0), EqualsProto(before));
  EXPECT_TRUE(listed.has_as_of_time());
  EXPECT_THAT(List(list), testing::IsOkAndHolds(EqualsProto(listed)));
  EXPECT_THAT(get_as_of("seconds: 32503680000"), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(OrganizationRecords, FactsCarryStateAndWhatChanged) {
  ASSERT_OK(Create("told", "description: 'a'"));
  ASSERT_OK(org_.Call<v1::Department>("DepartmentService/UpdateDepartment",
                                      "department { name: 'departments/told' description: 'b' }"));
  const auto created = org_.Events("DepartmentCreated");
  const auto updated = org_.Events("DepartmentUpdated");
  ASSERT_FALSE(created.empty());
  ASSERT_FALSE(updated.empty());
  EXPECT_EQ(created.back().aggregate(), "departments/told");
  EXPECT_EQ(created.back().aggregate_type(), "department");
  v1::DepartmentUpdated payload;
  ASSERT_TRUE(payload.ParseFromString(updated.back().payload()));
  EXPECT_EQ(payload.department().description(), "b");
  EXPECT_THAT(payload.changed().paths(), ElementsAre("description"));
}

TEST_F(OrganizationRecords, AnExportIsASnapshotWithItsPosition) {
  ASSERT_OK(Create("export-1"));
  ASSERT_OK(Create("export-2"));
  org_.Sequence();  // an export shows what has its position at the moment of its call
  org_.clock().Set(absl::Now());
  ASSERT_OK_AND_ASSIGN(const auto parts, org_.Export<v1::ExportDepartmentsResponse>(
                                             "DepartmentService/ExportDepartments",
                                             "filter: 'display_name: \"export-\"'"));
  ASSERT_THAT(parts, SizeIs(1));
  EXPECT_THAT(parts[0].departments(), SizeIs(2));
  EXPECT_TRUE(parts[0].has_as_of_time());
  EXPECT_EQ(parts[0].position(), org_.Events().back().position());
}

TEST_F(OrganizationRecords, AnImportTakesTheGoodRowsAndChangesNothingTwice) {
  const std::vector<std::string> import = {
      "options { source: 'legacy' }",
      "batch { rows { row_number: 1 department { display_name: 'One' external_keys { source: "
      "'legacy' key: '1' } } } "
      "rows { row_number: 2 department { external_keys { source: 'legacy' key: '2' } } } "
      "rows { row_number: 3 department { display_name: 'Three' } } "
      "rows { row_number: 4 department { name: 'departments/four' display_name: 'Four' } } }"};
  ASSERT_OK_AND_ASSIGN(const auto first, org_.Import<v1::ImportDepartmentsResponse>(
                                             "DepartmentService/ImportDepartments", import));
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_THAT(first[1], PartlyEqualsProto("created_count: 2 failed_count: 2"));
  ASSERT_THAT(first[1].failures(), SizeIs(2));
  EXPECT_THAT(
      first[1].failures(0),
      PartlyEqualsProto("row_number: 2 field: 'department.display_name' reason: 'REQUIRED'"));
  EXPECT_EQ(first[1].failures(1).row_number(), 3);
  EXPECT_OK(Get("four"));

  ASSERT_OK_AND_ASSIGN(const auto again, org_.Import<v1::ImportDepartmentsResponse>(
                                             "DepartmentService/ImportDepartments", import));
  EXPECT_EQ(again[1].unchanged_count(), 2);
  EXPECT_EQ(again[1].created_count(), 0);

  ASSERT_OK_AND_ASSIGN(const auto resumed,
                       org_.Import<v1::ImportDepartmentsResponse>(
                           "DepartmentService/ImportDepartments",
                           {absl::StrCat("options { source: 'legacy' resume_token: '",
                                         first[1].resume_token(), "' }"),
                            import[1]}));
  EXPECT_EQ(resumed[1].unchanged_count() + resumed[1].failed_count(), 0);
}

TEST_F(OrganizationRecords, ADryRunStoresNothing) {
  ASSERT_OK_AND_ASSIGN(const auto replies,
                       org_.Import<v1::ImportDepartmentsResponse>(
                           "DepartmentService/ImportDepartments",
                           {"options { source: 'legacy' dry_run: true }",
                            "batch { rows { row_number: 1 department { name: 'departments/dry' "
                            "display_name: 'Dry' } } }"}));
  EXPECT_EQ(replies[1].created_count(), 1);
  EXPECT_THAT(Get("dry"), StatusIs(StatusCode::kNotFound));
}

TEST_F(OrganizationRecords, WhoMayNotIsToldNothing) {
  org_.access().Grant("reader", "organization.departments.read", {.some = true});
  EXPECT_OK(
      org_.Call<v1::ListDepartmentsResponse>("DepartmentService/ListDepartments", "", "reader"));
  EXPECT_THAT(org_.Call<v1::Department>("DepartmentService/GetDepartment",
                                        "name: 'departments/nowhere'", "reader"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(org_.Call<v1::Department>("DepartmentService/CreateDepartment",
                                        "department { display_name: 'x' }", "reader"),
              StatusIs(StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace salesops::organization
