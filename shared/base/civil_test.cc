#include "shared/base/civil.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace salesops::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

CivilDay Day(int n) { return CivilDay(2026, 3, 1) + n; }
DayRange Range(int start, int end) { return {Day(start), Day(end)}; }
DayRange OpenRange(int start) { return {Day(start), std::nullopt}; }

TEST(CivilTest, DaysRoundTripAsText) {
  for (const char* text : {"0001-01-01", "2024-02-29", "2026-03-01", "9999-12-31"}) {
    const absl::StatusOr<CivilDay> day = ParseDay(text);
    ASSERT_TRUE(day.ok()) << text;
    EXPECT_EQ(FormatDay(*day), text);
  }
}

TEST(CivilTest, RefusesWhatIsNotADay) {
  for (const char* text :
       {"", "2026-3-1", "2026-02-29", "2026-00-01", "2026-13-01", "2026-04-31", "2026-01-00",
        "0000-01-01", "-001-01-01", "2026/03/01", "2026-03-01 ", "2026-03-0x", "+026-03-01"}) {
    EXPECT_EQ(ParseDay(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(CivilTest, TheDayOfAnInstantDependsOnTheZone) {
  absl::TimeZone shanghai;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Shanghai", &shanghai));
  const absl::Time t =
      absl::FromCivil(absl::CivilSecond(2026, 3, 1, 20, 0, 0), absl::UTCTimeZone());
  EXPECT_EQ(DayOf(t, absl::UTCTimeZone()), CivilDay(2026, 3, 1));
  EXPECT_EQ(DayOf(t, shanghai), CivilDay(2026, 3, 2));
}

TEST(DayRangeTest, EndsAreExclusive) {
  EXPECT_TRUE(Range(0, 2).Contains(Day(0)));
  EXPECT_TRUE(Range(0, 2).Contains(Day(1)));
  EXPECT_FALSE(Range(0, 2).Contains(Day(2)));
  EXPECT_TRUE(OpenRange(0).Contains(Day(100000)));
  EXPECT_FALSE(Range(0, 2).Overlaps(Range(2, 4)));
  EXPECT_TRUE(Range(0, 3).Overlaps(OpenRange(2)));
  EXPECT_FALSE(Range(1, 1).Overlaps(Range(0, 2)));
}

TEST(DayRangeTest, Intersects) {
  EXPECT_EQ(Intersect(Range(0, 5), Range(3, 8)), Range(3, 5));
  EXPECT_EQ(Intersect(OpenRange(0), OpenRange(3)), OpenRange(3));
  EXPECT_EQ(Intersect(OpenRange(0), Range(-2, 3)), Range(0, 3));
  EXPECT_EQ(Intersect(Range(0, 2), Range(2, 3)), std::nullopt);
}

TEST(DayRangeTest, Subtracts) {
  EXPECT_THAT(Subtract(OpenRange(0), {Range(5, 7), Range(1, 2), Range(6, 9)}),
              ElementsAre(Range(0, 1), Range(2, 5), OpenRange(9)));
  EXPECT_THAT(Subtract(Range(0, 3), {OpenRange(-1)}), IsEmpty());
  EXPECT_THAT(Subtract(Range(0, 3), {}), ElementsAre(Range(0, 3)));
}

RC_GTEST_PROP(DayRangeProperty, SubtractAgreesWithDayByDay, ()) {
  const auto any_range = rc::gen::exec([] {
    const int start = *rc::gen::inRange(0, 30);
    return *rc::gen::arbitrary<bool>() ? Range(start, start + *rc::gen::inRange(-2, 10))
                                       : OpenRange(start);
  });
  const DayRange whole = *any_range;
  std::vector<DayRange> holes;
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) holes.push_back(*any_range);
  const std::vector<DayRange> left = Subtract(whole, holes);
  for (int n = -5; n < 60; ++n) {
    bool expected = whole.Contains(Day(n));
    for (const DayRange& hole : holes) expected = expected && !hole.Contains(Day(n));
    bool found = false;
    for (const DayRange& range : left) found = found || range.Contains(Day(n));
    RC_ASSERT(found == expected);
  }
  for (const DayRange& range : left) RC_ASSERT(!range.IsEmpty());
  for (size_t i = 1; i < left.size(); ++i)
    RC_ASSERT(left[i - 1].end && *left[i - 1].end <= left[i].start);
}

}  // namespace
}  // namespace salesops::base
