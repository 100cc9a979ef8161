// Incentive plans: versions from draft to retired, who may approve them, what is refused, and what
// the standard methods do with rules.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/performance/v1/incentive_plan.pb.h"
#include "services/performance/store/incentive_plan_store.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/performance_server.h"

namespace salesops::performance {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::HasReason;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;
using Version = v1::IncentivePlanVersion;

const char kV1[] = "incentivePlans/sales/versions/v1";

// A commission on bookings with one table of the given tiers, "from:rate,from:rate".
std::string Commission(const std::string& id, const std::string& method,
                       const std::vector<std::pair<std::string, std::string>>& tiers) {
  std::string text = absl::StrCat("components { id: '", id, "' display_name: '", id,
                                  "' commission { measure { measure: MEASURE_BOOKINGS } "
                                  "per: PER_PERIOD rules { id: 'all' table { method: ",
                                  method, " basis: BASIS_AMOUNT ");
  for (const auto& [from, rate] : tiers) {
    absl::StrAppend(&text, "tiers { from { value: '", from, "' } rate { value: '", rate, "' } } ");
  }
  return text + "} } } } ";
}

std::string Rules(const std::string& components,
                  const std::string& calendar = "fiscalCalendars/gregorian") {
  return absl::StrCat("rules { currency_code: 'CNY' fiscal_calendar: '", calendar,
                      "' level: PERIOD_LEVEL_QUARTER rate_date: RATE_DATE_FACT_DATE ", components,
                      "} ");
}

// Nothing is found in it.
std::string Sound(const std::string& rate = "0.05") {
  return Rules(Commission("bookings", "METHOD_MARGINAL", {{"0", rate}}));
}
// At a million 3 % of all become 5 % of all: a cliff, which does not block.
std::string WithCliff() {
  return Rules(Commission("bookings", "METHOD_WHOLE", {{"0", "0.03"}, {"1000000", "0.05"}}));
}
// At a million 5 % of all become 3 % of all: who sells more gets less, which blocks.
std::string Falling() {
  return Rules(Commission("bookings", "METHOD_WHOLE", {{"0", "0.05"}, {"1000000", "0.03"}}));
}

std::string Starting(int year, int month, int day) {
  return absl::StrCat("start_date { year: ", year, " month: ", month, " day: ", day, " } ");
}

class PerformancePlans : public PerformanceServerTest {
 protected:
  PerformancePlans() {
    const auto plan = performance_.Call<v1::IncentivePlan>(
        "IncentivePlanService/CreateIncentivePlan",
        "incentive_plan_id: 'sales' incentive_plan { display_name: 'Sales' }");
    EXPECT_OK(plan);
  }

  absl::StatusOr<Version> Create(const std::string& id, const std::string& fields,
                                 const std::string& user = "alice") {
    return performance_.Call<Version>(
        "IncentivePlanService/CreateIncentivePlanVersion",
        absl::StrCat("parent: 'incentivePlans/sales' incentive_plan_version_id: '", id,
                     "' incentive_plan_version { ", fields, " }"),
        user);
  }
  absl::StatusOr<Version> Update(const std::string& fields, const std::string& user = "alice") {
    return performance_.Call<Version>(
        "IncentivePlanService/UpdateIncentivePlanVersion",
        absl::StrCat("incentive_plan_version { name: '", kV1, "' ", fields, " }"), user);
  }
  absl::StatusOr<Version> Do(const std::string& verb, const std::string& user = "alice",
                             const std::string& more = "", const std::string& id = "v1") {
    return performance_.Call<Version>(
        absl::StrCat("IncentivePlanService/", verb, "IncentivePlanVersion"),
        absl::StrCat("name: 'incentivePlans/sales/versions/", id, "' ", more), user);
  }
  absl::StatusOr<Version> Get() { return Do("Get"); }

  // Makes a version by alice that bob and carol approved.
  void MakeApproved(const std::string& id, const std::string& start) {
    ASSERT_OK(Create(id, start + Sound()));
    ASSERT_OK(Do("Lint", "alice", "", id));
    ASSERT_OK(Do("Approve", "bob", "", id));
    ASSERT_OK(Do("Approve", "carol", "", id));
  }

