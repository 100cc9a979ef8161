// Why sellers left, and when they are away.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/absence.pb.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/audit.pb.h"
#include "salesops/organization/v1/events.pb.h"
#include "salesops/organization/v1/seller.pb.h"
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

std::string Date(const char* field, int year, int month = 1, int day = 1) {
  return absl::StrCat(field, " { year: ", year, " month: ", month, " day: ", day, " } ");
}
// From the first day of a year to that of another; 0 = open.
std::string Years(int start, int end) {
  return absl::StrCat(Date("start_date", start), end == 0 ? "" : Date("end_date", end));
}
std::string Employed(const std::string& days, const std::string& more = "") {
  return absl::StrCat("employments { ", days, more, " } ");
}

class People : public OrganizationTest {
 protected:
  absl::StatusOr<v1::Seller> CreateSeller(const std::string& id, const std::string& employments) {
    return org_.Call<v1::Seller>("SellerService/CreateSeller",
                                 absl::StrCat("seller_id: '", id, "' seller { display_name: '", id,
                                              "' ", employments, " }"));
  }
  absl::StatusOr<v1::Seller> Employ(const std::string& id, const std::string& employments) {
    return org_.Call<v1::Seller>("SellerService/UpdateSeller",
                                 absl::StrCat("seller { name: 'sellers/", id, "' ", employments,
                                              "} update_mask { paths: 'employments' }"));
  }
  std::vector<std::string> Sellers(const std::string& request) {
    const auto answer = org_.Call<v1::ListSellersResponse>("SellerService/ListSellers", request);
    EXPECT_OK(answer);
    std::vector<std::string> names;
    if (!answer.ok()) return names;
    for (const v1::Seller& seller : answer->sellers()) names.push_back(seller.name().substr(8));
    return names;
  }
  // What a user's calls told about people, newest first: "method resource,… field,…".
  std::vector<std::string> AuditOf(const std::string& user) {
    const auto audit = org_.Call<v1::ListAuditEntriesResponse>(
        "AuditService/ListAuditEntries", absl::StrCat("filter: 'principal = \"user:", user, "\"'"));
    EXPECT_OK(audit);
    std::vector<std::string> told;
    if (!audit.ok()) return told;
    for (const v1::AuditEntry& entry : audit->audit_entries()) {
      std::string text = entry.method().substr(entry.method().rfind('/') + 1);
      for (const std::string& resource : entry.resources()) absl::StrAppend(&text, " ", resource);
      for (const std::string& field : entry.fields()) absl::StrAppend(&text, " ", field);
      told.push_back(text);
    }
    return told;
  }
  absl::StatusOr<v1::Absence> Away(const std::string& seller, const std::string& id,
                                   const std::string& share, const std::string& days,
                                   const std::string& kind = "KIND_ANNUAL") {
    return org_.Call<v1::Absence>(
        "AbsenceService/CreateAbsence",
        absl::StrCat("parent: 'sellers/", seller, "' absence_id: '", id, "' absence { kind: ", kind,
                     " share { value: '", share, "' } ", days, " }"));
  }
  std::vector<std::string> Absences(const std::string& request, const std::string& user = "admin") {
    const auto answer =
        org_.Call<v1::ListAbsencesResponse>("AbsenceService/ListAbsences", request, user);
    EXPECT_OK(answer);
    std::vector<std::string> names;
    if (!answer.ok()) return names;
    for (const v1::Absence& absence : answer->absences()) names.push_back(absence.name());
    return names;
  }
};

// --- Leaving ---

constexpr char kLeft[] =
    "leave_reason: LEAVE_REASON_RESIGNATION leave_note: '搬家' regretted: true";

