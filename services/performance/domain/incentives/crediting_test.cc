#include "services/performance/domain/incentives/crediting.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "shared/base/money.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const CivilDay kDay(2026, 3, 1);

Decimal D(const char* text) { return Decimal::Parse(text).value(); }

Fact Sale(const char* amount, std::vector<DeclaredSplit> splits, const char* currency = "CNY") {
  Fact fact;
  fact.name = "transactions/t1";
  fact.kind = FactKind::kBooking;
  fact.date = kDay;
  fact.order = "orders/1";
  fact.currency = currency;
  fact.account = "accounts/1";
  fact.splits = std::move(splits);
  FactLine line;
  line.id = "1";
  line.product = "products/camera";
  line.product_category = "hardware";
  line.quantity = D("1");
  line.amount = D(amount);
  fact.lines = {line};
  return fact;
}

CreditingRule Rule(const char* name, CreditTo to, const char* share, bool overlay = false) {
  CreditingRule rule;
  rule.name = name;
  rule.days = {CivilDay(2026, 1, 1), std::nullopt};
  rule.to = to;
  rule.share = D(share);
  rule.overlay = overlay;
  return rule;
}

// "a 33.34", an overlay with "+".
std::vector<std::string> Shown(const absl::StatusOr<std::vector<Credit>>& credits) {
  std::vector<std::string> shown;
  if (!credits.ok()) return {credits.status().ToString()};
  for (const Credit& credit : *credits) {
    shown.push_back(
        absl::StrCat(credit.payee, credit.overlay ? "+ " : " ", credit.amount.ToString()));
  }
  return shown;
}

std::vector<std::string> Reasons(const std::vector<DeclaredSplit>& splits) {
  base::Violations violations;
  CheckSplits(splits, &violations);
  std::vector<std::string> reasons;
  for (const auto& v : violations.list()) reasons.push_back(absl::StrCat(v.field, " ", v.reason));
  return reasons;
}

TEST(CheckSplits, SharesSumToOneWithoutOverlays) {
  EXPECT_THAT(Reasons({{"a", D("0.4")}, {"b", D("0.6")}, {"a", D("1"), true}}), IsEmpty());
  EXPECT_THAT(Reasons({}), ElementsAre("splits SHARES_NOT_ONE"));
  EXPECT_THAT(Reasons({{"a", D("0.5")}, {"b", D("0.5"), true}}),
              ElementsAre("splits SHARES_NOT_ONE"));
  EXPECT_THAT(Reasons({{"a", D("0.5")}, {"a", D("0.5")}}),
              ElementsAre("splits[1].seller NOT_UNIQUE"));
  EXPECT_THAT(Reasons({{"a", D("1")}, {"b", D("0")}}), ElementsAre("splits[1].share OUT_OF_RANGE"));
  EXPECT_THAT(Reasons({{"a", D("1")}, {"b", D("1.01"), true}}),
              ElementsAre("splits[1].share OUT_OF_RANGE"));
  EXPECT_THAT(Reasons({{"a", D("0.33333333333")}, {"b", D("0.66666666667")}}),
              ElementsAre("splits[0].share OUT_OF_RANGE", "splits[1].share OUT_OF_RANGE",
                          "splits SHARES_NOT_ONE"));
}

// 100.01 × 0.5 = 50.005 for each: one unit is left and the remainders tie, so that it goes by name.
TEST(CreditFacts, AHalfUnitGoesByTheNameWhateverTheOrderOfSplits) {
  for (const auto& splits : {std::vector<DeclaredSplit>{{"a", D("0.5")}, {"b", D("0.5")}},
                             std::vector<DeclaredSplit>{{"b", D("0.5")}, {"a", D("0.5")}}}) {
    EXPECT_THAT(Shown(CreditFacts({Sale("100.01", splits)}, {}, {})),
                ElementsAre("a 50.01", "b 50.00"));
    EXPECT_THAT(Shown(CreditFacts({Sale("-100.01", splits)}, {}, {})),
                ElementsAre("a -50.01", "b -50.00"));
  }
}

// By hand, 1001 in parts of 0.2, 0.3, 0.5: 200.2, 300.3, 500.5. In JPY (no digits) the unit left
// goes to the largest remainder, c; in BHD (three digits) every part is exact.
TEST(CreditFacts, InTheMinorUnitOfTheCurrency) {
  const std::vector<DeclaredSplit> splits = {{"a", D("0.2")}, {"b", D("0.3")}, {"c", D("0.5")}};
  EXPECT_THAT(Shown(CreditFacts({Sale("1001", splits, "JPY")}, {}, {})),
              ElementsAre("a 200", "b 300", "c 501"));
  EXPECT_THAT(Shown(CreditFacts({Sale("10.01", splits, "CNY")}, {}, {})),
              ElementsAre("a 2.00", "b 3.00", "c 5.01"));
  EXPECT_THAT(Shown(CreditFacts({Sale("1.001", splits, "BHD")}, {}, {})),
              ElementsAre("a 0.200", "b 0.300", "c 0.501"));
}

