#include "services/performance/domain/incentives/calculation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/sample_input.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPayee[] = "sellers/1";

const char* NameOf(EntryKind kind) {
  static constexpr const char* kNames[] = {"unset", "payout", "component", "earning",  "multiplier",
                                           "cap",   "floor",  "draw",      "recovery", "clawback"};
  return kNames[static_cast<int>(kind)];
}

// "kind amount" of each entry.
std::vector<std::string> Shown(const CalculationResult& result) {
  std::vector<std::string> shown;
  for (const Entry& entry : result.entries) {
    shown.push_back(absl::StrCat(NameOf(entry.kind), " ", entry.amount.ToString()));
  }
  return shown;
}

Decimal PayOf(const CalculationResult& result, const std::string& payee = kPayee) {
  for (const Entry& entry : result.entries) {
    if (entry.kind == EntryKind::kPayout && entry.payee == payee) return entry.amount;
  }
  ADD_FAILURE() << "no payout of " << payee;
  return Decimal();
}

CalculationResult Calculated(const CalculationInput& input) {
  absl::StatusOr<CalculationResult> result = Calculate(input);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  EXPECT_EQ(FaultOf(result->entries, 2), "");
  return *std::move(result);
}

RateRule Flat(const std::string& rate) {
  return Rule("flat", TierMethod::kMarginal, TierBasis::kAmount, {{"0", rate}});
}

// One commission of a flat rate on one booking.
CalculationInput Simple(const std::string& sold, const std::string& rate = "0.1") {
  CalculationInput input = Input();
  input.plan.components = {
      CommissionComponent("commission", CommissionOf(Per::kPeriod, {Flat(rate)}))};
  input.credits = {Booking(kPayee, "t1", sold)};
  return input;
}

Multiplier BySatisfaction(std::vector<FactorStep> steps) {
  Multiplier multiplier;
  multiplier.id = "satisfaction";
  multiplier.measure = Imported("customer_satisfaction");
  multiplier.steps = std::move(steps);
  return multiplier;
}

void Import(CalculationInput* input, const std::string& value) {
  input->values = {{kPayee, "customer_satisfaction", Quarter(), D(value)}};
}

TEST(Calculate, RoundsEachLeafOnceHalfAwayFromZero) {
  CalculationInput input = Simple("10.10", "0.05");  // 0.505
  input.credits.push_back(Booking(kPayee, "t2", "10.10"));
  input.credits.push_back(Booking(kPayee, "t3", "-10.10"));
  const CalculationResult result = Calculated(input);
  EXPECT_THAT(Shown(result), ElementsAre("payout 0.51", "component 0.51", "earning 0.51",
                                         "earning 0.51", "earning -0.51"));
  EXPECT_EQ(result.entries[2].unrounded, D("0.505"));
  EXPECT_EQ(result.entries[2].base, D("10.10"));
  EXPECT_EQ(result.entries[2].rate, D("0.05"));
  EXPECT_EQ(result.entries[2].component, "commission");
}

TEST(Calculate, TheMinorUnitIsTheCurrencys) {
  CalculationInput input = Simple("105", "0.1");
  input.plan.currency = "JPY";
  input.credits[0].currency = "JPY";
  EXPECT_EQ(Calculate(input)->entries[0].amount.ToString(), "11");
}

TEST(Calculate, SatisfactionBelowThirtyPaysThreeQuarters) {
  CalculationInput input = Simple("1000.50");
  input.plan.components[0].multipliers = {
      BySatisfaction({{D("0"), D("0.75")}, {D("30"), D("1")}, {D("90"), D("1.2")}})};
  Import(&input, "29.9");
  const CalculationResult result = Calculated(input);
  EXPECT_THAT(Shown(result), ElementsAre("payout 75.04", "component 75.04", "earning 100.05",
                                         "multiplier -25.01"));
  EXPECT_EQ(result.entries[3].rule, "satisfaction");
  EXPECT_EQ(result.entries[3].unrounded, D("-25.0125"));
  EXPECT_EQ(result.entries[3].note, "customer_satisfaction is 29.9, from 0: factor 0.75");
  Import(&input, "30");
  EXPECT_THAT(Shown(Calculated(input)),
              ElementsAre("payout 100.05", "component 100.05", "earning 100.05"));
  Import(&input, "95");
  EXPECT_EQ(PayOf(Calculated(input)), D("120.06"));
}

