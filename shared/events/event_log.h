#pragma once

// Committed facts in their final order.
//
// Auto-increment order is not commit order, so a sequencer gives each committed outbox row the next
// position of its partition (see architecture.md, "Follow a fact"). Any replica may sequence; the
// row of `event_head` is the lock.
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
  int64_t position = 0;       // of the newest sequenced fact
  int64_t first_position = 1; // older ones have been purged
  absl::Time sequenced_at;    // of the newest
};

absl::StatusOr<Head> ReadHead(mysql::Connection& c);

// Facts with position > after, at most kMaxBatch, of the given types (empty = all). `seen` is the
// position up to which the log has been looked through.
struct Slice {
  std::vector<v1::Event> events;
  int64_t seen = 0;
};
absl::StatusOr<Slice> ReadEvents(mysql::Connection& c, int64_t after,
                                 const std::vector<std::string>& types);

// One sequencing round in one transaction: sweeps, numbers what is committed, returns how many.
absl::StatusOr<int> SequenceOnce(mysql::Database& db, const base::Context& ctx);

// The position that an as-of read at `t` sees: the greatest with sequenced_at <= t, after a sweep
// that began later than `t`. Repeatable: the same `t` always gives the same position. OUT_OF_RANGE
// for an instant in the future or before the first fact that is kept.
struct AsOf {
  absl::Time time;        // what was asked, resolved
  int64_t position = 0;
};
absl::StatusOr<AsOf> ResolveAsOf(mysql::Database& db, const base::Context& ctx, absl::Time t);

// The background loop: sequences when woken (after a commit in this process) and every `interval`.
class Sequencer {
 public:
  struct Options {
    absl::Duration interval = absl::Milliseconds(20);
    std::function<void()> on_progress;  // something new has a position: rpc::Server::WakeProducers
  };
  // `db` is a Database of its own (session_wait_timeout 3 s), not the request workers'.
  static std::unique_ptr<Sequencer> Start(mysql::Database* db, const Options& options);
  virtual ~Sequencer() = default;  // stops and joins
  virtual void Wake() = 0;
};

}  // namespace salesops::events
