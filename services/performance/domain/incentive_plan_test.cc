#include "services/performance/domain/incentive_plan.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kMonday = absl::FromUnixSeconds(1'772'409'600);  // 2026-03-02T00:00:00Z
const absl::Time kTuesday = kMonday + absl::Hours(24);

const Finding kCliff{FindingKind::kCliff, false, "rules.components[0]", "20000 at 1000000"};
const Finding kFalls{FindingKind::kNonMonotone, true, "rules.components[1]", "pays less"};

IncentivePlanVersion Draft() {
  IncentivePlanVersion version;
  version.plan_id = "sales";
  version.id = "v1";
  version.start_date = base::CivilDay(2026, 4, 1);
  Begin(version, "user:alice");
  return version;
}

IncentivePlanVersion Linted(const std::vector<Finding>& findings = {}) {
  IncentivePlanVersion version = Draft();
  EXPECT_EQ(Lint(version, findings, kMonday), absl::OkStatus());
  return version;
}

absl::Status ApproveAs(IncentivePlanVersion& version, const std::string& person,
                       const std::vector<std::string>& acknowledged = {}) {
  return Approve(version, {person, kTuesday, "fine"}, acknowledged);
}

IncentivePlanVersion Approved() {
  IncentivePlanVersion version = Linted();
  EXPECT_EQ(ApproveAs(version, "user:bob"), absl::OkStatus());
  EXPECT_EQ(ApproveAs(version, "user:carol"), absl::OkStatus());
  return version;
}

IncentivePlanVersion Active() {
  IncentivePlanVersion version = Approved();
  EXPECT_EQ(Activate(version, kTuesday), absl::OkStatus());
  return version;
}

MATCHER_P(Refused, reason, "is refused for " + std::string(reason)) {
  return arg.code() == absl::StatusCode::kFailedPrecondition && status::Reason(arg) == reason;
}

TEST(IncentivePlanTest, GoesFromDraftToRetired) {
  IncentivePlanVersion version = Draft();
  EXPECT_EQ(version.state, PlanState::kDraft);
  ASSERT_EQ(Lint(version, {}, kMonday), absl::OkStatus());
  EXPECT_EQ(version.state, PlanState::kLinted);
  ASSERT_EQ(Simulate(version, kMonday), absl::OkStatus());
  EXPECT_EQ(version.state, PlanState::kSimulated);
  ASSERT_EQ(ApproveAs(version, "user:bob"), absl::OkStatus());
  EXPECT_EQ(version.state, PlanState::kSimulated) << "one approval is not enough";
  ASSERT_EQ(ApproveAs(version, "user:carol"), absl::OkStatus());
  EXPECT_EQ(version.state, PlanState::kApproved);
  ASSERT_EQ(Activate(version, kMonday), absl::OkStatus());
  EXPECT_EQ(version.state, PlanState::kActive);
  EXPECT_EQ(version.activate_time, kMonday);
  ASSERT_EQ(Retire(version, kTuesday), absl::OkStatus());
  EXPECT_EQ(version.state, PlanState::kRetired);
  EXPECT_EQ(version.retire_time, kTuesday);
}

TEST(IncentivePlanTest, SimulationIsOptional) { EXPECT_EQ(Approved().state, PlanState::kApproved); }

TEST(IncentivePlanTest, NoStepIsLeftOut) {
  IncentivePlanVersion version = Draft();
  EXPECT_THAT(ApproveAs(version, "user:bob"), Refused("NOT_LINTED"));
  EXPECT_THAT(Simulate(version, kMonday), Refused("NOT_LINTED"));
  EXPECT_THAT(Activate(version, kMonday), Refused("NOT_APPROVED"));
  EXPECT_THAT(Retire(version, kMonday), Refused("NOT_APPROVED"));
  version = Linted();
  EXPECT_THAT(Activate(version, kMonday), Refused("NOT_APPROVED"));
  ASSERT_EQ(ApproveAs(version, "user:bob"), absl::OkStatus());
  EXPECT_THAT(Activate(version, kMonday), Refused("NOT_APPROVED"));
}

TEST(IncentivePlanTest, NothingComesBack) {
  for (IncentivePlanVersion version : {Approved(), Active()}) {
    EXPECT_THAT(Lint(version, {}, kTuesday), Refused("VERSION_APPROVED"));
    EXPECT_THAT(Simulate(version, kTuesday), Refused("VERSION_APPROVED"));
    EXPECT_THAT(ApproveAs(version, "user:dora"), Refused("VERSION_APPROVED"));
  }
  IncentivePlanVersion retired = Approved();
  ASSERT_EQ(Retire(retired, kTuesday), absl::OkStatus());
  EXPECT_THAT(Activate(retired, kTuesday), Refused("RETIRED"));
}

TEST(IncentivePlanTest, WhatIsSoAlreadyStaysAsItIs) {
  IncentivePlanVersion version = Active();
  ASSERT_EQ(Activate(version, kTuesday + absl::Hours(1)), absl::OkStatus());
  EXPECT_EQ(version.activate_time, kTuesday);
  ASSERT_EQ(Retire(version, kTuesday), absl::OkStatus());
  ASSERT_EQ(Retire(version, kTuesday + absl::Hours(1)), absl::OkStatus());
  EXPECT_EQ(version.retire_time, kTuesday);
}

