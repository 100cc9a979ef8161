#include "services/performance/domain/incentives/holds.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using testing::ElementsAre;
using testing::Pair;

const CivilDay kDay(2026, 1, 10);

Decimal D(const char* text) { return Decimal::Parse(text).value(); }

TEST(IsHeld, FromTheDayOfTheHoldToThatOfItsRelease) {
  const std::vector<OrderHold> holds = {{"o1", {kDay, kDay + 5}}, {"o2", {kDay, std::nullopt}}};
  EXPECT_FALSE(IsHeld(holds, "o1", kDay - 1));
  EXPECT_TRUE(IsHeld(holds, "o1", kDay));
  EXPECT_TRUE(IsHeld(holds, "o1", kDay + 4));
  EXPECT_FALSE(IsHeld(holds, "o1", kDay + 5));
  EXPECT_TRUE(IsHeld(holds, "o2", CivilDay(2040, 1, 1)));
  EXPECT_FALSE(IsHeld(holds, "o3", kDay));
  EXPECT_FALSE(IsHeld({{"", {kDay, std::nullopt}}}, "", kDay));
}

// One of two holds of the same order is enough.
TEST(BalancesOn, HeldOrdersEarnAndArePaidOnceReleased) {
  const std::vector<OrderHold> holds = {{"o1", {kDay, kDay + 5}}, {"o1", {kDay + 2, kDay + 8}}};
  const std::vector<OrderBalance> balances = {{"a", "o1", D("60"), D("0")},
                                              {"a", "o1", D("40"), D("30")},
                                              {"a", "o2", D("7"), D("0")},
                                              {"b", "o1", D("5"), D("0")},
                                              {"b", "", D("3"), D("0")}};
  EXPECT_THAT(BalancesOn(balances, holds, kDay + 7),
              ElementsAre(Pair("a", PayeeBalance{D("7"), D("70")}),
                          Pair("b", PayeeBalance{D("3"), D("5")})));
  EXPECT_THAT(BalancesOn(balances, holds, kDay + 8),
              ElementsAre(Pair("a", PayeeBalance{D("77"), D("0")}),
                          Pair("b", PayeeBalance{D("8"), D("0")})));
}

// 50 were paid before the hold, 20 of them are taken back: the hold does not keep what is owed.
TEST(BalancesOn, WhatWasOverpaidIsRecoveredThoughHeld) {
  EXPECT_THAT(BalancesOn({{"a", "o1", D("30"), D("50")}, {"a", "o2", D("100"), D("0")}},
                         {{"o1", {kDay, std::nullopt}}}, kDay),
              ElementsAre(Pair("a", PayeeBalance{D("80"), D("0")})));
}

RC_GTEST_PROP(HoldsProperty, PayableAndHeldAreWhatIsNotPaid, ()) {
  std::vector<OrderBalance> balances;
  std::vector<OrderHold> holds;
  std::map<std::string, Decimal> open;
  for (int i = *rc::gen::inRange(0, 10); i > 0; --i) {
    balances.push_back({absl::StrCat("p", *rc::gen::inRange(0, 3)),
                        absl::StrCat("o", *rc::gen::inRange(0, 3)),
                        Decimal::FromUnscaled(*rc::gen::inRange(-100, 100), 2),
                        Decimal::FromUnscaled(*rc::gen::inRange(0, 100), 2)});
    open[balances.back().payee] += balances.back().earned - balances.back().paid;
    holds.push_back({absl::StrCat("o", *rc::gen::inRange(0, 5)),
                     {kDay + *rc::gen::inRange(0, 3), kDay + *rc::gen::inRange(3, 6)}});
  }
  const auto expected = BalancesOn(balances, holds, kDay + 2);
  RC_ASSERT(expected.size() == open.size());
  for (const auto& [payee, balance] : expected) {
    RC_ASSERT(balance.payable + balance.held == open[payee]);
    RC_ASSERT(!balance.held.is_negative());
  }
  std::minstd_rand random(*rc::gen::arbitrary<unsigned>());
  for (int i = 0; i < 20; ++i) {
    std::shuffle(balances.begin(), balances.end(), random);
    std::shuffle(holds.begin(), holds.end(), random);
    RC_ASSERT(BalancesOn(balances, holds, kDay + 2) == expected);
  }
}

}  // namespace
}  // namespace salesops::performance::domain
