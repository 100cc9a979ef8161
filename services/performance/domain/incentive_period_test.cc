#include "services/performance/domain/incentive_period.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shared/testing/status_matchers.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using testing::HasReason;

IncentivePeriod Quarter() {
  IncentivePeriod period;
  period.plan_id = "sales";
  period.id = "q1";
  period.start_date = CivilDay(2026, 1, 1);
  period.end_date = CivilDay(2026, 4, 1);
  return period;
}

PeriodCalculation ByAlice() {
  PeriodCalculation calculation;
  calculation.run = 1;
  calculation.calculator = "user:alice";
  return calculation;
}

PeriodSignature Of(const std::string& signer) { return {signer, absl::UnixEpoch(), "seen"}; }

IncentivePeriod Calculated() {
  IncentivePeriod period = Quarter();
  EXPECT_OK(domain::Calculated(period, ByAlice()));
  return period;
}

TEST(IncentivePeriod, ThreePersonsLeadItToItsPayment) {
  IncentivePeriod period = Calculated();
  EXPECT_EQ(period.state, PeriodState::kCalculated);
  ASSERT_OK(Review(period, Of("user:bob")));
  EXPECT_EQ(period.state, PeriodState::kReviewed);
  ASSERT_OK(Approve(period, Of("user:carol")));
  EXPECT_EQ(period.state, PeriodState::kApproved);
  ASSERT_OK(Close(period, absl::UnixEpoch()));
  EXPECT_EQ(period.state, PeriodState::kClosed);
  ASSERT_OK(Pay(period, "run 7", absl::UnixEpoch()));
  EXPECT_EQ(period.state, PeriodState::kPaid);
  EXPECT_EQ(period.payment_reference, "run 7");
  ASSERT_OK(Pay(period, "run 8", absl::UnixEpoch()));
  EXPECT_EQ(period.payment_reference, "run 7") << "it is paid once";
}

TEST(IncentivePeriod, NobodyStandsForItTwice) {
  IncentivePeriod period = Calculated();
  EXPECT_THAT(Review(period, Of("user:alice")), HasReason("SELF_REVIEW"));
  ASSERT_OK(Review(period, Of("user:bob")));
  EXPECT_THAT(Approve(period, Of("user:alice")), HasReason("SELF_APPROVAL"));
  EXPECT_THAT(Approve(period, Of("user:bob")), HasReason("SAME_APPROVER"));
  EXPECT_EQ(period.state, PeriodState::kReviewed);
}

TEST(IncentivePeriod, NoStepIsLeftOut) {
  IncentivePeriod period = Quarter();
  EXPECT_THAT(Review(period, Of("user:bob")), HasReason("NOT_CALCULATED"));
  EXPECT_THAT(Approve(period, Of("user:bob")), HasReason("NOT_REVIEWED"));
  EXPECT_THAT(Close(period, absl::UnixEpoch()), HasReason("NOT_APPROVED"));
  EXPECT_THAT(Pay(period, "", absl::UnixEpoch()), HasReason("NOT_CLOSED"));
  EXPECT_THAT(Reopen(period, Of("user:bob")), HasReason("NOT_REVIEWED"));
}

TEST(IncentivePeriod, ReopeningTakesBackWhatWasSigned) {
  IncentivePeriod period = Calculated();
  ASSERT_OK(Review(period, Of("user:bob")));
  EXPECT_THAT(MayCalculate(period), HasReason("PERIOD_REVIEWED"));
  ASSERT_OK(Approve(period, Of("user:carol")));
  ASSERT_OK(Reopen(period, Of("user:dan")));
  EXPECT_EQ(period.state, PeriodState::kCalculated);
  EXPECT_FALSE(period.review);
  EXPECT_FALSE(period.approval);
  EXPECT_EQ(period.reopening->signer, "user:dan");
  EXPECT_OK(MayCalculate(period));
}

TEST(IncentivePeriod, NothingClosedIsCalculatedOrReopened) {
  IncentivePeriod period = Calculated();
  ASSERT_OK(Review(period, Of("user:bob")));
  ASSERT_OK(Approve(period, Of("user:carol")));
  ASSERT_OK(Close(period, absl::UnixEpoch()));
  EXPECT_THAT(domain::Calculated(period, ByAlice()), HasReason("PERIOD_REVIEWED"));
  EXPECT_THAT(Reopen(period, Of("user:dan")), HasReason("PERIOD_CLOSED"));
}

TEST(IncentivePeriod, DaysAreOfOnePeriodOnly) {
  const IncentivePeriod quarter = Quarter();
  IncentivePeriod other = Quarter();
  other.id = "other";
  other.start_date = CivilDay(2026, 3, 31);
  other.end_date = CivilDay(2026, 7, 1);
  EXPECT_EQ(FindOverlapping(other, {quarter})->id, "q1");
  EXPECT_EQ(FindOverlapping(quarter, {quarter}), nullptr) << "it is the same one";
  other.start_date = CivilDay(2026, 4, 1);
  EXPECT_EQ(FindOverlapping(other, {quarter}), nullptr);
}

TEST(IncentivePeriod, ItsDaysAreInOrderAndFew) {
  for (const CivilDay end : {CivilDay(2026, 1, 1), CivilDay(2027, 2, 6)}) {
    IncentivePeriod period = Quarter();
    period.end_date = end;
    base::Violations violations;
    CheckPeriod(period, &violations);
    ASSERT_EQ(violations.list().size(), 1u) << base::FormatDay(end);
    EXPECT_EQ(violations.list()[0].reason, "BAD_RANGE");
  }
  IncentivePeriod longest = Quarter();
  longest.end_date = CivilDay(2027, 2, 5);
  base::Violations violations;
  CheckPeriod(longest, &violations);
  EXPECT_TRUE(violations.list().empty());
}

}  // namespace
}  // namespace salesops::performance::domain
