// Incentive periods and payout statements: what is calculated, how it explains itself and is
// replayed, what late facts do, who sees it, and how a period goes to its payment.
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/performance/v1/incentive_period.pb.h"
#include "salesops/performance/v1/incentive_plan.pb.h"
#include "salesops/performance/v1/payout_statement.pb.h"
#include "salesops/performance/v1/plan_assignment.pb.h"
#include "salesops/performance/v1/transaction.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/performance_server.h"

namespace salesops::performance {
namespace {

using absl::StatusCode;
using testing::HasReason;
using testing::HasViolation;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

const char kPeriod[] = "incentivePlans/sales/periods/q1";

std::string StatementOf(const std::string& seller) {
  return absl::StrCat(kPeriod, "/statements/", seller);
}

class PerformancePeriods : public PerformanceServerTest {
 protected:
  PerformancePeriods() {
    EXPECT_OK(performance_.Call<v1::IncentivePlan>(
        "IncentivePlanService/CreateIncentivePlan",
        "incentive_plan_id: 'sales' incentive_plan { display_name: 'Sales' }"));
  }

  // 5 % of bookings, and of what is above 10,000 in the quarter 8 %; more rules may follow.
  void MakePlan(const std::string& more = "") {
    const auto version = [&](const std::string& verb, const std::string& user) {
      return performance_
          .Call<v1::IncentivePlanVersion>(
              absl::StrCat("IncentivePlanService/", verb, "IncentivePlanVersion"),
              "name: 'incentivePlans/sales/versions/v1'", user)
          .status();
    };
    ASSERT_OK(performance_.Call<v1::IncentivePlanVersion>(
        "IncentivePlanService/CreateIncentivePlanVersion",
        absl::StrCat(
            "parent: 'incentivePlans/sales' incentive_plan_version_id: 'v1' incentive_plan_version "
            "{ start_date { year: 2026 month: 1 day: 1 } rules { currency_code: 'CNY' "
            "fiscal_calendar: 'fiscalCalendars/gregorian' level: PERIOD_LEVEL_QUARTER "
            "rate_date: RATE_DATE_FACT_DATE components { id: 'bookings' display_name: 'Bookings' "
            "commission { measure { measure: MEASURE_BOOKINGS } per: PER_PERIOD rules { id: 'all' "
            "table { method: METHOD_MARGINAL basis: BASIS_AMOUNT tiers { from { value: '0' } "
            "rate { value: '0.05' } } tiers { from { value: '10000' } rate { value: '0.08' } } "
            "} } } } ",
            more, "} }"),
        "alice"));
    ASSERT_OK(version("Lint", "alice"));
    ASSERT_OK(version("Approve", "bob"));
    ASSERT_OK(version("Approve", "carol"));
    ASSERT_OK(version("Activate", "alice"));
  }

  void Assign(const std::string& seller) {
    ASSERT_OK(performance_.Call<v1::PlanAssignment>(
        "PlanAssignmentService/CreatePlanAssignment",
        absl::StrCat("plan_assignment { incentive_plan: 'incentivePlans/sales' payee: 'sellers/",
                     seller, "' start_date { year: 2026 month: 1 day: 1 } }")));
  }

  void Book(const std::string& id, const std::string& seller, const std::string& amount,
            int month = 2, const std::string& currency = "CNY") {
    ASSERT_OK(performance_.Call<v1::Transaction>(
        "TransactionService/CreateTransaction",
        absl::StrCat(
            "transaction_id: '", id,
            "' transaction { kind: FACT_KIND_BOOKING transaction_date { year: 2026 month: ", month,
            " day: 3 } order: 'SO-", id, "' currency_code: '", currency,
            "' account: 'accounts/acme' splits { seller: 'sellers/", seller,
            "' share { value: '1' } } lines { id: '1' product: 'products/gtx' "
            "quantity { value: '1' } amount { value: '",
            amount, "' } } }")));
  }

  absl::StatusOr<v1::IncentivePeriod> CreatePeriod(const std::string& id = "q1", int from = 1,
                                                   int to = 4) {
    return performance_.Call<v1::IncentivePeriod>(
        "IncentivePeriodService/CreateIncentivePeriod",
        absl::StrCat("parent: 'incentivePlans/sales' incentive_period_id: '", id,
                     "' incentive_period { start_date { year: 2026 month: ", from,
                     " day: 1 } end_date { year: 2026 month: ", to, " day: 1 } }"));
  }
  // Makes a plan of two payees with a deal each, and a period.
  void MakeQuarter(const std::string& more_rules = "") {
    MakePlan(more_rules);
    Assign("s1");
    Assign("s3");
    Book("t1", "s1", "12000.10");
    Book("t2", "s3", "200.30");
    ASSERT_OK(CreatePeriod());
  }

