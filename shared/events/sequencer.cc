#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/events/event_log.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::events {
namespace {

// Facts numbered in one round; more than this waits for the next, which follows at once.
constexpr int kRound = 2000;
// Gaps are written at most this many in a statement.
constexpr size_t kGapRows = 1000;
// A transaction that took a seq commits within 20 s or never (see mysql::Database), so a gap this
// old was rolled back.
constexpr absl::Duration kGapIsFinal = absl::Seconds(60);
constexpr absl::Duration kRoundLimit = absl::Seconds(5);
constexpr absl::Duration kPauseAfterError = absl::Milliseconds(200);

enum class IfLocked { kWait, kSkip };

struct HeadRow {
  int64_t position = 0;
  int64_t high_seq = 0;
  absl::Time swept_at;
};

struct Swept {
  absl::Time now;
  std::vector<int64_t> seqs;  // committed and without a position, growing
  int64_t low_seq = 0;        // every smaller one has a position or never will
};

struct Round {
  int numbered = 0;
  int64_t position = 0;  // of the head after it
};

absl::StatusOr<std::optional<HeadRow>> LockHead(mysql::Transaction& tx, IfLocked if_locked) {
  std::string sql =
      "SELECT position, high_seq, swept_at FROM event_head WHERE partition_id = 0 FOR UPDATE";
  if (if_locked == IfLocked::kSkip) sql += " SKIP LOCKED";
  return tx.QueryOne(sql, {}, [](mysql::Row& r) {
    return HeadRow{r.Int64(0), r.Int64(1), r.Time(2)};
  });
}

// Both parts in one statement, so of one moment: if a fact is found, so is every fact that its
// transaction could have seen, and with a smaller seq. Two statements could find an effect without
// its cause. The time is taken in a statement of its own after the lock was got, since the time of
// the locking statement is when the wait for the lock began.
absl::StatusOr<Swept> Sweep(mysql::Transaction& tx, const HeadRow& head) {
  Swept swept;
  swept.low_seq = head.high_seq + 1;
  RETURN_IF_ERROR(
      tx.ForEach("SELECT UTC_TIMESTAMP(6), (SELECT MIN(seq) FROM event_gap WHERE partition_id = 0)",
                 {}, [&](mysql::Row& r) {
                   swept.now = std::max(r.Time(0), head.swept_at);
                   if (!r.IsNull(1)) swept.low_seq = std::min(swept.low_seq, r.Int64(1));
                 }));
  ASSIGN_OR_RETURN(
      swept.seqs,
      tx.Query(absl::StrCat("SELECT s.seq FROM ("
                            "(SELECT seq FROM outbox WHERE seq > ? ORDER BY seq LIMIT ",
                            kRound,
                            ") UNION ALL "
                            "(SELECT g.seq FROM event_gap g JOIN outbox o ON o.seq = g.seq"
                            " WHERE g.partition_id = 0)) s ORDER BY s.seq"),
               {head.high_seq}, [](mysql::Row& r) { return r.Int64(0); }));
  return swept;
}

int64_t HighAfter(const HeadRow& head, const Swept& swept) {
  return swept.seqs.empty() ? head.high_seq : std::max(head.high_seq, swept.seqs.back());
}

// One text for any number of rows, so that it is prepared once.
absl::Status WritePositions(mysql::Transaction& tx, const HeadRow& head, const Swept& swept) {
  return tx
      .Execute(
          "INSERT INTO event_log"
          " (partition_id, position, outbox_seq, sequenced_at, low_seq, high_seq)"
          " SELECT 0, ? + fact.n, fact.seq, ?, ?, ? FROM JSON_TABLE(?, '$[*]'"
          " COLUMNS (n FOR ORDINALITY, seq BIGINT PATH '$')) fact",
          {head.position, swept.now, swept.low_seq, HighAfter(head, swept),
           absl::StrCat("[", absl::StrJoin(swept.seqs, ","), "]")})
      .status();
}

// The seqs between the old high mark and the new one that were not there.
std::vector<int64_t> NewGaps(const HeadRow& head, const std::vector<int64_t>& seqs) {
  std::vector<int64_t> gaps;
  int64_t expected = head.high_seq + 1;
  for (const int64_t seq : seqs) {
    if (seq <= head.high_seq) continue;
    for (; expected < seq; ++expected) gaps.push_back(expected);
    expected = seq + 1;
  }
  return gaps;
}

absl::Status WriteGaps(mysql::Transaction& tx, const std::vector<int64_t>& gaps, absl::Time now) {
  const std::string time = absl::FormatTime("%Y-%m-%d %H:%M:%E6S", now, absl::UTCTimeZone());
  for (size_t from = 0; from < gaps.size(); from += kGapRows) {
    std::string sql = "INSERT INTO event_gap (partition_id, seq, first_seen_at) VALUES ";
    const size_t to = std::min(gaps.size(), from + kGapRows);
    for (size_t i = from; i < to; ++i) {
      absl::StrAppend(&sql, i == from ? "(0," : ",(0,", gaps[i], ",'", time, "')");
    }
    RETURN_IF_ERROR(tx.Execute(sql).status());
  }
  return absl::OkStatus();
}

absl::Status DeleteFilledGaps(mysql::Transaction& tx, const HeadRow& head,
                              const std::vector<int64_t>& seqs) {
  const auto end = std::upper_bound(seqs.begin(), seqs.end(), head.high_seq);
  if (end == seqs.begin()) return absl::OkStatus();
  return tx
      .Execute(absl::StrCat("DELETE FROM event_gap WHERE partition_id = 0 AND seq IN (",
                            absl::StrJoin(seqs.begin(), end, ","), ")"))
      .status();
}

absl::Status DeleteFinalGaps(mysql::Transaction& tx, absl::Time now) {
  return tx
      .Execute("DELETE FROM event_gap WHERE partition_id = 0 AND first_seen_at <= ?",
               {now - kGapIsFinal})
      .status();
}

absl::Status MoveHead(mysql::Transaction& tx, const HeadRow& head, const Swept& swept) {
  return tx
      .Execute(
          "UPDATE event_head SET position = ?, high_seq = ?, swept_at = ?"
          " WHERE partition_id = 0",
          {head.position + static_cast<int64_t>(swept.seqs.size()), HighAfter(head, swept),
           swept.now})
      .status();
}

absl::StatusOr<Round> SequenceIn(mysql::Transaction& tx, IfLocked if_locked) {
  ASSIGN_OR_RETURN(const std::optional<HeadRow> head, LockHead(tx, if_locked));
  if (!head) {
    if (if_locked == IfLocked::kSkip) return Round{};
    return status::Internal("event_head has no row for the partition: the schema is not migrated");
  }
  ASSIGN_OR_RETURN(const Swept swept, Sweep(tx, *head));
  if (!swept.seqs.empty()) {
    RETURN_IF_ERROR(WritePositions(tx, *head, swept));
    RETURN_IF_ERROR(WriteGaps(tx, NewGaps(*head, swept.seqs), swept.now));
    RETURN_IF_ERROR(DeleteFilledGaps(tx, *head, swept.seqs));
  }
  RETURN_IF_ERROR(DeleteFinalGaps(tx, swept.now));
  RETURN_IF_ERROR(MoveHead(tx, *head, swept));
  const int numbered = static_cast<int>(swept.seqs.size());
  return Round{numbered, head->position + numbered};
}

// What one SELECT without a lock tells.
struct Peek {
  int64_t position = 0;
  bool work = false;
};

absl::StatusOr<Peek> PeekIn(mysql::Connection& c) {
  ASSIGN_OR_RETURN(
      auto peek,
      c.QueryOne("SELECT h.position,"
                 " COALESCE((SELECT MAX(seq) FROM outbox), 0) > h.high_seq"
                 " OR EXISTS (SELECT 1 FROM event_gap g LEFT JOIN outbox o ON o.seq = g.seq"
                 "   WHERE g.partition_id = 0 AND (o.seq IS NOT NULL"
                 "     OR g.first_seen_at <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND))"
                 " FROM event_head h WHERE h.partition_id = 0",
                 {absl::ToInt64Seconds(kGapIsFinal)}, [](mysql::Row& r) {
                   return Peek{r.Int64(0), r.Int64(1) != 0};
                 }));
  if (!peek) return status::Internal("event_head has no row for the partition: migrate first");
  return *peek;
}

class LoopingSequencer final : public Sequencer {
 public:
  LoopingSequencer(mysql::Database* db, const Options& options)
      : db_(db), options_(options), thread_([this] { Run(); }) {}

