#include "shared/rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/rpc/channel.h"
#include "shared/rpc/echo_service.h"
#include "shared/testing/in_process_server.h"

namespace salesops::rpc {
namespace {

using testing::InProcessServer;

TEST(ServerTest, AnswersAUnaryCall) {
  InProcessServer server(EchoService().Bind());
  auto answer = server.Call<EchoResponse>("alice", kEcho, Ask("hello"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->text(), "hello");
  EXPECT_EQ(answer->principal(), "user:alice");
}

TEST(ServerTest, AnswersAServerStream) {
  InProcessServer server(EchoService().Bind());
  EchoRequest request;
  request.set_count(3);
  std::vector<std::string> got;
  absl::Status status = server.channel().Stream(
      kWatch, request, EchoResponse::default_instance(), InProcessServer::As("alice"),
      [&](const google::protobuf::Message& m) {
        got.push_back(static_cast<const EchoResponse&>(m).text());
        return true;
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(got, ::testing::ElementsAre("1", "2", "3"));
}

TEST(ServerTest, AnswersAnExchange) {
  InProcessServer server(EchoService().Bind());
  int asked = 0;
  std::vector<std::string> got;
  absl::Status status = server.channel().Exchange(
      kChat,
      [&](google::protobuf::Message* m) {
        static_cast<EchoRequest*>(m)->set_text(absl::StrCat("q", asked));
        return asked++ < 3;
      },
      EchoRequest::default_instance(), EchoResponse::default_instance(),
      InProcessServer::As("alice"),
      [&](const google::protobuf::Message& m) {
        got.push_back(static_cast<const EchoResponse&>(m).text());
        return true;
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(got, ::testing::ElementsAre("q0", "q1", "q2"));
}

}  // namespace
}  // namespace salesops::rpc
