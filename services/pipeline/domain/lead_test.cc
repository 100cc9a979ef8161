#include "services/pipeline/domain/lead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Lead In(LeadState state) {
  Lead lead;
  lead.id = "7";
  lead.outcome.state = state;
  if (state == LeadState::kOpen) return lead;
  lead.outcome.reason = "then";
  lead.outcome.time = kNow - absl::Hours(1);
  if (state == LeadState::kQualified) lead.outcome.account_id = "old";
  return lead;
}

absl::Status QualifyNow(Lead& lead) { return Qualify(lead, "a", "c", "o", "why", kNow); }
absl::Status DisqualifyNow(Lead& lead) { return Disqualify(lead, "why", kNow); }

TEST(Leads, AnOpenOneIsQualifiedIntoWhatItNames) {
  Lead lead = In(LeadState::kOpen);
  ASSERT_TRUE(QualifyNow(lead).ok());
  EXPECT_EQ(lead.outcome.state, LeadState::kQualified);
  EXPECT_EQ(lead.outcome.account_id, "a");
  EXPECT_EQ(lead.outcome.contact_id, "c");
  EXPECT_EQ(lead.outcome.opportunity_id, "o");
  EXPECT_EQ(lead.outcome.reason, "why");
  EXPECT_EQ(lead.outcome.time, kNow);
}

TEST(Leads, ADisqualifiedOneIsOpenedAgainWithoutATrace) {
  Lead lead = In(LeadState::kOpen);
  ASSERT_TRUE(DisqualifyNow(lead).ok());
  EXPECT_EQ(lead.outcome.state, LeadState::kDisqualified);
  EXPECT_EQ(lead.outcome.reason, "why");
  EXPECT_EQ(lead.outcome.time, kNow);
  ASSERT_TRUE(Reopen(lead).ok());
  EXPECT_EQ(lead.outcome.state, LeadState::kOpen);
  EXPECT_EQ(lead.outcome.reason, "");
  EXPECT_EQ(lead.outcome.time, std::nullopt);
  EXPECT_TRUE(QualifyNow(lead).ok());
}

TEST(Leads, WhatIsNotAllowedIsRefusedWithItsReasonAndChangesNothing) {
  struct Case {
    LeadState state;
    std::function<absl::Status(Lead&)> verb;
    const char* reason;
  };
  const Case cases[] = {
      {LeadState::kQualified, QualifyNow, "NOT_OPEN"},
      {LeadState::kDisqualified, QualifyNow, "NOT_OPEN"},
      {LeadState::kQualified, DisqualifyNow, "NOT_OPEN"},
      {LeadState::kDisqualified, DisqualifyNow, "NOT_OPEN"},
      {LeadState::kOpen, Reopen, "ALREADY_OPEN"},
      {LeadState::kQualified, Reopen, "ALREADY_QUALIFIED"},
  };
  for (const Case& c : cases) {
    Lead lead = In(c.state);
    const absl::Status refused = c.verb(lead);
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status::Reason(refused), c.reason);
    EXPECT_EQ(lead.outcome.state, c.state);
    EXPECT_EQ(lead.outcome.reason, In(c.state).outcome.reason);
    EXPECT_EQ(lead.outcome.account_id, In(c.state).outcome.account_id);
  }
}

}  // namespace
}  // namespace salesops::pipeline::domain
