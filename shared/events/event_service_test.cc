#include "shared/events/event_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "salesops/organization/v1/events.pb.h"
#include "shared/events/consumer.h"
#include "shared/events/log_fixture.h"
#include "shared/testing/in_process_server.h"

namespace salesops::events {
namespace {

constexpr char kService[] = "salesops.organization.v1.EventService";
constexpr char kWatchEvents[] = "/salesops.organization.v1.EventService/WatchEvents";

// Says who it is, as a service's certificate does.
class SignedIn final : public rpc::Channel {
 public:
  explicit SignedIn(std::shared_ptr<rpc::Channel> inner) : inner_(std::move(inner)) {}
  absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response, const rpc::CallOptions& options) override {
    return inner_->Call(method, request, response, Signed(options));
  }
  absl::Status Stream(const std::string& method, const google::protobuf::Message& request,
                      const google::protobuf::Message& prototype, const rpc::CallOptions& options,
                      const std::function<bool(const google::protobuf::Message&)>& visit) override {
    return inner_->Stream(method, request, prototype, Signed(options), visit);
  }
  absl::Status Exchange(
      const std::string& method, const std::function<bool(google::protobuf::Message*)>& next,
      const google::protobuf::Message& request_prototype,
      const google::protobuf::Message& response_prototype, const rpc::CallOptions& options,
      const std::function<bool(const google::protobuf::Message&)>& visit) override {
    return inner_->Exchange(method, next, request_prototype, response_prototype, Signed(options),
                            visit);
  }
  void Cancel() override { inner_->Cancel(); }

 private:
  static rpc::CallOptions Signed(rpc::CallOptions options) {
    options.token = "user:service";
    return options;
  }
  const std::shared_ptr<rpc::Channel> inner_;
};

class EventServiceTest : public LogTest {
 protected:
  EventServiceTest() {
    testing::InProcessServer::Options options;
    options.dependencies.thread_scope = [] {
      return std::make_shared<mysql::ThreadRegistration>();
    };
    server_ =
        std::make_unique<testing::InProcessServer>(BindEventService(kService, db_.get()), options);
  }

  // Reads until `enough` says so; the status is the stream's.
  absl::Status Watch(const v1::WatchEventsRequest& request,
                     const std::function<bool(const v1::WatchEventsResponse&)>& enough) {
    return server_->channel().Stream(
        kWatchEvents, request, v1::WatchEventsResponse::default_instance(),
        testing::InProcessServer::As("analyst"), [&](const google::protobuf::Message& message) {
          return !enough(static_cast<const v1::WatchEventsResponse&>(message));
        });
  }

  std::unique_ptr<testing::InProcessServer> server_;
};

TEST_F(EventServiceTest, TheFirstResponseComesAtOnceAndNamesTheLog) {
  v1::WatchEventsResponse first;
  const absl::Time began = absl::Now();
  Watch({}, [&](const v1::WatchEventsResponse& response) {
    first = response;
    return true;
  }).IgnoreError();
  EXPECT_LT(absl::Now() - began, absl::Seconds(4));
  EXPECT_EQ(first.log_id(), ReadTheHead().log_id);
  EXPECT_EQ(first.position(), 0);
  EXPECT_EQ(first.events_size(), 0);
}

TEST_F(EventServiceTest, StreamsWhatIsThereInBatchesOf200) {
  Commit(std::vector<Fact>(450, PlainFact("a")));
  Sequence();
  std::vector<int> sizes;
  int64_t last = 0;
  v1::WatchEventsRequest request;
  request.set_after_position(10);
  Watch(request, [&](const v1::WatchEventsResponse& response) {
    sizes.push_back(response.events_size());
    last = response.position();
    return last == 450;
  }).IgnoreError();
  EXPECT_THAT(sizes, ::testing::ElementsAre(200, 200, 40));
}

TEST_F(EventServiceTest, AnIdleStreamIsWokenByProgress) {
  Sequencer::Options options;
  options.on_progress = [&] { server_->server().WakeProducers(); };
  auto sequencer_db = Open(2);
  auto sequencer = Sequencer::Start(sequencer_db.get(), options);
  int responses = 0;
  absl::Time committed;
  Watch({}, [&](const v1::WatchEventsResponse& response) {
    if (++responses > 1) return response.events_size() > 0;
    Commit({PlainFact("a")});
    committed = absl::Now();
    return false;
  }).IgnoreError();
  EXPECT_EQ(responses, 2);
  EXPECT_LT(absl::Now() - committed, absl::Seconds(2));  // long before the next heartbeat
}

TEST_F(EventServiceTest, AnotherPartitionAndAPurgedPositionAreRefused) {
  v1::WatchEventsRequest request;
  request.set_partition(1);
  EXPECT_TRUE(absl::IsInvalidArgument(Watch(request, [](const auto&) { return false; })));

  Commit({PlainFact("a")});
  Sequence();
  Do("UPDATE event_log SET sequenced_at = sequenced_at - INTERVAL 31 DAY");
  ASSERT_EQ(*PurgeOutbox(*db_, Within(), absl::Hours(24 * 30)), 1);
  const absl::Status purged = Watch({}, [](const auto&) { return false; });
  EXPECT_TRUE(absl::IsOutOfRange(purged)) << purged;
  EXPECT_EQ(status::Reason(purged), "EVENTS_PURGED");
}

TEST_F(EventServiceTest, AStreamEndsWellBeforeItsDeadline) {
  rpc::CallOptions options = testing::InProcessServer::As("analyst");
  options.timeout = absl::Milliseconds(1500);
  const absl::Status ended = server_->channel().Stream(
      kWatchEvents, v1::WatchEventsRequest(), v1::WatchEventsResponse::default_instance(), options,
      [](const google::protobuf::Message&) { return true; });
  EXPECT_TRUE(ended.ok()) << ended;
}

TEST_F(EventServiceTest, AConsumerFollowsOverARealConnection) {
  testing::ThrowAwaySchema model({EventsMigrations()});
  Consumer::Options options;
  options.name = "model";
  options.method = kWatchEvents;
  std::atomic<int> applied{0};
  auto channel = std::make_shared<SignedIn>(rpc::OpenChannel(server_->target(), {}));
  auto consumer = Consumer::Start(
      &model.database(), channel, options,
      [&](mysql::Transaction&, const v1::Event&) {
        ++applied;
        return absl::OkStatus();
      },
      [](mysql::Transaction&) { return absl::OkStatus(); });
  Commit(std::vector<Fact>(300, PlainFact("a")));
  Sequence();
  server_->server().WakeProducers();
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 300; }));
  EXPECT_EQ(applied, 300);
}

}  // namespace
}  // namespace salesops::events
