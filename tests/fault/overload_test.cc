// Every worker of pipeline waits for a lock that another session holds: what comes then is refused
// at once, and what does not need the table goes on.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

// Another session's LOCK TABLES … WRITE, for as long as this lives.
class TableLock {
 public:
  TableLock(Stack& stack, const std::string& table) {
    const mysql::DatabaseOptions& server = stack.server().options();
    std::vector<std::string> command = {"mariadb",
                                        "--no-defaults",
                                        "--protocol=tcp",
                                        "--unbuffered",
                                        "--host=" + server.host,
                                        absl::StrCat("--port=", server.port),
                                        "--user=" + server.user};
    if (!server.tls_ca.empty()) command.push_back("--ssl-ca=" + server.tls_ca);
    command.push_back(absl::StrCat("--execute=LOCK TABLES ", table,
                                   " WRITE; SELECT 'the table is mine'; SELECT SLEEP(600)"));
    command.push_back(stack.SchemaName("pipeline"));
    const std::string log = stack.folder() + "/lock.log";
    session_ = Process::Start(command, log, {"MYSQL_PWD=" + server.password});
    const bool held = Eventually(absl::Seconds(20), [&] {
      return absl::StrContains(ReadFile(log), "mine") || !session_->Running();
    });
    EXPECT_TRUE(held && session_->Running()) << ReadFile(log);
  }

 private:
  std::unique_ptr<Process> session_;
};

TEST(OverloadTest, IsRefusedWithAHintWhileHealthStaysGreen) {
  Stack stack;
  // More callers than pipeline has workers and places in its queue.
  Writers writers(stack, {stack.PipelineChannel(), stack.GatewayChannel()}, 120);
  ASSERT_TRUE(writers.Progress(100));
  const HttpClient http = stack.Http();
  {
    const TableLock lock(stack, "opportunity");
    ASSERT_TRUE(Eventually(absl::Seconds(5), [&] { return writers.failed_calls() >= 200; }));
    EXPECT_TRUE(stack.PipelineReady());
    const auto refused = http.Get("/pipeline/v1/opportunities");
    EXPECT_EQ(refused.code, 429) << refused.body;
    EXPECT_EQ(refused.Reason(), "OVERLOADED");
    EXPECT_EQ(refused.headers.count("retry-after"), 1u);
    // Following organization needs no worker.
    CreateSeller(stack, *stack.OrganizationChannel(), "during");
    EXPECT_TRUE(RosterCaughtUp(stack, absl::Seconds(5)));
    EXPECT_TRUE(stack.PipelineReady());
  }
  EXPECT_TRUE(writers.Progress(200));
  writers.Finish();
  EXPECT_EQ(http.Get("/pipeline/v1/opportunities").code, 200);
  EXPECT_FALSE(absl::StrContains(ReadFile(stack.folder() + "/pipeline0.log"), "\"not ready\""));
  ASSERT_FALSE(writers.failures().empty());
  for (const auto& [code, message] : writers.failures()) {
    EXPECT_EQ(code, absl::StatusCode::kResourceExhausted) << message;
    EXPECT_TRUE(absl::StrContains(message, "RetryInfo")) << message;
  }
  ExpectEachWriteOnce(stack, writers);
  ExpectWholeEventLog(stack, "pipeline");
}

}  // namespace
}  // namespace salesops::stack
