// Two replicas of pipeline under one host name, restarted in turn while clients call through the
// gateway.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

constexpr char kHost[] = "pipeline.salesops.test";

// Runs a command where /etc/hosts, for it alone, also knows `kHost`.
std::vector<std::string> WithHosts(const std::string& hosts) {
  return {"unshare", "--mount", "sh", "-c", R"(mount --bind "$0" /etc/hosts && exec "$@")", hosts};
}

// Readers over HTTP, who count what fails.
class Readers {
 public:
  Readers(const HttpClient& http, int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, http] {
        while (!stopping_) {
          const auto answer = http.Get("/pipeline/v1/opportunities?page_size=5");
          ++calls_;
          if (answer.code == 200) continue;
          std::lock_guard<std::mutex> lock(mutex_);
          failures_.push_back(absl::StrCat(answer.code, " ", answer.body));
        }
      });
    }
  }
  std::vector<std::string> Finish() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return failures_;
  }
  ~Readers() { Finish(); }
  int64_t calls() const { return calls_; }

 private:
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> calls_{0};
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::thread> threads_;
};

TEST(RollingTest, NoCallFailsWhileReplicasRestartInTurn) {
  TemporaryFolder folder;
  const std::string hosts = folder.path() + "/hosts";
  WriteFile(hosts, absl::StrCat(ReadFile("/etc/hosts"), "\n127.0.0.2 ", kHost, "\n127.0.0.3 ",
                                kHost, "\n"));
  chmod(hosts.c_str(), 0644);
  std::vector<std::string> probe = WithHosts(hosts);
  probe.push_back("true");
  if (const Finished tried = RunToEnd(probe, folder.path()); tried.code != 0) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "CI must be able to run this: " << tried.out;
    GTEST_SKIP() << "a private /etc/hosts needs root: " << tried.out;
  }

  Stack stack(Stack::Options{.pipeline_addresses = {"127.0.0.2", "127.0.0.3"},
                             .pipeline_host = kHost,
                             .gateway_wrapper = WithHosts(hosts)});
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
  Readers readers(stack.Http(), 2);
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