  absl::StatusOr<v1::IncentivePeriod> Calculate(const std::string& user = "alice",
                                                const std::string& more = "") {
    const auto parts = performance_.Export("IncentivePeriodService/CalculateIncentivePeriod",
                                           absl::StrCat("name: '", kPeriod, "' ", more), user);
    if (!parts.ok()) return parts.status();
    const auto& last = static_cast<const v1::CalculateIncentivePeriodResponse&>(*parts->back());
    EXPECT_EQ(last.stage(), v1::CalculateIncentivePeriodResponse::STAGE_DONE);
    return last.incentive_period();
  }
  absl::StatusOr<v1::IncentivePeriod> Do(const std::string& verb, const std::string& user,
                                         const std::string& more = "") {
    return performance_.Call<v1::IncentivePeriod>(
        absl::StrCat("IncentivePeriodService/", verb, "IncentivePeriod"),
        absl::StrCat("name: '", kPeriod, "' ", more), user);
  }
  absl::StatusOr<v1::PayoutStatement> Statement(const std::string& seller,
                                                const std::string& user = "admin",
                                                const std::string& more = "") {
    return performance_.Call<v1::PayoutStatement>(
        "PayoutStatementService/GetPayoutStatement",
        absl::StrCat("name: '", StatementOf(seller), "' ", more), user);
  }
  absl::StatusOr<v1::ExplainPayoutResponse> Explain(const std::string& seller,
                                                    const std::string& user = "admin",
                                                    const std::string& more = "") {
    return performance_.Call<v1::ExplainPayoutResponse>(
        "PayoutStatementService/ExplainPayout",
        absl::StrCat("name: '", StatementOf(seller), "' ", more), user);
  }
  absl::StatusOr<v1::ReplayOutcome> Replay(const std::string& seller,
                                           const std::string& more = "") {
    const auto parts =
        performance_.Export("PayoutStatementService/ReplayStatement",
                            absl::StrCat("name: '", StatementOf(seller), "' ", more), "admin");
    if (!parts.ok()) return parts.status();
    return static_cast<const v1::ReplayStatementResponse&>(*parts->back()).outcome();
  }
};

// Every entry comes after the one that it is a part of, and is the sum of its parts.
void ExpectTree(const v1::PayoutStatement& statement) {
  std::map<int, base::Decimal> sums;
  std::map<int, base::Decimal> amounts;
  for (const v1::PayoutEntry& entry : statement.entries()) {
    const base::Decimal amount = base::Decimal::Parse(entry.amount().value()).value();
    amounts[entry.number()] = amount;
    EXPECT_LT(entry.parent(), entry.number());
    sums[entry.parent()] += amount;
  }
  EXPECT_EQ(sums[0], base::Decimal::Parse(statement.amount().value()).value());
  for (const auto& [number, sum] : sums) {
    if (number != 0) EXPECT_EQ(sum, amounts[number]) << number;
  }
}

TEST_F(PerformancePeriods, ACalculationGivesStatementsThatExplainThemselves) {
  MakeQuarter();
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod period, Calculate());
  // 10,000 × 5 % + 2,000.10 × 8 % = 660.008, each slice rounded once; 200.30 × 5 % = 10.015.
  EXPECT_THAT(period, PartlyEqualsProto(
                          "state: STATE_CALCULATED calculation { run: 1 calculator: "
                          "'user:alice' fact_count: 2 statement_count: 2 currency_code: 'CNY' "
                          "incentive_plan_version: 'incentivePlans/sales/versions/v1' "
                          "total_amount { value: '670.03' } }"));
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement own, Statement("s1"));
  EXPECT_THAT(own, PartlyEqualsProto("payee: 'sellers/s1' amount { value: '660.01' } "
                                     "currency_code: 'CNY' run: 1 engine_version: 1 etag: '1'"));
  EXPECT_EQ(own.hash().size(), 64u);
  EXPECT_EQ(own.entries_size(), 0);

