#include "services/performance/domain/incentives/cash_release.h"

#include <algorithm>
#include <map>
#include <numeric>
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
using testing::IsEmpty;

const CivilDay kDay(2026, 1, 10);

Decimal D(const char* text) { return Decimal::Parse(text).value(); }
DatedAmount At(int day, const char* fact, const char* amount) {
  return {fact, kDay + day, D(amount)};
}

std::vector<std::string> Shown(const std::vector<Release>& releases) {
  std::vector<std::string> shown;
  for (const Release& r : releases) shown.push_back(absl::StrCat(r.cash, " ", r.amount.ToString()));
  return shown;
}

std::vector<std::string> Shown(const std::vector<Allocation>& allocations) {
  std::vector<std::string> shown;
  for (const Allocation& a : allocations) {
    shown.push_back(absl::StrCat(a.cash, " ", a.invoice, " ", a.amount.ToCanonicalString()));
  }
  return shown;
}

// 100 × 1/3 = 33.333…, × 2/3 = 66.666…: 33.33, 66.67, 100.00 in total.
TEST(ReleaseByCash, PartsOfAFullPaymentSumToWhatWasEarned) {
  EXPECT_THAT(Shown(ReleaseByCash(D("100"), 2, D("3000"),
                                  {At(3, "c", "1000"), At(1, "a", "1000"), At(2, "b", "1000")})),
              ElementsAre("a 33.33", "b 33.34", "c 33.33"));
  EXPECT_THAT(Shown(ReleaseByCash(D("100"), 0, D("3000"),
                                  {At(1, "a", "1000"), At(1, "b", "1000"), At(3, "c", "1000")})),
              ElementsAre("a 33", "b 34", "c 33"));
  EXPECT_THAT(Shown(ReleaseByCash(D("0.100"), 3, D("3.000"),
                                  {At(1, "a", "1"), At(1, "b", "1"), At(3, "c", "1")})),
              ElementsAre("a 0.033", "b 0.034", "c 0.033"));
}

TEST(ReleaseByCash, WhatIsPaidBeyondReleasesNothing) {
  EXPECT_THAT(Shown(ReleaseByCash(D("10"), 2, D("100"),
                                  {At(1, "a", "60"), At(2, "b", "60"), At(3, "c", "60")})),
              ElementsAre("a 6.00", "b 4.00"));
}

TEST(ReleaseByCash, WhatGoesBackTakesBack) {
  EXPECT_THAT(Shown(ReleaseByCash(D("10"), 2, D("100"),
                                  {At(1, "a", "120"), At(2, "b", "-10"), At(3, "c", "-60"),
                                   At(4, "d", "-500"), At(5, "e", "450")})),
              ElementsAre("a 10.00", "c -5.00", "d -5.00"));
}

TEST(ReleaseByCash, NegativeEarningIsReleasedAlike) {
  EXPECT_THAT(Shown(ReleaseByCash(D("-10"), 2, D("100"), {At(1, "a", "25"), At(2, "b", "75")})),
              ElementsAre("a -2.50", "b -7.50"));
  EXPECT_THAT(ReleaseByCash(D("0"), 2, D("100"), {At(1, "a", "25")}), IsEmpty());
}

TEST(AllocateCash, TheOldestInvoiceFirst) {
  const std::vector<DatedAmount> invoices = {At(2, "i2", "50"), At(0, "i1", "100"),
                                             At(0, "i0", "0")};
  EXPECT_THAT(Shown(AllocateCash(invoices, {At(9, "c", "30"), At(5, "b", "80"), At(4, "a", "60")})),
              ElementsAre("a i1 60", "b i1 40", "b i2 40", "c i2 10"));
}

TEST(AllocateCash, WhatGoesBackIsOfTheInvoicePaidLast) {
  const std::vector<DatedAmount> invoices = {At(0, "i1", "100"), At(2, "i2", "50")};
  EXPECT_THAT(Shown(AllocateCash(invoices, {At(4, "a", "120"), At(5, "b", "-30")})),
              ElementsAre("a i1 100", "a i2 20", "b i1 -10", "b i2 -20"));
}

// An invoice that was credited beyond itself takes nothing, and nothing of the others.
TEST(AllocateCash, InvoicesBelowNothingTakeNothing) {
  EXPECT_THAT(Shown(AllocateCash({At(0, "i1", "100"), At(1, "i2", "-40"), At(2, "i3", "50")},
                                 {At(4, "a", "150")})),
              ElementsAre("a i1 100", "a i3 50"));
}

// --- Laws ---

