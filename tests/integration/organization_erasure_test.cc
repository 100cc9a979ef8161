// Erasing who a seller is: nothing that is stored tells it any more; when the seller was employed
// and where stays.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/absence.pb.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/audit.pb.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/events.pb.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/organization_server.h"
#include "tests/integration/stored_text.h"

namespace salesops::organization {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasReason;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

// What tells who Wang Fang is, or why she left.
const char* const kTraces[] = {"王芳",         "E-4711",       "wang.fang", "wang@acme.cn",
                               "+86 139 1111", "+86 138 2222", "回老家结婚"};

std::string Date(const char* field, int year, int month = 1, int day = 1) {
  return absl::StrCat(field, " { year: ", year, " month: ", month, " day: ", day, " } ");
}

class SellerErasure : public OrganizationTest {
 protected:
  void Make(const std::string& method, const std::string& request,
            google::protobuf::Message* made) {
    const auto answer = org_.CallByName(method, request);
    ASSERT_OK(answer) << method;
    made->CopyFrom(**answer);
  }
  // Wang Fang, employed from 2020 to the given year (0 = still), with an assignment of 2021 and an
  // absence.
  void MakeWang(int end_year = 2024) {
    v1::Department department;
    v1::Team team;
    v1::Seller seller;
    v1::Assignment assignment;
    v1::Absence absence;
    Make("DepartmentService/CreateDepartment",
         "department_id: 'east' department { display_name: '华东' }", &department);
    Make("TeamService/CreateTeam",
         absl::StrCat("team_id: 'north' team { display_name: '北' placements { department: "
                      "'departments/east' ",
                      Date("start_date", 2019), "} }"),
         &team);
    const std::string employment =
        end_year == 0
            ? absl::StrCat("employments { ", Date("start_date", 2020), "} ")
            : absl::StrCat("employments { ", Date("start_date", 2020), Date("end_date", end_year),
                           "leave_reason: LEAVE_REASON_RESIGNATION leave_note: '回老家结婚' "
                           "regretted: true } ");
    Make("SellerService/CreateSeller",
         absl::StrCat("seller_id: 'wang' seller { display_name: '王芳' employee_number: 'E-4711' "
                      "subject: 'wang.fang' email: 'wang@acme.cn' phone: '+86 139 1111' ",
                      employment, "external_keys { source: 'hr' key: 'K-1' } }"),
         &seller);
    Make("SellerService/UpdateSeller", "seller { name: 'sellers/wang' phone: '+86 138 2222' }",
         &seller);
    Make("AssignmentService/CreateAssignment",
         absl::StrCat("parent: 'sellers/wang' assignment_id: 'a' assignment { team: 'teams/north' "
                      "share { value: '1' } ",
                      Date("start_date", 2021), Date("end_date", 2022), "}"),
         &assignment);
    Make("AbsenceService/CreateAbsence",
         absl::StrCat("parent: 'sellers/wang' absence_id: 'b' absence { kind: KIND_SICK share { "
                      "value: '0.5' } ",
                      Date("start_date", 2021, 3), Date("end_date", 2021, 4), "}"),
         &absence);
  }
  absl::StatusOr<v1::Seller> Erase(const std::string& more = "",
                                   const std::string& user = "admin") {
    return org_.Call<v1::Seller>("SellerService/EraseSeller",
                                 absl::StrCat("name: 'sellers/wang' ", more), user);
  }
  absl::StatusOr<v1::Seller> Get(const std::string& more = "") {
    return org_.Call<v1::Seller>("SellerService/GetSeller",
                                 absl::StrCat("name: 'sellers/wang' ", more));
  }
  int64_t Number(const std::string& sql) {
    const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
    const auto n = org_.database().Read(soon, [&](mysql::Connection& c) {
      return c.QueryOne(sql, {}, [](mysql::Row& row) { return row.Int64(0); });
    });
    return n.ok() ? n->value_or(-1) : -1;
  }
};

TEST_F(SellerErasure, NothingThatIsStoredTellsWhoItWas) {
  MakeWang();
  for (const char* trace : kTraces) {
    EXPECT_THAT(ColumnsThatHold(org_.database(), trace), Not(IsEmpty())) << trace;
  }
  ASSERT_OK_AND_ASSIGN(const v1::Seller erased, Erase());
  for (const char* trace : kTraces) {
    EXPECT_THAT(ColumnsThatHold(org_.database(), trace), IsEmpty()) << trace;
  }
  EXPECT_THAT(erased, PartlyEqualsProto(absl::StrCat(
                          "name: 'sellers/wang' display_name: '(erased)' etag: '3' employments { ",
                          Date("start_date", 2020), Date("end_date", 2024),
                          "} external_keys { source: 'hr' key: 'K-1' }")));
  EXPECT_EQ(erased.employments(0).leave_reason(), v1::Employment::LEAVE_REASON_UNSPECIFIED);
  EXPECT_FALSE(erased.employments(0).has_regretted());
  EXPECT_TRUE(erased.has_erase_time());
  EXPECT_TRUE(erased.has_archive_time());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM seller_employment WHERE leave_reason <> 0"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM absence WHERE kind <> 0"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM absence_history WHERE kind <> 0"), 0);
}

TEST_F(SellerErasure, WhenAndWhereStaysNowAndAsOfBefore) {
  MakeWang();
  const std::string then = absl::StrCat("as_of_time { ", org_.Now(), " }");
  ASSERT_OK_AND_ASSIGN(const v1::Seller before, Get());
  ASSERT_OK(Erase());
  for (const std::string& moment : {std::string(), then}) {
    ASSERT_OK_AND_ASSIGN(
        const auto employed,
        org_.Call<v1::ListSellersResponse>(
            "SellerService/ListSellers",
            absl::StrCat("show_archived: true ", Date("effective_date", 2021, 6), moment)));
    EXPECT_THAT(employed.sellers(), SizeIs(1));
    ASSERT_OK_AND_ASSIGN(
        const auto assignments,
        org_.Call<v1::ListAssignmentsResponse>("AssignmentService/ListAssignments",
                                               absl::StrCat("parent: 'sellers/wang' ", moment)));
    EXPECT_THAT(assignments.assignments(), SizeIs(1));
    ASSERT_OK_AND_ASSIGN(const auto absences, org_.Call<v1::ListAbsencesResponse>(
                                                  "AbsenceService/ListAbsences",
                                                  absl::StrCat("parent: 'sellers/wang' ", moment)));
    ASSERT_THAT(absences.absences(), SizeIs(1));
    EXPECT_EQ(absences.absences(0).share().value(), "0.5");
    // Nobody can say any more why: it is not asked for.
    ASSERT_OK_AND_ASSIGN(
        const auto missing,
        org_.Call<v1::ListSellersResponse>(
            "SellerService/ListSellers",
            absl::StrCat("show_archived: true missing_leave_reason: true ", moment)));
    EXPECT_THAT(missing.sellers(), IsEmpty());
  }
  ASSERT_OK_AND_ASSIGN(const v1::Seller past, Get(then));
  v1::Seller expected = before;
  expected.set_display_name("(erased)");
  for (auto* text : {expected.mutable_employee_number(), expected.mutable_subject(),
                     expected.mutable_email(), expected.mutable_phone()}) {
    text->clear();
  }
  v1::Employment* employment = expected.mutable_employments(0);
  employment->clear_leave_reason();
  employment->clear_leave_note();
  employment->clear_regretted();
  EXPECT_THAT(past, EqualsProto(expected));
}

TEST_F(SellerErasure, OnlyOfSomebodyWhoHasLeft) {
  MakeWang(0);
  EXPECT_THAT(Erase(),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("STILL_EMPLOYED")));
  v1::Seller seller;
  // Today is 2026-03-02: the last day of employment.
  const std::string until =
      absl::StrCat("seller { name: 'sellers/wang' employments { ", Date("start_date", 2020),
                   Date("end_date", 2026, 3, 3), "} }");
  Make("SellerService/UpdateSeller", until, &seller);
  EXPECT_THAT(Erase(), HasReason("STILL_EMPLOYED"));
  EXPECT_THAT(Get(), ::testing::Truly([](const absl::StatusOr<v1::Seller>& read) {
                return read.ok() && read->display_name() == "王芳" && !read->has_erase_time();
              }));
  org_.clock().Set(absl::FromCivil(absl::CivilDay(2026, 3, 3), absl::UTCTimeZone()));
  EXPECT_OK(Erase());
}