  ASSERT_OK_AND_ASSIGN(const v1::ExplainPayoutResponse why, Explain("s1"));
  ExpectTree(why.payout_statement());
  EXPECT_EQ(why.total_size(), why.payout_statement().entries_size());
  EXPECT_THAT(why.payout_statement().entries(0), PartlyEqualsProto("number: 1 kind: KIND_PAYOUT"));
  const v1::PayoutEntry& leaf =
      why.payout_statement().entries(why.payout_statement().entries_size() - 1);
  EXPECT_THAT(leaf, PartlyEqualsProto("kind: KIND_EARNING component: 'bookings' rule: 'all' "
                                      "fact: 'transactions/t1' line: '1'"));
  EXPECT_EQ(performance_.Events("PayoutStatementCreated").size(), 2u);
  EXPECT_EQ(performance_.Events("IncentivePeriodCalculated").size(), 1u);
}

TEST_F(PerformancePeriods, AnExplanationIsReadInPages) {
  MakeQuarter();
  ASSERT_OK(Calculate());
  ASSERT_OK_AND_ASSIGN(const v1::ExplainPayoutResponse whole, Explain("s1"));
  v1::PayoutStatement joined = whole.payout_statement();
  joined.clear_entries();
  std::string token;
  do {
    ASSERT_OK_AND_ASSIGN(
        const v1::ExplainPayoutResponse page,
        Explain("s1", "admin", absl::StrCat("page_size: 1 page_token: '", token, "'")));
    EXPECT_EQ(page.total_size(), whole.total_size());
    joined.mutable_entries()->MergeFrom(page.payout_statement().entries());
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_EQ(joined.SerializeAsString(), whole.payout_statement().SerializeAsString());
}

TEST_F(PerformancePeriods, ALateFactAddsToTheLedgerAndTouchesNobodyElse) {
  MakeQuarter();
  ASSERT_OK(Calculate());
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement other, Statement("s3"));
  const std::string before = performance_.Now();
  const int64_t rows = performance_.Count("incentive_entry");
  Book("t3", "s1", "1000");
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod again, Calculate());
  EXPECT_THAT(again, PartlyEqualsProto("calculation { run: 2 fact_count: 3 "
                                       "total_amount { value: '750.03' } }"));
  EXPECT_EQ(performance_.Count("incentive_entry"), rows + again.calculation().entry_count());
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement same, Statement("s3"));
  EXPECT_EQ(same.SerializeAsString(), other.SerializeAsString());
  ASSERT_OK_AND_ASSIGN(const v1::ExplainPayoutResponse now, Explain("s1"));
  ExpectTree(now.payout_statement());
  EXPECT_EQ(now.payout_statement().amount().value(), "740.01");
  ASSERT_OK_AND_ASSIGN(const v1::ExplainPayoutResponse then,
                       Explain("s1", "admin", absl::StrCat("as_of_time { ", before, " }")));
  ExpectTree(then.payout_statement());
  EXPECT_EQ(then.payout_statement().amount().value(), "660.01");
}

TEST_F(PerformancePeriods, CalculatingAgainWithoutNewFactsChangesNothing) {
  MakeQuarter();
  ASSERT_OK(Calculate());
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement before, Statement("s1"));
  const int64_t rows = performance_.Count("incentive_entry");
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod again, Calculate());
  EXPECT_EQ(again.calculation().entry_count(), 0);
  EXPECT_EQ(performance_.Count("incentive_entry"), rows);
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement after, Statement("s1"));
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
}

TEST_F(PerformancePeriods, AReplayComesToTheSameHashWhateverHappenedSince) {
  MakeQuarter();
  ASSERT_OK(Calculate());
  const std::string before = performance_.Now();
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement first, Statement("s1"));
  Book("t3", "s1", "1000");
  ASSERT_OK_AND_ASSIGN(const v1::ReplayOutcome outcome, Replay("s1"));
  EXPECT_EQ(outcome.recorded_hash(), first.hash());
  EXPECT_EQ(outcome.replayed_hash(), first.hash());
  EXPECT_TRUE(outcome.matches());
  ASSERT_OK(Calculate());
  ASSERT_OK_AND_ASSIGN(const v1::ReplayOutcome now, Replay("s1"));
  EXPECT_TRUE(now.matches());
  EXPECT_NE(now.recorded_hash(), first.hash());
  ASSERT_OK_AND_ASSIGN(const v1::ReplayOutcome then,
                       Replay("s1", absl::StrCat("as_of_time { ", before, " }")));
  EXPECT_TRUE(then.matches());
  EXPECT_EQ(then.recorded_hash(), first.hash());
}

