#pragma once

// For tests: a schema with the event tables, facts in it, and a channel that serves them without a
// network.
//
// Thread-safety: the channel is safe from any thread; the fixture belongs to the test's.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "migrations/events.h"
#include "shared/base/clock.h"
#include "shared/events/event_log.h"
#include "shared/events/outbox.h"
#include "shared/mysql/migrations.h"
#include "shared/rpc/channel.h"
#include "shared/status/status.h"
#include "shared/testing/throw_away_schema.h"

namespace salesops::events {

inline Fact PlainFact(const std::string& aggregate, const std::string& payload = "",
                      const std::string& type = "test.Changed") {
  return Fact{"thing", aggregate, type, payload};
}

// True as soon as `condition` is; false after `limit`.
template <class Condition>
bool Eventually(Condition condition, absl::Duration limit = absl::Minutes(3)) {
  const absl::Time end = absl::Now() + limit;
  while (absl::Now() < end) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return condition();
}

inline base::DeadlineContext Within(absl::Duration left = absl::Seconds(30)) {
  return base::DeadlineContext(absl::Now() + left);
}

class LogTest : public ::testing::Test {
 protected:
  LogTest() : LogTest(std::vector<mysql::MigrationSet>{}) {}
  explicit LogTest(std::vector<mysql::MigrationSet> more) : schema_(WithEvents(std::move(more))) {
    db_ = Open(40);
  }

  // A pool of its own, as another replica has.
  std::unique_ptr<mysql::Database> Open(int connections,
                                        absl::Duration wait_timeout = absl::Seconds(10)) {
    mysql::DatabaseOptions options = schema_.options();
    options.connections = connections;
    options.session_wait_timeout = wait_timeout;
    return *mysql::Database::Create(options);
  }

  // As the administrator.
  void Do(const std::string& sql) { schema_.Execute(sql); }

  int64_t Number(const std::string& sql) {
    const auto n = db_->Read(Within(), [&](mysql::Connection& c) {
      return c.QueryOne(sql, {}, [](mysql::Row& row) { return row.Int64(0); });
    });
    EXPECT_TRUE(n.ok()) << n.status() << status::LogDetail(n.status());
    return n.ok() ? n->value_or(-1) : -1;
  }
  int64_t Count(const std::string& table) {
    return Number(absl::StrCat("SELECT COUNT(*) FROM ", table));
  }

  // Appends in one transaction.
  void Commit(const std::vector<Fact>& facts) {
    const absl::Status done = db_->RunInTransaction(Within(), [&](mysql::Transaction& tx) {
      return Append(tx, base::SystemClock().Now(), "", facts);
    });
    ASSERT_TRUE(done.ok()) << done << status::LogDetail(done);
  }

  int Sequence() {
    const absl::StatusOr<int> numbered = SequenceOnce(*db_, Within());
    EXPECT_TRUE(numbered.ok()) << numbered.status() << status::LogDetail(numbered.status());
    return numbered.value_or(-1);
  }

  absl::StatusOr<Slice> Events(int64_t after = 0, const std::vector<std::string>& types = {}) {
    return db_->Read(Within(), [&](mysql::Connection& c) { return ReadEvents(c, after, types); });
  }

  Head ReadTheHead() {
    const absl::StatusOr<Head> head = db_->Read(Within(), ReadHead);
    EXPECT_TRUE(head.ok()) << head.status();
    return head.value_or(Head{});
  }

  // The aggregates of the events after a position, in order.
  std::vector<std::string> Aggregates(int64_t after = 0) {
    std::vector<std::string> names;
    const absl::StatusOr<Slice> slice = Events(after);
    EXPECT_TRUE(slice.ok()) << slice.status();
    if (!slice.ok()) return {};
    for (const v1::Event& event : slice->events) names.push_back(event.aggregate());
    return names;
  }

  absl::Time DatabaseTime() {
    return **db_->Read(Within(), [](mysql::Connection& c) {
      return c.QueryOne("SELECT UTC_TIMESTAMP(6)", {}, [](mysql::Row& r) { return r.Time(0); });
    });
  }

 private:
  static std::vector<mysql::MigrationSet> WithEvents(std::vector<mysql::MigrationSet> more) {
    more.insert(more.begin(), EventsMigrations());
    return more;
  }

 protected:
  testing::ThrowAwaySchema schema_;
  std::unique_ptr<mysql::Database> db_;
};

// Serves WatchEvents from a database, in the calling thread, as the real service does.
class LogChannel : public rpc::Channel {
 public:
  explicit LogChannel(mysql::Database* log) : log_(log) {}

  // Called before each response with its number; an error ends the stream with it.
  std::function<absl::Status(int)> before_response;

  absl::Status Call(const std::string&, const google::protobuf::Message&,
                    google::protobuf::Message*, const rpc::CallOptions&) override {
    return absl::UnimplementedError("only streams");
  }

  absl::Status Stream(const std::string&, const google::protobuf::Message& request,
                      const google::protobuf::Message&, const rpc::CallOptions&,
                      const std::function<bool(const google::protobuf::Message&)>& visit) override {
    const int stream = cancels_.load();
    const auto& watch = static_cast<const v1::WatchEventsRequest&>(request);
    const std::vector<std::string> types(watch.types().begin(), watch.types().end());
    int64_t after = watch.after_position();
    for (bool first = true; cancels_.load() == stream;) {
      if (before_response) {
        absl::Status status = before_response(responses_++);
        if (!status.ok()) return status;
      }
      absl::StatusOr<Slice> slice =
          log_->Read(Within(), [&](mysql::Connection& c) { return ReadEvents(c, after, types); });
      if (!slice.ok()) return slice.status();
      after = slice->seen;
      if (slice->events.empty() && !first) {
        Rest();
        continue;
      }
      first = false;
      v1::WatchEventsResponse response;
      response.set_log_id(slice->log_id);
      response.set_position(std::min(slice->seen, slice->head_position));
      for (v1::Event& event : slice->events) *response.add_events() = event;
      if (!visit(response)) break;
    }
    return absl::CancelledError("cancelled");
  }

  absl::Status Exchange(const std::string&, const std::function<bool(google::protobuf::Message*)>&,
                        const google::protobuf::Message&, const google::protobuf::Message&,
                        const rpc::CallOptions&,
                        const std::function<bool(const google::protobuf::Message&)>&) override {
    return absl::UnimplementedError("only streams");
  }

  void Cancel() override {
    ++cancels_;
    resting_.notify_all();
  }

 private:
  void Rest() {
    std::unique_lock<std::mutex> lock(mutex_);
    resting_.wait_for(lock, std::chrono::milliseconds(5));
  }

  mysql::Database* const log_;
  std::atomic<int> cancels_{0};
  std::atomic<int> responses_{0};
  std::mutex mutex_;
  std::condition_variable resting_;
};

}  // namespace salesops::events
