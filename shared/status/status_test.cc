#include "shared/status/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "shared/status/macros.h"

namespace salesops::status {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class Detail>
Detail DetailOf(const absl::Status& status) {
  Detail found;
  const google::rpc::Status proto = ToProto(status);
  for (const auto& any : proto.details()) {
    if (any.Is<Detail>()) any.UnpackTo(&found);
  }
  return found;
}

TEST(StatusTest, CarriesReasonDomainAndMetadata) {
  const absl::Status status =
      Make(absl::StatusCode::kAborted, "PLAN_CLOSED", "open the plan", {{"plan", "plans/7"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "open the plan");
  EXPECT_EQ(Reason(status), "PLAN_CLOSED");
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.domain(), "salesops");
  EXPECT_EQ(info.metadata().at("plan"), "plans/7");
}

TEST(StatusTest, HasNoReasonWithoutErrorInfo) {
  EXPECT_EQ(Reason(absl::OkStatus()), "");
  EXPECT_EQ(Reason(absl::InternalError("x")), "");
}

TEST(StatusTest, ReportsEveryViolation) {
  base::Violations violations;
  for (int i = 0; i < 5; ++i) {
    violations.Add("rows[" + std::to_string(i) + "].share", "OUT_OF_RANGE", "must be at most 1");
  }
  const absl::Status status = InvalidArgument(violations);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Reason(status), "INVALID_FIELDS");
  EXPECT_EQ(ViolationsOf(status).list(), violations.list());
  EXPECT_THAT(std::string(status.message()), HasSubstr("rows[0].share must be at most 1"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("5 places"));
}

TEST(StatusTest, NamesTheOneInvalidField) {
  const absl::Status status = InvalidField("page_size", "NEGATIVE", "must not be negative");
  EXPECT_EQ(status.message(), "the request is invalid: page_size must not be negative");
  ASSERT_EQ(ViolationsOf(status).list().size(), 1u);
  EXPECT_EQ(ViolationsOf(status).list()[0],
            (base::Violation{"page_size", "NEGATIVE", "must not be negative"}));
  EXPECT_TRUE(ViolationsOf(NotFound("accounts/7")).empty());
}

TEST(StatusTest, NamesTheResource) {
  const auto info = DetailOf<google::rpc::ResourceInfo>(NotFound("sellers/1/assignments/2"));
  EXPECT_EQ(info.resource_name(), "sellers/1/assignments/2");
  EXPECT_EQ(info.resource_type(), "assignments");
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(AlreadyExists("accounts/7", "m")).resource_type(),
            "accounts");
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(NotFound("odd")).resource_type(), "");
  EXPECT_EQ(Reason(EtagMismatch("accounts/7")), "ETAG_MISMATCH");
  EXPECT_EQ(EtagMismatch("accounts/7").code(), absl::StatusCode::kAborted);
}

TEST(StatusTest, PreconditionsSayWhatFailed) {
  const absl::Status status = FailedPrecondition("STAGE_CLOSED", "opportunities/7", "reopen it");
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(status);
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).type(), "STAGE_CLOSED");
  EXPECT_EQ(failure.violations(0).subject(), "opportunities/7");
  EXPECT_EQ(failure.violations(0).description(), "reopen it");
}

TEST(StatusTest, RetryDelaysSurvive) {
  const absl::Duration delay = absl::Milliseconds(1250);
  EXPECT_EQ(RetryDelay(Exhausted("QUEUE_FULL", "try later", delay)), delay);
  EXPECT_EQ(RetryDelay(Unavailable("DATABASE_UNAVAILABLE", "try later", delay)), delay);
  EXPECT_EQ(RetryDelay(NotFound("accounts/7")), std::nullopt);
}

TEST(StatusTest, LogDetailsNeverLeaveTheProcess) {
  const absl::Status status = WithLogDetail(Internal("SELECT secret FROM t"), "on connection 7");
  EXPECT_EQ(LogDetail(status), "SELECT secret FROM t; on connection 7");
  EXPECT_EQ(LogDetail(NotFound("accounts/7")), "");
  EXPECT_THAT(ToProto(status).SerializeAsString(), Not(HasSubstr("secret")));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  EXPECT_EQ(LogDetail(FromProto(ToProto(status))), "");
}

TEST(StatusTest, OnlyGoogleTypesTravel) {
  absl::Status status = NotFound("accounts/7");
  status.SetPayload("other/thing", absl::Cord("private"));
  EXPECT_THAT(ToProto(status).SerializeAsString(), Not(HasSubstr("private")));
}

TEST(StatusTest, EveryErrorThatLeavesHasAReason) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(FromProto(ToProto(absl::CancelledError("c"))));
  EXPECT_EQ(info.reason(), "CANCELLED");
  EXPECT_EQ(info.domain(), "salesops");
}

TEST(StatusTest, PermissionDeniedNamesTheResourceIfThereIsOne) {
  EXPECT_EQ(PermissionDenied("accounts.read", "accounts/7").message(),
            "permission accounts.read is needed on accounts/7, or it does not exist");
  EXPECT_EQ(PermissionDenied("accounts.read", "").message(), "permission accounts.read is needed");
}

TEST(StatusTest, ProtoRoundTrips) {
  base::Violations violations;
  violations.Add("a", "REQUIRED", "must be set");
  for (const absl::Status& status :
       {InvalidArgument(violations), NotFound("accounts/7"), EtagMismatch("accounts/7"),
        PermissionDenied("accounts.read", "accounts/7"), Unauthenticated("TOKEN_EXPIRED", "renew"),
        Exhausted("QUEUE_FULL", "wait", absl::Seconds(1))}) {
    EXPECT_EQ(FromProto(ToProto(status)), status);
  }
  EXPECT_TRUE(FromProto(ToProto(absl::OkStatus())).ok());
}

TEST(StatusTest, CodesOutsideTheListBecomeUnknown) {
  google::rpc::Status proto;
  proto.set_code(99);
  EXPECT_EQ(FromProto(proto).code(), absl::StatusCode::kUnknown);
  proto.set_code(-1);
  EXPECT_EQ(FromProto(proto).code(), absl::StatusCode::kUnknown);
}

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return InvalidField("n", "ODD", "must be even");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  RETURN_IF_ERROR(n == 0 ? NotFound("n") : absl::OkStatus());
  ASSIGN_OR_RETURN(const int half, Half(n));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

TEST(MacrosTest, ReturnTheFirstError) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Quarter(0).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace salesops::status
