#include "shared/rpc/caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/status/status.h"
#include "shared/testing/in_process_server.h"

namespace salesops::rpc {
namespace {


class CallerTest : public ::testing::Test {
 protected:
  CallerTest() {
    access_.DenyStrangers();
    access_.Grant("analyst", "pipeline.*", auth::RowScope::All());
    access_.Grant("seller", "pipeline.*", {.some = true, .sellers = {"7"}}, "7");
  }

  absl::StatusOr<Caller> Decide(const std::vector<absl::string_view>& authorization,
                                const std::string& service) {
    return Authorise(policy_, {authorization, service}, {&tokens_, &access_, &conduits_},
                     absl::UnixEpoch());
  }
  // "OK" or the reason.
  std::string Verdict(const std::vector<absl::string_view>& authorization,
                      const std::string& service = "") {
    absl::StatusOr<Caller> caller = Decide(authorization, service);
    if (caller.ok()) return "OK";
    return caller.status().code() == absl::StatusCode::kPermissionDenied
               ? "denied"
               : status::Reason(caller.status());
  }

  auth::MethodPolicy policy_{.permission = "pipeline.accounts.read",
                             .allowed_services = {"programme"}};
  testing::FakeTokens tokens_;
  testing::FakeAccess access_;
  const std::set<std::string> conduits_ = {"gateway"};
};

TEST_F(CallerTest, AUserNeedsATokenAndAPermission) {
  EXPECT_EQ(Verdict({}), "TOKEN_MISSING");
  EXPECT_EQ(Verdict({"Bearer user:analyst"}), "OK");
  EXPECT_EQ(Verdict({"bearer user:analyst"}), "OK");
  EXPECT_EQ(Verdict({"Bearer user:stranger"}), "denied");
  EXPECT_EQ(Verdict({"Bearer forged"}), "TOKEN_SIGNATURE");
  for (const char* header : {"", "Bearer", "Bearer ", "Basic dXNlcjpw", "user:analyst"}) {
    EXPECT_EQ(Verdict({header}), "TOKEN_MALFORMED") << header;
  }
  EXPECT_EQ(Verdict({"Bearer user:analyst", "Bearer user:analyst"}), "TOKEN_DOUBLED");
}

TEST_F(CallerTest, AServiceNeedsToBeNamedByThePolicy) {
  EXPECT_EQ(Verdict({}, "programme"), "OK");
  EXPECT_EQ(Verdict({}, "training"), "denied");
  EXPECT_TRUE(Decide({}, "programme")->scope.all);
  EXPECT_TRUE(Decide({}, "programme")->access->ScopeOf("pipeline.accounts.write").IsNone());
  EXPECT_EQ(Decide({}, "programme")->principal.ToString(), "service:programme");
}

TEST_F(CallerTest, AServiceThatCallsForAUserNeedsBoth) {
  EXPECT_EQ(Verdict({"Bearer user:analyst"}, "programme"), "OK");
  EXPECT_EQ(Verdict({"Bearer user:stranger"}, "programme"), "denied");
  EXPECT_EQ(Verdict({"Bearer user:analyst"}, "training"), "denied");
  EXPECT_EQ(Verdict({"Bearer forged"}, "programme"), "TOKEN_SIGNATURE");
  // The user's rows, not the service's.
  EXPECT_FALSE(Decide({"Bearer user:seller"}, "programme")->scope.all);
}

TEST_F(CallerTest, AConduitAddsNothing) {
  EXPECT_EQ(Verdict({"Bearer user:analyst"}, "gateway"), "OK");
  EXPECT_EQ(Verdict({}, "gateway"), "TOKEN_MISSING");
  policy_.allowed_services = {"gateway"};
  EXPECT_EQ(Verdict({}, "gateway"), "TOKEN_MISSING");
}

TEST_F(CallerTest, FullScopeShutsOutThoseWithSomeRows) {
  EXPECT_EQ(Verdict({"Bearer user:seller"}), "OK");
  policy_.full_scope = true;
  EXPECT_EQ(Verdict({"Bearer user:seller"}), "denied");
  EXPECT_EQ(Verdict({"Bearer user:analyst"}), "OK");
  EXPECT_EQ(Verdict({}, "programme"), "OK");
}

TEST_F(CallerTest, AnyoneMayCallWhatNeedsNoIdentity) {
  policy_.unauthenticated = true;
  EXPECT_EQ(Verdict({}), "OK");
  EXPECT_EQ(Verdict({"Bearer forged"}), "OK");
  EXPECT_FALSE(Decide({"Bearer user:analyst"}, "")->principal.has_user());
}

TEST_F(CallerTest, AnOwnerDecidesAboutTheIdentified) {
  policy_ = {.owner_decides = true};
  EXPECT_EQ(Verdict({}), "TOKEN_MISSING");
  EXPECT_EQ(Verdict({"Bearer user:stranger"}), "OK");
  EXPECT_EQ(Verdict({}, "training"), "OK");
  EXPECT_TRUE(Decide({"Bearer user:analyst"}, "")->scope.IsNone());
}

TEST(ServiceOfTest, TakesTheLastSegmentOfTheOneUriName) {
  EXPECT_EQ(ServiceOf({"spiffe://salesops/pipeline"}), "pipeline");
  EXPECT_EQ(ServiceOf({}), "");
  EXPECT_EQ(ServiceOf({"spiffe://salesops/pipeline", "spiffe://salesops/risk"}), "");
  for (const char* name :
       {"spiffe://salesops/", "spiffe://salesops", "spiffe://other/pipeline",
        "spiffe://salesops/a/pipeline", "spiffe://salesops/Pipeline", "https://salesops/pipeline",
        "spiffe://salesops/pipeline ", "spiffe://salesops.evil/pipeline"}) {
    EXPECT_EQ(ServiceOf({name}), "") << name;
  }
}

TEST(TraceparentTest, IsTakenOnlyIfWellFormed) {
  const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(TraceparentOrNew(good), good);
  for (const std::string& bad : std::vector<std::string>{
           std::string(), std::string("00-"), good + "0", "01" + good.substr(2),
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-\"}"}) {
    const std::string made = TraceparentOrNew(bad);
    EXPECT_NE(made, bad);
    EXPECT_EQ(TraceparentOrNew(made), made);  // well-formed itself
  }
  EXPECT_NE(TraceparentOrNew(""), TraceparentOrNew(""));
}

}  // namespace
}  // namespace salesops::rpc
