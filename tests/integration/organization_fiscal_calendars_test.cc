// Fiscal calendars: their life, and the periods that they answer with.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/events.pb.h"
#include "salesops/organization/v1/fiscal_calendar.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/organization_server.h"

namespace salesops::organization {
namespace {

using absl::StatusCode;
using testing::EqualsProto;
using testing::HasReason;
using testing::HasViolation;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kRetail[] = R"pb(
  display_name: 'NRF 4-5-4'
  kind: KIND_WEEKS_4_5_4
  year_naming: YEAR_NAMING_START
  week_rule { end_month: 1 end_day: SATURDAY alignment: ALIGNMENT_NEAREST }
  external_keys { source: 'erp' key: 'Z4' }
)pb";
constexpr char kListed[] = R"pb(
  display_name: '自定义财年'
  kind: KIND_CUSTOM
  custom_periods {
    start_date { year: 2026 month: 1 day: 1 }
    fiscal_year: 2026
    display_name: '开门红'
  }
  custom_periods {
    start_date { year: 2026 month: 4 day: 1 }
    fiscal_year: 2026
  }
  custom_end_date { year: 2027 month: 1 day: 1 }
)pb";

class OrganizationFiscalCalendars : public OrganizationTest {
 protected:
  absl::StatusOr<v1::FiscalCalendar> Create(const std::string& id, const std::string& calendar) {
    return org_.Call<v1::FiscalCalendar>(
        "FiscalCalendarService/CreateFiscalCalendar",
        absl::StrCat("fiscal_calendar_id: '", id, "' fiscal_calendar { ", calendar, " }"));
  }
  absl::StatusOr<v1::FiscalCalendar> Update(const std::string& calendar,
                                            const std::string& more = "") {
    return org_.Call<v1::FiscalCalendar>("FiscalCalendarService/UpdateFiscalCalendar",
                                         absl::StrCat("fiscal_calendar { ", calendar, " } ", more));
  }
  absl::StatusOr<v1::ListFiscalPeriodsResponse> Periods(const std::string& request) {
    return org_.Call<v1::ListFiscalPeriodsResponse>("FiscalCalendarService/ListFiscalPeriods",
                                                    request);
  }
  absl::StatusOr<v1::ResolveFiscalPeriodResponse> Resolve(const std::string& request) {
    return org_.Call<v1::ResolveFiscalPeriodResponse>("FiscalCalendarService/ResolveFiscalPeriod",
                                                      request);
  }
};

TEST_F(OrganizationFiscalCalendars, WhatIsCreatedIsReadListedAndTold) {
  ASSERT_OK_AND_ASSIGN(const v1::FiscalCalendar retail, Create("retail", kRetail));
  EXPECT_THAT(retail, PartlyEqualsProto(kRetail));
  ASSERT_OK_AND_ASSIGN(const v1::FiscalCalendar listed, Create("listed", kListed));
  EXPECT_THAT(listed, PartlyEqualsProto(kListed));
  EXPECT_THAT(org_.Call<v1::FiscalCalendar>("FiscalCalendarService/GetFiscalCalendar",
                                            "name: 'fiscalCalendars/listed'"),
              testing::IsOkAndHolds(EqualsProto(listed)));
  ASSERT_OK_AND_ASSIGN(const auto found, org_.Call<v1::ListFiscalCalendarsResponse>(
                                             "FiscalCalendarService/ListFiscalCalendars",
                                             "filter: 'kind = KIND_WEEKS_4_5_4'"));
  ASSERT_THAT(found.fiscal_calendars(), SizeIs(1));
  EXPECT_THAT(found.fiscal_calendars(0), EqualsProto(retail));
  EXPECT_THAT(org_.Events("FiscalCalendarCreated"), SizeIs(2));
}

TEST_F(OrganizationFiscalCalendars, LivesLikeEveryResource) {
  ASSERT_OK(Create("retail", kRetail));
  const std::string before = org_.Now();
  ASSERT_OK(Update("name: 'fiscalCalendars/retail' kind: KIND_MONTHLY start_month: 4",
                   "update_mask { paths: 'kind' paths: 'start_month' paths: 'week_rule' }"));
  EXPECT_THAT(Update("name: 'fiscalCalendars/retail' etag: 'old' description: 'x'"),
              HasReason("ETAG_MISMATCH"));
  const std::string request = "name: 'fiscalCalendars/retail' fiscal_year: 2023 ";
  ASSERT_OK_AND_ASSIGN(const auto now, Periods(absl::StrCat(request, "level: FISCAL_LEVEL_YEAR")));
  EXPECT_EQ(now.fiscal_periods(0).day_count(), 366);
  ASSERT_OK_AND_ASSIGN(
      const auto then,
      Periods(absl::StrCat(request, "level: FISCAL_LEVEL_YEAR as_of_time { ", before, " }")));
  EXPECT_EQ(then.fiscal_periods(0).day_count(), 371);
  EXPECT_TRUE(then.has_as_of_time());
  ASSERT_OK(org_.Call<v1::FiscalCalendar>("FiscalCalendarService/ArchiveFiscalCalendar",
                                          "name: 'fiscalCalendars/retail'"));
  EXPECT_THAT(Update("name: 'fiscalCalendars/retail' description: 'x'"), HasReason("ARCHIVED"));
  EXPECT_OK(Periods(request));
  ASSERT_OK(org_.Call<v1::FiscalCalendar>("FiscalCalendarService/UnarchiveFiscalCalendar",
                                          "name: 'fiscalCalendars/retail'"));
  EXPECT_THAT(Create("again", kRetail), StatusIs(StatusCode::kAlreadyExists));
}

