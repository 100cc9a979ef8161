#include "shared/mysql/failure.h"

#include <gmock/gmock.h>

#include "shared/status/status.h"

namespace salesops::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Effect EffectOf(int code) { return Classify(code, "HY000", "message").effect; }

std::string ReasonOf(int code, const char* message = "") {
  return status::Reason(Classify(code, "HY000", message).status);
}

TEST(ClassifyTest, TheConnectorsAndTheClientsErrorsBreakTheConnection) {
  for (int code : {0, 2000, 2002, 2003, 2006, 2013, 2014, 2027, 2999}) {
    EXPECT_EQ(EffectOf(code), Effect::kBroken) << code;
    EXPECT_EQ(ReasonOf(code), "DATABASE_UNAVAILABLE") << code;
  }
}

TEST(ClassifyTest, AServerThatGoesAwayBreaksTheConnection) {
  for (int code : {1053, 1290, 1792, 1836, 1927, 4031}) {
    EXPECT_EQ(EffectOf(code), Effect::kBroken) << code;
  }
}

TEST(ClassifyTest, DeadlocksAndLockTimeoutsAreContention) {
  for (int code : {1205, 1213}) {
    EXPECT_EQ(EffectOf(code), Effect::kContention) << code;
    EXPECT_EQ(ReasonOf(code), "CONTENTION") << code;
  }
}

TEST(ClassifyTest, TimeLimitsOfBothServersAreDeadlines) {
  for (int code : {1969, 3024}) {
    const Failure failure = Classify(code, "70100", "");
    EXPECT_EQ(failure.effect, Effect::kInterrupted) << code;
    EXPECT_EQ(failure.status.code(), absl::StatusCode::kDeadlineExceeded) << code;
  }
}

TEST(ClassifyTest, ADuplicateKeyIsNamedOnBothServers) {
  for (const char* message : {"Duplicate entry 'for key 'x'' for key 'by_email'",
                              "Duplicate entry 'a-b' for key 'person.by_email'"}) {
    const Failure failure = Classify(1062, "23000", message);
    EXPECT_EQ(failure.effect, Effect::kStatement);
    EXPECT_EQ(failure.status.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(status::Reason(failure.status), "DUPLICATE_KEY");
    EXPECT_EQ(status::MetadataOf(failure.status)["key"], "by_email");
  }
}

TEST(ClassifyTest, AFailedCheckIsNamedOnBothServers) {
  const Failure maria = Classify(4025, "23000", "CONSTRAINT `share` failed for `db`.`t`");
  const Failure mysql = Classify(3819, "HY000", "Check constraint 'share' is violated.");
  for (const Failure& failure : {maria, mysql}) {
    EXPECT_EQ(failure.effect, Effect::kStatement);
    EXPECT_EQ(failure.status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status::Reason(failure.status), "CONSTRAINT");
    EXPECT_EQ(status::MetadataOf(failure.status)["constraint"], "share");
  }
}

TEST(ClassifyTest, AnythingElseIsOurMistake) {
  const Failure failure = Classify(1146, "42S02", "Table 'db.t' doesn't exist");
  EXPECT_EQ(failure.effect, Effect::kStatement);
  EXPECT_EQ(failure.status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(status::LogDetail(failure.status), HasSubstr("Table 'db.t' doesn't exist"));
  EXPECT_THAT(std::string(failure.status.message()), Not(HasSubstr("db.t")));
}

TEST(ClassifyTest, WhatAUserTypedIsNotEvenInTheLog) {
  for (int code : {1062, 1292, 1366}) {
    const Failure failure = Classify(code, "HY000", "Something about 'secret' for key 'k'");
    EXPECT_THAT(status::LogDetail(failure.status), Not(HasSubstr("secret"))) << code;
    EXPECT_THAT(failure.status.ToString(), Not(HasSubstr("secret"))) << code;
  }
}

}  // namespace
}  // namespace salesops::mysql
