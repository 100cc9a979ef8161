#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "shared/log/log.h"
#include "shared/metrics/metrics.h"
#include "shared/rpc/echo_service.h"
#include "shared/status/status.h"
#include "shared/testing/in_process_server.h"

namespace salesops::rpc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The lines logged while it lives.
class Lines {
 public:
  Lines() {
    log::Start({.sink = [this](absl::string_view line) {
      std::lock_guard lock(mu_);
      lines_.emplace_back(line);
    }});
  }
  ~Lines() { log::Stop(); }
  std::vector<std::string> Get() {
    log::Flush();
    std::lock_guard lock(mu_);
    return lines_;
  }

 private:
  std::mutex mu_;
  std::vector<std::string> lines_;
};

TEST(CallRecordTest, EachCallLeavesOneLineAndIsCounted) {
  Lines lines;
  EchoService service;
  service.echo = [](CallContext& ctx, const EchoRequest& request) -> absl::StatusOr<EchoResponse> {
    if (request.text() == "fail") return status::Internal("disk on fire");
    return Reply(ctx, request);
  };
  {
    testing::InProcessServer server(service.Bind(), {.log_calls = true});
    EchoRequest request = Ask("confidential");
    request.set_request_id("r-1");
    rpc::CallOptions options = testing::InProcessServer::As("alice");
    options.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    ASSERT_TRUE(CallUnary<EchoResponse>(server.channel(), kEcho, request, options).ok());
    EXPECT_FALSE(server.Call<EchoResponse>("alice", kEcho, Ask("fail")).ok());
    EXPECT_FALSE(CallUnary<EchoResponse>(server.channel(), kEcho, request, {}).ok());
  }
  const std::vector<std::string> got = lines.Get();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_THAT(got[0], AllOf(HasSubstr(kEcho), HasSubstr("\"OK\""), HasSubstr("user:alice"),
                            HasSubstr("0af7651916cd43dd8448eb211c80319c"), HasSubstr("r-1"),
                            HasSubstr("127.0.0.1"), Not(HasSubstr("confidential"))));
  EXPECT_THAT(got[1], AllOf(HasSubstr("\"INTERNAL\""), HasSubstr("disk on fire")));
  EXPECT_THAT(got[2], AllOf(HasSubstr("UNAUTHENTICATED"), HasSubstr("TOKEN_MISSING")));
  const std::string metrics = metrics::Text();
  EXPECT_THAT(metrics, HasSubstr("salesops_calls_total"));
  EXPECT_THAT(metrics, HasSubstr("code=\"UNAUTHENTICATED\""));
}

TEST(CallRecordTest, TheServerSaysHowFullItIs) {
  testing::InProcessServer server(EchoService().Bind());
  for (const char* name :
       {"salesops_calls_in_flight 0", "salesops_calls_queued 0", "salesops_streams_open 0"}) {
    EXPECT_THAT(metrics::Text(), HasSubstr(name));
  }
}

}  // namespace
}  // namespace salesops::rpc
