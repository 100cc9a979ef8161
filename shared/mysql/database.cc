#include "shared/mysql/database.h"

#include <unistd.h>

#include <atomic>
#include <initializer_list>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/mysql/driver.h"
#include "shared/mysql/failure.h"
#include "shared/mysql/pool.h"
#include "shared/mysql/session.h"
#include "shared/status/status.h"

namespace salesops::mysql {
namespace {

constexpr int kTries = 5;

// A session inside of a lambda of RunInTransaction. After a failure that cost the transaction, or
// that requires its rollback, every statement answers with that failure.
class OpenTransaction final : public Transaction {
 public:
  OpenTransaction(Session& session, const base::Context& ctx, const base::Clock& clock)
      : session_(session), ctx_(ctx), clock_(clock) {}

  absl::StatusOr<int64_t> Execute(const std::string& sql, const Params& params) override {
    int64_t matched = 0;
    absl::Status status =
        Attempt([&] { return session_.Execute(sql, params, /*in_transaction=*/true, &matched); });
    if (!status.ok()) return status;
    return matched;
  }

  absl::Status ForEach(const std::string& sql, const Params& params,
                       const std::function<void(Row&)>& visit) override {
    return Attempt([&] { return session_.ForEach(sql, params, visit); });
  }

  // What ended the transaction before its time; ok if nothing did.
  const Failure& end() const { return end_; }

 private:
  template <class F>
  absl::Status Attempt(F statement) {
    if (!end_.ok()) return end_.status;
    if (absl::Status wanted = CheckWanted(ctx_, clock_); !wanted.ok()) return wanted;
    Failure failure = statement();
    if (failure.effect != Effect::kNone && failure.effect != Effect::kStatement) end_ = failure;
    return failure.status;
  }

  Session& session_;
  const base::Context& ctx_;
  const base::Clock& clock_;
  Failure end_;
};

// A session inside of a lambda of Read.
class ReadingConnection final : public Connection {
 public:
  ReadingConnection(Pool& pool, Pool::Lease& lease, const base::Context& ctx,
                    const base::Clock& clock)
      : pool_(pool), lease_(lease), ctx_(ctx), clock_(clock) {}

  absl::StatusOr<int64_t> Execute(const std::string& sql, const Params& params) override {
    if (absl::Status wanted = CheckWanted(ctx_, clock_); !wanted.ok()) return wanted;
    replaceable_ = false;  // it may have taken effect although the answer was lost
    int64_t matched = 0;
    Failure failure = lease_->Execute(sql, params, /*in_transaction=*/false, &matched);
    if (!failure.ok()) return failure.status;
    return matched;
  }

  absl::Status ForEach(const std::string& sql, const Params& params,
                       const std::function<void(Row&)>& visit) override {
    if (absl::Status wanted = CheckWanted(ctx_, clock_); !wanted.ok()) return wanted;
    bool answered = false;
    Failure failure = lease_->ForEach(sql, params, [&](Row& row) {
      answered = true;
      visit(row);
    });
    if (failure.effect == Effect::kBroken && replaceable_ && !answered) {
      absl::StatusOr<Pool::Lease> fresh = pool_.Replace(std::move(lease_), ctx_);
      if (!fresh.ok()) return fresh.status();
      lease_ = *std::move(fresh);
      failure = lease_->ForEach(sql, params, visit);
    }
    replaceable_ = false;
    return failure.status;
  }

 private:
  Pool& pool_;
  Pool::Lease& lease_;
  bool replaceable_ = true;  // nothing was said on the session yet; a dead one may be changed
  const base::Context& ctx_;
  const base::Clock& clock_;
};

// A session inside of a lambda of ReadSnapshot.
class SnapshotConnection final : public Connection {
 public:
  SnapshotConnection(Session& session, const base::Context& ctx, const base::Clock& clock)
      : session_(session), ctx_(ctx), clock_(clock) {}

  absl::StatusOr<int64_t> Execute(const std::string&, const Params&) override {
    return Misuse("a snapshot is only for reading").status;
  }

  absl::Status ForEach(const std::string& sql, const Params& params,
                       const std::function<void(Row&)>& visit) override {
    if (absl::Status wanted = CheckWanted(ctx_, clock_); !wanted.ok()) return wanted;
    return session_.ForEach(sql, params, visit).status;
  }