TEST(IncentivePlanTest, NoAuthorApproves) {
  IncentivePlanVersion version = Draft();
  Begin(version, "user:bob");
  EXPECT_THAT(version.authors, ElementsAre("user:alice", "user:bob"));
  ASSERT_EQ(Lint(version, {}, kMonday), absl::OkStatus());
  EXPECT_THAT(ApproveAs(version, "user:alice"), Refused("SELF_APPROVAL"));
  EXPECT_THAT(ApproveAs(version, "user:bob"), Refused("SELF_APPROVAL"));
  EXPECT_THAT(version.approvals, IsEmpty());
}

TEST(IncentivePlanTest, OnePersonIsNotTwo) {
  IncentivePlanVersion version = Linted();
  ASSERT_EQ(ApproveAs(version, "user:bob"), absl::OkStatus());
  EXPECT_THAT(ApproveAs(version, "user:bob"), Refused("SAME_APPROVER"));
  EXPECT_THAT(version.approvals, SizeIs(1));
}

TEST(IncentivePlanTest, EveryApproverHasSeenEveryFinding) {
  const Finding other{FindingKind::kGap, false, "rules.components[0]", "below 0.8"};
  IncentivePlanVersion version = Linted({kCliff, other});
  EXPECT_THAT(ApproveAs(version, "user:bob"), Refused("FINDINGS_NOT_ACKNOWLEDGED"));
  EXPECT_THAT(ApproveAs(version, "user:bob", {IdOf(kCliff)}), Refused("FINDINGS_NOT_ACKNOWLEDGED"));
  EXPECT_THAT(version.approvals, IsEmpty());
  ASSERT_EQ(ApproveAs(version, "user:bob", {IdOf(other), IdOf(kCliff)}), absl::OkStatus());
  EXPECT_THAT(ApproveAs(version, "user:carol"), Refused("FINDINGS_NOT_ACKNOWLEDGED"));
}

TEST(IncentivePlanTest, WhatBlocksKeepsItADraft) {
  IncentivePlanVersion version = Linted({kCliff, kFalls});
  EXPECT_EQ(version.state, PlanState::kDraft);
  EXPECT_THAT(version.findings, ElementsAre(kCliff, kFalls));
  const absl::Status refused = ApproveAs(version, "user:bob", {IdOf(kCliff), IdOf(kFalls)});
  EXPECT_THAT(refused, Refused("NOT_LINTED"));
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr(kFalls.message));
}

TEST(IncentivePlanTest, OnlyOtherFindingsTakeApprovals) {
  IncentivePlanVersion version = Linted({kCliff});
  ASSERT_EQ(Simulate(version, kMonday), absl::OkStatus());
  ASSERT_EQ(ApproveAs(version, "user:bob", {IdOf(kCliff)}), absl::OkStatus());
  ASSERT_EQ(Lint(version, {kCliff}, kTuesday), absl::OkStatus());
  EXPECT_THAT(version.approvals, SizeIs(1));
  EXPECT_EQ(version.state, PlanState::kSimulated);
  EXPECT_EQ(version.lint_time, kMonday);
  ASSERT_EQ(Lint(version, {}, kTuesday), absl::OkStatus());
  EXPECT_THAT(version.approvals, IsEmpty());
  EXPECT_EQ(version.state, PlanState::kLinted);
  EXPECT_EQ(version.lint_time, kTuesday);
  EXPECT_EQ(version.simulate_time, std::nullopt);
}

TEST(IncentivePlanTest, AChangeBeginsAnew) {
  IncentivePlanVersion version = Linted({kCliff});
  ASSERT_EQ(Simulate(version, kMonday), absl::OkStatus());
  ASSERT_EQ(ApproveAs(version, "user:bob", {IdOf(kCliff)}), absl::OkStatus());
  Begin(version, "user:alice");
  EXPECT_EQ(version.state, PlanState::kDraft);
  EXPECT_THAT(version.findings, IsEmpty());
  EXPECT_THAT(version.approvals, IsEmpty());
  EXPECT_EQ(version.lint_time, std::nullopt);
  EXPECT_EQ(version.simulate_time, std::nullopt);
  EXPECT_THAT(version.authors, ElementsAre("user:alice"));
  EXPECT_THAT(ApproveAs(version, "user:carol"), Refused("NOT_LINTED"));
}

TEST(IncentivePlanTest, TheIdOfAFindingIsThatOfAllItSays) {
  EXPECT_EQ(IdOf(kCliff), IdOf(Finding(kCliff)));
  EXPECT_THAT(IdOf(kCliff), SizeIs(16));
  std::vector<Finding> others(5, kCliff);
  others[0].kind = FindingKind::kGap;
  others[1].blocks = true;
  others[2].field += "0";
  others[3].message = "0 at 1000000";
  others[4].field += others[4].message;  // the same text, cut elsewhere
  others[4].message.clear();
  for (const Finding& other : others) EXPECT_NE(IdOf(other), IdOf(kCliff));
}

TEST(IncentivePlanTest, WhatItSaysIsNotWhatBecameOfIt) {
  EXPECT_TRUE(SaysTheSame(Draft(), Active()));
  IncentivePlanVersion other = Draft();
  other.rules.prorate = false;
  EXPECT_FALSE(SaysTheSame(Draft(), other));
  other = Draft();
  other.start_date += 1;
  EXPECT_FALSE(SaysTheSame(Draft(), other));
  KeepLife(Active(), &other);
  EXPECT_EQ(other.state, PlanState::kActive);
  EXPECT_THAT(other.approvals, SizeIs(2));
  EXPECT_FALSE(SaysTheSame(Draft(), other));
}

}  // namespace
}  // namespace salesops::performance::domain