std::vector<DatedAmount> AnyCash(int digits, bool back) {
  std::vector<DatedAmount> cash;
  for (int i = *rc::gen::inRange(1, 10); i > 0; --i) {
    cash.push_back({absl::StrCat("cash", i), kDay + *rc::gen::inRange(0, 6),
                    Decimal::FromUnscaled(*rc::gen::inRange(back ? -500 : 1, 1000), digits)});
  }
  return cash;
}

Decimal SumOf(const std::vector<DatedAmount>& amounts) {
  Decimal sum;
  for (const DatedAmount& amount : amounts) sum += amount.amount;
  return sum;
}

// Any way of paying all of it, in any order of arrival, gives what one payment gives.
RC_GTEST_PROP(ReleaseProperty, PartialsSumToTheFullPayment, ()) {
  const int digits = *rc::gen::element(0, 2, 3);
  std::vector<DatedAmount> cash = AnyCash(digits, false);
  const Decimal earned = Decimal::FromUnscaled(*rc::gen::inRange(-100'000, 100'000), digits);
  Decimal sum;
  for (const Release& release : ReleaseByCash(earned, digits, SumOf(cash), cash)) {
    sum += release.amount;
  }
  RC_ASSERT(sum == earned);
}

// Each is within one minor unit of its own exact part.
RC_GTEST_PROP(ReleaseProperty, EachIsWithinAUnitOfItsPart, ()) {
  const std::vector<DatedAmount> cash = AnyCash(2, false);
  const Decimal due = SumOf(cash) + D("1");
  const Decimal earned = Decimal::FromUnscaled(*rc::gen::inRange(0, 100'000), 2);
  std::map<std::string, Decimal> released;
  for (const Release& r : ReleaseByCash(earned, 2, due, cash)) released[r.cash] = r.amount;
  for (const DatedAmount& piece : cash) {
    const Decimal difference = released[piece.fact] * due - earned * piece.amount;
    RC_ASSERT((difference.is_negative() ? -difference : difference) <= D("0.01") * due);
  }
}

RC_GTEST_PROP(ReleaseProperty, OrderOfArrivalChangesNothing, ()) {
  std::vector<DatedAmount> cash = AnyCash(2, true);
  std::vector<DatedAmount> invoices = {At(0, "i1", "3.21"), At(1, "i2", "7.77"), At(1, "i3", "5")};
  const auto expected = ReleaseByCash(D("12.34"), 2, D("20"), cash);
  const auto allocated = AllocateCash(invoices, cash);
  std::minstd_rand random(*rc::gen::arbitrary<unsigned>());
  for (int i = 0; i < 30; ++i) {
    std::shuffle(cash.begin(), cash.end(), random);
    std::shuffle(invoices.begin(), invoices.end(), random);
    RC_ASSERT(ReleaseByCash(D("12.34"), 2, D("20"), cash) == expected);
    RC_ASSERT(AllocateCash(invoices, cash) == allocated);
  }
}

// The sum to date is that of the cash to date: earlier batches are never contradicted.
RC_GTEST_PROP(ReleaseProperty, SumsToDateAreThoseOfTheCashToDate, ()) {
  const std::vector<DatedAmount> cash = AnyCash(2, true);
  for (int day = 0; day < 6; ++day) {
    std::vector<DatedAmount> until;
    for (const DatedAmount& piece : cash) {
      if (piece.date <= kDay + day) until.push_back(piece);
    }
    Decimal sum;
    for (const Release& r : ReleaseByCash(D("12.34"), 2, D("20"), cash)) {
      if (r.date <= kDay + day) sum += r.amount;
    }
    RC_ASSERT(sum == ReleasedOf(D("12.34"), 2, D("20"), SumOf(until)));
  }
}

RC_GTEST_PROP(AllocateProperty, NoInvoiceIsPaidBeyondItself, ()) {
  const std::vector<DatedAmount> cash = AnyCash(2, true);
  const std::vector<DatedAmount> invoices = AnyCash(2, false);
  std::map<std::string, Decimal> paid;
  Decimal sum;
  for (const Allocation& allocation : AllocateCash(invoices, cash)) {
    paid[allocation.invoice] += allocation.amount;
    sum += allocation.amount;
  }
  for (const DatedAmount& invoice : invoices) {
    RC_ASSERT(!paid[invoice.fact].is_negative() && paid[invoice.fact] <= invoice.amount);
  }
  RC_ASSERT(sum == std::clamp(SumOf(cash), Decimal(), SumOf(invoices)));
}

}  // namespace
}  // namespace salesops::performance::domain
