// Two replicas number the facts of one log; one of them freezes.
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/time/clock.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

TEST(SequencerTest, EventsGoOnWhileAReplicaIsFrozenAndNoneIsLostAfterwards) {
  Stack stack(Stack::Options{.pipeline_addresses = {"127.0.0.2", "127.0.0.3"}, .gateway = false});
  Writers going(stack, {stack.PipelineChannel(0)}, 4);
  Writers freezing(stack, {stack.PipelineChannel(1)}, 4, absl::Seconds(5));
  const auto position = [&] { return stack.Number("pipeline", "SELECT position FROM event_head"); };
  for (int round = 0; round < (FullRun() ? 20 : 3); ++round) {
    ASSERT_TRUE(going.Progress(20));
    ASSERT_TRUE(freezing.Progress(20));
    stack.pipeline(1).Signal(SIGSTOP);
    // Facts that were committed after the freeze have their position within seconds, whatever the
    // frozen one holds: its session dies after 3 s.
    ASSERT_TRUE(going.Progress(20));
    const int64_t seq = stack.Number("pipeline", "SELECT MAX(seq) FROM outbox");
    const absl::Time since = absl::Now();
    EXPECT_TRUE(Eventually(
        absl::Seconds(10),
        [&] {
          return stack.Number("pipeline", "SELECT COUNT(*) FROM event_log WHERE outbox_seq >= " +
                                              std::to_string(seq)) > 0;
        }))
        << "round " << round << ", position " << position();
    RecordProperty("waited_ms", static_cast<int>(absl::ToInt64Milliseconds(absl::Now() - since)));
    stack.pipeline(1).Signal(SIGCONT);
  }
  ASSERT_TRUE(freezing.Progress(20)) << "the thawed replica works again";
  going.Finish();
  freezing.Finish();
  ExpectWholeEventLog(stack, "pipeline");
  EXPECT_EQ(stack.Number("pipeline", "SELECT COUNT(*) FROM opportunity"),
            static_cast<int64_t>(going.written().size() + freezing.written().size()));
}

}  // namespace
}  // namespace salesops::stack