TEST_F(PerformancePeriods, AReplayFindsALedgerThatWasTamperedWith) {
  MakeQuarter();
  ASSERT_OK(Calculate());
  performance_.schema().Execute(
      "UPDATE sales_transaction SET fact_lines = REPLACE(fact_lines, '200.3', '200.4')");
  ASSERT_OK_AND_ASSIGN(const v1::ReplayOutcome outcome, Replay("s3"));
  EXPECT_FALSE(outcome.matches());
}

TEST_F(PerformancePeriods, ASellerSeesOwnPayOnlyAndEveryReadIsAudited) {
  MakeQuarter();
  ASSERT_OK(Calculate());
  EXPECT_THAT(Statement("s1", "s3"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Explain("s1", "s3"), StatusIs(StatusCode::kPermissionDenied));
  const int64_t audited = performance_.Count("audit_entry");
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement own, Statement("s3", "s3"));
  EXPECT_EQ(own.amount().value(), "10.02");
  ASSERT_OK(Explain("s3", "s3"));
  EXPECT_EQ(performance_.Count("audit_entry"), audited + 2);
  ASSERT_OK_AND_ASSIGN(const auto listed, performance_.Call<v1::ListPayoutStatementsResponse>(
                                              "PayoutStatementService/ListPayoutStatements",
                                              absl::StrCat("parent: '", kPeriod, "'"), "s3"));
  ASSERT_THAT(listed.payout_statements(), SizeIs(1));
  EXPECT_EQ(listed.payout_statements(0).payee(), "sellers/s3");
}

TEST_F(PerformancePeriods, ThreePersonsLeadAPeriodToItsPayment) {
  MakeQuarter();
  EXPECT_THAT(Do("Review", "bob"), HasReason("NOT_CALCULATED"));
  ASSERT_OK(Calculate());
  EXPECT_THAT(Do("Archive", "alice"), HasReason("PERIOD_CALCULATED"));
  EXPECT_THAT(Do("Review", "alice"), HasReason("SELF_REVIEW"));
  ASSERT_OK(Do("Review", "bob", "note: 'seen'"));
  EXPECT_THAT(Calculate(), HasReason("PERIOD_REVIEWED"));
  EXPECT_THAT(Do("Approve", "bob"), HasReason("SAME_APPROVER"));
  ASSERT_OK(Do("Approve", "carol"));
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod reopened,
                       Do("Reopen", "dan", "reason: 'an order is missing'"));
  EXPECT_THAT(reopened, PartlyEqualsProto("state: STATE_CALCULATED reopening { signer: 'user:dan' "
                                          "note: 'an order is missing' }"));
  EXPECT_FALSE(reopened.has_review());
  ASSERT_OK(Calculate());
  ASSERT_OK(Do("Review", "bob"));
  ASSERT_OK(Do("Approve", "carol"));
  EXPECT_THAT(Do("Pay", "alice"), HasReason("NOT_CLOSED"));
  ASSERT_OK(Do("Close", "alice"));
  EXPECT_THAT(Do("Reopen", "dan", "reason: 'too late'"), HasReason("PERIOD_CLOSED"));
  EXPECT_THAT(Calculate(), HasReason("PERIOD_REVIEWED"));
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod paid,
                       Do("Pay", "alice", "payment_reference: 'payroll 4'"));
  EXPECT_THAT(paid, PartlyEqualsProto("state: STATE_PAID payment_reference: 'payroll 4'"));
}

