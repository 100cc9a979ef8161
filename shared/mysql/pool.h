#pragma once

// At most `connections` sessions, opened when first needed. The one used last is handed out first,
// so that a quiet service lets the rest go.
//
// Thread-safety: Pool is safe from any thread; a Lease belongs to one thread.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/base/clock.h"
#include "shared/base/context.h"
#include "shared/mysql/database.h"
#include "shared/mysql/session.h"

namespace salesops::mysql {

// CANCELLED or DEADLINE_EXCEEDED once nobody waits for the result any more.
absl::Status CheckWanted(const base::Context& ctx, const base::Clock& clock);

class Pool {
 private:
  struct Pooled {
    std::unique_ptr<Session> session;
    absl::Time end_of_life;
    absl::Time last_used;
  };

 public:
  // A session on loan. It goes back to the pool at the end, or is thrown away if it broke.
  class Lease {
   public:
    Lease() = default;
    Lease(Pool* pool, Pooled pooled) : pool_(pool), pooled_(std::move(pooled)) {}
    ~Lease() { Return(); }
    Lease(Lease&& other) noexcept { *this = std::move(other); }
    Lease& operator=(Lease&& other) noexcept;

    Session& operator*() const { return *pooled_.session; }
    Session* operator->() const { return pooled_.session.get(); }
    // Throws the session away at the end although it did not report an error that breaks it.
    void Discard() { usable_ = false; }
    // Takes Discard back.
    void Keep() { usable_ = true; }
    void Return();

   private:
    friend class Pool;

    Pool* pool_ = nullptr;
    Pooled pooled_;
    bool usable_ = true;
  };

  // `options` and `clock` outlive the pool.
  Pool(const DatabaseOptions& options, const base::Clock& clock);
  ~Pool();

  // A live session whose statements are limited to the time `ctx` has left. Waits for a free one
  // until the deadline at most.
  absl::StatusOr<Lease> Take(const base::Context& ctx);
  // Throws a session that turned out to be dead away and opens another in its place. Idle ones may
  // have died with it.
  absl::StatusOr<Lease> Replace(Lease dead, const base::Context& ctx);

  int open() const;
  int in_use() const;
  int64_t waits() const;
  int64_t broken() const;

 private:
  absl::StatusOr<Lease> TakeAny(const base::Context& ctx);
  // Opens a session in a place that is already counted in `open_`.
  absl::StatusOr<Lease> OpenNew(const base::Context& ctx);
  Failure Limit(Session& session, const base::Context& ctx) const;
  // Blocks until an idle session or the right to open one is ours; true for an idle session.
  absl::StatusOr<bool> WaitForTurn(const base::Context& ctx, Pooled* idle);
  // Moves what the server has closed or what is too old out of the idle sessions.
  void RemoveExpired(absl::Time now, std::deque<Pooled>* expired);
  bool IsExpired(const Pooled& pooled, absl::Time now) const;
  void GiveBack(Pooled pooled, bool usable);
  void ForgetOne(bool broken);

  const DatabaseOptions& options_;
  const base::Clock& clock_;

  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::deque<Pooled> idle_;  // used last at the back
  int open_ = 0;             // idle, in use or being opened
  int64_t waits_ = 0;
  int64_t broken_ = 0;
};

}  // namespace salesops::mysql
