#include "shared/mysql/pool.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "shared/mysql/driver.h"
#include "shared/mysql/failure.h"
#include "shared/status/status.h"

namespace salesops::mysql {
namespace {

// Within it a session is handed out without asking whether it still lives.
constexpr absl::Duration kTrustedIdle = absl::Seconds(2);
constexpr absl::Duration kLongestConnect = absl::Seconds(5);
// A context cannot wake us, so a waiter looks at it this often.
constexpr std::chrono::milliseconds kLookAtContext(20);

// 1 ± 10 %, so that connections opened together do not end together.
double Jitter() {
  static thread_local std::minstd_rand generator{std::random_device()()};
  return std::uniform_real_distribution<double>(0.9, 1.1)(generator);
}

}  // namespace

absl::Status CheckWanted(const base::Context& ctx, const base::Clock& clock) {
  if (ctx.cancelled()) {
    return status::Make(absl::StatusCode::kCancelled, "CANCELLED", "the call was cancelled");
  }
  if (clock.Now() >= ctx.deadline()) {
    return status::Make(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                        "the call ran out of time; allow it more, or ask for less");
  }
  return absl::OkStatus();
}

Pool::Lease& Pool::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  Return();
  pool_ = std::exchange(other.pool_, nullptr);
  pooled_ = std::move(other.pooled_);
  usable_ = other.usable_;
  return *this;
}

void Pool::Lease::Return() {
  if (pool_ == nullptr) return;
  std::exchange(pool_, nullptr)->GiveBack(std::move(pooled_), usable_);
}

Pool::Pool(const DatabaseOptions& options, const base::Clock& clock)
    : options_(options), clock_(clock) {}

Pool::~Pool() { RegisterThisThread(); }

absl::StatusOr<Pool::Lease> Pool::Take(const base::Context& ctx) {
  RegisterThisThread();
  absl::StatusOr<Lease> lease = TakeAny(ctx);
  if (!lease.ok()) return lease;
  const Failure limited = Limit(**lease, ctx);
  if (limited.ok()) return lease;
  if (limited.effect == Effect::kBroken) return Replace(*std::move(lease), ctx);
  lease->Discard();
  return limited.status;
}

absl::StatusOr<Pool::Lease> Pool::Replace(Lease dead, const base::Context& ctx) {
  dead.pooled_.session.reset();
  dead.pool_ = nullptr;  // its place is taken over
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ++broken_;
  }
  absl::StatusOr<Lease> fresh = OpenNew(ctx);
  if (!fresh.ok()) return fresh;
  const Failure limited = Limit(**fresh, ctx);
  if (limited.ok()) return fresh;
  fresh->Discard();
  return limited.status;
}

Failure Pool::Limit(Session& session, const base::Context& ctx) const {
  return session.LimitStatements(ctx.deadline() - clock_.Now());
}

absl::StatusOr<Pool::Lease> Pool::TakeAny(const base::Context& ctx) {
  for (;;) {
    Pooled idle;
    absl::StatusOr<bool> reuse = WaitForTurn(ctx, &idle);
    if (!reuse.ok()) return reuse.status();
    if (!*reuse) return OpenNew(ctx);
    const bool trusted = clock_.Now() - idle.last_used < kTrustedIdle;
    Lease lease(this, std::move(idle));
    if (trusted || lease->Control("DO 1").ok()) return lease;
    lease.Discard();
  }
}

absl::StatusOr<bool> Pool::WaitForTurn(const base::Context& ctx, Pooled* idle) {
  std::deque<Pooled> expired;  // closed after the lock is released
  std::unique_lock<std::mutex> lock(mutex_);
  for (bool waited = false;; waited = true) {
    if (absl::Status wanted = CheckWanted(ctx, clock_); !wanted.ok()) return wanted;
    RemoveExpired(clock_.Now(), &expired);
    if (!idle_.empty()) {
      *idle = std::move(idle_.back());
      idle_.pop_back();
      return true;
    }
    if (open_ < options_.connections) {
      ++open_;
      return false;
    }
    if (!waited) ++waits_;
    freed_.wait_for(lock, kLookAtContext);
  }
}

absl::StatusOr<Pool::Lease> Pool::OpenNew(const base::Context& ctx) {
  const absl::Duration left = ctx.deadline() - clock_.Now();
  absl::StatusOr<std::unique_ptr<Session>> session =
      Session::Open(options_, std::min(left, kLongestConnect));
  if (!session.ok()) {
    ForgetOne(/*broken=*/false);
    return session.status();
  }
  const absl::Time now = clock_.Now();
  return Lease(this, {*std::move(session), now + options_.connection_lifetime * Jitter(), now});
}

bool Pool::IsExpired(const Pooled& pooled, absl::Time now) const {
  // The server has closed what was idle for longer.
  return now >= pooled.end_of_life || now - pooled.last_used >= options_.session_wait_timeout;
}

void Pool::RemoveExpired(absl::Time now, std::deque<Pooled>* expired) {
  while (!idle_.empty() && IsExpired(idle_.front(), now)) {
    expired->push_back(std::move(idle_.front()));
    idle_.pop_front();
    --open_;
  }
}

void Pool::GiveBack(Pooled pooled, bool usable) {
  const bool broken = !usable || pooled.session->broken();
  pooled.last_used = clock_.Now();
  if (broken || pooled.last_used >= pooled.end_of_life) {
    pooled.session.reset();
    ForgetOne(broken);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(pooled));
  }
  freed_.notify_one();
}

void Pool::ForgetOne(bool broken) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    --open_;
    if (broken) ++broken_;
  }
  freed_.notify_one();
}

int Pool::open() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return open_;
}

int Pool::in_use() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return open_ - static_cast<int>(idle_.size());
}

int64_t Pool::waits() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return waits_;
}

int64_t Pool::broken() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return broken_;
}

}  // namespace salesops::mysql
