#include "shared/testing/status_matchers.h"

#include <string>

#include "shared/testing/fake_clock.h"

namespace salesops::testing {
namespace {

absl::Status TwoViolations() {
  base::Violations violations;
  violations.Add("a", "REQUIRED", "must be set");
  violations.Add("b.c", "OUT_OF_RANGE", "must be at most 1");
  return status::InvalidArgument(violations);
}

absl::StatusOr<int> Seven() { return 7; }
absl::StatusOr<int> NoSeven() { return status::NotFound("numbers/7"); }

template <class M, class T>
std::string Explain(const M& matcher, const T& value) {
  StringMatchResultListener listener;
  ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

TEST(StatusMatchersTest, SayWhetherItIsOk) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(Seven(), IsOk());
  EXPECT_THAT(NoSeven(), Not(IsOk()));
  EXPECT_THAT(Seven(), IsOkAndHolds(7));
  EXPECT_THAT(Seven(), IsOkAndHolds(Gt(6)));
  EXPECT_THAT(Seven(), Not(IsOkAndHolds(8)));
  EXPECT_THAT(NoSeven(), Not(IsOkAndHolds(7)));
  EXPECT_OK(Seven());
}

TEST(StatusMatchersTest, LookAtCodeReasonAndViolations) {
  EXPECT_THAT(NoSeven(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(NoSeven(), Not(StatusIs(absl::StatusCode::kOk)));
  EXPECT_THAT(NoSeven(), HasReason("NOT_FOUND"));
  EXPECT_THAT(TwoViolations(), HasViolation("a"));
  EXPECT_THAT(TwoViolations(), HasViolation("b.c", "OUT_OF_RANGE"));
  EXPECT_THAT(TwoViolations(), Not(HasViolation("b.c", "REQUIRED")));
  EXPECT_THAT(TwoViolations(), Not(HasViolation("b")));
  EXPECT_THAT(Seven(), Not(HasViolation("a")));
}

TEST(StatusMatchersTest, ExplainWithEverythingAttached) {
  EXPECT_EQ(Explain(IsOk(), status::WithLogDetail(TwoViolations(), "row 5")),
            "which is INVALID_ARGUMENT: the request is invalid in 2 places: a must be set; b.c "
            "must be at most 1\n"
            "  reason INVALID_FIELDS\n"
            "  a: REQUIRED: must be set\n"
            "  b.c: OUT_OF_RANGE: must be at most 1\n"
            "  log detail row 5");
}

TEST(StatusMatchersTest, AssignsTheValue) {
  ASSERT_OK_AND_ASSIGN(const int seven, Seven());
  EXPECT_EQ(seven, 7);
}

TEST(FakeClockTest, MovesOnlyWhenTold) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(absl::FormatTime(start, absl::UTCTimeZone()), "2026-03-02T09:00:00+00:00");
  clock.Advance(absl::Minutes(5));
  EXPECT_EQ(clock.Now() - start, absl::Minutes(5));
  clock.Set(absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
}

}  // namespace
}  // namespace salesops::testing