TEST_F(People, WhyAnEmploymentEndedIsKept) {
  ASSERT_OK_AND_ASSIGN(const v1::Seller created,
                       CreateSeller("left", Employed(Years(2020, 2022), kLeft) +
                                                Employed(Years(2023, 2024), "regretted: false") +
                                                Employed(Years(2025, 0))));
  EXPECT_THAT(created, PartlyEqualsProto(R"pb(
                employments {
                  start_date { year: 2020 month: 1 day: 1 }
                  end_date { year: 2022 month: 1 day: 1 }
                  leave_reason: LEAVE_REASON_RESIGNATION
                  leave_note: "搬家"
                  regretted: true
                }
                employments {
                  start_date { year: 2023 month: 1 day: 1 }
                  end_date { year: 2024 month: 1 day: 1 }
                  regretted: false
                }
                employments { start_date { year: 2025 month: 1 day: 1 } })pb"));
  EXPECT_TRUE(created.employments(1).has_regretted());
  EXPECT_FALSE(created.employments(2).has_regretted());
  EXPECT_THAT(org_.Call<v1::Seller>("SellerService/GetSeller", "name: 'sellers/left'"),
              IsOkAndHolds(EqualsProto(created)));
  // Changing the reason is a change of the seller; what was known before stays known.
  const std::string before = org_.Now();
  ASSERT_OK(Employ("left", Employed(Years(2020, 2022), "leave_reason: LEAVE_REASON_DEATH")));
  ASSERT_OK_AND_ASSIGN(
      const v1::Seller then,
      org_.Call<v1::Seller>("SellerService/GetSeller",
                            absl::StrCat("name: 'sellers/left' as_of_time { ", before, " }")));
  EXPECT_EQ(then.employments(0).leave_note(), "搬家");
  EXPECT_THAT(org_.Events("SellerUpdated"), SizeIs(1));
}

TEST_F(People, AReasonNeedsAnEnd) {
  const auto refused = CreateSeller("here", Employed(Years(2020, 0), kLeft));
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument));
  for (const char* field : {"leave_reason", "leave_note", "regretted"}) {
    EXPECT_THAT(refused,
                HasViolation(absl::StrCat("seller.employments[0].", field), "WITHOUT_END_DATE"));
  }
}

TEST_F(People, WhyTheyLeftIsPersonal) {
  ASSERT_OK(CreateSeller("left", Employed(Years(2020, 2022), kLeft)));
  ASSERT_OK(CreateSeller("here", Employed(Years(2020, 0))));
  ASSERT_OK(org_.Call<v1::Seller>("SellerService/GetSeller", "name: 'sellers/here'", "curious"));
  EXPECT_THAT(AuditOf("curious"), IsEmpty());
  ASSERT_OK(org_.Call<v1::Seller>("SellerService/GetSeller", "name: 'sellers/left'", "curious"));
  EXPECT_THAT(AuditOf("curious"),
              ElementsAre("GetSeller sellers/left leave_note leave_reason regretted"));
  const auto facts = org_.Events("SellerCreated");
  ASSERT_THAT(facts, SizeIs(2));
  v1::SellerCreated created;
  ASSERT_TRUE(created.ParseFromString(facts[0].payload()));
  ASSERT_THAT(created.seller().employments(), SizeIs(1));
  EXPECT_THAT(created.seller().employments(0), EqualsProto(Years(2020, 2022)));
}

