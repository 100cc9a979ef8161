#include "services/performance/domain/incentives/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using ::testing::HasSubstr;

Decimal D(const std::string& text) { return Decimal::Parse(text).value(); }

Entry Of(int parent, EntryKind kind, const std::string& amount, const std::string& unrounded = "") {
  Entry entry;
  entry.parent = parent;
  entry.kind = kind;
  entry.payee = "sellers/1";
  entry.amount = D(amount);
  if (!unrounded.empty()) entry.unrounded = D(unrounded);
  return entry;
}

std::vector<Entry> Tree() {
  return {Of(-1, EntryKind::kPayout, "9.00"), Of(0, EntryKind::kComponent, "10.01"),
          Of(1, EntryKind::kEarning, "10.02", "10.015"),
          Of(1, EntryKind::kEarning, "-0.01", "-0.005"), Of(0, EntryKind::kCap, "-1.01", "-1.01")};
}

TEST(FaultOf, NoneInATreeOfSums) {
  EXPECT_EQ(FaultOf(Tree(), 2), "");
  EXPECT_EQ(FaultOf({}, 2), "");
  EXPECT_EQ(FaultOf({Of(-1, EntryKind::kPayout, "0")}, 2), "");
}

TEST(FaultOf, NamesTheFirstEntryThatIsWrong) {
  const auto fault = [](const std::vector<Entry>& tree) { return FaultOf(tree, 2); };
  std::vector<Entry> tree = Tree();
  tree[2].amount = D("10.01");  // half is rounded away from zero
  tree[1].amount = D("10.00");
  tree[0].amount = D("8.99");
  EXPECT_EQ(fault(tree), "entry 2 is 10.01 but 10.015 rounds to 10.02");

  tree = Tree();
  tree[0].amount = D("9.01");
  EXPECT_EQ(fault(tree), "entry 0 is 9.01 but its parts are 9.00");

  tree = Tree();
  tree[3].unrounded.reset();
  EXPECT_THAT(fault(tree), HasSubstr("entry 3 is a leaf without"));

  tree = Tree();
  tree[1].parent = 2;
  EXPECT_THAT(fault(tree), HasSubstr("entry 1 has the parent 2, which is not before it"));

  tree = Tree();
  tree[3].parent = 2;
  EXPECT_THAT(fault(tree), HasSubstr("entry 3 is a part of the leaf 2"));

  tree = Tree();
  tree[4].payee = "sellers/2";
  EXPECT_THAT(fault(tree), HasSubstr("entry 4 is for another payee"));

  EXPECT_THAT(fault({Of(-1, EntryKind::kEarning, "0", "0")}), HasSubstr("is a root but no payout"));
  EXPECT_THAT(fault({Of(-1, EntryKind::kPayout, "5")}), HasSubstr("its parts are 0"));
}

TEST(FaultOf, RoundsToTheCurrencysOwnMinorUnit) {
  const std::vector<Entry> yen = {Of(-1, EntryKind::kPayout, "11"),
                                  Of(0, EntryKind::kEarning, "11", "10.5")};
  EXPECT_EQ(FaultOf(yen, 0), "");
  EXPECT_NE(FaultOf(yen, 2), "");
}

}  // namespace
}  // namespace salesops::performance::domain
