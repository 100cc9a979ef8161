// The small parts of the edge: deadlines, trace context, bearer tokens, error bodies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/bearer_token.h"
#include "gateway/call_deadline.h"
#include "gateway/call_metadata.h"
#include "gateway/edge.h"
#include "gateway/error_body.h"
#include "gateway/trace_context.h"
#include "gateway/upstreams.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TEST(CallDeadline, RequestTimeout) {
  EXPECT_EQ(ParseRequestTimeout("5"), absl::Seconds(5));
  EXPECT_EQ(ParseRequestTimeout("0.25"), absl::Milliseconds(250));
  EXPECT_EQ(ParseRequestTimeout("5s"), absl::Seconds(5));
  for (const char* text : {"", "s", "-1", "0", "1m", "1e3", "abc", "1.2.3", " 1", "nan"}) {
    EXPECT_FALSE(ParseRequestTimeout(text)) << text;
  }
}

TEST(CallDeadline, GrpcTimeout) {
  EXPECT_EQ(ParseGrpcTimeout("1H"), absl::Hours(1));
  EXPECT_EQ(ParseGrpcTimeout("2M"), absl::Minutes(2));
  EXPECT_EQ(ParseGrpcTimeout("3S"), absl::Seconds(3));
  EXPECT_EQ(ParseGrpcTimeout("500m"), absl::Milliseconds(500));
  EXPECT_EQ(ParseGrpcTimeout("99999999u"), absl::Microseconds(99999999));
  EXPECT_EQ(ParseGrpcTimeout("7n"), absl::Nanoseconds(7));
  for (const char* text : {"", "5", "m", "123456789m", "-1S", "1s", "1 S"}) {
    EXPECT_FALSE(ParseGrpcTimeout(text)) << text;
  }
}

TEST(CallDeadline, StaysWithinTheLimits) {
  const DeadlineLimits limits;
  EXPECT_EQ(AllowedTimeout(std::nullopt, false, limits), absl::Seconds(30));
  EXPECT_EQ(AllowedTimeout(absl::Seconds(5), false, limits), absl::Seconds(5));
  EXPECT_EQ(AllowedTimeout(absl::Hours(5), false, limits), absl::Seconds(120));
  EXPECT_EQ(AllowedTimeout(std::nullopt, true, limits), absl::Minutes(10));
  EXPECT_EQ(AllowedTimeout(absl::Hours(5), true, limits), absl::Minutes(10));
}