TEST_F(SellerErasure, NotOfAManagerOfToday) {
  MakeWang();
  v1::Seller seller;
  v1::Assignment assignment;
  Make("SellerService/CreateSeller",
       absl::StrCat("seller_id: 'li' seller { display_name: 'Li' employments { ",
                    Date("start_date", 2020), "} }"),
       &seller);
  Make("AssignmentService/CreateAssignment",
       absl::StrCat("parent: 'sellers/li' assignment_id: 'a' assignment { team: 'teams/north' "
                    "manager: 'sellers/wang' share { value: '1' } ",
                    Date("start_date", 2021), "}"),
       &assignment);
  EXPECT_THAT(Erase(), HasReason("STILL_EMPLOYED"));
}

TEST_F(SellerErasure, TheFactsTellItAndThoseBeforeTellNothingElse) {
  MakeWang();
  ASSERT_OK(Erase());
  const auto erased = org_.Events("SellerErased");
  ASSERT_THAT(erased, SizeIs(1));
  v1::SellerErased told;
  ASSERT_TRUE(told.ParseFromString(erased[0].payload()));
  EXPECT_THAT(told, PartlyEqualsProto("seller { name: 'sellers/wang' display_name: '(erased)' }"));
  const auto created = org_.Events("SellerCreated");
  ASSERT_THAT(created, SizeIs(1));
  v1::SellerCreated was;
  ASSERT_TRUE(was.ParseFromString(created[0].payload()));
  EXPECT_THAT(was, PartlyEqualsProto("seller { name: 'sellers/wang' display_name: '(erased)' }"));
  EXPECT_EQ(was.seller().subject(), "");
  EXPECT_EQ(was.seller().employee_number(), "");
}