TEST_F(PerformancePeriods, PeriodsOfAPlanHaveNoDayInCommon) {
  ASSERT_OK(CreatePeriod("q1", 1, 4));
  EXPECT_THAT(CreatePeriod("other", 3, 6),
              HasViolation("incentive_period.start_date", "OVERLAPPING"));
  EXPECT_THAT(CreatePeriod("none", 6, 6), HasViolation("incentive_period.end_date", "BAD_RANGE"));
  ASSERT_OK(CreatePeriod("q2", 4, 7));
  ASSERT_OK(Do("Archive", "admin"));
  ASSERT_OK(CreatePeriod("other", 3, 4));
  EXPECT_THAT(Do("Unarchive", "admin"), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(PerformancePeriods, PeriodsOfOneBatchHaveNoDayInCommonEither) {
  const auto create = [&](int second) {
    return performance_.Call<v1::BatchCreateIncentivePeriodsResponse>(
        "IncentivePeriodService/BatchCreateIncentivePeriods",
        absl::StrCat("parent: 'incentivePlans/sales' requests { parent: 'incentivePlans/sales' "
                     "incentive_period { start_date { "
                     "year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 2 day: 1 } } } "
                     "requests { parent: 'incentivePlans/sales' incentive_period { start_date { "
                     "year: 2026 month: 1 day: ",
                     second, " } end_date { year: 2026 month: 3 day: 1 } } }"));
  };
  EXPECT_THAT(create(31), HasViolation("requests[1].incentive_period.start_date", "OVERLAPPING"));
  EXPECT_EQ(performance_.Count("incentive_period"), 0);
}

TEST_F(PerformancePeriods, WhatCannotBeCalculatedIsRefusedAndLeavesNothing) {
  ASSERT_OK(CreatePeriod());
  EXPECT_THAT(Calculate(), HasReason("NO_VERSION"));
  MakePlan();
  Assign("s1");
  Book("t1", "s1", "100", 2, "USD");
  EXPECT_THAT(Calculate(), HasReason("NOT_CALCULABLE"));
  EXPECT_EQ(performance_.Count("payout_statement"), 0);
  EXPECT_EQ(performance_.Count("incentive_entry"), 0);
  EXPECT_THAT(Calculate(), HasReason("NOT_CALCULABLE")) << "nobody has to wait for the first one";
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod period, Do("Get", "admin"));
  EXPECT_EQ(period.state(), v1::IncentivePeriod::STATE_OPEN);
}

TEST_F(PerformancePeriods, OneCalculatesAtATimeAndAnAbandonedRunCountsForNothing) {
  MakeQuarter();
  ASSERT_OK(Calculate());
  // What a process that was killed leaves behind: a run with a part of its entries.
  performance_.schema().Execute(
      "INSERT INTO incentive_run SELECT plan_id, period_id, 2, 1, 'gone', '2100-01-01', position, "
      "as_of_time, version_id, engine_version, inputs FROM incentive_run");
  performance_.schema().Execute(
      "INSERT INTO incentive_entry SELECT plan_id, period_id, payee, 2, place, parent, kind, "
      "component, rule_id, fact, fact_line, base, rate, unrounded, amount, note FROM "
      "incentive_entry WHERE payee = 'sellers/s1'");
  EXPECT_THAT(Calculate(), HasReason("CALCULATION_RUNNING"));
  performance_.schema().Execute(
      "UPDATE incentive_run SET lease_until = '2020-01-01' WHERE run = 2");
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod period, Calculate());
  EXPECT_THAT(period, PartlyEqualsProto("calculation { run: 3 total_amount { value: '670.03' } }"));
  EXPECT_EQ(period.calculation().entry_count(), 0);
  ASSERT_OK_AND_ASSIGN(const v1::ExplainPayoutResponse why, Explain("s1"));
  ExpectTree(why.payout_statement());
}

