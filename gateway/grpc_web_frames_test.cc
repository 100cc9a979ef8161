#include "gateway/grpc_web_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/str_cat.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}

TEST(GrpcWebFrames, MessagesAreTakenApart) {
  EXPECT_THAT(*ReadGrpcWebMessages(""), IsEmpty());
  EXPECT_THAT(*ReadGrpcWebMessages(Bytes({0, 0, 0, 0, 0})), ElementsAre(""));
  EXPECT_THAT(*ReadGrpcWebMessages(Bytes({0, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0, 1, 'c'})),
              ElementsAre("ab", "c"));
}

TEST(GrpcWebFrames, WhatIsNoRowOfMessagesIsRefused) {
  const struct {
    std::string body;
    absl::StatusCode code;
    const char* reason;
  } cases[] = {
      {Bytes({0}), absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME"},
      {Bytes({0, 0, 0, 0}), absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME"},
      {Bytes({0, 0, 0, 0, 2, 'a'}), absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME"},
      {Bytes({0, 0, 0, 0, 0, 0}), absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME"},
      {Bytes({0, 255, 255, 255, 255, 'a'}), absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME"},
      {Bytes({1, 0, 0, 0, 1, 'a'}), absl::StatusCode::kUnimplemented, "GRPC_WEB_COMPRESSED"},
      {Bytes({2, 0, 0, 0, 1, 'a'}), absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME"},
      {Bytes({0x80, 0, 0, 0, 0}), absl::StatusCode::kInvalidArgument, "GRPC_WEB_FRAME"},
  };
  for (const auto& c : cases) {
    const absl::Status refused = ReadGrpcWebMessages(c.body).status();
    EXPECT_EQ(refused.code(), c.code) << refused;
    EXPECT_EQ(status::Reason(refused), c.reason);
  }
}

RC_GTEST_PROP(GrpcWebFrames, WhatIsFramedIsReadAgain, (const std::vector<std::string>& messages)) {
  std::string framed;
  for (const std::string& message : messages) AppendGrpcWebMessage(message, framed);
  const auto read = ReadGrpcWebMessages(framed);
  RC_ASSERT(read.ok());
  RC_ASSERT(std::vector<std::string>(read->begin(), read->end()) == messages);
}

TEST(GrpcWebFrames, AMessageGoesAfterWhatIsThere) {
  std::string framed = "x";
  AppendGrpcWebMessage("abc", framed);
  EXPECT_EQ(framed, absl::StrCat("x", Bytes({0, 0, 0, 0, 3, 'a', 'b', 'c'})));
}

TEST(GrpcWebFrames, Trailers) {
  std::string framed;
  AppendGrpcWebTrailers(absl::OkStatus(), {}, framed);
  EXPECT_EQ(framed, Bytes({0x80, 0, 0, 0, 16}) + "grpc-status: 0\r\n");

  framed.clear();
  AppendGrpcWebTrailers(absl::NotFoundError("100% 商\r\nx: y"),
                        {{"x-cost", "3"}, {"x-blob-bin", "AP8A"}}, framed);
  EXPECT_THAT(framed.substr(5),
              testing::MatchesRegex(
                  "grpc-status: 5\r\ngrpc-message: 100%25 %E5%95%86%0D%0Ax: y\r\n"
                  "grpc-status-details-bin: [A-Za-z0-9+/]+\r\nx-cost: 3\r\nx-blob-bin: AP8A\r\n"));
  EXPECT_EQ(framed[0], '\x80');
  EXPECT_EQ(static_cast<uint8_t>(framed[4]), framed.size() - 5);
}

}  // namespace
}  // namespace salesops::gateway
