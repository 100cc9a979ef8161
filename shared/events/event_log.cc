#include "shared/events/event_log.h"

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/base/id.h"
#include "shared/events/proto_time.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::events {
namespace {

// How many positions a read looks through. For certain types it is more, so that a rare one is
// found in fewer reads, but not much more, since a frequent one may fill it.
int64_t WindowFor(const std::vector<std::string>& types) {
  return types.empty() ? kMaxBatch : 2 * kMaxBatch;
}

// A caller whose clock is ahead of the database's by less than this is waited for, not refused.
constexpr absl::Duration kClockSkew = absl::Milliseconds(250);

absl::Status NoHead() {
  return status::Internal("event_head has no row for the partition: the schema is not migrated");
}

absl::Status Purged(int64_t after, int64_t first_position) {
  return status::Make(
      absl::StatusCode::kOutOfRange, "EVENTS_PURGED",
      absl::StrCat("events before position ", first_position,
                   " have been purged: rebuild from an export, then continue after its position"),
      {{"after_position", absl::StrCat(after)}, {"first_position", absl::StrCat(first_position)}});
}

// Head and facts in one statement, so that both are of one moment: a purge that took a fact away
// shows in first_position. Without ORDER BY and LIMIT: beside the outer join they made the server
// sort all that is left of the log, payloads included; the window bounds the rows instead.
std::string SliceStatement(size_t types) {
  std::string sql =
      "SELECT h.log_id, h.position, h.first_position, l.position, o.id, o.aggregatetype,"
      " o.aggregateid, o.type, o.payload, o.occurred_at, l.sequenced_at, o.traceparent"
      " FROM event_head h"
      " LEFT JOIN (event_log l JOIN outbox o ON o.seq = l.outbox_seq)"
      " ON l.partition_id = 0 AND l.position > ? AND l.position <= ?";
  if (types > 0) {
    sql += " AND o.type IN (?";
    for (size_t i = 1; i < types; ++i) sql += ",?";
    sql += ")";
  }
  return sql + " WHERE h.partition_id = 0";
}

v1::Event ReadEvent(mysql::Row& row) {
  v1::Event event;
  event.set_position(row.Int64(3));
  event.set_id(row.String(4));
  event.set_aggregate_type(row.String(5));
  event.set_aggregate(row.String(6));
  event.set_type(row.String(7));
  event.set_payload(row.Blob(8).data);
  *event.mutable_occur_time() = ToProtoTime(row.Time(9));
  *event.mutable_sequence_time() = ToProtoTime(row.Time(10));
  event.set_traceparent(row.String(11));
  return event;
}

void OrderAndCut(Slice& slice) {
  std::vector<v1::Event>& events = slice.events;
  std::sort(events.begin(), events.end(),
            [](const v1::Event& a, const v1::Event& b) { return a.position() < b.position(); });
  if (events.size() <= kMaxBatch) return;
  events.resize(kMaxBatch);
  slice.seen = events.back().position();
}

struct Barrier {
  absl::Time swept_at;
  absl::Time now;
};

absl::StatusOr<Barrier> ReadBarrier(mysql::Connection& c) {
  ASSIGN_OR_RETURN(auto barrier, c.QueryOne("SELECT swept_at, UTC_TIMESTAMP(6) FROM event_head"
                                            " WHERE partition_id = 0",
                                            {}, [](mysql::Row& r) {
                                              return Barrier{r.Time(0), r.Time(1)};
                                            }));
  if (!barrier) return NoHead();
  return *barrier;
}

// Makes sure that nothing will ever be sequenced at or before this moment: whoever sequences takes
// the same row's lock and never goes below swept_at. One statement, so nobody can freeze with the
// lock in hand.
absl::Status RaiseBarrier(mysql::Connection& c) {
  return c
      .Execute(
          "UPDATE event_head SET swept_at = GREATEST(swept_at, UTC_TIMESTAMP(6))"
          " WHERE partition_id = 0")
      .status();
}

absl::Status WaitUntilDatabaseIsPast(absl::Time t, const base::Context& ctx, absl::Time now) {
  if (t - now > kClockSkew) {
    return status::InvalidField("as_of_time", "IN_FUTURE", "must not be in the future");
  }
  if (ctx.cancelled()) return absl::CancelledError("the caller has gone");
  std::this_thread::sleep_for(absl::ToChronoMicroseconds(t - now + absl::Microseconds(1)));
  return absl::OkStatus();
}

// Ends once nothing can be sequenced at or before `t` any more.
absl::Status CloseTimeUpTo(mysql::Connection& c, const base::Context& ctx, absl::Time t) {
  for (;;) {
    ASSIGN_OR_RETURN(const Barrier barrier, ReadBarrier(c));
    if (barrier.swept_at > t) return absl::OkStatus();
    if (barrier.now <= t) {
      RETURN_IF_ERROR(WaitUntilDatabaseIsPast(t, ctx, barrier.now));
      continue;
    }
    RETURN_IF_ERROR(RaiseBarrier(c));
  }
}

// The greatest position sequenced at or before `t`; times grow with positions, so the end of the
// index on times is the greatest position too.
absl::StatusOr<int64_t> PositionAt(mysql::Connection& c, absl::Time t) {
  ASSIGN_OR_RETURN(auto position, c.QueryOne("SELECT position FROM event_log"
                                             " WHERE partition_id = 0 AND sequenced_at <= ?"
                                             " ORDER BY sequenced_at DESC, position DESC LIMIT 1",
                                             {t}, [](mysql::Row& r) { return r.Int64(0); }));
  return position.value_or(0);
}

}  // namespace

