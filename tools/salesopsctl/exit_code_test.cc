#include "tools/salesopsctl/exit_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace salesops::ctl {
namespace {

using absl::StatusCode;

TEST(ExitCodeTest, EveryStatusCodeHasItsNumber) {
  const std::vector<std::pair<StatusCode, int>> table = {
      {StatusCode::kOk, 0},
      {StatusCode::kCancelled, 1},
      {StatusCode::kUnknown, 1},
      {StatusCode::kInvalidArgument, 6},
      {StatusCode::kDeadlineExceeded, 7},
      {StatusCode::kNotFound, 3},
      {StatusCode::kAlreadyExists, 5},
      {StatusCode::kPermissionDenied, 4},
      {StatusCode::kResourceExhausted, 7},
      {StatusCode::kFailedPrecondition, 5},
      {StatusCode::kAborted, 5},
      {StatusCode::kOutOfRange, 6},
      {StatusCode::kUnimplemented, 1},
      {StatusCode::kInternal, 1},
      {StatusCode::kUnavailable, 7},
      {StatusCode::kDataLoss, 1},
      {StatusCode::kUnauthenticated, 4},
  };
  for (const auto& [code, number] : table) {
    EXPECT_EQ(static_cast<int>(ExitCodeOf(absl::Status(code, "x"))), number)
        << absl::StatusCodeToString(code);
  }
}

TEST(ExitCodeTest, OurOwnErrorsHaveTheirs) {
  EXPECT_EQ(ExitCodeOf(UsageError("x")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(NotInContracts("x")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(PartlyDone("x")), ExitCode::kPartly);
  EXPECT_TRUE(IsNotInContracts(NotInContracts("x")));
  EXPECT_FALSE(IsNotInContracts(UsageError("x")));
  EXPECT_FALSE(IsNotInContracts(absl::NotFoundError("x")));
}

TEST(ExitCodeTest, EveryCodeIsDocumentedOnce) {
  std::set<int> codes;
  for (const ExitCodeMeaning& each : ExitCodes()) {
    EXPECT_TRUE(codes.insert(static_cast<int>(each.code)).second);
    EXPECT_STRNE(each.meaning, "");
  }
  EXPECT_THAT(codes, ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 130));
}

}  // namespace
}  // namespace salesops::ctl
