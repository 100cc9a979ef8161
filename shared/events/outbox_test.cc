#include "shared/events/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "salesops/organization/v1/events.pb.h"
#include "shared/base/id.h"
#include "shared/events/log_fixture.h"

namespace salesops::events {
namespace {

using organization::v1::SellerCreated;
using ::testing::ElementsAre;

SellerCreated Wang() {
  SellerCreated created;
  created.mutable_seller()->set_name("sellers/wang");
  created.mutable_seller()->set_display_name("王芳");
  created.mutable_seller()->set_email("wang@example.com");
  created.mutable_seller()->set_phone("+86 139 0000 0000");
  return created;
}

TEST(MakeFactTest, ClearsPersonalFieldsAtAnyDepthAndNothingElse) {
  const Fact fact = MakeFact("seller", "sellers/wang", Wang());
  SellerCreated sent;
  ASSERT_TRUE(sent.ParseFromString(fact.payload));
  EXPECT_EQ(sent.seller().display_name(), "王芳");
  EXPECT_EQ(sent.seller().email(), "");
  EXPECT_EQ(sent.seller().phone(), "");
  EXPECT_EQ(fact.payload.find("139"), std::string::npos);
}

TEST(MakeFactTest, LeavesTheCallersMessageAlone) {
  const SellerCreated created = Wang();
  MakeFact("seller", "sellers/wang", created);
  EXPECT_EQ(created.seller().email(), "wang@example.com");
}

TEST(MakeFactTest, NamesTheTypeOfThePayload) {
  const Fact fact = MakeFact("seller", "sellers/wang", Wang());
  EXPECT_EQ(fact.type, "salesops.organization.v1.SellerCreated");
  EXPECT_EQ(fact.aggregate_type, "seller");
  EXPECT_EQ(fact.aggregate, "sellers/wang");
}

class AppendTest : public LogTest {
 protected:
  absl::Status AppendIn(mysql::Transaction& tx, const std::vector<Fact>& facts) {
    return Append(tx, base::SystemClock().Now(), "", facts);
  }
};

TEST_F(AppendTest, LastInsertIdIsTheFirstFactAndTheOthersFollow) {
  Commit({PlainFact("a")});
  std::optional<int64_t> first;
  ASSERT_TRUE(
      db_->RunInTransaction(
             Within(),
             [&](mysql::Transaction& tx) -> absl::Status {
               absl::Status done = AppendIn(tx, {PlainFact("x"), PlainFact("y"), PlainFact("z")});
               if (!done.ok()) return done;
               first = **tx.QueryOne("SELECT LAST_INSERT_ID()", {},
                                     [](mysql::Row& r) { return r.Int64(0); });
               return absl::OkStatus();
             })
          .ok());
  const auto rows = db_->Read(Within(), [&](mysql::Connection& c) {
    return c.Query("SELECT aggregateid FROM outbox WHERE seq >= ? ORDER BY seq", {*first},
                   [](mysql::Row& r) { return r.String(0); });
  });
  EXPECT_THAT(*rows, ElementsAre("x", "y", "z"));
}

TEST_F(AppendTest, NothingIsLeftOfARolledBackTransaction) {
  const absl::Status done =
      db_->RunInTransaction(Within(), [&](mysql::Transaction& tx) -> absl::Status {
        absl::Status appended = AppendIn(tx, {PlainFact("a")});
        return appended.ok() ? absl::AbortedError("changed my mind") : appended;
      });
  EXPECT_TRUE(absl::IsAborted(done)) << done;
  EXPECT_EQ(Sequence(), 0);
}

TEST_F(AppendTest, TakesFiveHundredAndRefusesMore) {
  Commit(std::vector<Fact>(500, PlainFact("a")));
  EXPECT_EQ(Count("outbox"), 500);
  const absl::Status tooMany = db_->RunInTransaction(Within(), [&](mysql::Transaction& tx) {
    return AppendIn(tx, std::vector<Fact>(501, PlainFact("a")));
  });
  EXPECT_FALSE(tooMany.ok());
  EXPECT_EQ(Count("outbox"), 500);
}

TEST_F(AppendTest, NoFactsNeedNoStatement) {
  Commit({});
  EXPECT_EQ(Count("outbox"), 0);
}

TEST_F(AppendTest, PayloadsAreRewrittenWhereTheyChange) {
  organization::v1::SellerCreated zhao;
  zhao.mutable_seller()->set_name("sellers/zhao");
  Commit({MakeFact("seller", "sellers/wang", Wang()), MakeFact("seller", "sellers/zhao", zhao)});
  const auto rewrite = [&](const std::vector<int64_t>& seqs) {
    return db_->RunInTransaction(Within(), [&](mysql::Transaction& tx) {
      return RewritePayloads(tx, seqs, [](google::protobuf::Message* payload) {
        organization::v1::Seller* seller = static_cast<SellerCreated*>(payload)->mutable_seller();
        if (!seller->display_name().empty()) seller->set_display_name("-");
      });
    });
  };
  const int64_t first = Number("SELECT MIN(seq) FROM outbox");
  // One of them is purged.
  ASSERT_TRUE(rewrite({first, first + 1, first + 1000}).ok());
  ASSERT_EQ(Sequence(), 2);
  const absl::StatusOr<Slice> slice = Events();
  ASSERT_TRUE(slice.ok());
  SellerCreated told;
  ASSERT_TRUE(told.ParseFromString(slice->events[0].payload()));
  EXPECT_EQ(told.seller().display_name(), "-");
  EXPECT_EQ(told.seller().name(), "sellers/wang");
  EXPECT_EQ(slice->events[1].payload(), zhao.SerializeAsString());

  Commit({PlainFact("a", "", "test.Unknown")});
  EXPECT_FALSE(rewrite({Number("SELECT MAX(seq) FROM outbox")}).ok());
}

TEST_F(AppendTest, TheEventIsWhatWasAppended) {
  const absl::Time occurred = absl::FromUnixMicros(1780000000123456);
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ASSERT_TRUE(db_->RunInTransaction(Within(),
                                    [&](mysql::Transaction& tx) {
                                      return Append(tx, occurred, trace,
                                                    {MakeFact("seller", "sellers/w", Wang())});
                                    })
                  .ok());
  ASSERT_EQ(Sequence(), 1);
  const absl::StatusOr<Slice> slice = Events();
  ASSERT_TRUE(slice.ok()) << slice.status();
  ASSERT_EQ(slice->events.size(), 1u);
  const v1::Event& event = slice->events[0];
  EXPECT_EQ(event.position(), 1);
  EXPECT_TRUE(base::IsValidUuid(event.id())) << event.id();
  EXPECT_EQ(event.aggregate_type(), "seller");
  EXPECT_EQ(event.aggregate(), "sellers/w");
  EXPECT_EQ(event.type(), "salesops.organization.v1.SellerCreated");
  EXPECT_EQ(event.payload(), MakeFact("seller", "sellers/w", Wang()).payload);
  EXPECT_EQ(event.occur_time().seconds(), 1780000000);
  EXPECT_EQ(event.occur_time().nanos(), 123456000);
  EXPECT_EQ(event.traceparent(), trace);
}

}  // namespace
}  // namespace salesops::events