 private:
  Session& session_;
  const base::Context& ctx_;
  const base::Clock& clock_;
};

// Half to all of 5, 10, 20, 40 ms: those who collided once should not meet again.
absl::Duration Backoff(int tries_made) {
  static thread_local std::minstd_rand generator{std::random_device()()};
  const double share = std::uniform_real_distribution<double>(0.5, 1.0)(generator);
  return absl::Milliseconds(5 << (tries_made - 1)) * share;
}

class PooledDatabase final : public Database {
 public:
  explicit PooledDatabase(const DatabaseOptions& options)
      : options_(options),
        clock_(options.clock != nullptr ? *options.clock : base::SystemClock()),
        pool_(options_, clock_) {}

  bool Ping(const base::Context& ctx) override { return Say(ctx, {"DO 1"}).ok(); }

  Stats stats() const override {
    Stats stats;
    stats.open = pool_.open();
    stats.in_use = pool_.in_use();
    stats.waits = pool_.waits();
    stats.broken = pool_.broken();
    stats.retries = retries_.load(std::memory_order_relaxed);
    stats.commit_unknown = commit_unknown_.load(std::memory_order_relaxed);
    return stats;
  }

 protected:
  absl::Status Run(const base::Context& ctx,
                   const std::function<absl::Status(Transaction&)>& work) override {
    for (int tries_made = 1;; ++tries_made) {
      const Failure failure = TryOnce(ctx, work);
      if (failure.effect != Effect::kContention || tries_made == kTries) return failure.status;
      const absl::Duration pause = Backoff(tries_made);
      if (clock_.Now() + pause >= ctx.deadline()) return failure.status;
      retries_.fetch_add(1, std::memory_order_relaxed);
      Sleep(pause);
    }
  }

  absl::Status RunRead(const base::Context& ctx, bool snapshot,
                       const std::function<absl::Status(Connection&)>& work) override {
    return snapshot ? ReadConsistently(ctx, work) : ReadInAutocommit(ctx, work);
  }

 private:
  using ReadWork = std::function<absl::Status(Connection&)>;

  absl::Status ReadInAutocommit(const base::Context& ctx, const ReadWork& work) {
    absl::StatusOr<Pool::Lease> lease = pool_.Take(ctx);
    if (!lease.ok()) return lease.status();
    ReadingConnection connection(pool_, *lease, ctx, clock_);
    return work(connection);
  }

  absl::Status ReadConsistently(const base::Context& ctx, const ReadWork& work) {
    // The server ignores CONSISTENT SNAPSHOT, with a warning, at any other isolation level. Without
    // the word SESSION the level is that of the next transaction only.
    absl::StatusOr<Pool::Lease> lease =
        Say(ctx, {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                  "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"});
    if (!lease.ok()) return lease.status();
    SnapshotConnection connection(**lease, ctx, clock_);
    lease->Discard();  // should `work` throw, its transaction ends with the session
    const absl::Status status = work(connection);
    lease->Keep();
    RollBack(*lease);
    return status;
  }

  // BEGIN, work, COMMIT, all of it once.
  Failure TryOnce(const base::Context& ctx, const std::function<absl::Status(Transaction&)>& work) {
    absl::StatusOr<Pool::Lease> lease = Say(ctx, {"BEGIN"});
    if (!lease.ok()) return {Effect::kStatement, lease.status()};
    const absl::Time begun = clock_.Now();
    OpenTransaction transaction(**lease, ctx, clock_);
    lease->Discard();  // should `work` throw, its transaction ends with the session
    const absl::Status status = work(transaction);
    lease->Keep();
    Failure failure = transaction.end();
    if (failure.ok() && !status.ok()) failure = {Effect::kStatement, status};
    if (failure.ok()) failure = CheckMayCommit(ctx, begun);
    if (failure.ok()) return Commit(*lease);
    RollBack(*lease);
    return failure;
  }

  using Words = std::initializer_list<const char*>;

  // A session on which `words` were said. One that died in the pool is replaced once.
  absl::StatusOr<Pool::Lease> Say(const base::Context& ctx, Words words) {
    absl::StatusOr<Pool::Lease> lease = pool_.Take(ctx);
    if (!lease.ok()) return lease;
    Failure failure = SayOn(**lease, words);
    if (failure.effect == Effect::kBroken) {
      lease = pool_.Replace(*std::move(lease), ctx);
      if (!lease.ok()) return lease;
      failure = SayOn(**lease, words);
    }
    if (failure.ok()) return lease;
    lease->Discard();
    return failure.status;
  }