TEST(Calculate, WithoutAValueAMultiplierIsAGateUnlessNeutral) {
  CalculationInput input = Simple("1000");
  input.plan.components[0].multipliers = {BySatisfaction({{D("30"), D("1")}})};
  EXPECT_EQ(PayOf(Calculated(input)), D("0"));
  Import(&input, "10");  // below the first step
  EXPECT_EQ(PayOf(Calculated(input)), D("0"));
  input.plan.components[0].multipliers[0].neutral_without = true;
  EXPECT_EQ(PayOf(Calculated(input)), D("100"));
  input.values.clear();
  EXPECT_EQ(PayOf(Calculated(input)), D("100"));
}

TEST(Calculate, AGateLeavesNothingEvenAfterRounding) {
  // 0.02 × 0.75 rounds to 0.01 (-0.005 away from zero); the gate takes exactly what is left.
  CalculationInput input = Simple("0.20");
  Multiplier gate = BySatisfaction({{D("0"), D("0")}});
  gate.id = "gate";
  input.plan.components[0].multipliers = {BySatisfaction({{D("0"), D("0.75")}}), gate};
  Import(&input, "1");
  EXPECT_THAT(Shown(Calculated(input)), ElementsAre("payout 0.00", "component 0.00", "earning 0.02",
                                                    "multiplier -0.01", "multiplier -0.01"));
}

TEST(Calculate, AMultiplierByAttainment) {
  CalculationInput input = Simple("1200");
  Multiplier accelerator;
  accelerator.id = "accelerator";
  accelerator.measure = Ref(Measure::kBookings);
  accelerator.by_attainment = true;
  accelerator.steps = {{D("0"), D("1")}, {D("1.2"), D("1.5")}};
  input.plan.components[0].multipliers = {accelerator};
  input.quotas = {{kPayee, Ref(Measure::kBookings), D("1000")}};
  EXPECT_EQ(PayOf(Calculated(input)), D("180"));
  input.credits[0].amount = D("1199.99");
  EXPECT_EQ(PayOf(Calculated(input)), D("120"));
}

TEST(Calculate, CapsAndFloorsOfComponentAndPlan) {
  CalculationInput input = Simple("10000");
  input.plan.components.push_back(
      CommissionComponent("second", CommissionOf(Per::kPeriod, {Flat("0.02")})));
  input.plan.components[0].cap = D("900");
  input.plan.cap = D("1000");
  EXPECT_THAT(Shown(Calculated(input)),
              ElementsAre("payout 1000.00", "component 900.00", "earning 1000.00", "cap -100.00",
                          "component 200.00", "earning 200.00", "cap -100.00"));
  input = Simple("10000");
  input.plan.components[0].floor = D("1500");
  input.plan.floor = D("2000");
  EXPECT_THAT(Shown(Calculated(input)),
              ElementsAre("payout 2000.00", "component 1500.00", "earning 1000.00", "floor 500.00",
                          "floor 500.00"));
}

TEST(Calculate, AGuaranteeIsProratedAndACapIsNot) {
  CalculationInput input = Simple("10000");
  input.members[0].days = {{Day(1, 15), Day(3, 1)}};  // 45 of 90 days
  input.plan.floor = D("3000");
  EXPECT_EQ(PayOf(Calculated(input)), D("1500"));
  input.plan.prorate = false;
  EXPECT_EQ(PayOf(Calculated(input)), D("3000"));
  input.plan.prorate = true;
  input.plan.floor.reset();
  input.plan.cap = D("800");
  EXPECT_EQ(PayOf(Calculated(input)), D("800"));
}

