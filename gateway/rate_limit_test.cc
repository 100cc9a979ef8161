#include "gateway/rate_limit.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace salesops::gateway {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(RateLimit, LetsABurstThroughThenTheRate) {
  RateLimit limit({.per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.Take("a", kStart)) << i;
  EXPECT_EQ(limit.Take("a", kStart), absl::Milliseconds(100));
  EXPECT_EQ(limit.Take("a", kStart + absl::Milliseconds(40)), absl::Milliseconds(60));
  EXPECT_FALSE(limit.Take("a", kStart + absl::Milliseconds(100)));
  EXPECT_TRUE(limit.Take("a", kStart + absl::Milliseconds(100)));
  // After a rest the whole burst is there again, and no more than that.
  const absl::Time later = kStart + absl::Hours(1);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.Take("a", later)) << i;
  EXPECT_TRUE(limit.Take("a", later));
}

TEST(RateLimit, CountsEachKeyAlone) {
  RateLimit limit({.per_second = 1, .burst = 1});
  EXPECT_FALSE(limit.Take("a", kStart));
  EXPECT_TRUE(limit.Take("a", kStart));
  EXPECT_FALSE(limit.Take("b", kStart));
}

TEST(RateLimit, OverAnyTimeLetsThroughNoMoreThanRateAndBurst) {
  RateLimit limit({.per_second = 7, .burst = 5});
  int passed = 0;
  for (int ms = 0; ms < 10'000; ++ms) {
    if (!limit.Take("a", kStart + absl::Milliseconds(ms))) ++passed;
  }
  EXPECT_EQ(passed, 5 + 69);  // the burst, and one each seventh of a second after the first
}

TEST(RateLimit, ZeroMeansNoLimit) {
  RateLimit limit({});
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(limit.Take("a", kStart));
  EXPECT_EQ(limit.size(), 0u);
}

TEST(RateLimit, ForgetsKeysThatRest) {
  RateLimit limit({.per_second = 1000, .burst = 1});
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_FALSE(limit.Take(absl::StrCat("caller ", i), kStart + absl::Milliseconds(2 * i)));
  }
  EXPECT_LE(limit.size(), 8u * 1024);
}

}  // namespace
}  // namespace salesops::gateway
