// kill -9 of a service at random points under every kind of write. The long form kills 500 times;
// SALESOPS_FAULT_SEED repeats the points of an earlier run.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/fault/every_write.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

constexpr int kKillsToACount = 50;
constexpr int kKillsToAWord = 25;

unsigned Seed() {
  const char* given = std::getenv("SALESOPS_FAULT_SEED");
  return given == nullptr ? std::random_device{}()
                          : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
}

void ExpectOnlyUnavailable(const Insistence& insistence) {
  // A process that is not there cannot answer; nothing else is wrong.
  for (const auto& [code, message] : insistence.failures()) {
    EXPECT_EQ(code, absl::StatusCode::kUnavailable) << message;
  }
}

void ExpectEverythingWhole(Stack& stack, const Ledger& ledger) {
  ExpectEveryWriteOnce(stack, ledger);
  for (const char* service : {"organization", "pipeline"}) {
    ExpectWholeRecords(stack, service);
    ExpectWholeEventLog(stack, service);
  }
  ExpectWholeSideTables(stack);
  ExpectReadModelAsMadeAnew(stack);
  EXPECT_EQ(stack.Number("pipeline", "SELECT COUNT(*) FROM roster_seller"),
            stack.Number("organization", "SELECT COUNT(*) FROM seller"));
}

// Kills one service and then the other, the first time as the `first`-th kill of `all`, and counts
// everything afterwards. What was written is added to `methods`.
void KillUnderLoad(int first, int last, int all, std::mt19937& random,
                   std::set<std::string>* methods) {
  Stack stack(Stack::Options{.gateway = false});
  MakeReadyForEveryWrite(stack);
  Ledger ledger(stack);
  EveryWrite load(
      stack, KindsOfWrites(),
      {{{"organization", stack.OrganizationChannel()}, {"pipeline", stack.PipelineChannel()}}}, 8,
      &ledger);
  for (int kill = first; kill < last; ++kill) {
    ASSERT_TRUE(load.Progress(20)) << "kill " << kill;
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(0, 300)(random)));
    if (kill % 2 == 0) {
      stack.pipeline().Kill();
      stack.StartPipeline();
    } else {
      stack.organization().Kill();
      stack.StartOrganization();
    }
    if ((kill + 1) % kKillsToAWord == 0) {
      std::fprintf(stderr, "%d of %d kills, %lld writes acknowledged, %lld calls repeated\n",
                   kill + 1, all, static_cast<long long>(load.insistence().acknowledged()),
                   static_cast<long long>(load.insistence().failed()));
    }
  }
  ASSERT_TRUE(load.Progress(20));
  load.Finish();
  ExpectOnlyUnavailable(load.insistence());
  ExpectEverythingWhole(stack, ledger);
  for (const char* service : {"organization", "pipeline"}) {
    for (const Ledger::Entry& entry : ledger.Of(service)) methods->insert(entry.method);
  }
}

TEST(KillTest, NothingAcknowledgedIsLostAndNothingIsHalfWritten) {
  const int kills = FullRun() ? 500 : 6;
  const unsigned seed = Seed();
  std::fprintf(stderr, "SALESOPS_FAULT_SEED=%u\n", seed);
  SCOPED_TRACE(absl::StrCat("SALESOPS_FAULT_SEED=", seed));
  std::mt19937 random(seed);
  std::set<std::string> methods;
  for (int done = 0; done < kills; done += kKillsToACount) {
    ASSERT_NO_FATAL_FAILURE(
        KillUnderLoad(done, std::min(kills, done + kKillsToACount), kills, random, &methods));
    // One count that does not come out is enough to know.
    ASSERT_FALSE(HasFailure());
  }
  for (const KindOfWrite& kind : KindsOfWrites()) {
    EXPECT_EQ(methods.count(kind.method), 1u) << kind.method << " was never acknowledged";
  }
}

}  // namespace
}  // namespace salesops::stack