  std::string InForceOn(base::CivilDay day) {
    const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
    const auto version = performance_.database().Read(
        soon, [&](mysql::Connection& c) { return store::VersionInForce(c, "sales", day); });
    EXPECT_OK(version);
    if (!version.ok() || !*version) return "";
    return (*version)->id;
  }
};

template <class T>
std::vector<std::string> IdsOf(const T& findings) {
  std::vector<std::string> ids;
  for (const v1::PlanFinding& finding : findings) ids.push_back(finding.id());
  return ids;
}

std::string Acknowledging(const Version& version) {
  std::string text;
  for (const std::string& id : IdsOf(version.findings())) {
    absl::StrAppend(&text, "acknowledged_findings: '", id, "' ");
  }
  return text;
}

TEST_F(PerformancePlans, AVersionGoesFromDraftToRetired) {
  ASSERT_OK_AND_ASSIGN(const Version draft, Create("v1", Starting(2026, 4, 1) + Sound()));
  EXPECT_THAT(draft, PartlyEqualsProto("name: 'incentivePlans/sales/versions/v1' state: "
                                       "STATE_DRAFT authors: 'user:alice' etag: '1'"));
  ASSERT_OK_AND_ASSIGN(const Version linted, Do("Lint"));
  EXPECT_EQ(linted.state(), Version::STATE_LINTED);
  EXPECT_TRUE(linted.has_lint_time());
  EXPECT_THAT(linted.findings(), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const Version once, Do("Approve", "bob", "note: 'as agreed'"));
  EXPECT_EQ(once.state(), Version::STATE_LINTED);
  EXPECT_THAT(once, PartlyEqualsProto("approvals { approver: 'user:bob' note: 'as agreed' }"));
  ASSERT_OK_AND_ASSIGN(const Version twice, Do("Approve", "carol"));
  EXPECT_EQ(twice.state(), Version::STATE_APPROVED);
  ASSERT_OK_AND_ASSIGN(const Version active, Do("Activate"));
  EXPECT_EQ(active.state(), Version::STATE_ACTIVE);
  EXPECT_TRUE(active.has_activate_time());
  ASSERT_OK_AND_ASSIGN(const Version again, Do("Activate"));
  EXPECT_EQ(again.etag(), active.etag()) << "it is active already";
  ASSERT_OK_AND_ASSIGN(const Version retired, Do("Retire"));
  EXPECT_EQ(retired.state(), Version::STATE_RETIRED);
  EXPECT_THAT(Do("Activate"), HasReason("RETIRED"));
  EXPECT_THAT(performance_.EventTypes(),
              ElementsAre("IncentivePlanCreated", "IncentivePlanVersionCreated",
                          "IncentivePlanVersionLinted", "IncentivePlanVersionApproved",
                          "IncentivePlanVersionApproved", "IncentivePlanVersionActivated",
                          "IncentivePlanVersionRetired"));
}

TEST_F(PerformancePlans, NoStepIsLeftOut) {
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + Sound()));
  EXPECT_THAT(Do("Approve", "bob"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("NOT_LINTED")));
  EXPECT_THAT(Do("Activate"), HasReason("NOT_APPROVED"));
  EXPECT_THAT(Do("Retire"), HasReason("NOT_APPROVED"));
  ASSERT_OK(Do("Lint"));
  ASSERT_OK(Do("Approve", "bob"));
  EXPECT_THAT(Do("Activate"), HasReason("NOT_APPROVED"));
}

TEST_F(PerformancePlans, TwoPersonsWhoDidNotWriteItApproveIt) {
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + Sound()));
  ASSERT_OK(Update("description: 'mine too'", "bob"));
  ASSERT_OK(Do("Lint"));
  EXPECT_THAT(Do("Approve", "alice"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("SELF_APPROVAL")));
  EXPECT_THAT(Do("Approve", "bob"), HasReason("SELF_APPROVAL"));
  ASSERT_OK(Do("Approve", "carol"));
  EXPECT_THAT(Do("Approve", "carol"), HasReason("SAME_APPROVER"));
  ASSERT_OK_AND_ASSIGN(const Version approved, Do("Approve", "dora"));
  EXPECT_THAT(approved, PartlyEqualsProto("state: STATE_APPROVED authors: 'user:alice' authors: "
                                          "'user:bob'"));
  EXPECT_THAT(Do("Approve", "eve"), HasReason("VERSION_APPROVED"));
}