absl::StatusOr<Head> ReadHead(mysql::Connection& c) {
  ASSIGN_OR_RETURN(
      auto head,
      c.QueryOne("SELECT h.log_id, h.position, h.first_position, l.sequenced_at FROM event_head h"
                 " LEFT JOIN event_log l ON l.partition_id = 0 AND l.position = h.position"
                 " WHERE h.partition_id = 0",
                 {}, [](mysql::Row& r) {
                   return Head{r.String(0), r.Int64(1), r.Int64(2),
                               r.OptionalTime(3).value_or(absl::InfinitePast())};
                 }));
  if (!head) return NoHead();
  return *head;
}

absl::StatusOr<Slice> ReadEvents(mysql::Connection& c, int64_t after,
                                 const std::vector<std::string>& types) {
  Slice slice;
  bool found_head = false;
  int64_t first_position = 1;
  const int64_t end = after + WindowFor(types);
  mysql::Params params = {after, end};
  for (const std::string& type : types) params.emplace_back(type);
  RETURN_IF_ERROR(c.ForEach(SliceStatement(types.size()), params, [&](mysql::Row& row) {
    found_head = true;
    slice.log_id = row.String(0);
    slice.head_position = row.Int64(1);
    first_position = row.Int64(2);
    if (!row.IsNull(3)) slice.events.push_back(ReadEvent(row));
  }));
  if (!found_head) return NoHead();
  if (after + 1 < first_position) return Purged(after, first_position);
  slice.seen = std::max(after, std::min(end, slice.head_position));
  OrderAndCut(slice);
  return slice;
}

absl::StatusOr<AsOf> ResolveAsOf(mysql::Database& db, const base::Context& ctx, absl::Time t) {
  const absl::Time time = absl::FromUnixMicros(absl::ToUnixMicros(t));
  return db.Read(ctx, [&](mysql::Connection& c) -> absl::StatusOr<AsOf> {
    RETURN_IF_ERROR(CloseTimeUpTo(c, ctx, time));
    ASSIGN_OR_RETURN(const int64_t position, PositionAt(c, time));
    return AsOf{time, position};
  });
}

absl::StatusOr<AsOf> ResolveNow(mysql::Database& db, const base::Context& ctx) {
  // A round takes everything that was committed when it began, unless there is very much of it.
  constexpr int kMostRounds = 20;
  for (int round = 0; round < kMostRounds; ++round) {
    ASSIGN_OR_RETURN(const int numbered, SequenceOnce(db, ctx));
    if (numbered == 0) break;
  }
  ASSIGN_OR_RETURN(const Head head, db.Read(ctx, [](mysql::Connection& c) { return ReadHead(c); }));
  return AsOf{head.sequenced_at, head.position};
}

absl::StatusOr<int> PurgeOutbox(mysql::Database& db, const base::Context& ctx,
                                absl::Duration retention) {
  // The promise first, the rows after it: a reader never misses a fact without being told.
  RETURN_IF_ERROR(db.Read(ctx, [&](mysql::Connection& c) -> absl::Status {
    ASSIGN_OR_RETURN(const Barrier barrier, ReadBarrier(c));
    ASSIGN_OR_RETURN(const int64_t last, PositionAt(c, barrier.now - retention));
    if (last == 0) return absl::OkStatus();
    return c
        .Execute(
            "UPDATE event_head SET first_position = ?"
            " WHERE partition_id = 0 AND first_position < ?",
            {last + 1, last + 1})
        .status();
  }));
  return db.RunInTransaction(ctx, [](mysql::Transaction& tx) -> absl::StatusOr<int> {
    // Seqs and positions run nearly parallel, so the rows to purge are at the front.
    std::vector<int64_t> seqs;
    RETURN_IF_ERROR(tx.ForEach(absl::StrCat("SELECT f.seq, l.position < h.first_position"
                                            " FROM (SELECT seq FROM outbox ORDER BY seq LIMIT ",
                                            kPurgeBatch,
                                            ") f JOIN event_log l ON l.outbox_seq = f.seq"
                                            " JOIN event_head h ON h.partition_id = l.partition_id"
                                            " WHERE l.partition_id = 0 ORDER BY f.seq"),
                               {}, [&](mysql::Row& row) {
                                 if (row.Int64(1) != 0) seqs.push_back(row.Int64(0));
                               }));
    if (seqs.empty()) return 0;
    RETURN_IF_ERROR(
        tx.Execute(absl::StrCat("DELETE FROM outbox WHERE seq IN (", absl::StrJoin(seqs, ","), ")"))
            .status());
    return static_cast<int>(seqs.size());
  });
}

absl::Status RenewLog(mysql::Database& db, const base::Context& ctx) {
  const std::string log_id = base::GenerateUuid();
  return db.RunInTransaction(ctx, [&](mysql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(
        const int64_t rows,
        tx.Execute("UPDATE event_head SET log_id = ? WHERE partition_id = 0", {log_id}));
    return rows == 1 ? absl::OkStatus() : NoHead();
  });
}

}  // namespace salesops::events