TEST_F(PerformancePeriods, ManyCalculationsAtOnceAddToTheLedgerOnce) {
  MakeQuarter();
  std::vector<std::thread> callers;
  std::atomic<int> done = 0;
  for (int i = 0; i < 32; ++i) {
    callers.emplace_back([&] {
      const auto period = Calculate();
      if (period.ok()) {
        ++done;
      } else {
        EXPECT_THAT(period, HasReason("CALCULATION_RUNNING"));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_GE(done, 1);
  ASSERT_OK_AND_ASSIGN(const v1::ExplainPayoutResponse why, Explain("s1"));
  ExpectTree(why.payout_statement());
  EXPECT_EQ(why.payout_statement().amount().value(), "660.01");
  EXPECT_EQ(performance_.Count("incentive_entry"), 7)
      << "a payout and a component of each; two slices of one line, one of the other";
  EXPECT_EQ(performance_.Count("payout_statement_history"), 2);
}

TEST_F(PerformancePeriods, OfManyApprovalsAtOnceOneCounts) {
  MakeQuarter();
  ASSERT_OK(Calculate());
  ASSERT_OK(Do("Review", "bob"));
  std::vector<std::thread> callers;
  std::atomic<int> approved = 0;
  for (int i = 0; i < 32; ++i) {
    callers.emplace_back([&, i] {
      const auto period = Do("Approve", absl::StrCat("manager", i));
      if (period.ok()) {
        ++approved;
      } else {
        EXPECT_THAT(period, HasReason("PERIOD_APPROVED"));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(approved, 1);
  EXPECT_EQ(performance_.Events("IncentivePeriodApproved").size(), 1u);
}

TEST_F(PerformancePeriods, AnOldEtagIsRefusedBeforeAnythingIsRead) {
  MakeQuarter();
  ASSERT_OK(Calculate("alice", "etag: '1'"));
  EXPECT_THAT(Calculate("alice", "etag: '1'"), StatusIs(StatusCode::kAborted));
  EXPECT_EQ(performance_.Count("incentive_run"), 1);
}

TEST_F(PerformancePeriods, RecoverableDrawsNeedThePeriodBeforeClosed) {
  MakeQuarter("draw { amount { value: '1000' } recoverable: true recovery_limit { value: '1' } } ");
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod first, Calculate());
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement own, Statement("s1"));
  EXPECT_THAT(own, PartlyEqualsProto("amount { value: '1000' } draw_balance { value: '339.99' }"));
  ASSERT_OK(CreatePeriod("q2", 4, 7));
  const auto second = [&] {
    return performance_
        .Export("IncentivePeriodService/CalculateIncentivePeriod",
                "name: 'incentivePlans/sales/periods/q2'", "alice")
        .status();
  };
  EXPECT_THAT(second(), HasReason("EARLIER_PERIOD_OPEN"));
  ASSERT_OK(Do("Review", "bob"));
  ASSERT_OK(Do("Approve", "carol"));
  ASSERT_OK(Do("Close", "alice"));
  Book("t5", "s1", "30000", 5);
  ASSERT_OK(second());
  ASSERT_OK_AND_ASSIGN(const v1::PayoutStatement next,
                       performance_.Call<v1::PayoutStatement>(
                           "PayoutStatementService/GetPayoutStatement",
                           "name: 'incentivePlans/sales/periods/q2/statements/s1'"));
  // 500 + 20,000 × 8 % = 2,100, less what was owed.
  EXPECT_THAT(next, PartlyEqualsProto("amount { value: '1760.01' }"));
}

TEST_F(PerformancePeriods, ALedgerOfManyPagesIsReadWhole) {
  MakeQuarter();
  const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
  const auto columns = performance_.database().Read(soon, [](mysql::Connection& c) {
    return c.Query(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
        "table_name = 'sales_transaction' AND column_name <> 'id' LIMIT 100",
        {}, [](mysql::Row& row) { return row.String(0); });
  });
  ASSERT_OK(columns);
  const std::string rest = absl::StrJoin(*columns, ",");
  // 2 ^ 14 deals of one seller, each as the first one, and as many assignments.
  for (char round = 'a'; round < 'a' + 14; ++round) {
    performance_.schema().Execute(absl::StrCat(
        "INSERT INTO sales_transaction (id,", rest, ") SELECT CONCAT(id, '", std::string(1, round),
        "'),", rest, " FROM sales_transaction WHERE id LIKE 't2%'"));
    performance_.schema().Execute(absl::StrCat(
        "INSERT INTO roster_assignment (seller, id, team, job_role, manager, region, share, "
        "start_date, end_date) SELECT seller, CONCAT(id, '~",
        std::string(1, round),
        "'), team, job_role, manager, region, share, start_date, end_date FROM roster_assignment "
        "WHERE seller = 's1'"));
  }
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod period, Calculate());
  EXPECT_EQ(period.calculation().fact_count(), 16385);
  EXPECT_GT(period.calculation().entry_count(), 10000) << "more than a page";
  ASSERT_OK_AND_ASSIGN(const v1::IncentivePeriod again, Calculate());
  EXPECT_EQ(again.calculation().entry_count(), 0) << "all of it was read again";
  ASSERT_OK_AND_ASSIGN(const v1::ReplayOutcome outcome, Replay("s3"));
  EXPECT_TRUE(outcome.matches());
  performance_.schema().Execute("DELETE FROM roster_assignment WHERE id LIKE '%~%'");
}

}  // namespace
}  // namespace salesops::performance