TEST(Calculate, AMemberWithoutSalesHasAPayoutOfNothingOrTheGuarantee) {
  CalculationInput input = Simple("100");
  input.members.push_back(Member("sellers/2"));
  EXPECT_EQ(PayOf(Calculated(input), "sellers/2"), D("0"));
  input.plan.components[0].floor = D("7");
  EXPECT_THAT(Shown(Calculated(input)),
              ElementsAre("payout 10.00", "component 10.00", "earning 10.00", "payout 7.00",
                          "component 7.00", "floor 7.00"));
}

TEST(Calculate, ARecoverableDrawIsOwedAndKeptBackWithinItsLimit) {
  // By hand: a draw of 5,000 a period, half of what is above it kept back. Earned 3,000, 6,000,
  // 12,000 and 5,000: 2,000 are advanced, then 500 and the last 1,500 (of at most 3,500) kept back.
  const auto period = [](const char* earned, const std::map<std::string, Decimal>& owed) {
    CalculationInput input = Simple(earned, "1");
    input.plan.draw = Draw{D("5000"), true, D("0.5")};
    input.draw_balances = owed;
    return Calculated(input);
  };
  const CalculationResult first = period("3000", {});
  EXPECT_THAT(Shown(first), ElementsAre("payout 5000.00", "component 3000.00", "earning 3000.00",
                                        "draw 2000.00"));
  EXPECT_EQ(first.draw_balances.at(kPayee), D("2000"));
  const CalculationResult second = period("6000", first.draw_balances);
  EXPECT_THAT(Shown(second), ElementsAre("payout 5500.00", "component 6000.00", "earning 6000.00",
                                         "recovery -500.00"));
  EXPECT_EQ(second.draw_balances.at(kPayee), D("1500"));
  const CalculationResult third = period("12000", second.draw_balances);
  EXPECT_EQ(PayOf(third), D("10500"));
  EXPECT_THAT(third.draw_balances, IsEmpty());
  EXPECT_EQ(PayOf(period("5000", third.draw_balances)), D("5000"));
}

TEST(Calculate, ADrawThatIsNotRecoverableIsNeverOwed) {
  CalculationInput input = Simple("3000", "1");
  input.plan.draw = Draw{D("5000"), false, D("0")};
  EXPECT_EQ(PayOf(Calculated(input)), D("5000"));
  EXPECT_THAT(Calculated(input).draw_balances, IsEmpty());
  // What is owed from before, by an earlier version of the plan, stays.
  input.draw_balances = {{kPayee, D("10")}, {"sellers/9", D("20")}, {"sellers/8", D("0")}};
  EXPECT_THAT(Calculated(input).draw_balances,
              ElementsAre(std::pair("sellers/1", D("10")), std::pair("sellers/9", D("20"))));
}

TEST(Calculate, ALeaversDrawIsOfTheDaysOfAssignment) {
  CalculationInput input = Simple("1000", "1");
  input.members[0].days = {{Day(1, 1), Day(1, 31)}};  // 30 of 90 days
  input.members[0].left = Day(1, 30);
  input.credits[0].date = Day(1, 15);
  input.plan.draw = Draw{D("9000"), true, D("1")};
  const CalculationResult result = Calculated(input);
  EXPECT_EQ(PayOf(result), D("3000"));
  EXPECT_EQ(result.draw_balances.at(kPayee), D("2000"));
}

TEST(Calculate, TellsAttainmentsOfEveryMeasureOfThePlan) {
  CalculationInput input = Simple("1000");
  input.plan.components[0].multipliers = {BySatisfaction({{D("0"), D("1")}})};
  input.quotas = {{kPayee, Ref(Measure::kBookings), D("3000")}};
  Import(&input, "88");
  const CalculationResult result = Calculated(input);
  ASSERT_EQ(result.attainments.size(), 2u);
  EXPECT_EQ(result.attainments[0].value, D("1000"));
  EXPECT_EQ(result.attainments[0].quota, D("3000"));
  EXPECT_EQ(result.attainments[0].attainment, D("0.3333333333"));
  EXPECT_EQ(result.attainments[1].measure, Imported("customer_satisfaction"));
  EXPECT_EQ(result.attainments[1].value, D("88"));
  EXPECT_EQ(result.attainments[1].attainment, std::nullopt);
}

