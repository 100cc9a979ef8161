// The database stops, loses connections and loses answers under load; the services stay.
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/mysql/tcp_proxy.h"
#include "shared/status/status.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

void ExpectOnlyUnavailable(const Writers& writers) {
  for (const auto& [code, message] : writers.failures()) {
    EXPECT_EQ(code, absl::StatusCode::kUnavailable) << message;
  }
}

class DatabaseFaultTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  OwnDatabaseServer server_{folder_.path()};
};

TEST_F(DatabaseFaultTest, ServicesOutliveItsStopAndItsDeath) {
  Stack stack(Stack::Options{.server = &server_, .gateway = false});
  Writers writers(stack, {stack.PipelineChannel()}, 8);
  ASSERT_TRUE(writers.Progress(20));
  for (const bool violently : {false, true}) {
    violently ? server_.Kill() : server_.Stop();
    const int64_t failed = writers.failed_calls();
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return writers.failed_calls() > failed; }));
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return !stack.PipelineReady(); }));
    server_.Start();
    EXPECT_TRUE(writers.Progress(20)) << "after " << (violently ? "kill" : "stop");
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return stack.PipelineReady(); }));
  }
  writers.Finish();
  EXPECT_TRUE(stack.pipeline().Running());
  EXPECT_TRUE(stack.organization().Running());
  ExpectOnlyUnavailable(writers);
  ExpectEachWriteOnce(stack, writers);
  ExpectWholeEventLog(stack, "pipeline");
  // Following organization went on by itself too.
  CreateSeller(stack, *stack.OrganizationChannel(), "after");
  EXPECT_TRUE(RosterCaughtUp(stack));
}

TEST_F(DatabaseFaultTest, ALostAnswerToCommitIsNeitherSuccessNorFailureAndARetryDecides) {
  mysql::TcpProxy proxy(server_.options().port);
  Stack stack(
      Stack::Options{.server = &server_, .pipeline_database_port = proxy.port(), .gateway = false});
  MakeReadyForDeals(stack);
  auto channel = stack.PipelineChannel();
  int unknown = 0;
  // Background work commits too, and may be the one whose answer is lost.
  for (int i = 0; i < 30 && unknown < 3; ++i) {
    const auto create = NewDeal(absl::StrCat("deal ", i));
    const auto send = [&] {
      return rpc::CallUnary<pipeline::v1::Opportunity>(
          *channel, "/salesops.pipeline.v1.OpportunityService/CreateOpportunity", create,
          stack.AsAdmin());
    };
    ExpectWholeEventLog(stack, "pipeline");
    proxy.LoseAnswerTo("COMMIT");
    auto first = send();
    if (!first.ok()) {
      EXPECT_EQ(first.status().code(), absl::StatusCode::kUnavailable) << first.status();
      unknown += status::Reason(first.status()) == "COMMIT_UNKNOWN" ? 1 : 0;
    }
    proxy.LoseAnswerTo("");
    const auto second = send();
    ASSERT_TRUE(second.ok()) << second.status();
    const auto third = send();
    ASSERT_TRUE(third.ok()) << third.status();
    EXPECT_EQ(second->name(), third->name());
    EXPECT_EQ(stack.Number("pipeline",
                           absl::StrCat("SELECT COUNT(*) FROM opportunity WHERE display_name ="
                                        " 'deal ",
                                        i, "'")),
              1);
  }
  EXPECT_GE(unknown, 1) << "no answer to a COMMIT of a call was lost";
  ExpectWholeEventLog(stack, "pipeline");
}

// The ids of a service's database sessions. MySQL's list of processes fails while a statement with
// bytes in it runs, and MariaDB's table of threads is off by default.
std::vector<std::string> SessionsOf(Stack& stack, const std::string& service) {
  const bool mariadb = absl::StrContains(stack.Rows(service, "SELECT VERSION()").at(0), "MariaDB");
  return stack.Rows(
      service, absl::StrCat(mariadb ? "SELECT CAST(id AS CHAR) FROM information_schema.processlist"
                                      " WHERE user = '"
                                    : "SELECT CAST(processlist_id AS CHAR) FROM"
                                      " performance_schema.threads WHERE processlist_user = '",
                            stack.SchemaName(service), "' LIMIT 1000"));
}

TEST(ConnectionFaultTest, KilledConnectionsAreReplaced) {
  Stack stack(Stack::Options{.gateway = false});
  Writers writers(stack, {stack.PipelineChannel()}, 8);
  for (int round = 0; round < (FullRun() ? 50 : 8); ++round) {
    ASSERT_TRUE(writers.Progress(10)) << "round " << round;
    for (const std::string& id : SessionsOf(stack, "pipeline")) {
      // It may have gone by itself meanwhile.
      const auto killed =
          stack.Schema("pipeline")
              .Read(base::DeadlineContext(absl::Now() + absl::Seconds(10)),
                    [&](mysql::Connection& c) { return c.Execute("KILL " + id).status(); });
      (void)killed;
    }
  }
  ASSERT_TRUE(writers.Progress(20));
  writers.Finish();
  ExpectOnlyUnavailable(writers);
  ExpectEachWriteOnce(stack, writers);
  ExpectWholeEventLog(stack, "pipeline");
}

}  // namespace
}  // namespace salesops::stack
