// Who gets data about people when processes call each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "salesops/organization/v1/seller.pb.h"
#include "tests/stack/stack.h"

namespace salesops::stack {
namespace {

namespace v1 = organization::v1;
constexpr char kExport[] = "/salesops.organization.v1.SellerService/ExportSellers";

TEST(PersonalData, AServiceThatCallsForItselfGetsNone) {
  Stack stack;
  const auto created = stack.Http().Send(
      "POST", "/organization/v1/sellers?sellerId=li",
      {{"displayName", "李雷"}, {"email", "li@example.cn"}, {"phone", "+86 10 1234"}});
  ASSERT_EQ(created.code, 200) << created.body;
  const auto exported = [](rpc::Channel& channel, const rpc::CallOptions& options) {
    v1::Seller seller;
    const absl::Status status = channel.Stream(
        kExport, v1::ExportSellersRequest(), v1::ExportSellersResponse::default_instance(), options,
        [&seller](const google::protobuf::Message& message) {
          const auto& part = static_cast<const v1::ExportSellersResponse&>(message);
          if (part.sellers_size() == 1) seller = part.sellers(0);
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(seller.display_name(), "李雷");
    return seller;
  };
  const v1::Seller to_a_user = exported(*stack.OrganizationChannel(), stack.AsAdmin());
  EXPECT_EQ(to_a_user.email(), "li@example.cn");
  EXPECT_EQ(to_a_user.phone(), "+86 10 1234");
  const v1::Seller to_a_service =
      exported(*stack.OrganizationChannelOf("pipeline"), {.wait_for_ready = true});
  EXPECT_EQ(to_a_service.email(), "");
  EXPECT_EQ(to_a_service.phone(), "");
}

}  // namespace
}  // namespace salesops::stack