TEST_F(OrganizationFiscalCalendars, ImportsWhatItExports) {
  ASSERT_OK_AND_ASSIGN(const auto replies,
                       org_.Import<v1::ImportFiscalCalendarsResponse>(
                           "FiscalCalendarService/ImportFiscalCalendars",
                           {"options { source: 'erp' }",
                            absl::StrCat("batch { rows { row_number: 1 fiscal_calendar { ", kRetail,
                                         " } } rows { row_number: 2 fiscal_calendar { name: "
                                         "'fiscalCalendars/bad' display_name: 'x' kind: "
                                         "KIND_MONTHLY } } }")}));
  EXPECT_EQ(replies[1].created_count(), 1);
  ASSERT_THAT(replies[1].failures(), SizeIs(2));
  EXPECT_EQ(replies[1].failures(0).field(), "fiscal_calendar.year_naming");
  org_.Sequence();
  org_.clock().Set(absl::Now());
  ASSERT_OK_AND_ASSIGN(const auto parts, org_.Export<v1::ExportFiscalCalendarsResponse>(
                                             "FiscalCalendarService/ExportFiscalCalendars", ""));
  ASSERT_THAT(parts[0].fiscal_calendars(), SizeIs(1));
  EXPECT_THAT(parts[0].fiscal_calendars(0), PartlyEqualsProto(kRetail));
}

TEST_F(OrganizationFiscalCalendars, WantsWhatItsKindNeeds) {
  const auto wrong = Create("wrong", R"pb(
    display_name: 'x' kind: KIND_BIWEEKLY start_month: 4)pb");
  EXPECT_THAT(wrong, HasViolation("fiscal_calendar.anchor_date", "REQUIRED"));
  EXPECT_THAT(wrong, HasViolation("fiscal_calendar.start_month", "NOT_OF_THIS_KIND"));
}

TEST_F(OrganizationFiscalCalendars, AnswersWithPeriods) {
  ASSERT_OK(Create("retail", kRetail));
  ASSERT_OK_AND_ASSIGN(const auto periods,
                       Periods("name: 'fiscalCalendars/retail' fiscal_year: 2023"));
  ASSERT_THAT(periods.fiscal_periods(), SizeIs(12));
  EXPECT_THAT(periods.fiscal_periods(11), EqualsProto(R"pb(
                code: 'FY2023-P12'
                level: FISCAL_LEVEL_PERIOD
                fiscal_year: 2023
                number: 12
                start_date { year: 2023 month: 12 day: 31 }
                end_date { year: 2024 month: 2 day: 4 }
                day_count: 35)pb"));
  ASSERT_OK_AND_ASSIGN(const auto resolved, Resolve(R"pb(
                         name: 'fiscalCalendars/retail'
                         date { year: 2024 month: 2 day: 4 }
                         level: FISCAL_LEVEL_QUARTER)pb"));
  EXPECT_EQ(resolved.fiscal_period().code(), "FY2024-Q1");
  EXPECT_EQ(resolved.previous_fiscal_period().code(), "FY2023-Q4");
  EXPECT_EQ(resolved.next_fiscal_period().code(), "FY2024-Q2");
}

TEST_F(OrganizationFiscalCalendars, RefusesWhatItCannotAnswer) {
  ASSERT_OK(Create("listed", kListed));
  ASSERT_OK_AND_ASSIGN(
      const auto first,
      Resolve("name: 'fiscalCalendars/listed' date { year: 2026 month: 3 day: 31 }"));
  EXPECT_EQ(first.fiscal_period().display_name(), "开门红");
  EXPECT_FALSE(first.has_previous_fiscal_period());
  EXPECT_THAT(Resolve("name: 'fiscalCalendars/listed' date { year: 2027 month: 1 day: 1 }"),
              HasReason("OUTSIDE_CALENDAR"));
  EXPECT_THAT(Periods("name: 'fiscalCalendars/listed' fiscal_year: 2025"),
              HasReason("OUTSIDE_CALENDAR"));
  EXPECT_THAT(Periods("name: 'fiscalCalendars/listed' fiscal_year: 2026 level: FISCAL_LEVEL_HALF"),
              HasReason("NO_SUCH_LEVEL"));
  EXPECT_THAT(Resolve("name: 'fiscalCalendars/listed' date { year: 1 month: 1 day: 1 }"),
              HasViolation("date", "OUT_OF_RANGE"));
  EXPECT_THAT(Periods("name: 'fiscalCalendars/none' fiscal_year: 2026"),
              StatusIs(StatusCode::kNotFound));
}

}  // namespace
}  // namespace salesops::organization
