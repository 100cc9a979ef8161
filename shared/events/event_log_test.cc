#include "shared/events/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "shared/base/id.h"
#include "shared/events/log_fixture.h"
#include "shared/events/proto_time.h"

namespace salesops::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EventLogTest : public LogTest {};

// A transaction that has appended and then waits to be told how to end.
class OpenTransaction {
 public:
  OpenTransaction(mysql::Database* db, std::vector<Fact> facts)
      : thread_([this, db, facts = std::move(facts)] {
          mysql::ThreadRegistration registration;
          status_ = db->RunInTransaction(Within(), [&](mysql::Transaction& tx) {
            absl::Status appended = Append(tx, base::SystemClock().Now(), "", facts);
            appended_.set_value();
            const bool commit = commit_.get_future().get();
            return commit ? appended : absl::AbortedError("rolled back");
          });
        }) {
    appended_.get_future().wait();
  }
  void End(bool commit) {
    commit_.set_value(commit);
    thread_.join();
    EXPECT_EQ(status_.ok(), commit) << status_;
  }

 private:
  std::promise<void> appended_;
  std::promise<bool> commit_;
  absl::Status status_;
  std::thread thread_;
};

TEST_F(EventLogTest, TheMigrationLeavesAnEmptyLogWithAnIdentity) {
  const Head head = ReadTheHead();
  EXPECT_TRUE(base::IsValidUuid(head.log_id)) << head.log_id;
  EXPECT_EQ(head.position, 0);
  EXPECT_EQ(head.first_position, 1);
  EXPECT_EQ(Sequence(), 0);
}

