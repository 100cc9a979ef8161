#include "tools/salesopsctl/progress.h"

#include <gtest/gtest.h>

namespace salesops::ctl {
namespace {

TEST(ProgressTest, SaysRateAndTimeLeft) {
  EXPECT_EQ(ProgressText("accounts", {.done = 600, .total = 1200, .elapsed = absl::Seconds(2)}),
            "accounts       [###############...............] 600/1200 rows  300 rows/s  2 s left");
}

TEST(ProgressTest, TheRateIsOfThisRunAlone) {
  EXPECT_EQ(
      ProgressText("accounts",
                   {.already = 500, .done = 600, .total = 1200, .elapsed = absl::Seconds(10)}),
      "accounts       [###############...............] 600/1200 rows  10 rows/s  1 min left");
  EXPECT_EQ(
      SummaryText("accounts",
                  {.already = 500, .done = 1200, .total = 1200, .elapsed = absl::Seconds(10)}),
      "accounts             700 rows in 10.0 s (70 rows/s)");
}

TEST(ProgressTest, NothingIsPromisedBeforeTheFirstRow) {
  EXPECT_EQ(ProgressText("accounts", {.total = 10, .elapsed = absl::Seconds(1)}),
            "accounts       [..............................] 0/10 rows  0 rows/s");
  EXPECT_EQ(ProgressText("accounts", {.done = 10, .elapsed = absl::Seconds(1)}),
            "accounts       10 rows  10 rows/s");
}

}  // namespace
}  // namespace salesops::ctl
