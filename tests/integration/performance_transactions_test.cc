// Transactions: facts that never change, and how others correct them.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/performance/v1/events.pb.h"
#include "salesops/performance/v1/transaction.pb.h"
#include "services/performance/store/standing_facts.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/performance_server.h"

namespace salesops::performance {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::PartlyEqualsProto;
using testing::StatusIs;

std::string Invoice(const std::string& amount, const std::string& more = "") {
  return Merged<v1::Transaction>(
      absl::StrCat(
          "kind: FACT_KIND_INVOICE transaction_date { year: 2026 month: 3 day: 1 } order: 'SO-1' "
          "currency_code: 'CNY' account: 'accounts/acme' "
          "customer_attributes { key: 'grade' value: 'A' } "
          "lines { id: '10' product: 'products/gtx' product_category: 'servers' "
          "  quantity { value: '2' } amount { value: '",
          amount, "' } cost { value: '60' } discount { value: '0.1' } }"),
      more);
}

class PerformanceTransactions : public PerformanceServerTest {
 protected:
  absl::StatusOr<v1::Transaction> Create(const std::string& id, const std::string& transaction) {
    return performance_.Call<v1::Transaction>(
        "TransactionService/CreateTransaction",
        absl::StrCat("transaction_id: '", id, "' transaction { ", transaction, " }"));
  }
  absl::StatusOr<v1::Transaction> Get(const std::string& id, const std::string& user = "admin") {
    return performance_.Call<v1::Transaction>("TransactionService/GetTransaction",
                                              absl::StrCat("name: 'transactions/", id, "'"), user);
  }
  std::vector<std::string> Names(const std::string& request, const std::string& user = "admin") {
    std::vector<std::string> names;
    const auto listed = performance_.Call<v1::ListTransactionsResponse>(
        "TransactionService/ListTransactions", request, user);
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return names;
    for (const v1::Transaction& transaction : listed->transactions()) {
      names.push_back(transaction.name().substr(13));
    }
    return names;
  }
  // The reply to one batch of rows from the ERP, numbered from 1.
  v1::ImportTransactionsResponse Import(const std::vector<std::string>& rows,
                                        const std::string& options = "") {
    std::string batch;
    for (size_t i = 0; i < rows.size(); ++i) {
      absl::StrAppend(&batch, "rows { row_number: ", i + 1, " transaction { ", rows[i], " } } ");
    }
    const auto replies =
        performance_.Import("TransactionService/ImportTransactions",
                            {absl::StrCat("options { source: 'erp' ", options, " }"),
                             absl::StrCat("batch { ", batch, " }")});
    EXPECT_TRUE(replies.ok()) << replies.status();
    if (!replies.ok() || replies->size() != 2) return {};
    return static_cast<const v1::ImportTransactionsResponse&>(*replies->back());
  }
};

constexpr char kKey[] = "owner: 'sellers/s1' external_keys { source: 'erp' key: 'INV-1' }";

TEST_F(PerformanceTransactions, IsStoredAsItWasTold) {
  ASSERT_OK(Create("t1", Invoice("100.00", "owner: 'sellers/s1'")));
  EXPECT_THAT(Get("t1"), testing::IsOkAndHolds(PartlyEqualsProto(
                             "name: 'transactions/t1' kind: FACT_KIND_INVOICE order: 'SO-1' "
                             "currency_code: 'CNY' account: 'accounts/acme' owner: 'sellers/s1'")));
  ASSERT_OK_AND_ASSIGN(const v1::Transaction stored, Get("t1"));
  EXPECT_EQ(stored.customer_attributes().at("grade"), "A");
  ASSERT_EQ(stored.lines_size(), 1);
  EXPECT_EQ(stored.lines(0).amount().value(), "100");
  EXPECT_EQ(stored.lines(0).cost().value(), "60");
  EXPECT_EQ(stored.lines(0).discount().value(), "0.1");
  EXPECT_EQ(stored.etag(), "1");
  EXPECT_THAT(performance_.EventTypes(), ElementsAre("TransactionCreated"));
  EXPECT_THAT(Names("filter: 'order = \"SO-1\" AND kind = FACT_KIND_INVOICE'"), ElementsAre("t1"));
  EXPECT_THAT(Names("filter: 'currency_code = \"元\"'"), IsEmpty());
}

TEST_F(PerformanceTransactions, EveryFaultIsNamed) {
  EXPECT_THAT(Create("a", Invoice("100.001", "owner: 'sellers/s1'")),
              HasViolation("transaction.lines[0].amount", "TOO_PRECISE"));
  EXPECT_THAT(Create("a", Invoice("-100", "owner: 'sellers/s1'")),
              HasViolation("transaction.lines[0].amount", "WRONG_SIGN"));
  EXPECT_THAT(Create("a", Invoice("100")), HasViolation("transaction.owner", "REQUIRED"));
  EXPECT_THAT(Create("a", Invoice("100", "owner: 'sellers/nobody'")),
              HasViolation("transaction.owner", "BAD_REFERENCE"));
  EXPECT_THAT(Create("a", Invoice("100",
                                  "owner: 'sellers/s1' splits { seller: 'sellers/nobody' "
                                  "share { value: '1' } }")),
              HasViolation("transaction.splits[0].seller", "BAD_REFERENCE"));
  EXPECT_THAT(Create("a", Invoice("100",
                                  "owner: 'sellers/s1' splits { seller: 'sellers/s1' "
                                  "share { value: '0.9' } }")),
              HasViolation("transaction.splits", "SHARES_NOT_ONE"));
  EXPECT_THAT(Create("a", Invoice("100", "owner: 'sellers/s1' corrects: 'transactions/none'")),
              HasViolation("transaction.corrects", "BAD_REFERENCE"));
  EXPECT_EQ(performance_.Count("sales_transaction"), 0);
}

TEST_F(PerformanceTransactions, TheFirstWhoIsCreditedIsTheOwner) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Transaction made,
      Create("t1", Invoice("100",
                           "splits { seller: 'sellers/s3' share { value: '0.5' } overlay: "
                           "true } splits { seller: 'sellers/s2' share { value: '1' } }")));
  EXPECT_EQ(made.owner(), "sellers/s2");
  EXPECT_THAT(Get("t1", "boss"), testing::IsOk());
  EXPECT_THAT(Get("t1", "s3"), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(PerformanceTransactions, ACorrectionStandsInThePlaceOfOne) {
  ASSERT_OK(Create("t1", Invoice("100", kKey)));
  ASSERT_OK(Create("t2", Invoice("90", absl::StrCat("corrects: 'transactions/t1' ", kKey))));
  // The first stays as it was; the key names the second.
  EXPECT_EQ(Get("t1")->lines(0).amount().value(), "100");
  EXPECT_THAT(Names("filter: 'corrects = \"transactions/t1\"'"), ElementsAre("t2"));
  EXPECT_THAT(Create("t3", Invoice("80", "owner: 'sellers/s1' corrects: 'transactions/t1'")),
              HasViolation("transaction.corrects", "ALREADY_CORRECTED"));
  EXPECT_THAT(Create("t3", Invoice("80", kKey)), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_OK(Create("t3", Invoice("80", "owner: 'sellers/s1' corrects: 'transactions/t2'")));
}

TEST_F(PerformanceTransactions, ACorrectionIsOfTheSameKindAndOrder) {
  ASSERT_OK(Create("t1", Invoice("100", "owner: 'sellers/s1'")));
  EXPECT_THAT(Create("t2", Invoice("100",
                                   "owner: 'sellers/s1' corrects: 'transactions/t1' "
                                   "kind: FACT_KIND_PAYMENT")),
              HasViolation("transaction.kind", "OTHER_KIND"));
  EXPECT_THAT(
      Create("t2", Invoice("100", "owner: 'sellers/s1' corrects: 'transactions/t1' order: 'X'")),
      HasViolation("transaction.order", "OTHER_ORDER"));
}

TEST_F(PerformanceTransactions, TwoCorrectionsOfOneInABatchAreRefused) {
  ASSERT_OK(Create("t1", Invoice("100", "owner: 'sellers/s1'")));
  const std::string one =
      absl::StrCat("requests { transaction { ",
                   Invoice("90", "owner: 'sellers/s1' corrects: 'transactions/t1'"), " } } ");
  EXPECT_THAT(performance_.Call<v1::BatchCreateTransactionsResponse>(
                  "TransactionService/BatchCreateTransactions", one + one),
              HasViolation("requests[1].transaction.corrects", "ALREADY_CORRECTED"));
}

TEST_F(PerformanceTransactions, AnImportedRowThatChangedIsACorrection) {
  v1::ImportTransactionsResponse reply = Import({Invoice("100", kKey)});
  EXPECT_EQ(reply.created_count(), 1);
  reply = Import({Invoice("100.00", kKey)});  // the same
  EXPECT_EQ(reply.unchanged_count(), 1);
  reply = Import({Invoice("90", kKey)});
  EXPECT_EQ(reply.updated_count(), 1) << reply.DebugString();
  reply = Import({Invoice("90", kKey)});
  EXPECT_EQ(reply.unchanged_count(), 1) << reply.DebugString();
  reply = Import({Invoice("80", kKey)});  // corrects the correction
  EXPECT_EQ(reply.updated_count(), 1) << reply.DebugString();
  EXPECT_EQ(reply.failed_count(), 0);

  const auto listed = performance_.Call<v1::ListTransactionsResponse>(
      "TransactionService/ListTransactions", "order_by: 'create_time'");
  ASSERT_OK(listed);
  ASSERT_EQ(listed->transactions_size(), 3);
  std::map<std::string, const v1::Transaction*> by_amount;
  for (const v1::Transaction& transaction : listed->transactions()) {
    by_amount[transaction.lines(0).amount().value()] = &transaction;
  }
  ASSERT_EQ(by_amount.size(), 3u);
  EXPECT_EQ(by_amount["100"]->corrects(), "");
  EXPECT_EQ(by_amount["90"]->corrects(), by_amount["100"]->name());
  EXPECT_EQ(by_amount["80"]->corrects(), by_amount["90"]->name());
  EXPECT_THAT(performance_.EventTypes(),
              ElementsAre("TransactionCreated", "TransactionCreated", "TransactionCreated"));
}

TEST_F(PerformanceTransactions, AnImportTriedOutStoresNothing) {
  ASSERT_EQ(Import({Invoice("100", kKey)}).created_count(), 1);
  EXPECT_EQ(Import({Invoice("90", kKey)}, "dry_run: true").updated_count(), 1);
  EXPECT_EQ(performance_.Count("sales_transaction"), 1);
}

TEST_F(PerformanceTransactions, ARowThatNamesWhatSaysOtherwiseIsLeftOut) {
  ASSERT_OK(Create("t1", Invoice("100", kKey)));
  const v1::ImportTransactionsResponse reply =
      Import({Invoice("90", absl::StrCat("name: 'transactions/t1' ", kKey))});
  ASSERT_EQ(reply.failures_size(), 1);
  EXPECT_EQ(reply.failures(0).field(), "transaction.name");
  EXPECT_EQ(reply.failures(0).reason(), "NEVER_CHANGES");
  EXPECT_EQ(performance_.Count("sales_transaction"), 1);
}

TEST_F(PerformanceTransactions, ASellerSeesOwnOnesAndMakesNone) {
  ASSERT_OK(Create("one", Invoice("100", "owner: 'sellers/s1'")));
  ASSERT_OK(Create("three", Invoice("100", "owner: 'sellers/s3'")));
  EXPECT_THAT(Names("", "s1"), ElementsAre("one"));
  EXPECT_THAT(Names("", "boss"), ElementsAre("one"));
  EXPECT_THAT(Names("order_by: 'owner desc'"), ElementsAre("three", "one"));
  EXPECT_THAT(performance_.Call<v1::Transaction>(
                  "TransactionService/CreateTransaction",
                  absl::StrCat("transaction { ", Invoice("1", "owner: 'sellers/s1'"), " }"), "s1"),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(PerformanceTransactions, AsOfAMomentThereAreThoseOfBefore) {
  ASSERT_OK(Create("t1", Invoice("100", "owner: 'sellers/s1'")));
  const std::string then = performance_.Now();
  ASSERT_OK(Create("t2", Invoice("90", "owner: 'sellers/s1' corrects: 'transactions/t1'")));
  EXPECT_THAT(Names(absl::StrCat("as_of_time { ", then, " }")), ElementsAre("t1"));
  EXPECT_THAT(Names(""), ElementsAre("t1", "t2"));
  const auto parts = performance_.Export("TransactionService/ExportTransactions", "");
  ASSERT_OK(parts);
  EXPECT_EQ(static_cast<const v1::ExportTransactionsResponse&>(*parts->front()).transactions_size(),
            2);
}

TEST_F(PerformanceTransactions, ACalculationReadsThoseThatStand) {
  ASSERT_OK(Create("t1", Invoice("100", "owner: 'sellers/s1'")));
  ASSERT_OK(Create("other", Invoice("7", "owner: 'sellers/s1'")));
  const int64_t before = performance_.Events().back().position();
  ASSERT_OK(Create("t2", Invoice("90", "owner: 'sellers/s1' corrects: 'transactions/t1'")));
  ASSERT_EQ(performance_.Events().size(), 3u);  // sequenced
  const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
  const auto read = [&](std::optional<int64_t> position, const base::DayRange& days) {
    std::vector<std::string> names;
    store::FactPage page;
    do {
      auto next = performance_.database().Read(soon, [&](mysql::Connection& c) {
        return store::StandingTransactions(c, days, position, page.next, /*limit=*/1);
      });
      EXPECT_TRUE(next.ok()) << next.status();
      if (!next.ok()) return names;
      page = *std::move(next);
      for (const domain::Fact& fact : page.facts) names.push_back(fact.name);
    } while (!page.next.empty());
    return names;
  };
  const base::DayRange march{base::CivilDay(2026, 3, 1), base::CivilDay(2026, 4, 1)};
  EXPECT_THAT(read(std::nullopt, march), ElementsAre("transactions/other", "transactions/t2"));
  EXPECT_THAT(read(before, march), ElementsAre("transactions/other", "transactions/t1"));
  EXPECT_THAT(read(std::nullopt, {base::CivilDay(2026, 4, 1), std::nullopt}), IsEmpty());
}

TEST_F(PerformanceTransactions, TheSameRequestTwiceIsOneTransaction) {
  const std::string request = absl::StrCat("transaction { ", Invoice("100", "owner: 'sellers/s1'"),
                                           " } request_id: '00000000-0000-4000-8000-000000000001'");
  const auto first =
      performance_.Call<v1::Transaction>("TransactionService/CreateTransaction", request);
  const auto second =
      performance_.Call<v1::Transaction>("TransactionService/CreateTransaction", request);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_EQ(first->name(), second->name());
  EXPECT_EQ(performance_.Count("sales_transaction"), 1);
}

}  // namespace
}  // namespace salesops::performance