TEST_F(EventLogTest, NumbersWhatIsCommittedInOrder) {
  Commit({PlainFact("a"), PlainFact("b")});
  Commit({PlainFact("c")});
  EXPECT_EQ(Sequence(), 3);
  EXPECT_EQ(Sequence(), 0);
  EXPECT_THAT(Aggregates(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Aggregates(2), ElementsAre("c"));
  EXPECT_EQ(ReadTheHead().position, 3);
}

TEST_F(EventLogTest, ASlowCommitComesAfterTheFastOnesThatOvertookIt) {
  OpenTransaction slow(db_.get(), {PlainFact("slow1"), PlainFact("slow2")});
  Commit({PlainFact("fast")});
  EXPECT_EQ(Sequence(), 1);
  EXPECT_EQ(Count("event_gap"), 2);
  slow.End(true);
  EXPECT_EQ(Sequence(), 2);
  EXPECT_THAT(Aggregates(), ElementsAre("fast", "slow1", "slow2"));
  EXPECT_EQ(Count("event_gap"), 0);
  // Two seqs before the fast one were missing then; the slow ones fill them.
  EXPECT_EQ(Number("SELECT outbox_seq - high_seq FROM event_log WHERE position = 1"), 0);
  EXPECT_EQ(Number("SELECT outbox_seq - low_seq FROM event_log WHERE position = 1"), 2);
  EXPECT_EQ(Number("SELECT outbox_seq - low_seq FROM event_log WHERE position = 3"), 1);
  EXPECT_EQ(Number("SELECT high_seq - outbox_seq FROM event_log WHERE position = 3"), 1);
}

TEST_F(EventLogTest, ARolledBackFactLeavesAGapInSeqsForAMinuteAndNoneInPositions) {
  OpenTransaction lost(db_.get(), {PlainFact("lost")});
  Commit({PlainFact("a")});
  EXPECT_EQ(Sequence(), 1);
  lost.End(false);
  Do("UPDATE event_gap SET first_seen_at = first_seen_at - INTERVAL 59 SECOND");
  EXPECT_EQ(Sequence(), 0);
  EXPECT_EQ(Count("event_gap"), 1);
  Do("UPDATE event_gap SET first_seen_at = first_seen_at - INTERVAL 2 SECOND");
  EXPECT_EQ(Sequence(), 0);
  EXPECT_EQ(Count("event_gap"), 0);
  Commit({PlainFact("b")});
  EXPECT_EQ(Sequence(), 1);
  EXPECT_THAT(Aggregates(), ElementsAre("a", "b"));
}

TEST_F(EventLogTest, MoreThanOneRoundIsReadInSlices) {
  for (int i = 0; i < 5; ++i) Commit(std::vector<Fact>(500, PlainFact("a")));
  EXPECT_EQ(Sequence(), 2000);
  EXPECT_EQ(Sequence(), 500);
  int64_t after = 0;
  int slices = 0;
  for (; after < 2500; ++slices) {
    const absl::StatusOr<Slice> slice = Events(after);
    ASSERT_TRUE(slice.ok()) << slice.status();
    ASSERT_THAT(slice->events, SizeIs(kMaxBatch > 2500 - after ? 2500 - after : kMaxBatch));
    for (const v1::Event& event : slice->events) ASSERT_EQ(event.position(), ++after);
    ASSERT_EQ(slice->seen, after);
  }
  EXPECT_EQ(slices, 13);
}

TEST_F(EventLogTest, TypesAreFilteredAndTheRestCountsAsSeen) {
  for (int i = 0; i < 5; ++i) {
    std::vector<Fact> facts(499, PlainFact("a"));
    facts.push_back(PlainFact("rare", "", "test.Rare"));
    Commit(facts);
  }
  while (Sequence() > 0) {
  }
  std::vector<int64_t> rare;
  int64_t seen = 0;
  for (int64_t before = -1; seen > before;) {
    before = seen;
    const absl::StatusOr<Slice> slice = Events(seen, {"test.Rare", "test.Other"});
    ASSERT_TRUE(slice.ok()) << slice.status();
    for (const v1::Event& event : slice->events) rare.push_back(event.position());
    seen = slice->seen;
  }
  EXPECT_THAT(rare, ElementsAre(500, 1000, 1500, 2000, 2500));
  EXPECT_EQ(seen, 2500);
}

TEST_F(EventLogTest, AFrequentTypeStillComesInBatchesOf200) {
  Commit(std::vector<Fact>(450, PlainFact("a")));
  Sequence();
  std::vector<size_t> sizes;
  for (int64_t seen = 0; seen < 450;) {
    const absl::StatusOr<Slice> slice = Events(seen, {"test.Changed"});
    ASSERT_TRUE(slice.ok()) << slice.status();
    sizes.push_back(slice->events.size());
    seen = slice->seen;
  }
  EXPECT_THAT(sizes, ElementsAre(200, 200, 50));
}

TEST_F(EventLogTest, AReaderAheadOfTheLogLearnsWhereItEnds) {
  Commit({PlainFact("a")});
  Sequence();
  const absl::StatusOr<Slice> slice = Events(7);
  ASSERT_TRUE(slice.ok()) << slice.status();
  EXPECT_THAT(slice->events, IsEmpty());
  EXPECT_EQ(slice->seen, 7);
  EXPECT_EQ(slice->head_position, 1);
}

TEST_F(EventLogTest, ARenewedLogKeepsItsFactsUnderAnotherIdentity) {
  Commit({PlainFact("a")});
  Sequence();
  const std::string before = ReadTheHead().log_id;
  ASSERT_TRUE(RenewLog(*db_, Within()).ok());
  EXPECT_NE(ReadTheHead().log_id, before);
  EXPECT_EQ(Events()->log_id, ReadTheHead().log_id);
  EXPECT_THAT(Aggregates(), ElementsAre("a"));
}

TEST_F(EventLogTest, PurgedFactsAreOutOfRangeAndLaterOnesStay) {
  for (int i = 0; i < 3; ++i) Commit(std::vector<Fact>(250, PlainFact("old")));
  Sequence();
  Do("UPDATE event_log SET sequenced_at = sequenced_at - INTERVAL 31 DAY");
  Commit({PlainFact("new")});
  Sequence();
  const absl::Duration month = absl::Hours(24 * 30);
  EXPECT_EQ(*PurgeOutbox(*db_, Within(), month), kPurgeBatch);
  EXPECT_EQ(*PurgeOutbox(*db_, Within(), month), 250);
  EXPECT_EQ(*PurgeOutbox(*db_, Within(), month), 0);
  EXPECT_EQ(Count("outbox"), 1);
  EXPECT_EQ(ReadTheHead().first_position, 751);

  const absl::StatusOr<Slice> purged = Events(749);
  EXPECT_TRUE(absl::IsOutOfRange(purged.status())) << purged.status();
  EXPECT_EQ(status::Reason(purged.status()), "EVENTS_PURGED");
  EXPECT_THAT(Aggregates(750), ElementsAre("new"));
}

TEST_F(EventLogTest, APurgeOfEverythingDoesNotRewindTheLog) {
  Commit({PlainFact("old")});
  Sequence();
  Do("UPDATE event_log SET sequenced_at = sequenced_at - INTERVAL 31 DAY");
  EXPECT_EQ(*PurgeOutbox(*db_, Within(), absl::Hours(24 * 30)), 1);
  Commit({PlainFact("new")});
  EXPECT_EQ(Sequence(), 1);
  EXPECT_THAT(Aggregates(1), ElementsAre("new"));
}

// Positions of facts, by what they carry.
std::map<std::string, int64_t> PositionsByPayload(mysql::Database& db) {
  std::map<std::string, int64_t> positions;
  const absl::Status read = db.Read(Within(), [&](mysql::Connection& c) {
    return c.ForEach(
        "SELECT o.payload, l.position FROM outbox o JOIN event_log l ON l.outbox_seq = o.seq"
        " LIMIT 1000000",
        {}, [&](mysql::Row& r) { positions[r.Blob(0).data] = r.Int64(1); });
  });
  EXPECT_TRUE(read.ok()) << read;
  return positions;
}

TEST_F(EventLogTest, SixteenCommittersAndTwoSequencersLeaveNoHoleAndKeepCausesBeforeEffects) {
  constexpr int kCommitters = 16;
  constexpr int kTransactions = 40;
  Do("CREATE TABLE counter (id INT PRIMARY KEY, n BIGINT NOT NULL)");
  Do("INSERT INTO counter VALUES (0, 0), (1, 0), (2, 0), (3, 0)");
  auto db1 = Open(2);
  auto db2 = Open(2);
  auto sequencer1 = Sequencer::Start(db1.get(), {});
  auto sequencer2 = Sequencer::Start(db2.get(), {});

  std::atomic<int> committed{0};
  std::vector<std::thread> committers;
  for (int id = 0; id < kCommitters; ++id) {
    committers.emplace_back([&, id] {
      mysql::ThreadRegistration registration;
      std::mt19937 random(id);
      for (int i = 0; i < kTransactions; ++i) {
        const int row = static_cast<int>(random() % 4);
        const int facts = 1 + static_cast<int>(random() % 3);
        const bool roll_back = random() % 5 == 0;
        const double delay = random() % 3 == 0 ? static_cast<double>(random() % 30) / 1000 : 0;
        const absl::Status status =
            db_->RunInTransaction(Within(), [&](mysql::Transaction& tx) -> absl::Status {
              // Whoever changes a row of `counter` has seen all its earlier changes.
              auto n = tx.QueryOne("SELECT n FROM counter WHERE id = ? FOR UPDATE", {row},
                                   [](mysql::Row& r) { return r.Int64(0); });
              if (!n.ok()) return n.status();
              std::vector<Fact> list;
              for (int f = 1; f <= facts; ++f) {
                list.push_back(
                    PlainFact(absl::StrCat(row), absl::StrFormat("%d/%08d", row, **n + f)));
              }
              absl::Status appended = Append(tx, base::SystemClock().Now(), "", list);
              if (!appended.ok()) return appended;
              absl::Status slow = tx.ForEach("SELECT SLEEP(?)", {delay}, [](mysql::Row&) {});
              if (!slow.ok()) return slow;
              if (roll_back) return absl::AbortedError("rolled back");
              return tx.Execute("UPDATE counter SET n = n + ? WHERE id = ?", {facts, row}).status();
            });
        if (status.ok()) committed += facts;
        EXPECT_EQ(status.ok(), !roll_back) << status << status::LogDetail(status);
      }
    });
  }
  for (std::thread& committer : committers) committer.join();
  sequencer1->Wake();
  EXPECT_TRUE(Eventually([&] { return ReadTheHead().position >= committed; }))
      << ReadTheHead().position << " of " << committed;
  sequencer1.reset();
  sequencer2.reset();

  EXPECT_EQ(Sequence(), 0);
  EXPECT_EQ(Count("event_log"), committed);
  EXPECT_EQ(Number("SELECT MAX(position) FROM event_log"), committed);
  EXPECT_EQ(
      Number("SELECT COUNT(*) FROM event_log a JOIN event_log b ON b.position = a.position + 1"
             " WHERE b.sequenced_at < a.sequenced_at"),
      0);
  // Below a position's bounds everything has come, above them nothing.
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event_log p JOIN event_log o WHERE"
                   " (o.outbox_seq < p.low_seq AND o.position > p.position) OR"
                   " (o.outbox_seq > p.high_seq AND o.position <= p.position)"),
            0);
  // Payloads sort as they were made; so must their positions.
  std::string row;
  int64_t before = 0;
  for (const auto& [payload, position] : PositionsByPayload(*db_)) {
    if (payload.substr(0, 1) != row) before = 0;
    row = payload.substr(0, 1);
    EXPECT_GT(position, before) << payload;
    before = position;
  }
}

