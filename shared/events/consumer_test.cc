#include "shared/events/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "shared/events/log_fixture.h"

namespace salesops::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The log is in the fixture's schema, the read model in another.
class ConsumerTest : public LogTest {
 protected:
  ConsumerTest() {
    // Applying a fact twice breaks the key; `n` counts what was applied since the last reset.
    model_.Execute("CREATE TABLE applied (position BIGINT PRIMARY KEY, aggregate VARCHAR(200))");
    model_.Execute("CREATE TABLE total (id INT PRIMARY KEY, n BIGINT NOT NULL)");
    model_.Execute("INSERT INTO total VALUES (0, 0)");
    mysql::DatabaseOptions options = model_.options();
    options.connections = 8;
    model_db_ = *mysql::Database::Create(options);
  }

  static absl::Status ApplyTo(mysql::Transaction& tx, const v1::Event& event) {
    absl::Status inserted =
        tx.Execute("INSERT INTO applied VALUES (?, ?)", {event.position(), event.aggregate()})
            .status();
    if (!inserted.ok()) return inserted;
    return tx.Execute("UPDATE total SET n = n + 1").status();
  }
  static absl::Status Empty(mysql::Transaction& tx) {
    absl::Status deleted = tx.Execute("DELETE FROM applied").status();
    if (!deleted.ok()) return deleted;
    return tx.Execute("UPDATE total SET n = 0").status();
  }

  Consumer::Options Quick() {
    Consumer::Options options;
    options.name = "model";
    options.method = "/test/WatchEvents";
    options.retry_least = absl::Milliseconds(1);
    options.retry_most = absl::Milliseconds(10);
    return options;
  }
  std::unique_ptr<Consumer> Start(const Consumer::Options& options,
                                  Consumer::Apply apply = ApplyTo) {
    return Consumer::Start(model_db_.get(), std::make_shared<LogChannel>(db_.get()), options,
                           std::move(apply), Empty);
  }

  std::vector<std::string> Applied() {
    const auto rows = model_db_->Read(Within(), [](mysql::Connection& c) {
      return c.Query("SELECT aggregate FROM applied ORDER BY position LIMIT 100000", {},
                     [](mysql::Row& r) { return r.String(0); });
    });
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.value_or(std::vector<std::string>{});
  }
  int64_t Total() {
    return **model_db_->Read(Within(), [](mysql::Connection& c) {
      return c.QueryOne("SELECT n FROM total", {}, [](mysql::Row& r) { return r.Int64(0); });
    });
  }

  testing::ThrowAwaySchema model_{{EventsMigrations()}};
  std::unique_ptr<mysql::Database> model_db_;
};

TEST_F(ConsumerTest, AppliesWhatThereIsAndThenWhatComes) {
  Commit({PlainFact("a"), PlainFact("b")});
  Sequence();
  std::atomic<int> applied{0};
  Consumer::Options options = Quick();
  options.on_applied = [&] { ++applied; };
  auto consumer = Start(options);
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 2; }));
  EXPECT_TRUE(Eventually([&] { return consumer->caught_up(); }));
  Commit({PlainFact("c")});
  Sequence();
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 3; }));
  EXPECT_TRUE(consumer->connected());
  EXPECT_GE(consumer->lag(), absl::ZeroDuration());
  EXPECT_LT(consumer->lag(), absl::Seconds(20));
  EXPECT_GE(applied, 2);
  EXPECT_THAT(Applied(), ElementsAre("a", "b", "c"));
}

TEST_F(ConsumerTest, GoesOnWhereItStopped) {
  Commit({PlainFact("a")});
  Sequence();
  auto consumer = Start(Quick());
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 1; }));
  consumer.reset();
  Commit({PlainFact("b")});
  Sequence();
  consumer = Start(Quick());
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 2; }));
  EXPECT_THAT(Applied(), ElementsAre("a", "b"));
  EXPECT_EQ(Total(), 2);
}

TEST_F(ConsumerTest, TwoConsumersThatFailAllTheTimeApplyEachFactOnce) {
  constexpr int kFacts = 3000;
  std::atomic<int> failures{0};
  auto flaky = [&](int seed) {
    auto random = std::make_shared<std::mt19937>(seed);
    return [&failures, random](mysql::Transaction& tx, const v1::Event& event) -> absl::Status {
      absl::Status applied = ApplyTo(tx, event);
      if ((*random)() % 300 != 0) return applied;
      ++failures;
      return absl::InternalError("injected");
    };
  };
  auto breaking = [&](int seed) {
    auto channel = std::make_shared<LogChannel>(db_.get());
    auto random = std::make_shared<std::mt19937>(seed);
    channel->before_response = [&failures, random](int) -> absl::Status {
      if ((*random)() % 10 != 0) return absl::OkStatus();
      ++failures;
      return absl::UnavailableError("injected");
    };
    return channel;
  };
  auto one = Consumer::Start(model_db_.get(), breaking(1), Quick(), flaky(2), Empty);
  auto two = Consumer::Start(model_db_.get(), breaking(3), Quick(), flaky(4), Empty);
  std::mt19937 random(5);
  for (int made = 0; made < kFacts;) {
    const int more = std::min<int>(kFacts - made, 1 + random() % 150);
    Commit(std::vector<Fact>(more, PlainFact("a")));
    made += more;
    Sequence();
  }
  EXPECT_TRUE(Eventually([&] { return one->position() == kFacts && two->position() == kFacts; }));
  EXPECT_EQ(Total(), kFacts);
  EXPECT_EQ(Applied().size(), static_cast<size_t>(kFacts));
  EXPECT_GT(failures, 0);
}