// Each amount of the line is split for itself: 10.00 less cost 9.99 leaves 0.01 of margin.
TEST(CreditFacts, EveryAmountOfALineSumsToIt) {
  Fact fact = Sale("10.00", {{"a", D("0.4")}, {"b", D("0.6")}});
  fact.lines[0].cost = D("9.99");
  fact.lines[0].recurring = D("0.03");
  fact.lines[0].quantity = D("0.000001");
  fact.attributes = {{"grade", "A"}};
  fact.lines[0].discount = D("0.1");
  const auto credits = CreditFacts({fact}, {}, {});
  ASSERT_EQ(credits->size(), 2U);
  const Credit& a = (*credits)[0];
  const Credit& b = (*credits)[1];
  EXPECT_EQ(a.margin, D("0"));
  EXPECT_EQ(b.margin, D("0.01"));
  EXPECT_EQ(a.recurring, D("0.01"));
  EXPECT_EQ(b.recurring, D("0.02"));
  EXPECT_EQ(a.quantity, D("0"));
  EXPECT_EQ(b.quantity, D("0.000001"));
  EXPECT_EQ(a.product, "products/camera");
  EXPECT_EQ(a.product_category, "hardware");
  EXPECT_EQ(a.account, "accounts/1");
  EXPECT_EQ(a.attributes, fact.attributes);
  EXPECT_EQ(a.discount, D("0.1"));
  EXPECT_EQ(a.order, "orders/1");
  EXPECT_EQ(a.kind, FactKind::kBooking);
  EXPECT_EQ(a.date, kDay);
}

TEST(CreditFacts, WithoutCostThereIsNoMargin) {
  EXPECT_FALSE(CreditFacts({Sale("1", {{"a", D("1")}})}, {}, {})->front().margin);
}

TEST(CreditFacts, DeclaredOverlaysComeOnTop) {
  EXPECT_THAT(
      Shown(CreditFacts(
          {Sale("0.03", {{"b", D("1")}, {"c", D("0.5"), true}, {"b", D("0.1"), true}})}, {}, {})),
      ElementsAre("b 0.03", "b+ 0.00", "c+ 0.02"));
}

// The specialist has 30 %, the rest of 100.00 goes by the splits: 70 × 0.5 each.
TEST(CreditFacts, WhatARuleLeavesGoesByTheSplits) {
  CreditingRule rule = Rule("creditingRules/x", CreditTo::kSeller, "0.3");
  rule.seller = "s";
  const std::vector<DeclaredSplit> splits = {{"a", D("0.5")}, {"b", D("0.5")}};
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", splits)}, {rule}, {})),
              ElementsAre("a 35.00", "b 35.00", "s 30.00"));
  rule.seller = "a";
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", splits)}, {rule}, {})),
              ElementsAre("a 65.00", "b 35.00"));
  rule.share = D("1");
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", splits)}, {rule}, {})), ElementsAre("a 100.00"));
  rule.overlay = true;
  rule.share = D("0.25");
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", splits)}, {rule}, {})),
              ElementsAre("a 50.00", "b 50.00", "a+ 25.00"));
}

TEST(CreditFacts, RulesHoldOnTheirDaysAndKinds) {
  CreditingRule rule = Rule("creditingRules/x", CreditTo::kSeller, "1");
  rule.seller = "s";
  const Fact fact = Sale("1.00", {{"a", D("1")}});
  rule.days = {kDay, kDay + 1};
  EXPECT_THAT(Shown(CreditFacts({fact}, {rule}, {})), ElementsAre("s 1.00"));
  rule.days = {kDay - 1, kDay};
  EXPECT_THAT(Shown(CreditFacts({fact}, {rule}, {})), ElementsAre("a 1.00"));
  rule.days = {kDay, std::nullopt};
  rule.kinds = {FactKind::kInvoice};
  EXPECT_THAT(Shown(CreditFacts({fact}, {rule}, {})), ElementsAre("a 1.00"));
  rule.kinds.push_back(FactKind::kBooking);
  EXPECT_THAT(Shown(CreditFacts({fact}, {rule}, {})), ElementsAre("s 1.00"));
}

