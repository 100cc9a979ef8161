#include "services/performance/domain/incentives/delta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/small_run.h"

namespace salesops::performance::domain {

inline void PrintTo(const Entry& e, std::ostream* os) {
  *os << e.payee << "/" << e.component << " " << static_cast<int>(e.kind) << " " << e.fact << " "
      << e.amount.ToString() << " (" << e.note << ")";
}

namespace {

using base::Decimal;
using small_run::CommissionOf;
using small_run::D;
using small_run::Input;
using small_run::ResultOf;
using small_run::Sale;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Rows(const std::vector<Entry>& entries) {
  std::vector<std::string> rows;
  for (const Entry& e : entries) {
    rows.push_back(absl::StrCat(e.parent, " ", e.payee, " ", e.component, " ", e.fact, " ",
                                e.amount.ToString()));
  }
  return rows;
}

TEST(DeltaTest, EqualResultsNeedNothing) {
  const CalculationResult result =
      ResultOf(Input({"sellers/1"}, {CommissionOf("c", TierMethod::kMarginal, {{"0", "0.05"}})},
                     {Sale("sellers/1", "t1", "100")}));
  EXPECT_THAT(DeltaOf(result.entries, result.entries), IsEmpty());
  EXPECT_THAT(DeltaOf({}, {}), IsEmpty());
}

TEST(DeltaTest, ALateDealIsARowMore) {
  const auto component = CommissionOf("c", TierMethod::kMarginal, {{"0", "0.05"}});
  const CalculationResult before =
      ResultOf(Input({"sellers/1", "sellers/2"}, {component},
                     {Sale("sellers/1", "t1", "100"), Sale("sellers/2", "t1", "200")}));
  const CalculationResult after =
      ResultOf(Input({"sellers/1", "sellers/2"}, {component},
                     {Sale("sellers/1", "t1", "100"), Sale("sellers/2", "t1", "200"),
                      Sale("sellers/2", "t2", "40")}));
  EXPECT_THAT(Rows(DeltaOf(before.entries, after.entries)),
              ElementsAre("-1 sellers/2   2.00", "0 sellers/2 c  2.00", "1 sellers/2 c t2 2.00"));
}

TEST(DeltaTest, AChangedAmountIsTakenBackAndPaidAnew) {
  const CalculationInput input =
      Input({"sellers/1"}, {CommissionOf("c", TierMethod::kMarginal, {{"0", "0.05"}})},
            {Sale("sellers/1", "t1", "100.10")});
  CalculationInput other = input;
  other.plan.components[0].commission.rules[0].table.tiers[0].rate = D("0.06");
  const std::vector<Entry> before = ResultOf(input).entries, after = ResultOf(other).entries;
  // 100.10 × 0.05 = 5.005, paid as 5.01; 100.10 × 0.06 = 6.006, paid as 6.01.
  const std::vector<Entry> delta = DeltaOf(before, after);
  EXPECT_THAT(Rows(delta), ElementsAre("-1 sellers/1   1.00", "0 sellers/1 c  1.00",
                                       "1 sellers/1 c t1 -5.01", "1 sellers/1 c t1 6.01"));
  EXPECT_EQ(delta[2].note.substr(0, 10), kReversalNote);
  EXPECT_EQ(delta[2].unrounded, D("-5.005"));
  EXPECT_EQ(delta[2].base, D("-100.10"));
  EXPECT_EQ(FaultOf(delta, 2), "");
  // There and back again: what was taken back is paid again, and nothing of it stands twice.
  const std::vector<Entry> ledger = Appended(before, delta);
  const std::vector<Entry> back = Appended(ledger, DeltaOf(ledger, before));
  EXPECT_EQ(NetLeaves(back), NetLeaves(before));
  EXPECT_EQ(FaultOf(back, 2), "");
}

TEST(DeltaTest, WhatIsGoneIsTakenBack) {
  const CalculationResult before =
      ResultOf(Input({"sellers/1"}, {CommissionOf("c", TierMethod::kMarginal, {{"0", "0.05"}})},
                     {Sale("sellers/1", "t1", "100")}));
  EXPECT_THAT(
      Rows(DeltaOf(before.entries, {})),
      ElementsAre("-1 sellers/1   -5.00", "0 sellers/1 c  -5.00", "1 sellers/1 c t1 -5.00"));
}

// ------------------------------------------------------------------------------------- properties

// A ledger of up to three payees and components with rounded leaves, some above components, some
// alike in everything.
std::vector<Entry> AnyLedger() {
  std::vector<Entry> entries;
  for (int p = 0; p < *rc::gen::inRange(0, 4); ++p) {
    const std::string payee = absl::StrCat("sellers/", p);
    Entry root;
    root.kind = EntryKind::kPayout;
    root.payee = payee;
    const int root_place = static_cast<int>(entries.size());
    entries.push_back(root);
    for (int c = 0; c < *rc::gen::inRange(0, 4); ++c) {
      int parent = root_place;
      Entry leaf;
      leaf.payee = payee;
      leaf.kind = EntryKind::kDraw;
      if (c > 0) {
        Entry component = root;
        component.kind = EntryKind::kComponent;
        component.parent = root_place;
        component.component = absl::StrCat("c", c);
        parent = static_cast<int>(entries.size());
        entries.push_back(component);
        leaf.component = component.component;
        leaf.kind = EntryKind::kEarning;
      }
      leaf.parent = parent;
      for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
        leaf.fact = absl::StrCat("t", *rc::gen::inRange(0, 3));
        leaf.base = Decimal::FromUnscaled(*rc::gen::inRange(-3000, 3000), 2);
        leaf.rate = Decimal::FromUnscaled(*rc::gen::inRange(1, 100), 3);
        leaf.unrounded = *leaf.base * *leaf.rate;
        leaf.amount = leaf.unrounded->Round(2, base::Rounding::kHalfAwayFromZero);
        entries.push_back(leaf);
        entries[static_cast<size_t>(root_place)].amount += leaf.amount;
        if (parent != root_place) entries[static_cast<size_t>(parent)].amount += leaf.amount;
      }
    }
  }
  return entries;
}

using LeafKey = std::tuple<std::string, std::string, int, std::string, std::string, std::string>;

// Amount and unrounded amount, by leaf; nothing of what comes to nothing.
std::map<LeafKey, std::pair<Decimal, Decimal>> Sums(const std::vector<Entry>& entries) {
  std::map<LeafKey, std::pair<Decimal, Decimal>> sums;
  for (const Entry& e : entries) {
    if (!e.unrounded) continue;
    auto& [amount, unrounded] =
        sums[{e.payee, e.component, static_cast<int>(e.kind), e.fact, e.line, e.rule}];
    amount += e.amount;
    unrounded += *e.unrounded;
  }
  std::erase_if(sums, [](const auto& sum) {
    return sum.second.first.is_zero() && sum.second.second.is_zero();
  });
  return sums;
}

RC_GTEST_PROP(DeltaProperty, OldAndDeltasAreTheNewLeafByLeaf, ()) {
  std::vector<Entry> ledger = AnyLedger();
  for (int run = 0; run < 3; ++run) {
    const std::vector<Entry> result = AnyLedger();
    const std::vector<Entry> delta = DeltaOf(ledger, result);
    RC_ASSERT(FaultOf(result, 2) == "");
    RC_ASSERT(FaultOf(delta, 2) == "");
    const std::vector<Entry> appended = Appended(ledger, delta);
    // Nothing is edited.
    RC_ASSERT(std::vector<Entry>(appended.begin(),
                                 appended.begin() + static_cast<std::ptrdiff_t>(ledger.size())) ==
              ledger);
    RC_ASSERT(FaultOf(appended, 2) == "");
    RC_ASSERT(Sums(appended) == Sums(result));
    RC_ASSERT(NetLeaves(appended) == NetLeaves(result));
    RC_ASSERT(DeltaOf(appended, result).empty());
    ledger = appended;
  }
}

}  // namespace
}  // namespace salesops::performance::domain