TEST(TraceContext, ContinuesAGoodTrace) {
  const TraceContext t =
      ContinueTrace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "req.1_2-3");
  EXPECT_THAT(t.traceparent, MatchesRegex("00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01"));
  EXPECT_THAT(t.traceparent, testing::Not(HasSubstr("b7ad6b7169203331")));
  EXPECT_EQ(t.trace_id(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(t.request_id, "req.1_2-3");
}

TEST(TraceContext, ReplacesABadOne) {
  for (const char* text : {"", "00", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g"}) {
    const TraceContext t = ContinueTrace(text, "bad id\n");
    EXPECT_THAT(t.traceparent, MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-00"));
    EXPECT_NE(t.trace_id(), "0af7651916cd43dd8448eb211c80319c") << text;
    EXPECT_THAT(t.request_id, MatchesRegex("[0-9a-f]{32}"));
  }
  EXPECT_NE(ContinueTrace("", "").trace_id(), ContinueTrace("", "").trace_id());
}

class OneToken final : public auth::TokenVerifier {
 public:
  absl::StatusOr<auth::Principal> Verify(absl::string_view token, absl::Time) override {
    if (token != "good") return status::Unauthenticated("TOKEN_SIGNATURE", "bad");
    auth::Principal principal;
    principal.subject = "alice";
    return principal;
  }
};

TEST(BearerToken, ExactlyOne) {
  OneToken verifier;
  const auto check = [&](const std::vector<absl::string_view>& values) {
    const auto who = CheckCaller(verifier, values, absl::UnixEpoch());
    return who.ok() ? who->subject : status::Reason(who.status());
  };
  EXPECT_EQ(check({"Bearer good"}), "alice");
  EXPECT_EQ(check({"bearer good"}), "alice");
  EXPECT_EQ(check({}), "TOKEN_MISSING");
  EXPECT_EQ(check({"Bearer good", "Bearer good"}), "TOKEN_DOUBLED");
  EXPECT_EQ(check({"Basic good"}), "TOKEN_SCHEME");
  EXPECT_EQ(check({"good"}), "TOKEN_SCHEME");
  EXPECT_EQ(check({"Bearer bad"}), "TOKEN_SIGNATURE");
}

TEST(ErrorBody, IsAip193) {
  base::Violations violations;
  violations.Add("account.name", "INVALID_NAME", "must be \"x\"");
  EXPECT_EQ(ErrorBody(status::Make(absl::StatusCode::kNotFound, "GONE", "no \"7\" here"), 404),
            "{\"error\":{\"code\":404,\"message\":\"no \\\"7\\\" here\",\"status\":\"NOT_FOUND\","
            "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
            "\"GONE\",\"domain\":\"salesops\"}]}}");
  const std::string body = ErrorBody(status::InvalidArgument(violations), 400);
  EXPECT_THAT(body, HasSubstr("\"fieldViolations\":[{\"field\":\"account.name\""));
  EXPECT_THAT(ErrorBody(status::Internal("password=x"), 500), testing::Not(HasSubstr("password")));
}

TEST(ErrorBody, CodesOfGoogleRpcCode) {
  EXPECT_EQ(HttpCode(absl::StatusCode::kOk), 200);
  EXPECT_EQ(HttpCode(absl::StatusCode::kCancelled), 499);
  EXPECT_EQ(HttpCode(absl::StatusCode::kUnknown), 500);
  EXPECT_EQ(HttpCode(absl::StatusCode::kInvalidArgument), 400);
  EXPECT_EQ(HttpCode(absl::StatusCode::kDeadlineExceeded), 504);
  EXPECT_EQ(HttpCode(absl::StatusCode::kNotFound), 404);
  EXPECT_EQ(HttpCode(absl::StatusCode::kAlreadyExists), 409);
  EXPECT_EQ(HttpCode(absl::StatusCode::kPermissionDenied), 403);
  EXPECT_EQ(HttpCode(absl::StatusCode::kUnauthenticated), 401);
  EXPECT_EQ(HttpCode(absl::StatusCode::kResourceExhausted), 429);
  EXPECT_EQ(HttpCode(absl::StatusCode::kFailedPrecondition), 400);
  EXPECT_EQ(HttpCode(absl::StatusCode::kAborted), 409);
  EXPECT_EQ(HttpCode(absl::StatusCode::kOutOfRange), 400);
  EXPECT_EQ(HttpCode(absl::StatusCode::kUnimplemented), 501);
  EXPECT_EQ(HttpCode(absl::StatusCode::kInternal), 500);
  EXPECT_EQ(HttpCode(absl::StatusCode::kUnavailable), 503);
  EXPECT_EQ(HttpCode(absl::StatusCode::kDataLoss), 500);
}

TEST(ErrorBody, RetryAfter) {
  EXPECT_EQ(RetryAfterSeconds(status::Exhausted("FULL", "x", absl::Milliseconds(200))), 1);
  EXPECT_EQ(RetryAfterSeconds(status::Unavailable("DOWN", "x", absl::Seconds(5))), 5);
  EXPECT_EQ(RetryAfterSeconds(status::NotFound("x")), 0);
}

TEST(CallMetadata, OnlyWhatGrpcTakes) {
  EXPECT_TRUE(IsLegalMetadata("x-a_b.c1", "printable ~"));
  EXPECT_TRUE(IsLegalMetadata("x-bin", "AP8"));
  EXPECT_TRUE(IsLegalMetadata("x", ""));
  for (const char* key : {"", "X", ":path", "a b", "a\n", "\xc3\xa4"}) {
    EXPECT_FALSE(IsLegalMetadata(key, "v")) << key;
  }
  for (const char* value : {"\xff", "\xe5\x95\x86", "a\tb", "a\nb", "\x7f", "\x01"}) {
    EXPECT_FALSE(IsLegalMetadata("x", value)) << value;
    EXPECT_FALSE(IsLegalMetadata("x-bin", value)) << value;
  }
}

TEST(CallMetadata, OfThisHop) {
  for (const char* key : {"grpc-timeout", "te", "content-type", "x-request-id", "connection"}) {
    EXPECT_TRUE(IsOfThisHop(key)) << key;
  }
  EXPECT_FALSE(IsOfThisHop("authorization"));
  EXPECT_FALSE(IsOfThisHop("x-custom"));
}

TEST(Edge, ForwardsOnlyNamesThatCanBeMetadata) {
  Edge edge;
  edge.forwarded_headers.clear();
  for (const char* name : {"X-Tenant", "x-raw-bin", "grpc-timeout", "a b", "Connection"}) {
    edge.Forward(name);
  }
  EXPECT_THAT(edge.forwarded_headers, testing::ElementsAre("x-tenant"));
}

TEST(Upstreams, OperationsNameTheirService) {
  EXPECT_EQ(UpstreamOfOperation("operations/pipeline/7"), "pipeline");
  EXPECT_EQ(UpstreamOfOperation("operations/pipeline"), "pipeline");
  EXPECT_EQ(UpstreamOfOperation("accounts/7"), "");
  EXPECT_EQ(UpstreamOfOperation(""), "");
}

}  // namespace
}  // namespace salesops::gateway