TEST_F(EventLogTest, EventsGoOnWithinSecondsWhenAReplicaFreezesWithTheHeadLocked) {
  auto frozen_db = Open(2, absl::Seconds(3));
  auto healthy_db = Open(2);

  std::promise<void> locked;
  std::promise<void> thaw;
  std::thread frozen([&] {
    mysql::ThreadRegistration registration;
    const absl::Status status = frozen_db->RunInTransaction(
        Within(absl::Seconds(60)), [&](mysql::Transaction& tx) -> absl::Status {
          absl::Status held =
              tx.ForEach("SELECT position FROM event_head FOR UPDATE", {}, [](mysql::Row&) {});
          if (held.ok()) locked.set_value();
          thaw.get_future().wait();
          // What it does after the thaw must not count any more.
          return tx.Execute("UPDATE event_head SET position = position + 100").status();
        });
    EXPECT_FALSE(status.ok());
  });
  locked.get_future().wait();

  auto sequencer = Sequencer::Start(healthy_db.get(), {});
  Commit({PlainFact("a")});
  const absl::Time began = absl::Now();
  EXPECT_TRUE(Eventually([&] { return ReadTheHead().position == 1; }));
  EXPECT_LT(absl::Now() - began, absl::Seconds(6));
  thaw.set_value();
  frozen.join();
  Commit({PlainFact("b")});
  EXPECT_TRUE(Eventually([&] { return ReadTheHead().position == 2; }));
  EXPECT_THAT(Aggregates(), ElementsAre("a", "b"));
}