TEST_F(ConsumerTest, AnotherIdentityOfTheLogRebuildsTheReadModel) {
  Commit({PlainFact("a"), PlainFact("b")});
  Sequence();
  auto one = Start(Quick());
  auto two = Start(Quick());
  EXPECT_TRUE(Eventually([&] { return one->position() == 2 && two->position() == 2; }));
  // What only the lost log told.
  model_.Execute("INSERT INTO applied VALUES (1000, 'lost')");
  model_.Execute("UPDATE total SET n = n + 1");
  ASSERT_TRUE(RenewLog(*db_, Within()).ok());
  Commit({PlainFact("c")});
  Sequence();
  EXPECT_TRUE(Eventually([&] { return Applied() == std::vector<std::string>{"a", "b", "c"}; }));
  EXPECT_TRUE(Eventually([&] { return one->position() == 3 && two->position() == 3; }));
  EXPECT_EQ(Total(), 3);
}

TEST_F(ConsumerTest, ALogThatGotShorterRebuildsTheReadModel) {
  Commit({PlainFact("a"), PlainFact("b"), PlainFact("c")});
  Sequence();
  auto consumer = Start(Quick());
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 3; }));
  consumer.reset();
  Do("DELETE FROM event_log WHERE position > 1");
  Do("DELETE FROM outbox WHERE seq > 1");
  Do("UPDATE event_head SET position = 1, high_seq = 1");
  consumer = Start(Quick());
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 1 && Total() == 1; }));
  EXPECT_THAT(Applied(), ElementsAre("a"));
}

TEST_F(ConsumerTest, RequestRebuildBuildsTheReadModelAgain) {
  Commit({PlainFact("a"), PlainFact("b")});
  Sequence();
  auto consumer = Start(Quick());
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 2; }));
  model_.Execute("DELETE FROM applied WHERE position = 1");
  ASSERT_TRUE(RequestRebuild(*model_db_, Within(), "model").ok());
  Commit({PlainFact("c")});
  Sequence();
  EXPECT_TRUE(Eventually([&] { return Applied() == std::vector<std::string>{"a", "b", "c"}; }));
  EXPECT_EQ(Total(), 3);
}

TEST_F(ConsumerTest, APurgedLogWithoutASnapshotIsAnErrorThatIsTold) {
  Commit({PlainFact("a")});
  Sequence();
  Do("UPDATE event_log SET sequenced_at = sequenced_at - INTERVAL 31 DAY");
  ASSERT_EQ(*PurgeOutbox(*db_, Within(), absl::Hours(24 * 30)), 1);
  std::atomic<bool> told{false};
  Consumer::Options options = Quick();
  options.on_error = [&](const absl::Status& status) { told = absl::IsOutOfRange(status); };
  auto consumer = Start(options);
  EXPECT_TRUE(Eventually([&] { return told.load(); }));
  EXPECT_EQ(consumer->position(), 0);
}

TEST_F(ConsumerTest, APurgedLogIsReplacedByTheSnapshotAndTheTail) {
  Commit({PlainFact("a"), PlainFact("b")});
  Sequence();
  Do("UPDATE event_log SET sequenced_at = sequenced_at - INTERVAL 31 DAY");
  ASSERT_EQ(*PurgeOutbox(*db_, Within(), absl::Hours(24 * 30)), 2);
  Commit({PlainFact("c")});
  Sequence();
  Consumer::Options options = Quick();
  options.snapshot = []() -> absl::StatusOr<Consumer::Snapshot> {
    return Consumer::Snapshot{2, [](mysql::Transaction& tx) {
                                return tx.Execute("INSERT INTO applied VALUES (2, 'a+b')").status();
                              }};
  };
  auto consumer = Start(options);
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 3; }));
  EXPECT_TRUE(Eventually([&] { return Applied() == std::vector<std::string>{"a+b", "c"}; }));
}

TEST_F(ConsumerTest, UnwantedTypesMoveThePositionToo) {
  Commit({PlainFact("a", "", "test.Wanted"), PlainFact("b", "", "test.Other")});
  Sequence();
  Consumer::Options options = Quick();
  options.types = {"test.Wanted"};
  auto consumer = Start(options);
  EXPECT_TRUE(Eventually([&] { return consumer->position() == 2; }));
  EXPECT_THAT(Applied(), ElementsAre("a"));
}

TEST_F(ConsumerTest, StopsWhileThePeerCannotBeReached) {
  auto channel = std::make_shared<LogChannel>(db_.get());
  std::atomic<int> tries{0};
  channel->before_response = [&](int) {
    ++tries;
    return absl::UnavailableError("no route");
  };
  auto consumer = Consumer::Start(model_db_.get(), channel, Quick(), ApplyTo, Empty);
  EXPECT_TRUE(Eventually([&] { return tries > 3; }));
  EXPECT_FALSE(consumer->connected());
  consumer.reset();
  EXPECT_THAT(Applied(), IsEmpty());
}

}  // namespace
}  // namespace salesops::events