TEST(Calculate, RefusesWithEveryReasonAtOnce) {
  CalculationInput input = Simple("100");
  input.plan.components[0].commission.measure = Ref(Measure::kMargin);
  RateRule again = Flat("0.2");
  again.id = "again";
  input.plan.components[0].commission.rules.push_back(again);
  QuotaBonus bonus;
  bonus.measure = Ref(Measure::kBookings);
  bonus.target_amount = D("1");
  bonus.shape = CurveShape::kSteps;
  bonus.points = {{D("1"), D("1")}};
  Component second;
  second.id = "bonus";
  second.kind = ComponentKind::kQuotaBonus;
  second.quota_bonus = bonus;
  input.plan.components.push_back(second);
  input.credits = {CreditOf(FactKind::kInvoice, kPayee, "t1", "1"),
                   CreditOf(FactKind::kInvoice, kPayee, "t2", "1"), Booking(kPayee, "t3", "1")};
  input.credits[0].margin = D("1");
  input.credits[2].currency = "USD";
  const absl::Status status = Calculate(input).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status::Reason(status), "NOT_CALCULABLE");
  const std::string told = std::string(status.ToString());
  EXPECT_THAT(told, HasSubstr("4 reasons"));
  for (const char* reason :
       {"has no cost", "equally specific", "no quota of bookings", "no exchange rate"}) {
    EXPECT_THAT(told, HasSubstr(reason));
  }
  // The same whatever the order.
  std::reverse(input.credits.begin(), input.credits.end());
  EXPECT_EQ(Calculate(input).status(), status);
}

TEST(Calculate, RefusesAmountsBeyondItsRangeInsteadOfFailing) {
  CalculationInput input = Simple("999999999999999", "9");
  EXPECT_EQ(Calculate(input).status().code(), absl::StatusCode::kFailedPrecondition);
  input = Simple("1");
  input.credits[0].amount = D("99999999999999999999999999999999999999");
  EXPECT_EQ(Calculate(input).status().code(), absl::StatusCode::kFailedPrecondition);
  input = Simple("1");
  input.credits[0].currency = "USD";
  input.rates = {{"USD", "CNY", Day(2, 1), D("1e30")}};
  EXPECT_EQ(Calculate(input).status().code(), absl::StatusCode::kFailedPrecondition);
  input = Simple("1");
  input.plan.currency = "XXY";
  EXPECT_EQ(Calculate(input).status().code(), absl::StatusCode::kFailedPrecondition);
  input = Simple("1");
  input.period.end.reset();
  EXPECT_EQ(Calculate(input).status().code(), absl::StatusCode::kFailedPrecondition);
}

// ---- laws

template <class T>
void Shuffle(std::vector<T>* list) {
  for (size_t i = list->size(); i > 1; --i) {
    std::swap((*list)[i - 1], (*list)[*rc::gen::inRange<size_t>(0, i)]);
  }
}

Component Kind(const std::string& id, ComponentKind kind) {
  Component component;
  component.id = id;
  component.kind = kind;
  return component;
}

// A plan with every kind of component that looks at one payee only.
PlanRules PlanOfOwn() {
  PlanRules plan = Input().plan;
  Component commission = CommissionComponent(
      "commission",
      CommissionOf(Per::kPeriod, {Rule("all", TierMethod::kMarginal, TierBasis::kAttainment,
                                       {{"0", "0.0333"}, {"0.5", "0.05"}, {"1", "0.0777"}})}));
  commission.multipliers = {BySatisfaction({{D("0"), D("0.75")}, {D("30"), D("1.1")}})};
  commission.multipliers[0].neutral_without = true;
  commission.cap = D("400");
  Component by_order = CommissionComponent(
      "by-order", CommissionOf(Per::kOrder, {Rule("whole", TierMethod::kWhole, TierBasis::kAmount,
                                                  {{"0", "0.01"}, {"500", "0.02"}})}));
  Component bonus = Kind("bonus", ComponentKind::kQuotaBonus);
  bonus.quota_bonus = {Ref(Measure::kBookings),
                       D("333.33"),
                       CurveShape::kLinear,
                       {{D("0.1"), D("0.2")}, {D("1.2"), D("1.5")}}};
  Component spiff = Kind("spiff", ComponentKind::kSpiff);
  spiff.spiff = {Ref(Measure::kUnits), {}, D("3.335")};
  plan.components = {commission, by_order, bonus, spiff};
  plan.cap = D("1000");
  plan.floor = D("50");
  plan.draw = Draw{D("300"), true, D("0.3333")};
  return plan;
}