TEST_F(EventLogTest, ProgressOfAnotherReplicaIsToldToo) {
  std::atomic<int> told{0};
  Sequencer::Options options;
  options.on_progress = [&] { ++told; };
  auto sequencer = Sequencer::Start(db_.get(), options);
  EXPECT_TRUE(Eventually([&] { return told == 1; }));  // where the log stood at the start
  Commit({PlainFact("a")});
  Sequence();
  EXPECT_TRUE(Eventually([&] { return told >= 2; }));
}

class AsOfTest : public LogTest {
 protected:
  absl::StatusOr<AsOf> At(absl::Time t) { return ResolveAsOf(*db_, Within(), t); }
};

TEST_F(AsOfTest, BeforeTheFirstFactNothingWasKnown) {
  const absl::Time before = DatabaseTime() - absl::Hours(1);
  Commit({PlainFact("a")});
  Sequence();
  const absl::StatusOr<AsOf> as_of = At(before);
  ASSERT_TRUE(as_of.ok()) << as_of.status();
  EXPECT_EQ(as_of->position, 0);
  EXPECT_EQ(as_of->time, before);
}

TEST_F(AsOfTest, TheFutureIsRefusedButForASmallDifferenceOfClocks) {
  const absl::StatusOr<AsOf> far = At(DatabaseTime() + absl::Minutes(1));
  EXPECT_TRUE(absl::IsInvalidArgument(far.status())) << far.status();
  EXPECT_EQ(status::ViolationsOf(far.status()).list().at(0).field, "as_of_time");
  EXPECT_TRUE(At(DatabaseTime() + absl::Milliseconds(50)).ok());
}

