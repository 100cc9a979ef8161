#include "gateway/reference/declared_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::gateway::reference {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(DeclaredErrorsTest, AreReadFromSentences) {
  const auto errors = ErrorsIn(
      "Moves it. An earlier stage is FAILED_PRECONDITION, reason WRONG_STAGE or NOT_OPEN. Must be "
      "current, else ABORTED with reason ETAG_MISMATCH; empty skips the check. NOT_FOUND if there "
      "is none; to others that is PERMISSION_DENIED.");
  ASSERT_EQ(errors.size(), 4u);
  EXPECT_EQ(errors[0].code, StatusCode::kFailedPrecondition);
  EXPECT_THAT(errors[0].reasons, ElementsAre("WRONG_STAGE", "NOT_OPEN"));
  EXPECT_EQ(errors[0].sentence,
            "An earlier stage is FAILED_PRECONDITION, reason WRONG_STAGE or NOT_OPEN.");
  EXPECT_EQ(errors[1].code, StatusCode::kAborted);
  EXPECT_THAT(errors[1].reasons, ElementsAre("ETAG_MISMATCH"));
  EXPECT_EQ(errors[2].code, StatusCode::kNotFound);
  EXPECT_THAT(errors[2].reasons, IsEmpty());
  EXPECT_EQ(errors[3].code, StatusCode::kPermissionDenied);
}

TEST(DeclaredErrorsTest, OtherWordsInCapitalsAreNoErrors) {
  EXPECT_THAT(ErrorsIn("Returns the stage of kind OPEN, as ISO 4217 says, version 1.5 of UTC."),
              IsEmpty());
  EXPECT_THAT(ErrorsIn("Others are a failure, reason HISTORY_CONFLICT."), IsEmpty());
  EXPECT_THAT(ErrorsIn(""), IsEmpty());
}

}  // namespace
}  // namespace salesops::gateway::reference
