#include "shared/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace salesops::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsTest, CountersAddUpOverThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      const Counter counter = GetCounter("t_calls_total", "Calls", {{"code", "OK"}});
      for (int i = 0; i < 1000; ++i) counter.Increment();
    });
  }
  for (std::thread& thread : threads) thread.join();
  GetCounter("t_calls_total", "Calls", {{"code", "NOT_FOUND"}}).Increment(2);
  EXPECT_THAT(Text(), HasSubstr("# HELP t_calls_total Calls\n# TYPE t_calls_total counter\n"));
  EXPECT_THAT(Text(), HasSubstr("t_calls_total{code=\"OK\"} 4000"));
  EXPECT_THAT(Text(), HasSubstr("t_calls_total{code=\"NOT_FOUND\"} 2"));
}

TEST(MetricsTest, GaugesMoveBothWays) {
  const Gauge gauge = GetGauge("t_in_flight", "Calls being served");
  gauge.Set(5);
  gauge.Add(-2);
  EXPECT_THAT(Text(), HasSubstr("\nt_in_flight 3\n"));
}

TEST(MetricsTest, HistogramsCountIntoBuckets) {
  const Histogram latency = GetHistogram("t_seconds", "Latency", {0.01, 0.1}, {{"method", "M"}});
  latency.Observe(absl::Milliseconds(5));
  latency.Observe(absl::Milliseconds(50));
  latency.Observe(7.0);
  EXPECT_THAT(Text(), HasSubstr("t_seconds_bucket{method=\"M\",le=\"0.01\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("t_seconds_bucket{method=\"M\",le=\"0.1\"} 2"));
  EXPECT_THAT(Text(), HasSubstr("t_seconds_bucket{method=\"M\",le=\"+Inf\"} 3"));
  EXPECT_THAT(Text(), HasSubstr("t_seconds_count{method=\"M\"} 3"));
}

TEST(MetricsTest, LabelValuesAreEscaped) {
  GetCounter("t_odd_total", "Odd", {{"v", "a\"b\\c\nd"}}).Increment();
  EXPECT_THAT(Text(), HasSubstr("t_odd_total{v=\"a\\\"b\\\\c\\nd\"} 1"));
}

TEST(MetricsTest, AHandleOfNothingCountsNothing) {
  Counter().Increment();
  Gauge().Set(1);
  Histogram().Observe(1.0);
}

TEST(MetricsTest, CallbacksAreReadWhileRegistered) {
  double open = 3;
  auto registration = AddCallback(CallbackKind::kGauge, "t_connections", "Open connections",
                                  {{"pool", "a"}}, [&] { return open; });
  EXPECT_THAT(Text(), HasSubstr("t_connections{pool=\"a\"} 3"));
  open = 4;
  EXPECT_THAT(Text(), HasSubstr("t_connections{pool=\"a\"} 4"));
  registration.reset();
  EXPECT_THAT(Text(), Not(HasSubstr("t_connections")));
}

TEST(MetricsTest, CallbacksWithEqualLabelsAreSummed) {
  const auto first =
      AddCallback(CallbackKind::kCounter, "t_retries_total", "Retries", {}, [] { return 1.0; });
  const auto second =
      AddCallback(CallbackKind::kCounter, "t_retries_total", "Retries", {}, [] { return 2.0; });
  EXPECT_THAT(Text(), HasSubstr("# TYPE t_retries_total counter\nt_retries_total 3\n"));
}

TEST(MetricsDeathTest, ANameHasOneMeaning) {
  GetCounter("t_once_total", "Once");
  EXPECT_DEATH(GetGauge("t_once_total", "Once"), "already a counter");
  EXPECT_DEATH(GetCounter("t_once_total", "Twice"), "another help text");
  EXPECT_DEATH(GetCounter("not a name", "Bad"), "not a name");
}

}  // namespace
}  // namespace salesops::metrics
