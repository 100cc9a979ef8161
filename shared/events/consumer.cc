#include "shared/events/consumer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "shared/base/clock.h"
#include "shared/events/event_log.h"
#include "shared/events/proto_time.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::events {
namespace {

constexpr absl::Duration kStreamTimeout = absl::Minutes(10);
constexpr absl::Duration kTransactionLimit = absl::Seconds(15);

base::DeadlineContext Within(absl::Duration limit) {
  return base::DeadlineContext(base::SystemClock().Now() + limit);
}

// The row of consumer_position.
struct Place {
  std::string log_id;  // empty = never heard of the log, or a rebuild was asked for
  int64_t position = 0;
};

absl::StatusOr<std::optional<Place>> ReadPlace(mysql::Connection& c, const std::string& name) {
  return c.QueryOne("SELECT log_id, position FROM consumer_position WHERE name = ?", {name},
                    [](mysql::Row& r) {
                      return Place{r.String(0), r.Int64(1)};
                    });
}

// Moves the row if it still stands where `from` says; also locks it, so of two consumers the second
// waits for the first and then finds it moved.
absl::StatusOr<bool> CompareAndSet(mysql::Connection& c, const std::string& name, const Place& from,
                                   const Place& to) {
  ASSIGN_OR_RETURN(const int64_t rows,
                   c.Execute("UPDATE consumer_position"
                             " SET log_id = ?, position = ?, applied_at = UTC_TIMESTAMP(6)"
                             " WHERE name = ? AND log_id = ? AND position = ?",
                             {to.log_id, to.position, name, from.log_id, from.position}));
  return rows == 1;
}

class StreamConsumer final : public Consumer {
 public:
  StreamConsumer(mysql::Database* db, std::shared_ptr<rpc::Channel> channel, const Options& options,
                 Apply apply, Reset reset)
      : db_(db),
        channel_(std::move(channel)),
        options_(options),
        apply_(std::move(apply)),
        reset_(std::move(reset)),
        thread_([this] { Run(); }) {}

  ~StreamConsumer() override {
    std::unique_lock<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    // A stream that is just being opened does not feel the first Cancel.
    while (!ended_) {
      channel_->Cancel();
      changed_.wait_for(lock, std::chrono::milliseconds(20), [&] { return ended_; });
    }
    lock.unlock();
    thread_.join();
  }

  absl::Duration lag() const override { return absl::Microseconds(lag_micros_.load()); }
  int64_t position() const override { return position_.load(); }
  bool connected() const override { return connected_.load(); }
  bool caught_up() const override { return caught_up_.load(); }

 private:
  // What became of a response.
  enum class Next { kReadOn, kReopen };

  void Run() {
    {
      mysql::ThreadRegistration registration;
      absl::Duration pause = options_.retry_least;
      while (!stopping_) {
        heard_ = false;
        const absl::Status status = FollowStream();
        connected_ = false;
        if (stopping_) break;
        if (!status.ok() && options_.on_error) options_.on_error(status);
        if (heard_) pause = options_.retry_least;
        if (status.ok() && heard_) continue;  // the server ended the stream, as it does
        PauseFor(pause);
        pause = std::min(pause * 2, options_.retry_most);
      }
    }
    std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  void PauseFor(absl::Duration pause) {
    const absl::Duration jittered = pause * absl::Uniform(random_, 0.75, 1.25);
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoMicroseconds(jittered), [&] { return stopping_.load(); });
  }

  // One stream, from opening it to its end.
  absl::Status FollowStream() {
    RETURN_IF_ERROR(LoadPlace());
    v1::WatchEventsRequest request;
    request.set_after_position(place_.position);
    for (const std::string& type : options_.types) request.add_types(type);
    streamed_ = place_.position;

    // Set once the stream has served its purpose; responses under way still arrive.
    std::optional<absl::Status> over;
    const absl::Status ended = channel_->Stream(
        options_.method, request, v1::WatchEventsResponse::default_instance(),
        rpc::CallOptions{.timeout = kStreamTimeout}, [&](const google::protobuf::Message& message) {
          if (stopping_ || over) return false;
          const bool first = !connected_.exchange(true);
          const absl::StatusOr<Next> next =
              Take(static_cast<const v1::WatchEventsResponse&>(message), first);
          if (!next.ok() || *next == Next::kReopen) over = next.status();
          heard_ |= next.ok();
          return !over && !stopping_;
        });
    if (over) return *over;
    if (absl::IsOutOfRange(ended) && options_.snapshot) return RebuildFromSnapshot();
    return ended;
  }

  absl::StatusOr<Next> Take(const v1::WatchEventsResponse& response, bool first) {
    if (response.log_id() != place_.log_id) {
      // In the middle of a stream it may be a late word of the old log; a new stream will tell.
      if (!first) return Next::kReopen;
      return StartAgain(response.log_id());
    }
    if (first && response.position() < place_.position) {
      // Shorter than what was applied: the log was put back without a new identity.
      return StartAgain(response.log_id());
    }
    return ApplyResponse(response);
  }

