// Quotas and measure values: what is asked of sellers and teams, and what other systems measure.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/performance/v1/measure_value.pb.h"
#include "salesops/performance/v1/quota.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/performance_server.h"

namespace salesops::performance {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using testing::HasViolation;
using testing::StatusIs;

// The second quarter of 2026.
std::string Quota(const std::string& payee, const std::string& more = "") {
  return Merged<v1::Quota>(
      absl::StrCat("payee: '", payee,
                   "' measure { measure: MEASURE_BOOKINGS } "
                   "fiscal_calendar: 'fiscalCalendars/gregorian' level: PERIOD_LEVEL_QUARTER "
                   "fiscal_year: 2026 number: 2 start_date { year: 2026 month: 4 day: 1 } "
                   "end_date { year: 2026 month: 7 day: 1 } amount { value: '910000' } "
                   "currency_code: 'CNY'"),
      more);
}

class PerformanceQuotas : public PerformanceServerTest {
 protected:
  absl::StatusOr<v1::Quota> Create(const std::string& id, const std::string& quota,
                                   const std::string& user = "admin") {
    return performance_.Call<v1::Quota>("QuotaService/CreateQuota",
                                        absl::StrCat("quota_id: '", id, "' quota { ", quota, " }"),
                                        user);
  }
  std::vector<std::string> Names(const std::string& request, const std::string& user = "admin") {
    std::vector<std::string> names;
    const auto listed =
        performance_.Call<v1::ListQuotasResponse>("QuotaService/ListQuotas", request, user);
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return names;
    for (const v1::Quota& quota : listed->quotas()) names.push_back(quota.name().substr(7));
    return names;
  }
};

TEST_F(PerformanceQuotas, ThereIsOneForEachPayeeMeasureAndPeriod) {
  ASSERT_OK(Create("q1", Quota("sellers/s1")));
  EXPECT_THAT(Create("q2", Quota("sellers/s1")), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_OK(Create("q2", Quota("sellers/s2")));
  EXPECT_OK(Create("q3", Quota("teams/north")));
  EXPECT_OK(Create("q4", Quota("sellers/s1",
                               "number: 3 start_date { month: 7 } "
                               "end_date { month: 10 }")));
  EXPECT_THAT(Names("filter: 'payee = \"sellers/s1\" AND number = 2'"), ElementsAre("q1"));
  EXPECT_THAT(Names("filter: 'measure.measure = MEASURE_BOOKINGS AND level = "
                    "PERIOD_LEVEL_QUARTER' order_by: 'payee, start_date'"),
              ElementsAre("q1", "q4", "q2", "q3"));
}

TEST_F(PerformanceQuotas, ARampLeavesAPartOfTheAmount) {
  ASSERT_OK_AND_ASSIGN(const v1::Quota whole, Create("whole", Quota("sellers/s1")));
  EXPECT_EQ(whole.ramped_amount().value(), "910000");
  // 910,000 / 91 days: 30 days × 0.25, 31 × 0.5, 30 × 1.
  ASSERT_OK_AND_ASSIGN(
      const v1::Quota ramped,
      Create("ramped",
             Quota("sellers/s2",
                   "ramp { start_date { year: 2026 month: 4 day: 1 } share { value: '0.25' } } "
                   "ramp { start_date { year: 2026 month: 5 day: 1 } share { value: '0.5' } } "
                   "ramp { start_date { year: 2026 month: 6 day: 1 } share { value: '1' } }")));
  EXPECT_EQ(ramped.ramped_amount().value(), "530000");
  EXPECT_EQ(ramped.ramp_size(), 3);
}

TEST_F(PerformanceQuotas, EveryFaultIsNamed) {
  EXPECT_THAT(Create("q", Quota("sellers/nobody")), HasViolation("quota.payee", "BAD_REFERENCE"));
  EXPECT_THAT(Create("q", Quota("teams/nowhere")), HasViolation("quota.payee", "BAD_REFERENCE"));
  EXPECT_THAT(Create("q", Quota("accounts/acme")), HasViolation("quota.payee", "PATTERN"));
  EXPECT_THAT(Create("q", Quota("sellers/s1", "number: 5")),
              HasViolation("quota.number", "OUT_OF_RANGE"));
  EXPECT_THAT(Create("q", Quota("sellers/s1", "amount { value: '0' }")),
              HasViolation("quota.amount", "OUT_OF_RANGE"));
  EXPECT_THAT(Create("q", Quota("sellers/s1", "measure { measure: MEASURE_UNITS }")),
              HasViolation("quota.currency_code", "NOT_ALLOWED"));
  EXPECT_THAT(Create("q", Quota("sellers/s1",
                                "ramp { start_date { year: 2026 month: 4 day: 2 } "
                                "share { value: '1' } }")),
              HasViolation("quota.ramp[0].start_date", "BAD_RANGE"));
  EXPECT_EQ(performance_.Count("quota"), 0);
}

TEST_F(PerformanceQuotas, AChangeKeepsWhatWasBefore) {
  ASSERT_OK_AND_ASSIGN(const v1::Quota made, Create("q1", Quota("sellers/s1")));
  const std::string then = performance_.Now();
  ASSERT_OK(performance_.Call<v1::Quota>(
      "QuotaService/UpdateQuota",
      absl::StrCat("quota { name: 'quotas/q1' amount { value: '1000000' } etag: '", made.etag(),
                   "' }")));
  EXPECT_THAT(performance_.Call<v1::Quota>(
                  "QuotaService/UpdateQuota",
                  absl::StrCat("quota { name: 'quotas/q1' amount { value: '1' } etag: '",
                               made.etag(), "' }")),
              StatusIs(StatusCode::kAborted));
  EXPECT_THAT(performance_.Call<v1::Quota>("QuotaService/UpdateQuota",
                                           "quota { name: 'quotas/q1' payee: 'sellers/s2' } "
                                           "update_mask { paths: 'payee' }"),
              StatusIs(StatusCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(
      const v1::Quota before,
      performance_.Call<v1::Quota>("QuotaService/GetQuota",
                                   absl::StrCat("name: 'quotas/q1' as_of_time { ", then, " }")));
  EXPECT_EQ(before.amount().value(), "910000");
  ASSERT_OK_AND_ASSIGN(const auto revisions,
                       performance_.Call<v1::ListQuotaRevisionsResponse>(
                           "QuotaService/ListQuotaRevisions", "name: 'quotas/q1'"));
  EXPECT_EQ(revisions.revisions_size(), 2);
  EXPECT_THAT(performance_.EventTypes(), ElementsAre("QuotaCreated", "QuotaUpdated"));
}

TEST_F(PerformanceQuotas, AnArchivedOneIsLeftOut) {
  ASSERT_OK(Create("q1", Quota("sellers/s1")));
  ASSERT_OK(performance_.Call<v1::Quota>("QuotaService/ArchiveQuota", "name: 'quotas/q1'"));
  EXPECT_THAT(Names(""), ElementsAre());
  EXPECT_THAT(Names("show_archived: true"), ElementsAre("q1"));
  ASSERT_OK(performance_.Call<v1::Quota>("QuotaService/UnarchiveQuota", "name: 'quotas/q1'"));
  EXPECT_THAT(Names(""), ElementsAre("q1"));
}

TEST_F(PerformanceQuotas, ASellerSeesOwnOnesAndThoseOfTeams) {
  ASSERT_OK(Create("one", Quota("sellers/s1")));
  ASSERT_OK(Create("three", Quota("sellers/s3")));
  ASSERT_OK(Create("team", Quota("teams/north")));
  EXPECT_THAT(Names("", "s1"), ElementsAre("one", "team"));
  EXPECT_THAT(performance_.Call<v1::Quota>("QuotaService/GetQuota", "name: 'quotas/three'", "s1"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Create("own", Quota("sellers/s1", "number: 3"), "s1"),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(PerformanceQuotas, AnImportMatchesByExternalKey) {
  const std::string key = "external_keys { source: 'plan' key: 's1-26q2' }";
  const auto import = [&](const std::string& quota) {
    const auto replies = performance_.Import(
        "QuotaService/ImportQuotas",
        {"options { source: 'plan' }",
         absl::StrCat("batch { rows { row_number: 1 quota { ", quota, " } } }")});
    EXPECT_TRUE(replies.ok()) << replies.status();
    if (!replies.ok()) return v1::ImportQuotasResponse();
    return static_cast<const v1::ImportQuotasResponse&>(*replies->back());
  };
  EXPECT_EQ(import(Quota("sellers/s1", key)).created_count(), 1);
  EXPECT_EQ(import(Quota("sellers/s1", key)).unchanged_count(), 1);
  EXPECT_EQ(import(Quota("sellers/s1", key + " amount { value: '5' }")).updated_count(), 1);
  EXPECT_EQ(performance_.Count("quota"), 1);
}

class PerformanceMeasureValues : public PerformanceServerTest {
 protected:
  absl::StatusOr<v1::MeasureValue> Create(const std::string& id, const std::string& subject,
                                          const std::string& value, const std::string& more = "") {
    return performance_.Call<v1::MeasureValue>(
        "MeasureValueService/CreateMeasureValue",
        absl::StrCat("measure_value_id: '", id, "' measure_value { ",
                     Merged<v1::MeasureValue>(
                         absl::StrCat("subject: '", subject,
                                      "' measure: 'customer_satisfaction' "
                                      "start_date { year: 2026 month: 4 day: 1 } "
                                      "end_date { year: 2026 month: 7 day: 1 } value { value: '",
                                      value, "' }"),
                         more),
                     " }"));
  }
};

TEST_F(PerformanceMeasureValues, ASubjectHasOneForTheSameDays) {
  ASSERT_OK_AND_ASSIGN(const v1::MeasureValue made, Create("m1", "sellers/s1", "28.50"));
  EXPECT_EQ(made.value().value(), "28.5");
  EXPECT_THAT(Create("m2", "sellers/s1", "30"), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_OK(Create("m2", "teams/north", "30"));
  EXPECT_THAT(Create("m3", "sellers/nobody", "30"),
              HasViolation("measure_value.subject", "BAD_REFERENCE"));
  EXPECT_THAT(Create("m3", "sellers/s2", "30", "end_date { month: 4 }"),
              HasViolation("measure_value.end_date", "BAD_RANGE"));
}

TEST_F(PerformanceMeasureValues, ItsValueChangesAndItsSubjectDoesNot) {
  ASSERT_OK(Create("m1", "sellers/s1", "28"));
  ASSERT_OK_AND_ASSIGN(const v1::MeasureValue changed,
                       performance_.Call<v1::MeasureValue>(
                           "MeasureValueService/UpdateMeasureValue",
                           "measure_value { name: 'measureValues/m1' value { value: '31' } }"));
  EXPECT_EQ(changed.value().value(), "31");
  EXPECT_THAT(performance_.Call<v1::MeasureValue>(
                  "MeasureValueService/UpdateMeasureValue",
                  "measure_value { name: 'measureValues/m1' subject: 'sellers/s2' } "
                  "update_mask { paths: 'subject' }"),
              StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(performance_.EventTypes(), ElementsAre("MeasureValueCreated", "MeasureValueUpdated"));
}

TEST_F(PerformanceMeasureValues, ASellerSeesOwnOnes) {
  ASSERT_OK(Create("m1", "sellers/s1", "28"));
  ASSERT_OK(Create("m3", "sellers/s3", "28"));
  ASSERT_OK_AND_ASSIGN(const auto listed,
                       performance_.Call<v1::ListMeasureValuesResponse>(
                           "MeasureValueService/ListMeasureValues",
                           "filter: 'measure = \"customer_satisfaction\" AND value < 30'", "s1"));
  ASSERT_EQ(listed.measure_values_size(), 1);
  EXPECT_EQ(listed.measure_values(0).name(), "measureValues/m1");
}

}  // namespace
}  // namespace salesops::performance
