// Two replicas of pipeline under one host name, restarted in turn while clients call through the
// gateway.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/fault/load.h"
#include "tests/fault/private_hosts.h"
#include "tests/fault/readers.h"

namespace salesops::stack {
namespace {

constexpr char kHost[] = "pipeline.salesops.test";

TEST(RollingTest, NoCallFailsWhileReplicasRestartInTurn) {
  const PrivateHosts hosts({absl::StrCat("127.0.0.2 ", kHost), absl::StrCat("127.0.0.3 ", kHost)});
  if (!hosts.problem().empty()) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "CI must be able to run this: " << hosts.problem();
    GTEST_SKIP() << hosts.problem();
  }

  Stack stack(Stack::Options{.pipeline_addresses = {"127.0.0.2", "127.0.0.3"},
                             .pipeline_host = kHost,
                             .gateway_wrapper = hosts.wrapper()});
  // What a replica has logged is what it was asked.
  const auto served = [&](size_t replica) {
    return ReadFile(absl::StrCat(stack.folder(), "/pipeline", replica, ".log")).size();
  };
  const auto both_are_called = [&] {
    const size_t before[] = {served(0), served(1)};
    return Eventually(absl::Seconds(30),
                      [&] { return served(0) > before[0] + 2000 && served(1) > before[1] + 2000; });
  };
  Writers writers(stack, {stack.GatewayChannel(), stack.GatewayChannel()}, 6);
  Readers readers(stack.Http(), {"/pipeline/v1/opportunities?page_size=5"}, 2);
  ASSERT_TRUE(both_are_called());
  for (int round = 0; round < (FullRun() ? 10 : 1); ++round) {
    for (const size_t replica : {0, 1}) {
      EXPECT_EQ(stack.StopPipeline(replica), 0);
      stack.StartPipeline(replica);
      // As a deployment waits before it turns to the next.
      ASSERT_TRUE(both_are_called()) << "replica " << replica << " is not called again";
    }
  }
  writers.Finish();
  const std::vector<std::string> failures = readers.Finish();
  EXPECT_EQ(writers.failed_calls(), 0);
  for (const auto& [code, message] : writers.failures()) ADD_FAILURE() << message;
  EXPECT_TRUE(failures.empty()) << failures.size() << " of " << readers.calls() << ", such as "
                                << failures.front();
  ExpectEachWriteOnce(stack, writers);
}

}  // namespace
}  // namespace salesops::stack