// Everything of the kinds that look at others too.
PlanRules PlanOfAll() {
  PlanRules plan = PlanOfOwn();
  Component contest = Kind("contest", ComponentKind::kContest);
  contest.contest = {Ref(Measure::kBookings), {D("100"), D("33.33")}, {}, TieRule::kShareAwards};
  Component override = Kind("override", ComponentKind::kOverride);
  override.override = {Ref(Measure::kBookings), D("0.0123"), 0, true};
  Component pool = Kind("pool", ComponentKind::kTeamPool);
  pool.team_pool = {Ref(Measure::kBookings), D("0.0101"), PoolShare::kByMeasure};
  plan.components.insert(plan.components.end(), {contest, override, pool});
  return plan;
}

CalculationInput AnyInput(PlanRules plan) {
  CalculationInput input = Input();
  input.plan = std::move(plan);
  input.members.clear();
  const int payees = *rc::gen::inRange(1, 5);
  for (int i = 0; i < payees; ++i) {
    PlanMember member = Member(absl::StrCat("sellers/", i));
    if (*rc::gen::inRange(0, 3) == 0) member.days = {{Day(1, 10), Day(2, 20)}};
    member.teams = {{absl::StrCat("teams/", i % 2), Quarter()}};
    input.members.push_back(member);
    input.quotas.push_back({member.payee, Ref(Measure::kBookings),
                            Decimal::FromUnscaled(*rc::gen::inRange(50'000, 500'000), 2)});
    if (*rc::gen::arbitrary<bool>()) {
      input.values.push_back({member.payee, "customer_satisfaction", Quarter(),
                              Decimal::FromInt(*rc::gen::inRange(0, 60))});
    }
    if (*rc::gen::arbitrary<bool>()) {
      input.draw_balances[member.payee] = Decimal::FromUnscaled(*rc::gen::inRange(0, 100'000), 2);
    }
    if (i > 0) input.managed.push_back({"sellers/0", member.payee, Quarter()});
  }
  const int credits = *rc::gen::inRange(0, 16);
  for (int i = 0; i < credits; ++i) {
    Credit credit =
        Booking(absl::StrCat("sellers/", *rc::gen::inRange(0, payees)), absl::StrCat("t", i), "0",
                Day(*rc::gen::inRange(1, 4), *rc::gen::inRange(1, 28)));
    credit.amount = Decimal::FromUnscaled(*rc::gen::inRange(-20'000, 100'000), 2);
    credit.quantity = Decimal::FromUnscaled(*rc::gen::inRange(0, 300), 2);
    credit.order = absl::StrCat("o", i / 2);
    if (*rc::gen::inRange(0, 3) == 0) {
      credit.currency = "USD";
      input.rates.push_back({"USD", "CNY", credit.date, D("7.0123456789")});
    }
    input.credits.push_back(credit);
  }
  return input;
}

CalculationInput Shuffled(CalculationInput input) {
  Shuffle(&input.members);
  Shuffle(&input.credits);
  Shuffle(&input.quotas);
  Shuffle(&input.values);
  Shuffle(&input.managed);
  Shuffle(&input.rates);
  return input;
}

RC_GTEST_PROP(CalculateProperty, TheOrderOfInputsMeansNothing, ()) {
  const CalculationInput input = AnyInput(PlanOfAll());
  const CalculationInput shuffled = Shuffled(input);
  const CalculationResult result = *Calculate(input);
  const CalculationResult again = *Calculate(shuffled);
  RC_ASSERT(result.entries == again.entries);
  RC_ASSERT(result.draw_balances == again.draw_balances);
  for (const PlanMember& member : input.members) {
    RC_ASSERT(CanonicalStatement(input, result, member.payee) ==
              CanonicalStatement(shuffled, again, member.payee));
  }
}

RC_GTEST_PROP(CalculateProperty, EveryAmountIsTheSumOfItsLeaves, ()) {
  const CalculationInput input = AnyInput(PlanOfAll());
  const CalculationResult result = *Calculate(input);
  RC_ASSERT(FaultOf(result.entries, 2) == "");
  // FaultOf looks one level down; this at all of them.
  for (size_t root = 0; root < result.entries.size(); ++root) {
    if (result.entries[root].kind != EntryKind::kPayout) continue;
    Decimal leaves;
    for (const Entry& entry : result.entries) {
      if (entry.payee == result.entries[root].payee && entry.unrounded) leaves += entry.amount;
    }
    RC_ASSERT(leaves == result.entries[root].amount);
  }
}

RC_GTEST_PROP(CalculateProperty, InBatchesOfPayeesTheSameIsEarned, ()) {
  const CalculationInput input = AnyInput(PlanOfOwn());
  const CalculationResult all = *Calculate(input);
  std::vector<std::string> together;
  std::vector<std::string> apart;
  const auto add = [](const CalculationResult& result, std::vector<std::string>* shown) {
    for (const Entry& e : result.entries) {
      shown->push_back(absl::StrCat(e.payee, " ", NameOf(e.kind), " ", e.component, " ", e.fact,
                                    " ", e.amount.ToString(), " ", e.note));
    }
  };
  add(all, &together);
  for (const PlanMember& member : input.members) {
    CalculationInput one = input;
    one.members = {member};
    const CalculationResult result = *Calculate(one);
    add(result, &apart);
    RC_ASSERT(CanonicalStatement(input, all, member.payee) ==
              CanonicalStatement(one, result, member.payee));
  }
  RC_ASSERT(together == apart);
}

RC_GTEST_PROP(CalculateProperty, CapsAndGuaranteesAreKept, ()) {
  CalculationInput input = AnyInput(PlanOfAll());
  input.plan.draw.reset();
  const auto result = Calculate(input);
  RC_ASSERT(result.ok());
  for (const Entry& entry : result->entries) {
    if (entry.component == "commission" && entry.kind == EntryKind::kComponent) {
      RC_ASSERT(entry.amount <= D("400"));
    }
    if (entry.kind != EntryKind::kPayout) continue;
    RC_ASSERT(entry.amount <= D("1000"));
    const bool all_days =
        std::any_of(input.members.begin(), input.members.end(), [&](const PlanMember& member) {
          return member.payee == entry.payee && member.days[0] == Quarter();
        });
    RC_ASSERT(!all_days || entry.amount >= D("50"));
  }
}

RC_GTEST_PROP(CalculateProperty, WhatIsOwedIsWhatWasAdvancedLessWhatWasKeptBack, ()) {
  const CalculationInput input = AnyInput(PlanOfOwn());
  const CalculationResult result = *Calculate(input);
  for (const PlanMember& member : input.members) {
    const auto balance = [&](const std::map<std::string, Decimal>& balances) {
      const auto found = balances.find(member.payee);
      return found == balances.end() ? Decimal() : found->second;
    };
    Decimal owed = balance(input.draw_balances);
    for (const Entry& entry : result.entries) {
      const bool moves = entry.kind == EntryKind::kDraw || entry.kind == EntryKind::kRecovery;
      if (moves && entry.payee == member.payee) owed += entry.amount;
    }
    RC_ASSERT(!owed.is_negative());
    RC_ASSERT(owed == balance(result.draw_balances));
  }
}

}  // namespace
}  // namespace salesops::performance::domain