// Old data can be imported; what is missing is reported and not refused. Today is 2026-03-02.
TEST_F(People, AMissingReasonIsAGapNotAnError) {
  const std::string rows = absl::StrCat(
      "batch { rows { row_number: 1 seller { name: 'sellers/old' display_name: 'o' ",
      Employed(Years(2010, 2012)), Employed(Years(2015, 2018)), Employed(Years(2020, 0)),
      "} } rows { row_number: 2 seller { name: 'sellers/told' display_name: 't' ",
      Employed(Years(2010, 2012), kLeft),
      "} } rows { row_number: 3 seller { name: 'sellers/leaving' display_name: 'l' ",
      Employed(Years(2020, 2027)), "} } }");
  ASSERT_OK_AND_ASSIGN(const auto replies,
                       org_.Import<v1::ImportSellersResponse>("SellerService/ImportSellers",
                                                              {"options { source: 'hr' }", rows}));
  EXPECT_THAT(replies[1], PartlyEqualsProto("created_count: 3"));
  EXPECT_THAT(Sellers("missing_leave_reason: true"), ElementsAre("old"));
  EXPECT_THAT(Sellers("missing_leave_reason: true " + Date("effective_date", 2013)), IsEmpty());

  auto gaps = [&](const std::string& request) {
    return org_.Call<v1::ListAssignmentGapsResponse>("AssignmentService/ListAssignmentGaps",
                                                     request);
  };
  ASSERT_OK_AND_ASSIGN(const auto old, gaps("parent: 'sellers/old'"));
  ASSERT_THAT(old.leave_reason_gaps(), SizeIs(2));
  EXPECT_THAT(old.leave_reason_gaps(0), EqualsProto(Years(2010, 2012)));
  EXPECT_THAT(old.leave_reason_gaps(1), EqualsProto(Years(2015, 2018)));
  ASSERT_OK_AND_ASSIGN(const auto part, gaps("parent: 'sellers/old' " + Years(2013, 2019)));
  EXPECT_THAT(part.leave_reason_gaps(), SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto told, gaps("parent: 'sellers/told'"));
  EXPECT_THAT(told.leave_reason_gaps(), IsEmpty());

  // On the last day it has not ended yet; then it has.
  org_.clock().Set(absl::FromCivil(absl::CivilDay(2026, 12, 31), absl::UTCTimeZone()));
  EXPECT_THAT(Sellers("missing_leave_reason: true"), ElementsAre("old"));
  org_.clock().Set(absl::FromCivil(absl::CivilDay(2027, 1, 1), absl::UTCTimeZone()));
  EXPECT_THAT(Sellers("missing_leave_reason: true"), ElementsAre("leaving", "old"));
  const std::string before = org_.Now();
  ASSERT_OK(Employ("old", Employed(Years(2010, 2012), kLeft) +
                              Employed(Years(2015, 2018), "leave_reason: LEAVE_REASON_OTHER") +
                              Employed(Years(2020, 0))));
  EXPECT_THAT(Sellers("missing_leave_reason: true filter: 'name = \"sellers/old\"'"), IsEmpty());
  EXPECT_THAT(Sellers(absl::StrCat("missing_leave_reason: true filter: 'name = \"sellers/old\"' "
                                   "as_of_time { ",
                                   before, " }")),
              ElementsAre("old"));
}

// --- Absences ---

