#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/sample_input.h"

namespace salesops::performance::domain {
namespace {

using ::testing::ElementsAre;

// "order fact: amount" of each leaf.
std::vector<std::string> Earn(const CalculationInput& input, Measure measure) {
  Spiff spiff;
  spiff.measure = Ref(measure);
  spiff.match.products = {"products/camera"};
  spiff.amount = D("50");
  base::Violations violations;
  const Measures measures(input, &violations);
  std::vector<std::string> shown;
  for (const Earned& leaf : EarnSpiff(input, measures, spiff, &violations)) {
    shown.push_back(absl::StrCat(leaf.payee, " ", leaf.order, " ", leaf.fact, ": ",
                                 leaf.unrounded.ToCanonicalString()));
  }
  EXPECT_TRUE(violations.empty());
  return shown;
}

CalculationInput Sold() {
  CalculationInput input = Input();
  input.members.push_back(Member("sellers/2"));
  input.credits = {
      Booking("sellers/1", "t1", "100", Day(1, 5)), Booking("sellers/2", "t1", "300", Day(1, 5)),
      Booking("sellers/1", "t2", "100", Day(1, 6)), Booking("sellers/1", "t3", "100", Day(1, 7)),
      CreditOf(FactKind::kCancellation, "sellers/1", "t4", "-100", Day(1, 8))};
  input.credits[0].quantity = D("0.5");
  input.credits[1].quantity = D("1.5");
  input.credits[2].product = "products/lens";
  input.credits[4].order = "o-t3";
  input.credits[4].quantity = D("-1");
  return input;
}

TEST(EarnSpiff, ForEachCreditedUnit) {
  EXPECT_THAT(Earn(Sold(), Measure::kUnits),
              ElementsAre("sellers/1 o-t1 t1: 25", "sellers/1 o-t3 t3: 50",
                          "sellers/1 o-t3 t4: -50", "sellers/2 o-t1 t1: 75"));
}

TEST(EarnSpiff, ForEachOrderThatStands) {
  EXPECT_THAT(Earn(Sold(), Measure::kBookings),
              ElementsAre("sellers/1 o-t1 : 50", "sellers/2 o-t1 : 50"));
  CalculationInput input = Sold();
  input.credits[4].amount = D("-99.99");  // something of the order is left
  EXPECT_THAT(Earn(input, Measure::kBookings),
              ElementsAre("sellers/1 o-t1 : 50", "sellers/1 o-t3 : 50", "sellers/2 o-t1 : 50"));
}

TEST(EarnSpiff, TwoLinesOfAnOrderAreOneOrder) {
  CalculationInput input = Input();
  input.credits = {Booking("sellers/1", "t1", "100"), Booking("sellers/1", "t1", "70")};
  input.credits[1].line = "2";
  EXPECT_THAT(Earn(input, Measure::kBookings), ElementsAre("sellers/1 o-t1 : 50"));
}

}  // namespace
}  // namespace salesops::performance::domain
