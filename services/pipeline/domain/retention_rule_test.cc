#include "services/pipeline/domain/retention_rule.h"

#include "gtest/gtest.h"

namespace salesops::pipeline::domain {
namespace {

TEST(RetentionRule, DaysAreTwentyFourHoursLong) {
  RetentionRule rule;
  rule.keep_days = 30;
  EXPECT_EQ(DueBefore(rule, absl::FromUnixSeconds(1'772'442'000)),
            absl::FromUnixSeconds(1'772'442'000 - 30 * 86'400));
}

TEST(RetentionRule, AnotherRecordIsBegunIfThereIsTimeForTwo) {
  const absl::Time now = absl::FromUnixSeconds(1'772'442'000);
  EXPECT_TRUE(HasTimeForAnother(now + absl::Seconds(1), now, absl::ZeroDuration()));
  EXPECT_FALSE(HasTimeForAnother(now + absl::Milliseconds(500), now, absl::ZeroDuration()));
  EXPECT_TRUE(HasTimeForAnother(now + absl::Seconds(5), now, absl::Seconds(2)));
  EXPECT_FALSE(HasTimeForAnother(now + absl::Seconds(4), now, absl::Seconds(2)));
  EXPECT_TRUE(HasTimeForAnother(absl::InfiniteFuture(), now, absl::Seconds(2)));
}

}  // namespace
}  // namespace salesops::pipeline::domain