  // Empties the read model and takes up the log `log_id` from its beginning.
  absl::StatusOr<Next> StartAgain(const std::string& log_id) {
    const Place beginning{log_id, 0};
    caught_up_ = false;
    RETURN_IF_ERROR(db_->RunInTransaction(
        Within(kTransactionLimit), [&](mysql::Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(const bool won, CompareAndSet(tx, options_.name, place_, beginning));
          return won ? reset_(tx) : absl::OkStatus();  // else another replica did it
        }));
    RETURN_IF_ERROR(LoadPlace());
    TellApplied();
    return Next::kReopen;
  }

  absl::StatusOr<Next> ApplyResponse(const v1::WatchEventsResponse& response) {
    while (response.position() > place_.position) {
      const Place target{place_.log_id, response.position()};
      ASSIGN_OR_RETURN(const bool won, ApplyOnce(response, target));
      if (won) {
        place_ = target;
        NoteApplied(response);
        break;
      }
      RETURN_IF_ERROR(LoadPlace());
      // Another replica moved on: what is left of this response may still be ours to apply. Moved
      // back or to another log (a rebuild), this stream is of no use.
      if (place_.log_id != response.log_id() || place_.position < streamed_) return Next::kReopen;
      NoteApplied(response);
    }
    streamed_ = std::max(streamed_, response.position());
    const bool caught_up = response.events_size() < kMaxBatch;
    if (caught_up_.exchange(caught_up) != caught_up) TellApplied();
    return Next::kReadOn;
  }

  // False if another replica was faster.
  absl::StatusOr<bool> ApplyOnce(const v1::WatchEventsResponse& response, const Place& target) {
    return db_->RunInTransaction(
        Within(kTransactionLimit), [&](mysql::Transaction& tx) -> absl::StatusOr<bool> {
          ASSIGN_OR_RETURN(const bool won, CompareAndSet(tx, options_.name, place_, target));
          if (!won) return false;
          for (const v1::Event& event : response.events()) {
            if (event.position() <= place_.position) continue;
            RETURN_IF_ERROR(apply_(tx, event));
          }
          return true;
        });
  }

  absl::Status RebuildFromSnapshot() {
    ASSIGN_OR_RETURN(const Snapshot snapshot, options_.snapshot());
    const Place target{place_.log_id, snapshot.position};
    RETURN_IF_ERROR(db_->RunInTransaction(
        Within(kTransactionLimit), [&](mysql::Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(const bool won, CompareAndSet(tx, options_.name, place_, target));
          if (!won) return absl::OkStatus();  // another replica is at it
          RETURN_IF_ERROR(reset_(tx));
          return snapshot.fill(tx);
        }));
    RETURN_IF_ERROR(LoadPlace());
    TellApplied();
    return absl::OkStatus();
  }

  absl::Status LoadPlace() {
    return db_->Read(Within(kTransactionLimit), [&](mysql::Connection& c) -> absl::Status {
      ASSIGN_OR_RETURN(std::optional<Place> place, ReadPlace(c, options_.name));
      if (!place) {
        RETURN_IF_ERROR(c.Execute("INSERT IGNORE INTO consumer_position"
                                  " (name, log_id, position, applied_at)"
                                  " VALUES (?, '', 0, UTC_TIMESTAMP(6))",
                                  {options_.name})
                            .status());
        ASSIGN_OR_RETURN(place, ReadPlace(c, options_.name));
      }
      place_ = place.value_or(Place{});
      if (place_.position < position_) caught_up_ = false;
      position_ = place_.position;
      return absl::OkStatus();
    });
  }

  void NoteApplied(const v1::WatchEventsResponse& response) {
    position_ = place_.position;
    if (!response.events().empty()) {
      const absl::Time sequenced = FromProtoTime(response.events().rbegin()->sequence_time());
      lag_micros_ = absl::ToInt64Microseconds(base::SystemClock().Now() - sequenced);
    }
    TellApplied();
  }

  void TellApplied() {
    if (options_.on_applied) options_.on_applied();
  }

  mysql::Database* const db_;
  const std::shared_ptr<rpc::Channel> channel_;
  const Options options_;
  const Apply apply_;
  const Reset reset_;

  // Of the consumer's own thread.
  Place place_;           // as last seen in the database
  int64_t streamed_ = 0;  // everything of the log up to here has come through this stream
  bool heard_ = false;    // this stream brought a response that could be used
  absl::BitGen random_;

  std::atomic<int64_t> lag_micros_{0};
  std::atomic<int64_t> position_{0};
  std::atomic<bool> connected_{false};
  std::atomic<bool> caught_up_{false};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace

std::unique_ptr<Consumer> Consumer::Start(mysql::Database* db,
                                          std::shared_ptr<rpc::Channel> channel,
                                          const Options& options, Apply apply, Reset reset) {
  return std::make_unique<StreamConsumer>(db, std::move(channel), options, std::move(apply),
                                          std::move(reset));
}

absl::Status RequestRebuild(mysql::Database& db, const base::Context& ctx,
                            const std::string& name) {
  return db.RunInTransaction(ctx, [&](mysql::Transaction& tx) {
    return tx
        .Execute(
            "UPDATE consumer_position SET log_id = '', position = 0,"
            " applied_at = UTC_TIMESTAMP(6) WHERE name = ?",
            {name})
        .status();
  });
}

}  // namespace salesops::events