TEST_F(People, AnAbsenceAnswersWhatGetReads) {
  ASSERT_OK(CreateSeller("a", Employed(Years(2020, 0))));
  ASSERT_OK_AND_ASSIGN(
      const v1::Absence created,
      Away("a", "one", "0.50", Date("start_date", 2026, 3) + Date("end_date", 2026, 4),
           "KIND_PARENTAL"));
  EXPECT_THAT(created, PartlyEqualsProto(R"pb(
                name: "sellers/a/absences/one"
                kind: KIND_PARENTAL
                share { value: "0.5" }
                start_date { year: 2026 month: 3 day: 1 }
                end_date { year: 2026 month: 4 day: 1 })pb"));
  EXPECT_THAT(org_.Call<v1::Absence>("AbsenceService/GetAbsence", "name: 'sellers/a/absences/one'"),
              IsOkAndHolds(EqualsProto(created)));
  const std::string before = org_.Now();
  ASSERT_OK(org_.Call<v1::Absence>("AbsenceService/UpdateAbsence",
                                   "absence { name: 'sellers/a/absences/one' kind: KIND_UNPAID } "
                                   "update_mask { paths: 'kind' }"));
  EXPECT_THAT(org_.Call<v1::Absence>(
                  "AbsenceService/GetAbsence",
                  absl::StrCat("name: 'sellers/a/absences/one' as_of_time { ", before, " }")),
              IsOkAndHolds(EqualsProto(created)));
}

TEST_F(People, AbsencesOfADaySumToAtMostOne) {
  ASSERT_OK(CreateSeller("a", Employed(Years(2020, 0))));
  ASSERT_OK(CreateSeller("b", Employed(Years(2020, 0))));
  ASSERT_OK(Away("a", "one", "0.6", Years(2021, 0)));
  ASSERT_OK(Away("a", "two", "0.4", Years(2022, 2024)));
  const auto refused = Away("a", "three", "0.000001", Years(2023, 2030));
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("ABSENCES_ABOVE_ONE"));
  EXPECT_OK(Away("a", "three", "0.4", Years(2024, 0)));
  EXPECT_OK(Away("b", "one", "1", Years(2020, 0)));
  EXPECT_THAT(
      org_.Call<v1::Absence>("AbsenceService/UpdateAbsence",
                             "absence { name: 'sellers/a/absences/two' share { value: '0.5' } } "
                             "update_mask { paths: 'share' }"),
      HasReason("ABSENCES_ABOVE_ONE"));
  // An archived one says nothing and comes back only if there is room.
  ASSERT_OK(
      org_.Call<v1::Absence>("AbsenceService/ArchiveAbsence", "name: 'sellers/a/absences/two'"));
  ASSERT_OK(Away("a", "four", "0.4", Years(2023, 2024)));
  EXPECT_THAT(
      org_.Call<v1::Absence>("AbsenceService/UnarchiveAbsence", "name: 'sellers/a/absences/two'"),
      HasReason("ABSENCES_ABOVE_ONE"));
}

TEST_F(People, ConcurrentAbsencesCannotPassOneTogether) {
  ASSERT_OK(CreateSeller("a", Employed(Years(2020, 0))));
  std::atomic<int> created = 0, refused = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      const auto answer = Away("a", absl::StrCat("at-once-", i), "0.3", Years(2020, 0));
      if (answer.ok()) ++created;
      if (status::Reason(answer.status()) == "ABSENCES_ABOVE_ONE") ++refused;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(created, 3);
  EXPECT_EQ(refused, 5);
}