TEST_F(PerformancePlans, ARetriedApprovalIsOneApproval) {
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + Sound()));
  ASSERT_OK(Do("Lint"));
  const std::string id = "request_id: '11111111-2222-3333-4444-555555555555'";
  ASSERT_OK(Do("Approve", "bob", id));
  ASSERT_OK_AND_ASSIGN(const Version again, Do("Approve", "bob", id));
  EXPECT_THAT(again.approvals(), SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const Version tried, Do("Approve", "carol", "validate_only: true"));
  EXPECT_EQ(tried.state(), Version::STATE_APPROVED);
  ASSERT_OK_AND_ASSIGN(const Version stored, Get());
  EXPECT_EQ(stored.state(), Version::STATE_LINTED);
  EXPECT_THAT(Do("Approve", "carol", "etag: '1'"), HasReason("ETAG_MISMATCH"));
}

TEST_F(PerformancePlans, WhoeverApprovesNamesEveryFinding) {
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + WithCliff()));
  ASSERT_OK_AND_ASSIGN(const Version linted, Do("Lint"));
  EXPECT_EQ(linted.state(), Version::STATE_LINTED);
  std::vector<v1::PlanFinding::Kind> kinds;
  for (const v1::PlanFinding& finding : linted.findings()) {
    kinds.push_back(finding.kind());
    EXPECT_FALSE(finding.blocks()) << finding.message();
  }
  EXPECT_THAT(kinds, Contains(v1::PlanFinding::KIND_CLIFF));
  EXPECT_THAT(Do("Approve", "bob"), AllOf(StatusIs(StatusCode::kFailedPrecondition),
                                          HasReason("FINDINGS_NOT_ACKNOWLEDGED")));
  EXPECT_THAT(Do("Approve", "bob", "acknowledged_findings: '0123456789abcdef'"),
              HasReason("FINDINGS_NOT_ACKNOWLEDGED"));
  ASSERT_OK(Do("Approve", "bob", Acknowledging(linted)));
  EXPECT_THAT(Do("Approve", "carol"), HasReason("FINDINGS_NOT_ACKNOWLEDGED"));
  ASSERT_OK_AND_ASSIGN(const Version approved, Do("Approve", "carol", Acknowledging(linted)));
  EXPECT_EQ(approved.state(), Version::STATE_APPROVED);
}

TEST_F(PerformancePlans, WhatBlocksKeepsItADraft) {
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + Falling()));
  ASSERT_OK_AND_ASSIGN(const Version linted, Do("Lint"));
  EXPECT_EQ(linted.state(), Version::STATE_DRAFT);
  const auto& findings = linted.findings();
  EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const v1::PlanFinding& finding) {
    return finding.kind() == v1::PlanFinding::KIND_NON_MONOTONE && finding.blocks() &&
           finding.field().rfind("rules.components[0].commission", 0) == 0;
  })) << linted.DebugString();
  EXPECT_THAT(Do("Approve", "bob", Acknowledging(linted)), HasReason("NOT_LINTED"));
  ASSERT_OK_AND_ASSIGN(const Version mended, Update(Sound()));
  EXPECT_THAT(mended.findings(), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const Version again, Do("Lint"));
  EXPECT_EQ(again.state(), Version::STATE_LINTED);
}

TEST_F(PerformancePlans, APlanWithoutACalendarIsNotLinted) {
  ASSERT_OK(
      Create("v1", Starting(2026, 4, 1) +
                       Rules(Commission("bookings", "METHOD_MARGINAL", {{"0", "0.05"}}), "")));
  ASSERT_OK_AND_ASSIGN(const Version linted, Do("Lint"));
  EXPECT_EQ(linted.state(), Version::STATE_DRAFT);
  ASSERT_THAT(linted.findings(), SizeIs(1));
  EXPECT_THAT(linted.findings(0), PartlyEqualsProto("kind: KIND_MISSING_CALENDAR blocks: true "
                                                    "field: 'rules.fiscal_calendar'"));
}

