#include "shared/mysql/text.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace salesops::mysql {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(DayTextTest, IsWhatTheServerWrites) {
  EXPECT_THAT(DayText(base::CivilDay(2026, 3, 1)), Optional(Eq("2026-03-01")));
  EXPECT_THAT(DayText(base::CivilDay(1, 1, 1)), Optional(Eq("0001-01-01")));
  EXPECT_THAT(DayText(base::CivilDay(9999, 12, 31)), Optional(Eq("9999-12-31")));
}

TEST(DayTextTest, RefusesWhatADateCannotHold) {
  EXPECT_EQ(DayText(base::CivilDay(0, 12, 31)), std::nullopt);
  EXPECT_EQ(DayText(base::CivilDay(10000, 1, 1)), std::nullopt);
}

TEST(DayFromTextTest, RefusesWhatIsNoDay) {
  for (const char* text : {"", "2026-02-29", "2026-3-1", "0000-00-00", "2026-13-01", "2026-03-01 ",
                           "2026/03/01", "20a6-03-01"}) {
    EXPECT_EQ(DayFromText(text), std::nullopt) << text;
  }
}

TEST(TimeTextTest, CutsToMicrosecondsTowardsThePast) {
  const absl::Time noon = absl::FromCivil(absl::CivilSecond(2026, 3, 1, 12), absl::UTCTimeZone());
  EXPECT_THAT(TimeText(noon), Optional(Eq("2026-03-01 12:00:00.000000")));
  EXPECT_THAT(TimeText(noon + absl::Nanoseconds(1999)), Optional(Eq("2026-03-01 12:00:00.000001")));
  EXPECT_THAT(TimeText(absl::UnixEpoch() - absl::Nanoseconds(1)),
              Optional(Eq("1969-12-31 23:59:59.999999")));
}

TEST(TimeTextTest, RefusesWhatADatetimeCannotHold) {
  EXPECT_EQ(TimeText(absl::InfiniteFuture()), std::nullopt);
  EXPECT_EQ(TimeText(absl::InfinitePast()), std::nullopt);
  EXPECT_EQ(TimeText(absl::FromCivil(absl::CivilSecond(10000, 1, 1), absl::UTCTimeZone())),
            std::nullopt);
}

TEST(TimeFromTextTest, TakesFractionsOfAnyLength) {
  const absl::Time second = absl::FromUnixSeconds(1);
  EXPECT_THAT(TimeFromText("1970-01-01 00:00:01"), Optional(second));
  EXPECT_THAT(TimeFromText("1970-01-01 00:00:01.5"), Optional(second + absl::Milliseconds(500)));
  EXPECT_THAT(TimeFromText("1970-01-01 00:00:01.000007"), Optional(second + absl::Microseconds(7)));
}

TEST(TimeFromTextTest, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "2026-03-01", "2026-03-01 24:00:00", "2026-03-01 12:60:00", "2026-02-29 12:00:00",
        "2026-03-01 12:00:00.", "2026-03-01 12:00:00.1234567", "2026-03-01T12:00:00",
        "2026-03-01 12:00:00x1", "2026-03-01 12:00:00.1x", "0000-00-00 00:00:00"}) {
    EXPECT_EQ(TimeFromText(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(TextTest, DaysComeBackAsTheyWere, ()) {
  const base::CivilDay day = base::CivilDay(1, 1, 1) + *rc::gen::inRange(0, 3652059);
  RC_ASSERT(DayFromText(*DayText(day)) == std::make_optional(day));
}

RC_GTEST_PROP(TextTest, TimesComeBackAsTheyWere, ()) {
  // From year 1 to year 9999.
  const int64_t micros = *rc::gen::inRange<int64_t>(-62135596800000000, 253402300800000000);
  const absl::Time time = absl::FromUnixMicros(micros);
  RC_ASSERT(TimeFromText(*TimeText(time)) == std::make_optional(time));
}

}  // namespace
}  // namespace salesops::mysql