TEST_F(People, AbsencesLieInsideEmployment) {
  ASSERT_OK(CreateSeller("a", Employed(Years(2020, 2024))));
  EXPECT_THAT(Away("a", "x", "1", Years(2019, 2021)), HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(Away("a", "x", "1", Years(2021, 0)), HasReason("OUTSIDE_EMPLOYMENT"));
  ASSERT_OK(Away("a", "x", "1", Years(2021, 2024)));
  EXPECT_THAT(Employ("a", Employed(Years(2020, 2023))), HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_OK(Employ("a", Employed(Years(2021, 2024))));
  EXPECT_THAT(Away("nobody", "x", "1", Years(2021, 2022)), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Away("a", "y", "1", Years(2022, 2022)),
              HasViolation("absence.end_date", "BAD_RANGE"));
  EXPECT_THAT(Away("a", "y", "1.5", Years(2021, 2022)), HasViolation("absence.share"));
  EXPECT_THAT(Away("a", "y", "1", Years(2021, 2022), "KIND_UNSPECIFIED"),
              HasViolation("absence.kind"));
}

TEST_F(People, WhatForIsPersonal) {
  ASSERT_OK(CreateSeller("a", Employed(Years(2020, 0))));
  ASSERT_OK(Away("a", "ill", "1", Years(2021, 2022), "KIND_SICK"));
  EXPECT_THAT(Absences("parent: 'sellers/-'", "curious"), ElementsAre("sellers/a/absences/ill"));
  EXPECT_THAT(AuditOf("curious"), ElementsAre("ListAbsences sellers/a/absences/ill kind"));
  const auto facts = org_.Events("AbsenceCreated");
  ASSERT_THAT(facts, SizeIs(1));
  EXPECT_EQ(facts[0].aggregate(), "sellers/a/absences/ill");
  v1::AbsenceCreated created;
  ASSERT_TRUE(created.ParseFromString(facts[0].payload()));
  EXPECT_EQ(created.absence().kind(), v1::Absence::KIND_UNSPECIFIED);
  EXPECT_EQ(created.absence().share().value(), "1");
  EXPECT_THAT(org_.Call<v1::ListAbsencesResponse>("AbsenceService/ListAbsences",
                                                  "parent: 'sellers/-' filter: 'kind = KIND_SICK'"),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(People, AbsencesAreListedByDayAndInsideTheCallersScope) {
  ASSERT_OK(CreateSeller("a", Employed(Years(2020, 0))));
  ASSERT_OK(CreateSeller("b", Employed(Years(2020, 0))));
  ASSERT_OK(Away("a", "one", "0.5", Years(2020, 2022)));
  ASSERT_OK(Away("a", "two", "0.5", Years(2021, 0)));
  ASSERT_OK(Away("b", "one", "1", Years(2020, 0)));
  EXPECT_THAT(Absences("parent: 'sellers/a'"), SizeIs(2));
  EXPECT_THAT(Absences("parent: 'sellers/-' " + Date("effective_date", 2022)),
              ElementsAre("sellers/a/absences/two", "sellers/b/absences/one"));
  EXPECT_THAT(Absences("parent: 'sellers/-' filter: 'start_date >= 2021-01-01'"),
              ElementsAre("sellers/a/absences/two"));
  org_.access().Grant("b", "organization.absences.read", {.some = true, .sellers = {"b"}}, "b");
  EXPECT_THAT(Absences("parent: 'sellers/-'", "b"), ElementsAre("sellers/b/absences/one"));
  EXPECT_THAT(
      org_.Call<v1::Absence>("AbsenceService/GetAbsence", "name: 'sellers/a/absences/one'", "b"),
      StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(People, AbsencesAreImportedAndExported) {
  ASSERT_OK(CreateSeller("a", Employed(Years(2020, 0))));
  auto row = [](int number, const std::string& name, const std::string& share,
                const std::string& days) {
    return absl::StrCat("rows { row_number: ", number, " absence { name: 'sellers/", name,
                        "' kind: KIND_ANNUAL share { value: '", share, "' } ", days, " } } ");
  };
  const std::string batch = absl::StrCat("batch { ", row(1, "a/absences/1", "0.70", Years(2020, 0)),
                                         row(2, "a/absences/2", "0.5", Years(2020, 0)),
                                         row(3, "a/absences/3", "0.3", Years(2020, 0)),
                                         row(4, "a/absences/4", "0.1", Years(2019, 2020)), "}");
  for (const char* counts :
       {"created_count: 2 failed_count: 2", "unchanged_count: 2 failed_count: 2"}) {
    ASSERT_OK_AND_ASSIGN(const auto replies,
                         org_.Import<v1::ImportAbsencesResponse>(
                             "AbsenceService/ImportAbsences", {"options { source: 'hr' }", batch}));
    EXPECT_THAT(replies[1], PartlyEqualsProto(counts));
    EXPECT_THAT(replies[1].failures(0),
                PartlyEqualsProto("row_number: 2 reason: 'ABSENCES_ABOVE_ONE'"));
    EXPECT_THAT(replies[1].failures(1),
                PartlyEqualsProto("row_number: 4 reason: 'OUTSIDE_EMPLOYMENT'"));
  }
  org_.Sequence();  // an export shows what has its position at the moment of its call
  org_.clock().Set(absl::Now());
  ASSERT_OK_AND_ASSIGN(const auto parts, org_.Export<v1::ExportAbsencesResponse>(
                                             "AbsenceService/ExportAbsences", ""));
  ASSERT_THAT(parts, SizeIs(1));
  ASSERT_THAT(parts[0].absences(), SizeIs(2));
  EXPECT_EQ(parts[0].absences(0).kind(), v1::Absence::KIND_ANNUAL);
}

}  // namespace
}  // namespace salesops::organization