TEST_F(PerformancePlans, AChangeMakesItADraftAgain) {
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + WithCliff()));
  ASSERT_OK_AND_ASSIGN(const Version linted, Do("Lint"));
  ASSERT_OK(Do("Approve", "bob", Acknowledging(linted)));
  ASSERT_OK_AND_ASSIGN(const Version changed, Update("description: 'mended'", "dora"));
  EXPECT_EQ(changed.state(), Version::STATE_DRAFT);
  EXPECT_THAT(changed.approvals(), IsEmpty());
  EXPECT_THAT(changed.findings(), IsEmpty());
  EXPECT_FALSE(changed.has_lint_time());
  EXPECT_THAT(changed, PartlyEqualsProto("authors: 'user:alice' authors: 'user:dora'"));
}

TEST_F(PerformancePlans, FromItsApprovalOnNothingChangesIt) {
  MakeApproved("v1", Starting(2026, 4, 1));
  ASSERT_OK_AND_ASSIGN(const Version approved, Get());
  for (const std::string& fields :
       {Sound("0.06"), Starting(2026, 7, 1), std::string("description: 'later'"),
        std::string("external_keys { source: 'hr' key: '1' }")}) {
    EXPECT_THAT(Update(fields),
                AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("VERSION_APPROVED")))
        << fields;
  }
  EXPECT_THAT(Do("Lint"), HasReason("VERSION_APPROVED"));
  ASSERT_OK_AND_ASSIGN(const Version same, Update(Sound()));
  EXPECT_EQ(same.etag(), approved.etag()) << "it says so already";
}

TEST_F(PerformancePlans, OnEachDayTheActiveVersionHoldsThatBeganLast) {
  MakeApproved("v1", Starting(2026, 4, 1));
  MakeApproved("v2", Starting(2026, 7, 1));
  EXPECT_EQ(InForceOn(base::CivilDay(2026, 8, 1)), "") << "neither is active";
  ASSERT_OK(Do("Activate", "alice", "", "v1"));
  ASSERT_OK(Do("Activate", "alice", "", "v2"));
  EXPECT_EQ(InForceOn(base::CivilDay(2026, 3, 31)), "");
  EXPECT_EQ(InForceOn(base::CivilDay(2026, 4, 1)), "v1");
  EXPECT_EQ(InForceOn(base::CivilDay(2026, 6, 30)), "v1");
  EXPECT_EQ(InForceOn(base::CivilDay(2026, 7, 1)), "v2");
  ASSERT_OK(Do("Retire", "alice", "", "v2"));
  EXPECT_EQ(InForceOn(base::CivilDay(2026, 7, 1)), "v1");
}

TEST_F(PerformancePlans, NoTwoActiveVersionsBeginOnOneDay) {
  MakeApproved("v1", Starting(2026, 4, 1));
  MakeApproved("v2", Starting(2026, 4, 1));
  ASSERT_OK(Do("Activate", "alice", "", "v1"));
  EXPECT_THAT(Do("Activate", "alice", "", "v2"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("START_DATE_TAKEN")));
  ASSERT_OK(Do("Retire", "alice", "", "v1"));
  ASSERT_OK(Do("Activate", "alice", "", "v2"));
}

TEST_F(PerformancePlans, AnActiveVersionIsNotArchived) {
  MakeApproved("v1", Starting(2026, 4, 1));
  ASSERT_OK(Do("Activate"));
  EXPECT_THAT(Do("Archive"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("VERSION_ACTIVE")));
  ASSERT_OK(Do("Retire"));
  ASSERT_OK(Do("Archive"));
  ASSERT_OK(Do("Unarchive"));
}