TEST(CreditFacts, TheMostSpecificRuleHoldsAndTiesAreRefused) {
  CreditingRule general = Rule("creditingRules/general", CreditTo::kSeller, "1");
  general.seller = "g";
  CreditingRule special = Rule("creditingRules/special", CreditTo::kSeller, "1");
  special.seller = "s";
  special.match.products = {"products/camera"};
  const Fact fact = Sale("1.00", {{"a", D("1")}});
  EXPECT_THAT(Shown(CreditFacts({fact}, {general, special}, {})), ElementsAre("s 1.00"));
  general.match.accounts = {"accounts/1"};
  const auto tie = CreditFacts({fact}, {special, general}, {});
  EXPECT_EQ(tie.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status::Reason(tie.status()), "NOT_CREDITED");
  EXPECT_THAT(std::string(tie.status().message()),
              testing::AllOf(HasSubstr("transactions/t1"), HasSubstr("creditingRules/general"),
                             HasSubstr("creditingRules/special")));
  // That it is for some kinds only is a condition more.
  general.kinds = {FactKind::kBooking};
  EXPECT_THAT(Shown(CreditFacts({fact}, {special, general}, {})), ElementsAre("g 1.00"));
}

TEST(CreditFacts, EveryOverlayThatMatchesIsCreditedAndAddsUp) {
  CreditingRule one = Rule("creditingRules/1", CreditTo::kSeller, "0.5", true);
  one.seller = "s";
  CreditingRule two = Rule("creditingRules/2", CreditTo::kSeller, "0.1", true);
  two.seller = "s";
  two.match.products = {"products/camera"};
  CreditingRule other = two;
  other.name = "creditingRules/3";
  other.match.products = {"products/lens"};
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", {{"a", D("1")}})}, {one, two, other}, {})),
              ElementsAre("a 100.00", "s+ 60.00"));
}

// An overlay of everything to the splits is split as the line is: 33.34 + 33.33 + 33.33.
TEST(CreditFacts, AnOverlayToTheSplitsIsSplitAsTheyAre) {
  const std::vector<DeclaredSplit> splits = {
      {"a", D("0.3333333333")}, {"b", D("0.3333333333")}, {"c", D("0.3333333334")}};
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", splits)},
                                {Rule("creditingRules/x", CreditTo::kSplits, "1", true)}, {})),
              ElementsAre("a 33.33", "b 33.33", "c 33.34", "a+ 33.33", "b+ 33.33", "c+ 33.34"));
}

// The manager of the fact's day, not of the day before or after.
TEST(CreditFacts, ManagersAreThoseOfTheFactsDay) {
  const std::vector<ManagedDays> managed = {{"old", "a", {kDay - 100, kDay}},
                                            {"m", "a", {kDay, kDay + 1}},
                                            {"new", "a", {kDay + 1, std::nullopt}}};
  const Fact fact = Sale("10.00", {{"a", D("1")}});
  const CreditingRule rule = Rule("creditingRules/x", CreditTo::kManager, "0.2");
  EXPECT_THAT(Shown(CreditFacts({fact}, {rule}, managed)), ElementsAre("a 8.00", "m 2.00"));
  CreditingRule overlay = rule;
  overlay.overlay = true;
  EXPECT_THAT(Shown(CreditFacts({fact}, {overlay}, managed)), ElementsAre("a 10.00", "m+ 2.00"));
}

// a has two managers, b one, c none. By hand, of 100.00 with the rule's share of 1:
// a 0.5 -> m 25, n 25; b 0.3 -> m 30; c keeps 20. As an overlay nobody gets c's part.
TEST(CreditFacts, SeveralManagersShareAndWithoutOneTheSellerKeeps) {
  const DayRange always{CivilDay(2020, 1, 1), std::nullopt};
  const std::vector<ManagedDays> managed = {
      {"m", "a", always}, {"n", "a", always}, {"m", "b", always}, {"m", "a", always}};
  const std::vector<DeclaredSplit> splits = {{"a", D("0.5")}, {"b", D("0.3")}, {"c", D("0.2")}};
  CreditingRule rule = Rule("creditingRules/x", CreditTo::kManager, "1");
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", splits)}, {rule}, managed)),
              ElementsAre("c 20.00", "m 55.00", "n 25.00"));
  rule.overlay = true;
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", splits)}, {rule}, managed)),
              ElementsAre("a 50.00", "b 30.00", "c 20.00", "m+ 55.00", "n+ 25.00"));
}