  ~LoopingSequencer() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void Wake() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (woken_) return;
      woken_ = true;
    }
    changed_.notify_all();
  }

 private:
  // How long to rest, and whether Wake may cut that short.
  struct Rest {
    absl::Duration length = absl::ZeroDuration();
    bool wakeable = true;
  };

  void Run() {
    mysql::ThreadRegistration registration;
    Rest rest;
    do {
      absl::StatusOr<Rest> step = Step();
      if (!step.ok() && options_.on_error) options_.on_error(step.status());
      rest = step.ok() ? *step : Rest{kPauseAfterError, false};
    } while (RestUnlessStopping(rest));
  }

  absl::StatusOr<Rest> Step() {
    const base::DeadlineContext ctx(base::SystemClock().Now() + kRoundLimit);
    ASSIGN_OR_RETURN(const Peek peek, db_->Read(ctx, PeekIn));
    Tell(peek.position);
    if (!peek.work) {
      RETURN_IF_ERROR(PurgeIfDue(ctx));
      return Rest{options_.interval};
    }
    ASSIGN_OR_RETURN(const Round round, db_->RunInTransaction(ctx, [](mysql::Transaction& tx) {
      return SequenceIn(tx, IfLocked::kSkip);
    }));
    Tell(round.position);
    if (round.numbered >= kRound) return Rest{absl::ZeroDuration()};
    // Under load a commit wakes us all the time; a short rest gathers facts into one round.
    return Rest{options_.interval / 2, false};
  }

  void Tell(int64_t position) {
    if (position <= told_) return;
    told_ = position;
    if (options_.on_progress) options_.on_progress();
  }

  absl::Status PurgeIfDue(const base::Context& ctx) {
    if (options_.retention == absl::InfiniteDuration()) return absl::OkStatus();
    const absl::Time now = base::SystemClock().Now();
    if (now < purge_due_) return absl::OkStatus();
    purge_due_ = now + options_.purge_interval;
    ASSIGN_OR_RETURN(const int purged, PurgeOutbox(*db_, ctx, options_.retention));
    if (purged == kPurgeBatch) purge_due_ = now;
    return absl::OkStatus();
  }

  // False once the sequencer is being stopped.
  bool RestUnlessStopping(const Rest& rest) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoMicroseconds(rest.length),
                      [&] { return stopping_ || (woken_ && rest.wakeable); });
    woken_ = false;
    return !stopping_;
  }

  mysql::Database* const db_;
  const Options options_;
  int64_t told_ = -1;
  absl::Time purge_due_ = absl::InfinitePast();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace

absl::StatusOr<int> SequenceOnce(mysql::Database& db, const base::Context& ctx) {
  ASSIGN_OR_RETURN(const Round round, db.RunInTransaction(ctx, [](mysql::Transaction& tx) {
    return SequenceIn(tx, IfLocked::kWait);
  }));
  return round.numbered;
}

std::unique_ptr<Sequencer> Sequencer::Start(mysql::Database* db, const Options& options) {
  return std::make_unique<LoopingSequencer>(db, options);
}

}  // namespace salesops::events
