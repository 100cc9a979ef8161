// kill -9 of a service at random points under load.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

TEST(KillTest, NothingAcknowledgedIsLostAndNothingIsHalfWritten) {
  const int rounds = FullRun() ? 30 : 5;
  Stack stack(Stack::Options{.gateway = false});
  auto organization = stack.OrganizationChannel();
  Writers writers(stack, {stack.PipelineChannel()}, 8);
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < rounds; ++round) {
    ASSERT_TRUE(writers.Progress(20)) << "round " << round;
    // Facts for the read model, so that some are under way when the process dies.
    for (int i = 0; i < 5; ++i) {
      CreateSeller(stack, *organization, absl::StrCat("s", round, "-", i));
    }
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(0, 400)(random)));
    stack.pipeline().Kill();
    stack.StartPipeline();
  }
  ASSERT_TRUE(writers.Progress(20));
  writers.Finish();

  // A process that is not there cannot answer; nothing else is wrong.
  for (const auto& [code, message] : writers.failures()) {
    EXPECT_EQ(code, absl::StatusCode::kUnavailable) << message;
  }
  ExpectEachWriteOnce(stack, writers);
  ExpectWholeEventLog(stack, "pipeline");
  ExpectWholeEventLog(stack, "organization");

  // The read model is what it would be if it were made anew.
  ASSERT_TRUE(RosterCaughtUp(stack));
  const std::vector<std::string> followed = RosterRows(stack);
  EXPECT_EQ(
      std::count_if(followed.begin(), followed.end(),
                    [](const std::string& row) { return row.rfind("roster_seller|", 0) == 0; }),
      rounds * 5 + 1);
  EXPECT_EQ(stack.StopPipeline(), 0);
  for (const std::string& table :
       stack.Rows("pipeline",
                  "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE"
                  " table_schema = DATABASE() AND table_name LIKE 'roster%'")) {
    stack.Execute("pipeline", "DELETE FROM " + table);
  }
  stack.Execute("pipeline", "DELETE FROM consumer_position");
  stack.StartPipeline();
  ASSERT_TRUE(RosterCaughtUp(stack));
  EXPECT_EQ(RosterRows(stack), followed);
}

}  // namespace
}  // namespace salesops::stack
