#include "services/performance/domain/incentives/deal_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using ::testing::IsEmpty;
using ::testing::SizeIs;

FactLine Line(const std::string& id, int64_t quantity, int64_t amount) {
  FactLine line;
  line.id = id;
  line.product = "products/gtx";
  line.quantity = Decimal::FromInt(quantity);
  line.amount = Decimal::FromInt(amount);
  return line;
}

DealState Open() {
  DealState deal;
  deal.opportunity = "opportunities/7";
  deal.change_date = CivilDay(2026, 3, 2);
  deal.currency = "CNY";
  deal.account = "accounts/acme";
  deal.attributes = {{"grade", "A"}};
  deal.splits = {{"sellers/s1", Decimal::FromInt(1), false}};
  deal.lines = {Line("l1", 3, 90000)};
  return deal;
}

DealState Won() {
  DealState deal = Open();
  deal.won = true;
  deal.close_date = CivilDay(2026, 3, 2);
  return deal;
}

// Tells states one after the other.
std::vector<DealFact> Told(const std::vector<DealState>& states) {
  std::vector<DealFact> told;
  for (const DealState& state : states) {
    for (DealFact& fact : FactsToAdd(told, state)) told.push_back(std::move(fact));
  }
  return told;
}

TEST(DealFactsTest, AnOpenDealHasNone) { EXPECT_THAT(Told({Open(), Open()}), IsEmpty()); }

TEST(DealFactsTest, AWonDealIsABookingOfItsCloseDate) {
  const std::vector<DealFact> told = Told({Open(), Won()});
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].number, 1);
  const Fact& fact = told[0].fact;
  EXPECT_EQ(fact.name, "opportunities/7/facts/1");
  EXPECT_EQ(fact.corrects, "");
  EXPECT_EQ(fact.kind, FactKind::kBooking);
  EXPECT_EQ(fact.date, CivilDay(2026, 3, 2));
  EXPECT_EQ(fact.order, "opportunities/7");
  EXPECT_EQ(fact.account, "accounts/acme");
  EXPECT_EQ(fact.attributes.at("grade"), "A");
  EXPECT_EQ(fact.splits, Won().splits);
  EXPECT_EQ(fact.lines, Won().lines);
}

TEST(DealFactsTest, AChangeOfAWonDealCorrectsTheBookingThatStands) {
  DealState more = Won();
  more.lines = {Line("l1", 4, 120000)};
  DealState shared = more;
  shared.splits = {{"sellers/s1", *Decimal::Parse("0.6"), false},
                   {"sellers/s2", *Decimal::Parse("0.4"), false}};
  const std::vector<DealFact> told = Told({Won(), more, shared});
  ASSERT_THAT(told, SizeIs(3));
  EXPECT_EQ(told[1].fact.corrects, "opportunities/7/facts/1");
  EXPECT_EQ(told[1].fact.kind, FactKind::kBooking);
  EXPECT_EQ(told[1].fact.lines[0].amount, Decimal::FromInt(120000));
  EXPECT_EQ(told[2].fact.corrects, "opportunities/7/facts/2");
  EXPECT_THAT(told[2].fact.splits, SizeIs(2));
}

TEST(DealFactsTest, AChangeOfTheCustomerOrTheCatalogueIsNone) {
  DealState changed = Won();
  changed.attributes = {{"grade", "B"}};
  changed.lines[0].product_category = "servers";
  EXPECT_THAT(Told({Won(), changed}), SizeIs(1));
  // With a change of the deal they are told as they are now.
  changed.lines[0].amount = Decimal::FromInt(1);
  const std::vector<DealFact> told = Told({Won(), changed});
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[1].fact.attributes.at("grade"), "B");
  EXPECT_EQ(told[1].fact.lines[0].product_category, "servers");
}

TEST(DealFactsTest, AReopenedDealIsACancellationOfTheDayOfTheChange) {
  DealState reopened = Open();
  reopened.change_date = CivilDay(2026, 4, 9);
  reopened.lines = {Line("l1", 9, 270000)};  // what it is worth now does not matter
  const std::vector<DealFact> told = Told({Won(), reopened});
  ASSERT_THAT(told, SizeIs(2));
  const Fact& fact = told[1].fact;
  EXPECT_EQ(fact.kind, FactKind::kCancellation);
  EXPECT_EQ(fact.corrects, "");
  EXPECT_EQ(fact.order, "opportunities/7");
  EXPECT_EQ(fact.date, CivilDay(2026, 4, 9));
  EXPECT_EQ(fact.lines[0].amount, Decimal::FromInt(-90000));
  EXPECT_EQ(fact.lines[0].quantity, Decimal::FromInt(-3));
}

TEST(DealFactsTest, ACancellationIsNeverBeforeItsBooking) {
  DealState reopened = Open();
  reopened.change_date = CivilDay(2026, 2, 27);
  EXPECT_EQ(Told({Won(), reopened})[1].fact.date, CivilDay(2026, 3, 2));
}

TEST(DealFactsTest, WonAgainIsAnotherBooking) {
  DealState again = Won();
  again.close_date = CivilDay(2026, 5, 1);
  const std::vector<DealFact> told = Told({Won(), Open(), again});
  ASSERT_THAT(told, SizeIs(3));
  EXPECT_EQ(told[2].fact.kind, FactKind::kBooking);
  EXPECT_EQ(told[2].fact.corrects, "");
  EXPECT_EQ(told[2].fact.date, CivilDay(2026, 5, 1));
}

TEST(DealFactsTest, WithoutWorthThereIsNoBookingUntilItIsKnown) {
  DealState worthless = Won();
  worthless.lines.clear();
  EXPECT_THAT(Told({worthless}), IsEmpty());
  const std::vector<DealFact> told = Told({worthless, Won(), worthless});
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].fact.corrects, "");
  EXPECT_EQ(told[1].fact.corrects, "opportunities/7/facts/1");
  ASSERT_THAT(told[1].fact.lines, SizeIs(1));
  EXPECT_TRUE(told[1].fact.lines[0].amount.is_zero());
}

// What counts of a deal's facts: those that nothing corrects.
Decimal Sum(const std::vector<DealFact>& told) {
  Decimal sum;
  for (const DealFact& fact : told) {
    bool corrected = false;
    for (const DealFact& other : told) corrected |= other.fact.corrects == fact.fact.name;
    if (corrected) continue;
    for (const FactLine& line : fact.fact.lines) sum += line.amount;
  }
  return sum;
}

// Whatever happens to a deal, its facts add up to what it is worth now, each state told twice adds
// nothing, and numbers have no gaps.
RC_GTEST_PROP(DealFactsTest, FactsAddUpToTheDeal, ()) {
  std::vector<DealFact> told;
  const int steps = *rc::gen::inRange(1, 12);
  for (int i = 0; i < steps; ++i) {
    const bool won = *rc::gen::arbitrary<bool>();
    const int64_t amount = *rc::gen::inRange(0, 4);
    DealState state = won ? Won() : Open();
    state.lines = {Line("l1", 1, amount)};
    state.change_date = CivilDay(2026, 3, 2) + i;
    for (const DealFact& fact : FactsToAdd(told, state)) told.push_back(fact);
    RC_ASSERT(FactsToAdd(told, state).empty());
    RC_ASSERT(Sum(told) == Decimal::FromInt(won ? amount : 0));
  }
  for (size_t i = 0; i < told.size(); ++i) RC_ASSERT(told[i].number == static_cast<int>(i) + 1);
}

}  // namespace
}  // namespace salesops::performance::domain
