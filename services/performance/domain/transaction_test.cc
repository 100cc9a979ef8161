#include "services/performance/domain/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> FaultsOf(Transaction transaction) {
  base::Violations violations;
  CheckTransaction(transaction, &violations);
  std::vector<std::string> faults;
  for (const base::Violation& v : violations.list()) faults.push_back(v.field + " " + v.reason);
  return faults;
}

Transaction Invoice() {
  Transaction transaction;
  transaction.id = "t1";
  transaction.kind = FactKind::kInvoice;
  transaction.date = CivilDay(2026, 3, 31);
  transaction.order = "SO-1";
  transaction.currency = "CNY";
  transaction.account_id = "acme";
  transaction.attributes = {{"grade", std::string("A")}};
  transaction.owner_id = "s1";
  FactLine line;
  line.id = "10";
  line.quantity = Decimal::FromInt(2);
  line.amount = *Decimal::Parse("1999.90");
  line.cost = *Decimal::Parse("1200.00");
  line.recurring = *Decimal::Parse("999.95");
  transaction.lines = {line};
  return transaction;
}

TEST(TransactionTest, AWholeOneHasNoFault) { EXPECT_THAT(FaultsOf(Invoice()), IsEmpty()); }

TEST(TransactionTest, AmountsHaveTheDigitsOfTheCurrency) {
  Transaction yen = Invoice();
  yen.currency = "JPY";  // no minor unit
  EXPECT_THAT(FaultsOf(yen),
              ElementsAre("lines[0].amount TOO_PRECISE", "lines[0].recurring_amount TOO_PRECISE"));
  Transaction none = Invoice();
  none.currency = "ABC";
  EXPECT_THAT(FaultsOf(none), ElementsAre("currency_code BAD_CURRENCY"));
}

TEST(TransactionTest, WhatTakesBackIsNegativeAndTheRestIsNot) {
  Transaction note = Invoice();
  note.kind = FactKind::kCreditNote;
  EXPECT_THAT(FaultsOf(note),
              ElementsAre("lines[0].quantity WRONG_SIGN", "lines[0].amount WRONG_SIGN",
                          "lines[0].cost WRONG_SIGN", "lines[0].recurring_amount WRONG_SIGN"));
  FactLine& line = note.lines[0];
  line.quantity = -line.quantity;
  line.amount = -line.amount;
  line.cost = -*line.cost;
  line.recurring = -line.recurring;
  EXPECT_THAT(FaultsOf(note), IsEmpty());
  note.kind = FactKind::kPayment;
  EXPECT_THAT(FaultsOf(note), Contains("lines[0].amount WRONG_SIGN"));
}

TEST(TransactionTest, WhatRecursIsAPartOfTheAmount) {
  Transaction transaction = Invoice();
  transaction.lines[0].recurring = Decimal::FromInt(2000);
  EXPECT_THAT(FaultsOf(transaction), ElementsAre("lines[0].recurring_amount OUT_OF_RANGE"));
}

TEST(TransactionTest, LinesAreToldApart) {
  Transaction transaction = Invoice();
  transaction.lines.push_back(transaction.lines[0]);
  EXPECT_THAT(FaultsOf(transaction), ElementsAre("lines[1].id NOT_UNIQUE"));
}

TEST(TransactionTest, TheOwnerIsTheFirstWhoIsCredited) {
  Transaction transaction = Invoice();
  transaction.owner_id = "";
  EXPECT_THAT(FaultsOf(transaction), ElementsAre("owner REQUIRED"));
  transaction.splits = {{"sellers/expert", Decimal::FromInt(1), true},
                        {"sellers/s2", Decimal::FromInt(1), false}};
  base::Violations violations;
  CheckTransaction(transaction, &violations);
  EXPECT_THAT(violations.list(), IsEmpty());
  EXPECT_EQ(transaction.owner_id, "s2");
}

TEST(TransactionTest, SharesSumToOne) {
  Transaction transaction = Invoice();
  transaction.splits = {{"sellers/s1", *Decimal::Parse("0.6"), false},
                        {"sellers/s2", *Decimal::Parse("0.3"), false}};
  EXPECT_THAT(FaultsOf(transaction), ElementsAre("splits SHARES_NOT_ONE"));
}

TEST(TransactionTest, ACorrectionIsOfTheSameKindAndOrder) {
  Transaction other = Invoice();
  other.kind = FactKind::kPayment;
  other.order = "SO-2";
  base::Violations violations;
  CheckCorrection(other, Invoice(), &violations);
  ASSERT_EQ(violations.list().size(), 2u);
  EXPECT_EQ(violations.list()[0].reason, "OTHER_KIND");
  EXPECT_EQ(violations.list()[1].reason, "OTHER_ORDER");
}

TEST(TransactionTest, WithoutSplitsTheOwnerHasAllOfTheFact) {
  Transaction transaction = Invoice();
  transaction.corrects_id = "t0";
  const Fact fact = FactOf(transaction);
  EXPECT_EQ(fact.name, "transactions/t1");
  EXPECT_EQ(fact.corrects, "transactions/t0");
  EXPECT_EQ(fact.account, "accounts/acme");
  EXPECT_EQ(fact.attributes.at("grade"), "A");
  ASSERT_EQ(fact.splits.size(), 1u);
  EXPECT_EQ(fact.splits[0].seller, "sellers/s1");
  EXPECT_EQ(fact.splits[0].share, Decimal::FromInt(1));
  EXPECT_EQ(fact.lines, transaction.lines);
}

}  // namespace
}  // namespace salesops::performance::domain