TEST_F(SellerErasure, TheAuditNamesWhoWasErasedAndByWhom) {
  MakeWang();
  ASSERT_OK(Erase("", "officer"));
  ASSERT_OK_AND_ASSIGN(const auto audit, org_.Call<v1::ListAuditEntriesResponse>(
                                             "AuditService/ListAuditEntries",
                                             "filter: 'principal = \"user:officer\"'"));
  ASSERT_THAT(audit.audit_entries(), SizeIs(1));
  const v1::AuditEntry& entry = audit.audit_entries(0);
  EXPECT_EQ(entry.method(), "salesops.organization.v1.SellerService/EraseSeller");
  EXPECT_THAT(entry.resources(), ElementsAre("sellers/wang"));
  EXPECT_THAT(entry.fields(), ElementsAre("display_name", "email", "employee_number", "employments",
                                          "phone", "subject"));
}

TEST_F(SellerErasure, ASecondTimeItChangesNothing) {
  MakeWang();
  ASSERT_OK_AND_ASSIGN(const v1::Seller erased, Erase());
  const auto rows = [&] {
    return Number(
        "SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM seller_history) + "
        "(SELECT COUNT(*) FROM audit_entry)");
  };
  const int64_t before = rows();
  ASSERT_OK_AND_ASSIGN(const v1::Seller again, Erase());
  EXPECT_THAT(again, EqualsProto(erased));
  EXPECT_EQ(rows(), before);
}

TEST_F(SellerErasure, ChangesAndItsRowOfAnImportAreRefused) {
  MakeWang();
  ASSERT_OK(Erase());
  for (const char* verb : {"Unarchive", "Archive"}) {
    EXPECT_THAT(org_.Call<v1::Seller>(absl::StrCat("SellerService/", verb, "Seller"),
                                      "name: 'sellers/wang'"),
                HasReason("ERASED"));
  }
  EXPECT_THAT(org_.Call<v1::Seller>("SellerService/UpdateSeller",
                                    "seller { name: 'sellers/wang' display_name: '王芳' }"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("ERASED")));
  ASSERT_OK_AND_ASSIGN(
      const auto replies,
      org_.Import<v1::ImportSellersResponse>(
          "SellerService/ImportSellers",
          {"options { source: 'hr' }",
           "batch { rows { row_number: 1 seller { display_name: '王芳' external_keys { source: "
           "'hr' key: 'K-1' } } } }"}));
  EXPECT_THAT(replies[1], PartlyEqualsProto("failed_count: 1 failures { row_number: 1 field: "
                                            "'seller' reason: 'ERASED' }"));
  EXPECT_THAT(ColumnsThatHold(org_.database(), "王芳"), IsEmpty());
}

TEST_F(SellerErasure, HerSubjectAndNumberAreFreeAgain) {
  MakeWang();
  ASSERT_OK(Erase());
  EXPECT_OK(org_.Call<v1::Seller>(
      "SellerService/CreateSeller",
      "seller { display_name: 'another' employee_number: 'E-4711' subject: 'wang.fang' }"));
}

TEST_F(SellerErasure, ItTakesThePermissionOnEveryRow) {
  MakeWang();
  org_.access().Grant("wang.self", "organization.*", {.some = true, .sellers = {"wang"}}, "wang");
  EXPECT_THAT(Erase("", "wang.self"), StatusIs(StatusCode::kPermissionDenied));
  org_.access().Grant("archivist", "organization.sellers.archive", auth::RowScope::All());
  EXPECT_THAT(Erase("", "archivist"), StatusIs(StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace salesops::organization