TEST_F(PerformancePlans, AnArchivedPlanGetsNothingNew) {
  MakeApproved("v1", Starting(2026, 4, 1));
  ASSERT_OK(performance_.Call<v1::IncentivePlan>("IncentivePlanService/ArchiveIncentivePlan",
                                                 "name: 'incentivePlans/sales'"));
  EXPECT_THAT(Do("Activate"), HasReason("ARCHIVED"));
  EXPECT_THAT(Create("v2", Starting(2026, 7, 1) + Sound()), HasReason("ARCHIVED"));
  EXPECT_THAT(performance_.Call<Version>("IncentivePlanService/CreateIncentivePlanVersion",
                                         "parent: 'incentivePlans/none' incentive_plan_version { " +
                                             Starting(2026, 7, 1) + Sound() + " }"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(PerformancePlans, EveryFaultOfADraftIsToldWithItsField) {
  std::string twice = Commission("a", "METHOD_MARGINAL", {{"0", "0.05"}});
  twice += twice;
  EXPECT_THAT(Create("v1", Starting(2026, 4, 1) +
                               absl::StrCat("rules { currency_code: 'QQQ' level: "
                                            "PERIOD_LEVEL_QUARTER rate_date: RATE_DATE_FACT_DATE ",
                                            twice, "}")),
              AllOf(HasViolation("incentive_plan_version.rules.currency_code", "UNKNOWN_CURRENCY"),
                    HasViolation("incentive_plan_version.rules.components[1].id", "NOT_UNIQUE")));
  EXPECT_THAT(
      Create("v1", Starting(2026, 4, 1) +
                       Rules("components { id: 'Bad Id' display_name: 'x' team_pool { measure { "
                             "measure: MEASURE_BOOKINGS } rate { value: '-1' } } }")),
      AllOf(
          HasViolation("incentive_plan_version.rules.components[0].id", "PATTERN"),
          HasViolation("incentive_plan_version.rules.components[0].team_pool.rate", "OUT_OF_RANGE"),
          HasViolation("incentive_plan_version.rules.components[0].team_pool.share", "REQUIRED")));
  EXPECT_EQ(performance_.Count("incentive_plan_version"), 0);
}

TEST_F(PerformancePlans, EveryPartOfARuleComesBackAsItWas) {
  const std::string measure = "measure { measure: MEASURE_BOOKINGS } ";
  const std::string match =
      "match { products: 'products/p' product_categories: '硬件' accounts: 'accounts/a' "
      "attribute: 'grade' attribute_values: 'A' discount_from { value: '0' } "
      "discount_to { value: '0.2' } } ";
  const std::string rules = absl::StrCat(
      "rules { currency_code: 'CNY' fiscal_calendar: 'fiscalCalendars/gregorian' "
      "level: PERIOD_LEVEL_HALF rate_date: RATE_DATE_PERIOD_END "
      "components { id: 'c' display_name: 'C' commission { ",
      measure,
      "per: PER_ORDER rules { id: 'all' table { method: METHOD_MARGINAL basis: BASIS_AMOUNT "
      "tiers { from { value: '0' } rate { value: '0.01' } } "
      "tiers { from { value: '1.05' } rate { value: '0.0333333333' } } } } "
      "rules { id: 'some' ",
      match,
      "table { method: METHOD_WHOLE basis: BASIS_AMOUNT "
      "tiers { from { value: '0' } rate { value: '0.02' } } } } } "
      "multipliers { id: 'm' measure { measure: MEASURE_IMPORTED imported_measure: "
      "'satisfaction' } steps { from { value: '30' } factor { value: '1' } } "
      "neutral_without: true } cap { value: '5000' } floor { value: '1' } } "
      "components { id: 'q' display_name: 'Q' quota_bonus { ",
      measure,
      "target_amount { value: '2000' } shape: SHAPE_STEPS "
      "points { attainment { value: '0.8' } payout { value: '0.5' } } } } "
      "components { id: 's' display_name: 'S' spiff { ",
      measure, match,
      "amount { value: '50' } } } "
      "components { id: 'k' display_name: 'K' contest { ",
      measure,
      "awards { value: '300' } awards { value: '100' } minimum { value: '10' } "
      "ties: TIES_ALL_GET_BEST } } "
      "components { id: 'o' display_name: 'O' override { ",
      measure,
      "rate { value: '0.01' } levels: 2 subtract_lower: true } } "
      "components { id: 't' display_name: 'T' team_pool { ",
      measure,
      "rate { value: '0.02' } share: SHARE_BY_MEASURE } } "
      "cap { value: '90000' } floor { value: '3000' } "
      "draw { amount { value: '2000' } recoverable: true recovery_limit { value: '0.5' } } "
      "clawback { on_credit_note: false on_cancellation: true unpaid_after_days: 90 "
      "leaver_within_days: 180 } prorate: false } ");
  ASSERT_OK_AND_ASSIGN(const Version made, Create("v1", Starting(2026, 4, 1) + rules));
  EXPECT_THAT(made, PartlyEqualsProto(rules));
  ASSERT_OK_AND_ASSIGN(const Version read, Get());
  EXPECT_THAT(read, testing::EqualsProto(made));
}

TEST_F(PerformancePlans, WhatIsLeftOutHasItsDefault) {
  ASSERT_OK_AND_ASSIGN(const Version made, Create("v1", Starting(2026, 4, 1) + Sound()));
  EXPECT_THAT(made.rules(), PartlyEqualsProto("prorate: true clawback { on_credit_note: true "
                                              "on_cancellation: true }"));
}

TEST_F(PerformancePlans, OnlyTheFullScopeWrites) {
  EXPECT_THAT(Create("v1", Starting(2026, 4, 1) + Sound(), "s1"),
              StatusIs(StatusCode::kPermissionDenied));
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + Sound()));
  EXPECT_THAT(Do("Lint", "boss"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Do("Approve", "boss"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_OK(Do("Get", "s1"));
}

TEST_F(PerformancePlans, ListsFilterByStateAndStart) {
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + Sound()));
  ASSERT_OK(Create("v2", Starting(2026, 7, 1) + Sound()));
  ASSERT_OK(Create("v3", Starting(2026, 10, 1) + Sound()));
  ASSERT_OK(Do("Lint", "alice", "", "v2"));
  ASSERT_OK(Do("Lint", "alice", "", "v3"));
  ASSERT_OK_AND_ASSIGN(const auto page,
                       performance_.Call<v1::ListIncentivePlanVersionsResponse>(
                           "IncentivePlanService/ListIncentivePlanVersions",
                           "parent: 'incentivePlans/sales' filter: 'state = STATE_LINTED' "
                           "order_by: 'start_date desc' page_size: 1"));
  ASSERT_THAT(page.incentive_plan_versions(), SizeIs(1));
  EXPECT_EQ(page.incentive_plan_versions(0).name(), "incentivePlans/sales/versions/v3");
  ASSERT_OK_AND_ASSIGN(const auto rest,
                       performance_.Call<v1::ListIncentivePlanVersionsResponse>(
                           "IncentivePlanService/ListIncentivePlanVersions",
                           "parent: 'incentivePlans/sales' filter: 'state = STATE_LINTED' "
                           "order_by: 'start_date desc' page_size: 1 page_token: '" +
                               page.next_page_token() + "'"));
  ASSERT_THAT(rest.incentive_plan_versions(), SizeIs(1));
  EXPECT_EQ(rest.incentive_plan_versions(0).name(), "incentivePlans/sales/versions/v2");
  EXPECT_EQ(rest.next_page_token(), "");
}

TEST_F(PerformancePlans, WhatWasKnownThenAndEveryRevisionAreKept) {
  ASSERT_OK(Create("v1", Starting(2026, 4, 1) + Sound()));
  const std::string then = performance_.Now();
  ASSERT_OK(Update(Sound("0.06"), "dora"));
  ASSERT_OK_AND_ASSIGN(const Version before,
                       Do("Get", "admin", absl::StrCat("as_of_time { ", then, " }")));
  EXPECT_THAT(before, PartlyEqualsProto(Sound("0.05")));
  ASSERT_OK_AND_ASSIGN(const auto revisions,
                       performance_.Call<v1::ListIncentivePlanVersionRevisionsResponse>(
                           "IncentivePlanService/ListIncentivePlanVersionRevisions",
                           absl::StrCat("name: '", kV1, "'")));
  ASSERT_THAT(revisions.revisions(), SizeIs(2));
  EXPECT_THAT(revisions.revisions(0),
              PartlyEqualsProto("actor: 'user:dora' verb: 'Updated' changed { paths: 'authors' "
                                "paths: 'rules' }"));
}

TEST_F(PerformancePlans, AnImportedVersionIsADraftWhateverItWas) {
  const std::string row = absl::StrCat(
      "batch { rows { row_number: 1 incentive_plan_version { name: '", kV1,
      "' state: STATE_ACTIVE authors: 'user:nobody' approvals { approver: 'user:nobody' } ",
      Starting(2026, 4, 1), Sound(), " } } }");
  const auto import = [&](const std::string& batch) {
    const auto replies = performance_.Import("IncentivePlanService/ImportIncentivePlanVersions",
                                             {"options { source: 'other' }", batch});
    EXPECT_OK(replies);
    return static_cast<const v1::ImportIncentivePlanVersionsResponse&>(*replies->back());
  };
  EXPECT_EQ(import(row).created_count(), 1);
  ASSERT_OK_AND_ASSIGN(const Version made, Get());
  EXPECT_EQ(made.state(), Version::STATE_DRAFT);
  EXPECT_THAT(made, PartlyEqualsProto("authors: 'user:admin'"));
  EXPECT_THAT(made.approvals(), IsEmpty());
  EXPECT_EQ(import(row).unchanged_count(), 1);

  const std::string changed =
      absl::StrCat("batch { rows { row_number: 2 incentive_plan_version { name: '", kV1,
                   "' state: STATE_ACTIVE ", Starting(2026, 4, 1), Sound("0.07"), " } } }");
  EXPECT_EQ(import(changed).updated_count(), 1);
  ASSERT_OK_AND_ASSIGN(const Version draft, Get());
  EXPECT_EQ(draft.state(), Version::STATE_DRAFT);
  ASSERT_OK(Do("Lint"));
  ASSERT_OK(Do("Approve", "bob"));
  ASSERT_OK(Do("Approve", "carol"));
  const auto refused =
      import(absl::StrCat("batch { rows { row_number: 3 incentive_plan_version { name: '", kV1,
                          "' ", Starting(2026, 4, 1), Sound("0.08"), " } } }"));
  ASSERT_THAT(refused.failures(), SizeIs(1));
  EXPECT_EQ(refused.failures(0).reason(), "VERSION_APPROVED");
}

TEST_F(PerformancePlans, PlansAreExportedAndImportedByTheirKeys) {
  const std::string rows =
      "batch { rows { row_number: 1 incentive_plan { display_name: 'Renewals' external_keys { "
      "source: 'hr' key: '1' } } } rows { row_number: 2 incentive_plan { external_keys { source: "
      "'hr' key: '2' } } } }";
  for (const char* expected : {"created_count: 1 failed_count: 1 failures { row_number: 2 field: "
                               "'incentive_plan.display_name' reason: 'REQUIRED' }",
                               "unchanged_count: 1 failed_count: 1"}) {
    const auto replies = performance_.Import("IncentivePlanService/ImportIncentivePlans",
                                             {"options { source: 'hr' }", rows});
    ASSERT_OK(replies);
    EXPECT_THAT(static_cast<const v1::ImportIncentivePlansResponse&>(*replies->back()),
                PartlyEqualsProto(expected));
  }
  ASSERT_OK_AND_ASSIGN(
      const auto parts,
      performance_.Export("IncentivePlanService/ExportIncentivePlans", "order_by: 'display_name'"));
  std::vector<std::string> names;
  for (const auto& part : parts) {
    const auto& plans = static_cast<const v1::ExportIncentivePlansResponse&>(*part);
    for (const v1::IncentivePlan& plan : plans.incentive_plans()) {
      names.push_back(plan.display_name());
    }
  }
  EXPECT_THAT(names, ElementsAre("Renewals", "Sales"));
}

}  // namespace
}  // namespace salesops::performance
