#include "shared/rpc/binding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/rpc/echo_service.h"

namespace salesops::rpc {
namespace {

using google::protobuf::Message;
using ::testing::ElementsAre;

absl::StatusOr<EchoResponse> Answer(CallContext&, const EchoRequest&) { return EchoResponse(); }

class BindingDeathTest : public ::testing::Test {
 protected:
  BindingDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(BindingDeathTest, AWrongRegistrationDoesNotGetPastTheStart) {
  EXPECT_DEATH(Binding("salesops.rpc.testdata.NoService"), "no service salesops");
  Binding binding("salesops.rpc.testdata.EchoService");
  EXPECT_DEATH((binding.Unary<EchoRequest, EchoResponse>("Shout", Answer)), "no method .*Shout");
  EXPECT_DEATH((binding.Unary<EchoRequest, EchoResponse>("Watch", Answer)), "streams differently");
  EXPECT_DEATH((binding.Unary<EchoRequest, EchoRequest>(
                   "Echo", [](CallContext&, const EchoRequest& r) { return r; })),
               "other message types");
  binding.Unary<EchoRequest, EchoResponse>("Echo", Answer);
  EXPECT_DEATH((binding.Unary<EchoRequest, EchoResponse>("Echo", Answer)), "bound twice");
  Binding open("salesops.rpc.testdata.OpenService");
  EXPECT_DEATH((open.Unary<EchoRequest, EchoResponse>("Echo", Answer)), "declares no permission");
}

TEST(BindingTest, KnowsWhatIsMissing) {
  Binding binding("salesops.rpc.testdata.EchoService");
  binding.Unary<EchoRequest, EchoResponse>("Echo", Answer);
  binding.Unary<EchoRequest, EchoResponse>("Ping", Answer);
  EXPECT_THAT(binding.Missing(), ElementsAre("salesops.rpc.testdata.EchoService.EchoAll",
                                             "salesops.rpc.testdata.EchoService.Watch",
                                             "salesops.rpc.testdata.EchoService.Chat"));
}

TEST(BindingTest, TakesTheTypesOfTheContractForHandlersOfAnyType) {
  Binding binding("salesops.rpc.testdata.EchoService");
  binding.UnaryMessages("Echo",
                        [](CallContext&, const Message&, Message*) { return absl::OkStatus(); });
  const internal::Method& bound = *binding.methods().front();
  EXPECT_EQ(bound.request_prototype, &EchoRequest::default_instance());
  EXPECT_EQ(bound.response_prototype, &EchoResponse::default_instance());
  EXPECT_EQ(bound.policy.permission, "testing.echo.read");
  EXPECT_THAT(bound.policy.allowed_services, ElementsAre("pipeline"));
}

}  // namespace
}  // namespace salesops::rpc
