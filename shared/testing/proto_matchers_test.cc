#include "shared/testing/proto_matchers.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace salesops::testing {
namespace {

google::rpc::ErrorInfo Info() {
  google::rpc::ErrorInfo info;
  info.set_reason("NOT_FOUND");
  info.set_domain("salesops");
  return info;
}

TEST(ProtoMatchersTest, CompareMessagesAndText) {
  EXPECT_THAT(Info(), EqualsProto(Info()));
  EXPECT_THAT(Info(), EqualsProto(R"pb(reason: "NOT_FOUND" domain: "salesops")pb"));
  EXPECT_THAT(Info(), Not(EqualsProto(R"pb(reason: "NOT_FOUND")pb")));
  EXPECT_THAT(Info(), PartlyEqualsProto(R"pb(reason: "NOT_FOUND")pb"));
  EXPECT_THAT(Info(), Not(PartlyEqualsProto(R"pb(reason: "OTHER")pb")));
}

TEST(ProtoMatchersTest, SayWhatDiffers) {
  EXPECT_THAT(
      ProtoDifference(Info(), R"pb(reason: "OTHER" domain: "salesops")pb", ProtoScope::kWhole),
      "modified: reason: \"OTHER\" -> \"NOT_FOUND\"\n");
  EXPECT_THAT(ProtoDifference(Info(), "{", ProtoScope::kWhole),
              "the expected text is not a google.rpc.ErrorInfo");
  EXPECT_THAT(ProtoDifference(Info(), google::rpc::Status(), ProtoScope::kWhole),
              "it is a google.rpc.ErrorInfo, not a google.rpc.Status");
}

}  // namespace
}  // namespace salesops::testing
