#pragma once

// Committed facts in their final order.
//
// Auto-increment order is not commit order, so a sequencer gives each committed outbox row the next
// position of its partition (see architecture.md, "Follow a fact"). Any replica may sequence; the
// row of `event_head`, which the migration creates, is the lock.
//
// `event_log` is kept for ever, since history rows find their positions in it; PurgeOutbox takes
// only the payloads away.
//
// Thread-safety: free functions use the connection they are given; Sequencer is safe from any
// thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "salesops/events/v1/event.pb.h"
#include "shared/base/clock.h"
#include "shared/mysql/database.h"

namespace salesops::events {

inline constexpr int kPartition = 0;
inline constexpr int kMaxBatch = 200;

struct Head {
  std::string log_id;
  int64_t position = 0;        // of the newest sequenced fact
  int64_t first_position = 1;  // older ones have been purged
  absl::Time sequenced_at;     // of the newest
};

absl::StatusOr<Head> ReadHead(mysql::Connection& c);

// Facts with position > after, at most kMaxBatch, of the given types (empty = all). `seen` is the
// position up to which the log has been looked through; below the head's, there may be more to
// read at once. OUT_OF_RANGE (EVENTS_PURGED) if facts after `after` have been purged.
struct Slice {
  std::vector<v1::Event> events;
  int64_t seen = 0;
  std::string log_id;
  int64_t head_position = 0;  // below `after`: what was read then came from another log
};
absl::StatusOr<Slice> ReadEvents(mysql::Connection& c, int64_t after,
                                 const std::vector<std::string>& types);

// One sequencing round in one transaction: sweeps, numbers what is committed, returns how many.
absl::StatusOr<int> SequenceOnce(mysql::Database& db, const base::Context& ctx);

// The position that an as-of read at `t` sees: the greatest with sequenced_at <= t, after a sweep
// that began later than `t`. Repeatable: the same `t` always gives the same position, 0 before the
// first fact. INVALID_ARGUMENT (field as_of_time, reason IN_FUTURE) for an instant in the future of
// the database's clock.
struct AsOf {
  absl::Time time;  // what was asked, cut to microseconds
  int64_t position = 0;
};
absl::StatusOr<AsOf> ResolveAsOf(mysql::Database& db, const base::Context& ctx, absl::Time t);

// The same for "everything committed before this call": numbers what is waiting, then takes the
// newest position. What an export without as_of_time shows.
absl::StatusOr<AsOf> ResolveNow(mysql::Database& db, const base::Context& ctx);

// Deletes outbox rows that were sequenced longer than `retention` ago, at most kPurgeBatch of them,
// and returns how many; call again while it returns kPurgeBatch. Whoever asks for purged facts then
// gets OUT_OF_RANGE.
inline constexpr int kPurgeBatch = 500;
absl::StatusOr<int> PurgeOutbox(mysql::Database& db, const base::Context& ctx,
                                absl::Duration retention);

// Gives the log a new identity, so that every consumer rebuilds. Part of a restore from a backup:
// facts that were sequenced after the backup are gone, and others will get their positions.
absl::Status RenewLog(mysql::Database& db, const base::Context& ctx);

// The background loop: sequences when woken (after a commit in this process) and every `interval`;
// one SELECT without a lock when there is nothing to do. Another replica's progress counts too. It
// also purges, a batch at a time.
class Sequencer {
 public:
  struct Options {
    absl::Duration interval = absl::Milliseconds(20);
    std::function<void()> on_progress;  // something new has a position: rpc::Server::WakeProducers
    std::function<void(const absl::Status&)> on_error;  // a round failed; it will be tried again
    absl::Duration retention = absl::Hours(24 * 30);    // of payloads; infinite = never purge
    absl::Duration purge_interval = absl::Minutes(10);
  };
  // `db` is a Database of its own (session_wait_timeout 3 s: a frozen replica holds the others up
  // no longer), not the request workers'.
  static std::unique_ptr<Sequencer> Start(mysql::Database* db, const Options& options);
  virtual ~Sequencer() = default;  // stops and joins
  virtual void Wake() = 0;
};

}  // namespace salesops::events