TEST_F(AsOfTest, WhatIsSequencedLaterIsNotInAnEarlierAnswer) {
  Commit({PlainFact("a")});
  Sequence();
  OpenTransaction slow(db_.get(), {PlainFact("slow")});
  Commit({PlainFact("fast")});
  Sequence();
  const absl::Time t = DatabaseTime();
  const absl::StatusOr<AsOf> first = At(t);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->position, 2);
  slow.End(true);
  Commit({PlainFact("later")});
  EXPECT_EQ(At(t)->position, 2);
  Sequence();
  EXPECT_EQ(At(t)->position, 2);
  EXPECT_EQ(At(DatabaseTime())->position, 4);
}

TEST_F(AsOfTest, AFactThatWaitsForItsPositionWhileTheQuestionIsAskedComesLater) {
  Commit({PlainFact("a")});  // committed, and nobody has sequenced it
  const absl::Time t = DatabaseTime();
  EXPECT_EQ(At(t)->position, 0);
  Sequence();
  EXPECT_EQ(At(t)->position, 0);
}

TEST_F(AsOfTest, AnswersAreRepeatableUnderSlowAndFastCommits) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> committers;
  for (int id = 0; id < 6; ++id) {
    committers.emplace_back([&, id] {
      mysql::ThreadRegistration registration;
      std::mt19937 random(id);
      while (!stop) {
        const double delay = id < 3 ? 0.0 : static_cast<double>(random() % 100) / 1000;
        const absl::Status status =
            db_->RunInTransaction(Within(), [&](mysql::Transaction& tx) -> absl::Status {
              absl::Status appended =
                  Append(tx, base::SystemClock().Now(), "", {PlainFact(absl::StrCat(id))});
              if (!appended.ok()) return appended;
              return tx.ForEach("SELECT SLEEP(?)", {delay}, [](mysql::Row&) {});
            });
        EXPECT_TRUE(status.ok()) << status << status::LogDetail(status);
      }
    });
  }
  auto sequencer_db = Open(2);
  auto sequencer = Sequencer::Start(sequencer_db.get(), {});

  std::mt19937 random(7);
  std::map<absl::Time, int64_t> answers;
  for (int i = 0; i < 300; ++i) {
    const absl::Time t = DatabaseTime() - absl::Milliseconds(random() % 40);
    const absl::StatusOr<AsOf> as_of = At(t);
    ASSERT_TRUE(as_of.ok()) << as_of.status() << status::LogDetail(as_of.status());
    answers[as_of->time] = as_of->position;
  }
  stop = true;
  for (std::thread& committer : committers) committer.join();
  EXPECT_TRUE(Eventually([&] { return Count("outbox") == ReadTheHead().position; }));
  int64_t before = 0;
  for (const auto& [t, position] : answers) {
    EXPECT_EQ(At(t)->position, position);
    EXPECT_GE(position, before);
    before = position;
  }
  EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace salesops::events