// Half goes up, to each of the two managers a half of it.
TEST(CreditFacts, WhatIsNotHandedUpStaysWithTheSeller) {
  const DayRange always{CivilDay(2020, 1, 1), std::nullopt};
  EXPECT_THAT(Shown(CreditFacts({Sale("100.00", {{"a", D("1")}})},
                                {Rule("creditingRules/x", CreditTo::kManager, "0.5")},
                                {{"m", "a", always}, {"n", "a", always}})),
              ElementsAre("a 50.00", "m 25.00", "n 25.00"));
}

// Thirds are exact: three managers of one seller, 0.02 in all; the two units go by name.
TEST(CreditFacts, ThirdsAreExact) {
  const DayRange always{CivilDay(2020, 1, 1), std::nullopt};
  const std::vector<ManagedDays> managed = {
      {"z", "a", always}, {"x", "a", always}, {"y", "a", always}};
  EXPECT_THAT(Shown(CreditFacts({Sale("0.02", {{"a", D("1")}})},
                                {Rule("creditingRules/x", CreditTo::kManager, "1")}, managed)),
              ElementsAre("x 0.01", "y 0.01", "z 0.00"));
}

TEST(CreditFacts, WhatCannotBeSplitIsToldOfEveryFact) {
  Fact digits = Sale("1.001", {{"a", D("1")}});
  Fact currency = Sale("1", {{"a", D("1")}}, "RMB");
  currency.name = "transactions/t2";
  Fact shares = Sale("1", {{"a", D("0.9")}});
  shares.name = "transactions/t3";
  const auto result = CreditFacts({shares, currency, digits}, {}, {});
  EXPECT_EQ(status::Reason(result.status()), "NOT_CREDITED");
  EXPECT_THAT(std::string(result.status().message()),
              testing::AllOf(HasSubstr("transactions/t1 lines[0].amount must have at most 2"),
                             HasSubstr("and 2 more")));
}

// --- Laws ---

Decimal Units(int64_t units, int digits) { return Decimal::FromUnscaled(units, digits); }

std::vector<DeclaredSplit> AnySplits() {
  std::vector<DeclaredSplit> splits;
  const int sellers = *rc::gen::inRange(1, 6);
  int64_t left = 10'000'000'000;
  for (int i = 0; i < sellers; ++i) {
    const int64_t share =
        i + 1 == sellers ? left : *rc::gen::inRange<int64_t>(1, left - (sellers - i) + 1);
    left -= share;
    splits.push_back({absl::StrCat("sellers/", i), Units(share, 10)});
  }
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    splits.push_back({absl::StrCat("sellers/", 3 + i), Units(*rc::gen::inRange(1, 101), 2), true});
  }
  return splits;
}