  static Failure SayOn(Session& session, Words words) {
    Failure failure;
    for (const char* sql : words) {
      if (failure.ok()) failure = session.Control(sql);
    }
    return failure;
  }

  Failure CheckMayCommit(const base::Context& ctx, absl::Time begun) const {
    if (absl::Status wanted = CheckWanted(ctx, clock_); !wanted.ok()) {
      return {Effect::kStatement, wanted};
    }
    if (clock_.Now() - begun <= options_.longest_transaction) return {};
    return {Effect::kStatement,
            status::Make(absl::StatusCode::kAborted, "TRANSACTION_TOO_LONG",
                         "the change took too long and was not made; try again")};
  }

  Failure Commit(Pool::Lease& lease) {
    Failure failure = lease->Control("COMMIT");
    if (failure.ok()) return failure;
    if (failure.effect == Effect::kContention) {  // a cluster refuses at COMMIT
      RollBack(lease);
      return failure;
    }
    // Neither success nor failure. Trying again could do the work twice.
    lease.Discard();
    commit_unknown_.fetch_add(1, std::memory_order_relaxed);
    return {Effect::kBroken,
            status::WithLogDetail(
                status::Unavailable("COMMIT_UNKNOWN",
                                    "it is not known whether the change was stored; repeat the "
                                    "call with the same request_id",
                                    absl::Seconds(1)),
                status::LogDetail(failure.status))};
  }

  void RollBack(Pool::Lease& lease) {
    if (!lease->Control("ROLLBACK").ok()) lease.Discard();
  }

  void Sleep(absl::Duration pause) const {
    if (options_.sleep) {
      options_.sleep(pause);
    } else {
      absl::SleepFor(pause);
    }
  }

  const DatabaseOptions options_;
  const base::Clock& clock_;
  Pool pool_;
  std::atomic<int64_t> retries_{0};
  std::atomic<int64_t> commit_unknown_{0};
};

bool IsHostName(absl::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (char c : host) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-' && c != '_') return false;
  }
  return true;
}

base::Violations CheckOptions(const DatabaseOptions& o) {
  base::Violations wrong;
  if (!IsHostName(o.host)) wrong.Add("host", "INVALID", "must be a host name or an IPv4 address");
  if (o.port < 1 || o.port > 65535) wrong.Add("port", "OUT_OF_RANGE", "must be 1 to 65535");
  if (o.name.empty() || o.name.size() > 64) wrong.Add("name", "INVALID", "must name a schema");
  if (o.user.empty()) wrong.Add("user", "REQUIRED", "must name a user of the database");
  if (!o.tls_ca.empty() && access(o.tls_ca.c_str(), R_OK) != 0) {
    wrong.Add("tls_ca", "UNREADABLE", "must be the path of a readable PEM file");
  }
  if (o.connections < 1) wrong.Add("connections", "OUT_OF_RANGE", "must be at least 1");
  if (o.statement_cache < 1) wrong.Add("statement_cache", "OUT_OF_RANGE", "must be at least 1");
  if (o.session_wait_timeout < absl::Seconds(1)) {
    wrong.Add("session_wait_timeout", "OUT_OF_RANGE", "must be at least 1 s");
  }
  if (o.connection_lifetime <= absl::ZeroDuration()) {
    wrong.Add("connection_lifetime", "OUT_OF_RANGE", "must be positive");
  }
  if (o.longest_transaction <= absl::ZeroDuration()) {
    wrong.Add("longest_transaction", "OUT_OF_RANGE", "must be positive");
  }
  if (o.longest_statement < absl::Seconds(1) || o.longest_statement > absl::Hours(24)) {
    wrong.Add("longest_statement", "OUT_OF_RANGE", "must be 1 s to 24 h");
  }
  return wrong;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Create(const DatabaseOptions& options) {
  if (const base::Violations wrong = CheckOptions(options); !wrong.empty()) {
    return status::InvalidArgument(wrong);
  }
  Driver();
  return std::make_unique<PooledDatabase>(options);
}

}  // namespace salesops::mysql
