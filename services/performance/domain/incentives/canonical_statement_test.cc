#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "services/performance/domain/incentives/sample_input.h"

namespace salesops::performance::domain {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CalculationInput Two() {
  CalculationInput input = Input();
  input.members = {Member("sellers/1"), Member("sellers/2")};
  input.plan.components = {CommissionComponent(
      "commission", CommissionOf(Per::kPeriod, {Rule("flat", TierMethod::kMarginal,
                                                     TierBasis::kAmount, {{"0", "0.1"}})}))};
  input.credits = {Booking("sellers/1", "t1", "100.00"), Booking("sellers/2", "t2", "200.00")};
  return input;
}

std::string TextOf(const CalculationInput& input, const std::string& payee = "sellers/1") {
  return CanonicalStatement(input, Calculate(input).value(), payee);
}

TEST(CanonicalStatement, IsThisTextForEver) {
  // A change here changes every hash: raise kEngineVersion and keep the older text for replay.
  EXPECT_EQ(TextOf(Two()), R"(statement 1 9:sellers/1 2026-01-01 2026-04-01
plan 3:CNY 2 1 - - 1
plan_clawback 1 1 0 0
component 10:commission 1 - -
commission 1 0: 3
rate_rule 4:flat 0 0 0 0: 0 - - 1 1 1 0 0.1
credit 9:sellers/1 2026-02-01 2:t1 1:1 0 1 4:o-t1 3:CNY 10:accounts/1 15:products/camera 8:hardware - 1 100 - 0 0
member 9:sellers/1 1 2026-01-01 2026-04-01 0 -
entry -1 1 0: 0: 0: 0: - - - 10
entry 0 2 10:commission 0: 0: 0: - - - 10
entry 1 3 10:commission 4:flat 2:t1 1:1 100 0.1 10 10
attainment 1 0: 100 - -
)");
}

TEST(CanonicalStatement, ChangesWithWhateverThePayCameFrom) {
  const std::string before = TextOf(Two());
  const std::vector<std::function<void(CalculationInput*)>> changes = {
      [](CalculationInput* i) { i->credits[0].amount = D("100.01"); },
      [](CalculationInput* i) { i->credits[0].product = "products/lens"; },
      [](CalculationInput* i) { i->credits[0].attributes["grade"] = "A"; },
      [](CalculationInput* i) {
        i->plan.components[0].commission.rules[0].table.tiers[0].rate = D("0.2");
      },
      [](CalculationInput* i) { i->plan.cap = D("1000"); },
      [](CalculationInput* i) { i->members[0].left = Day(3, 31); },
      [](CalculationInput* i) {
        i->quotas = {{"sellers/1", Ref(Measure::kBookings), D("1")}};
      },
      [](CalculationInput* i) {
        i->values = {{"sellers/1", "calls", Quarter(), D("1")}};
      },
      [](CalculationInput* i) { i->draw_balances["sellers/1"] = D("1"); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    CalculationInput input = Two();
    changes[i](&input);
    EXPECT_NE(TextOf(input), before) << "change " << i;
  }
}

TEST(CanonicalStatement, DoesNotChangeWithZerosNorWithOthers) {
  const std::string before = TextOf(Two());
  CalculationInput input = Two();
  input.credits[0].amount = D("100.0000");
  input.credits[1].amount = D("777");
  input.plan.components[0].commission.rules[0].table.tiers[0].rate = D("0.1000000000");
  input.plan.components[0].spiff.amount = D("5");  // of another kind than the component's
  EXPECT_EQ(TextOf(input), before);
}

TEST(CanonicalStatement, HoldsThoseBelowForOverrides) {
  CalculationInput input = Two();
  Component override;
  override.id = "override";
  override.kind = ComponentKind::kOverride;
  override.override = {Ref(Measure::kBookings), D("0.01"), 0, false};
  input.plan.components.push_back(override);
  input.managed = {{"sellers/1", "sellers/3", Quarter()}, {"sellers/3", "sellers/2", Quarter()}};
  EXPECT_THAT(TextOf(input), HasSubstr("credit 9:sellers/2"));
  EXPECT_THAT(TextOf(input, "sellers/2"), Not(HasSubstr("credit 9:sellers/1")));
}

}  // namespace
}  // namespace salesops::performance::domain
