// Mixed load through the gateway for SALESOPS_SOAK_MINUTES (default 30): what the processes hold
// stays flat, every event is seen once and in order, and the read model keeps up.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "salesops/events/v1/event.pb.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

struct Sample {
  int64_t rss_kb = 0;
  int64_t handles = 0;
  int64_t threads = 0;
};

Sample SampleOf(Process& process) {
  Sample sample;
  const std::string proc = absl::StrCat("/proc/", process.pid());
  for (const absl::string_view line : absl::StrSplit(ReadFile(proc + "/status"), '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t:"), absl::SkipEmpty());
    if (words.size() < 2) continue;
    if (words[0] == "VmRSS") sample.rss_kb = std::stoll(std::string(words[1]));
    if (words[0] == "Threads") sample.threads = std::stoll(std::string(words[1]));
  }
  using Entries = std::filesystem::directory_iterator;
  sample.handles = std::distance(Entries(proc + "/fd"), Entries());
  return sample;
}

// The largest of a part of the samples.
Sample Largest(const std::vector<Sample>& samples, double from, double to) {
  Sample largest;
  for (size_t i = samples.size() * from; i < samples.size() * to; ++i) {
    largest.rss_kb = std::max(largest.rss_kb, samples[i].rss_kb);
    largest.handles = std::max(largest.handles, samples[i].handles);
    largest.threads = std::max(largest.threads, samples[i].threads);
  }
  return largest;
}

// The median of ten resident sizes from the i-th on, or of what there is.
int64_t MedianRssKb(const std::vector<Sample>& samples, size_t i) {
  std::vector<int64_t> sizes;
  for (; i < samples.size() && sizes.size() < 10; ++i) sizes.push_back(samples[i].rss_kb);
  if (sizes.empty()) return 0;
  std::sort(sizes.begin(), sizes.end());
  return sizes[sizes.size() / 2];
}

// Follows pipeline's events through the gateway and notes what is out of order.
class Follower {
 public:
  explicit Follower(Stack& stack) : channel_(stack.GatewayChannel()), token_(stack.AdminToken()) {
    thread_ = std::thread([this] { Follow(); });
  }
  ~Follower() {
    stopping_ = true;
    channel_->Cancel();
    thread_.join();
  }
  int64_t position() const { return position_; }
  int64_t disorder() const { return disorder_; }

 private:
  void Follow() {
    while (!stopping_) {
      events::v1::WatchEventsRequest request;
      request.set_after_position(position_);
      const rpc::CallOptions options{.token = token_, .timeout = absl::Minutes(5)};
      // A stream ends when its connection grows old; the next one goes on from here.
      (void)channel_->Stream("/salesops.pipeline.v1.EventService/WatchEvents", request,
                             events::v1::WatchEventsResponse::default_instance(), options,
                             [this](const google::protobuf::Message& message) {
                               Take(static_cast<const events::v1::WatchEventsResponse&>(message));
                               return !stopping_;
                             });
    }
  }
  void Take(const events::v1::WatchEventsResponse& batch) {
    for (const events::v1::Event& event : batch.events()) {
      if (event.position() != position_ + 1) ++disorder_;
      position_ = event.position();
    }
  }

  const std::shared_ptr<rpc::Channel> channel_;
  const std::string token_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> position_{0}, disorder_{0};
  std::thread thread_;
};

TEST(SoakTest, NothingGrowsAndNothingIsMissed) {
  const char* minutes = std::getenv("SALESOPS_SOAK_MINUTES");
  const absl::Duration length = absl::Minutes(minutes == nullptr ? 30 : std::atof(minutes));
  Stack stack;
  Writers writers(stack, {stack.GatewayChannel()}, 3);
  Follower follower(stack);
  std::atomic<bool> stopping{false};
  std::atomic<int64_t> reads{0}, odd{0};
  std::thread reader([&, http = stack.Http()] {
    while (!stopping) {
      for (const char* path : {"/pipeline/v1/opportunities?page_size=20",
                               "/organization/v1/sellers?filter=display_name%3D%22x%22",
                               "/pipeline/v1/opportunities?filter=no_such_field%3D1"}) {
        const int code = http.Get(path).code;
        ++reads;
        if (code != 200 && code != 400) ++odd;
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
  });

  const std::vector<std::pair<std::string, Process*>> processes = {
      {"organization", &stack.organization()},
      {"pipeline", &stack.pipeline()},
      {"gateway", &stack.gateway()}};
  std::map<std::string, std::vector<Sample>> samples;
  size_t after_minute = 0;  // the first sample after the first minute
  std::vector<absl::Duration> lags;
  auto organization = stack.OrganizationChannel();
  const absl::Time begin = absl::Now(), end = begin + length;
  for (int i = 0; absl::Now() < end; ++i) {
    const absl::Time since = absl::Now();
    if (since - begin < absl::Minutes(1)) after_minute = static_cast<size_t>(i) + 1;
    CreateSeller(stack, *organization, absl::StrCat("s", i));
    if (!RosterCaughtUp(stack)) {
      ADD_FAILURE() << "pipeline does not follow any more, after " << i << " rounds";
      break;
    }
    lags.push_back(absl::Now() - since);
    for (const auto& [name, process] : processes) samples[name].push_back(SampleOf(*process));
    if (i % 60 == 0) {
      std::fprintf(stderr, "%s to go, %lld writes, %lld reads, position %lld",
                   absl::FormatDuration(absl::Trunc(end - absl::Now(), absl::Seconds(1))).c_str(),
                   static_cast<long long>(writers.acknowledged()),
                   static_cast<long long>(reads.load()),
                   static_cast<long long>(follower.position()));
      for (const auto& [name, of] : samples) {
        std::fprintf(stderr, ", %s %lld kB %lld handles", name.c_str(),
                     static_cast<long long>(of.back().rss_kb),
                     static_cast<long long>(of.back().handles));
      }
      std::fprintf(stderr, "\n");
    }
    absl::SleepFor(absl::Seconds(1) - std::min(absl::Seconds(1), absl::Now() - since));
  }
  stopping = true;
  reader.join();
  writers.Finish();

  for (const auto& [code, message] : writers.failures()) ADD_FAILURE() << message;
  EXPECT_EQ(odd, 0);
  // Read by the figure rss_growth_mb of the bench.
  for (const auto& [name, of] : samples) {
    const int64_t first = MedianRssKb(of, std::min(after_minute, of.size() - 1));
    const int64_t last = MedianRssKb(of, of.size() - std::min<size_t>(of.size(), 10));
    std::printf("rss_growth_mb %s %.1f from %.1f to %.1f\n", name.c_str(), (last - first) / 1024.0,
                first / 1024.0, last / 1024.0);
  }
  std::fflush(stdout);
  // Caches and pools fill in the first half.
  for (const auto& [name, of] : samples) {
    const Sample before = Largest(of, 0.25, 0.5), after = Largest(of, 0.75, 1);
    EXPECT_LE(after.rss_kb, before.rss_kb * 1.1 + 2048) << name;
    EXPECT_LE(after.handles, before.handles + 8) << name;
    EXPECT_LE(after.threads, before.threads + 4) << name;
  }
  std::sort(lags.begin(), lags.end());
  RecordProperty("rounds", static_cast<int>(lags.size()));
  RecordProperty("p99_ms_to_follow",
                 static_cast<int>(absl::ToInt64Milliseconds(lags[lags.size() * 99 / 100])));
  const int64_t head = stack.Number("pipeline", "SELECT COUNT(*) FROM outbox");
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return follower.position() == head; }))
      << follower.position() << " of " << head;
  EXPECT_EQ(follower.disorder(), 0);
  ExpectEachWriteOnce(stack, writers);
  ExpectWholeEventLog(stack, "pipeline");
  ExpectWholeEventLog(stack, "organization");
}

}  // namespace
}  // namespace salesops::stack