Fact AnyFact(int number) {
  Fact fact;
  fact.name = absl::StrCat("transactions/", number);
  fact.kind = *rc::gen::element(FactKind::kBooking, FactKind::kCancellation, FactKind::kInvoice);
  fact.date = kDay + *rc::gen::inRange(0, 4);
  fact.currency = *rc::gen::element<std::string>("JPY", "CNY", "BHD");
  fact.account = absl::StrCat("accounts/", *rc::gen::inRange(0, 2));
  fact.splits = AnySplits();
  const int digits = *base::MinorDigits(fact.currency);
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    FactLine line;
    line.id = absl::StrCat(i);
    line.product = absl::StrCat("products/", *rc::gen::inRange(0, 3));
    line.quantity = Units(*rc::gen::inRange(-5'000'000, 5'000'000), 6);
    line.amount = Units(*rc::gen::inRange<int64_t>(-1'000'000'000, 1'000'000'000), digits);
    if (*rc::gen::arbitrary<bool>()) line.cost = Units(*rc::gen::inRange(0, 1'000'000), digits);
    line.recurring = Units(*rc::gen::inRange(0, 1'000), digits);
    fact.lines.push_back(line);
  }
  return fact;
}

// Rules of different specificity, so that none tie, and overlays.
std::vector<CreditingRule> AnyRules() {
  std::vector<CreditingRule> rules;
  for (int i = 0; i < 6; ++i) {
    if (*rc::gen::arbitrary<bool>()) continue;
    CreditingRule rule;
    rule.name = absl::StrCat("creditingRules/", i);
    rule.days = {kDay + *rc::gen::inRange(0, 2), std::nullopt};
    rule.to = *rc::gen::element(CreditTo::kSplits, CreditTo::kSeller, CreditTo::kManager);
    rule.seller = absl::StrCat("sellers/", *rc::gen::inRange(0, 8));
    rule.share = Units(*rc::gen::inRange<int64_t>(1, 10'000'000'001), 10);
    rule.overlay = i >= 3;
    if (i % 3 >= 1) rule.match.products = {"products/0", "products/1"};
    if (i % 3 == 2) rule.match.accounts = {"accounts/1"};
    rules.push_back(rule);
  }
  return rules;
}

std::vector<ManagedDays> AnyManagers() {
  std::vector<ManagedDays> managed;
  for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
    managed.push_back({absl::StrCat("sellers/", *rc::gen::inRange(0, 9)),
                       absl::StrCat("sellers/", *rc::gen::inRange(0, 6)),
                       {kDay + *rc::gen::inRange(0, 3), kDay + *rc::gen::inRange(3, 6)}});
  }
  return managed;
}

std::vector<Fact> AnyFacts(int count) {
  std::vector<Fact> facts;
  for (int i = 0; i < count; ++i) facts.push_back(AnyFact(i));
  return facts;
}

RC_GTEST_PROP(CreditFactsProperty, CreditsOfALineSumToTheLineInEveryAmount, ()) {
  const std::vector<Fact> facts = AnyFacts(3);
  const auto credits = CreditFacts(facts, AnyRules(), AnyManagers());
  RC_ASSERT(credits.ok());
  for (const Fact& fact : facts) {
    for (const FactLine& line : fact.lines) {
      Decimal quantity, amount, margin, recurring;
      for (const Credit& credit : *credits) {
        if (credit.overlay || credit.fact != fact.name || credit.line != line.id) continue;
        quantity += credit.quantity;
        amount += credit.amount;
        recurring += credit.recurring;
        RC_ASSERT(credit.margin.has_value() == line.cost.has_value());
        margin += credit.margin.value_or(Decimal());
        RC_ASSERT(base::MakeMoney(fact.currency, credit.amount).ok());
      }
      RC_ASSERT(quantity == line.quantity);
      RC_ASSERT(amount == line.amount);
      RC_ASSERT(recurring == line.recurring);
      if (line.cost) RC_ASSERT(margin == line.amount - *line.cost);
    }
  }
}

RC_GTEST_PROP(CreditFactsProperty, CreditsAreOrderedAndNoPayeeIsTwice, ()) {
  const auto credits = CreditFacts(AnyFacts(3), AnyRules(), AnyManagers());
  RC_ASSERT(credits.ok());
  for (size_t i = 1; i < credits->size(); ++i) {
    const Credit& a = (*credits)[i - 1];
    const Credit& b = (*credits)[i];
    RC_ASSERT(std::tie(a.fact, a.line, a.overlay, a.payee) <
              std::tie(b.fact, b.line, b.overlay, b.payee));
  }
}

// 100 cases of 40 permutations: facts, lines, splits, rules and managers in any order, and facts
// that arrive twice.
RC_GTEST_PROP(CreditFactsProperty, OrderChangesNothing, ()) {
  std::vector<Fact> facts = AnyFacts(3);
  std::vector<CreditingRule> rules = AnyRules();
  std::vector<ManagedDays> managed = AnyManagers();
  const auto expected = CreditFacts(facts, rules, managed);
  RC_ASSERT(expected.ok());
  std::minstd_rand random(*rc::gen::arbitrary<unsigned>());
  facts.push_back(facts[0]);
  for (int i = 0; i < 40; ++i) {
    std::shuffle(facts.begin(), facts.end(), random);
    std::shuffle(rules.begin(), rules.end(), random);
    std::shuffle(managed.begin(), managed.end(), random);
    for (Fact& fact : facts) {
      std::shuffle(fact.lines.begin(), fact.lines.end(), random);
      std::shuffle(fact.splits.begin(), fact.splits.end(), random);
    }
    const auto shuffled = CreditFacts(facts, rules, managed);
    RC_ASSERT(shuffled.ok());
    RC_ASSERT(*shuffled == *expected);
  }
}

RC_GTEST_PROP(CreditFactsProperty, BatchesChangeNothing, ()) {
  const std::vector<Fact> facts = AnyFacts(4);
  const std::vector<CreditingRule> rules = AnyRules();
  const std::vector<ManagedDays> managed = AnyManagers();
  std::vector<Credit> in_batches;
  for (const Fact& fact : facts) {
    const auto batch = CreditFacts({fact}, rules, managed);
    RC_ASSERT(batch.ok());
    in_batches.insert(in_batches.end(), batch->begin(), batch->end());
  }
  RC_ASSERT(in_batches == CreditFacts(facts, rules, managed).value());
}

}  // namespace
}  // namespace salesops::performance::domain
