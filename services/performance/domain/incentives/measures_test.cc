#include "services/performance/domain/incentives/measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/performance/domain/incentives/sample_input.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPayee[] = "sellers/1";

std::vector<std::string> Facts(const std::vector<Counted>& counted) {
  std::vector<std::string> facts;
  for (const Counted& one : counted) facts.push_back(one.credit->fact);
  return facts;
}

TEST(Measures, EachCountsItsOwnKindsOfFacts) {
  CalculationInput input = Input();
  input.credits = {CreditOf(FactKind::kBooking, kPayee, "b", "1000"),
                   CreditOf(FactKind::kCancellation, kPayee, "c", "-100"),
                   CreditOf(FactKind::kInvoice, kPayee, "i", "900"),
                   CreditOf(FactKind::kCreditNote, kPayee, "n", "-50"),
                   CreditOf(FactKind::kPayment, kPayee, "p", "400"),
                   CreditOf(FactKind::kRefund, kPayee, "r", "-30")};
  input.credits[0].quantity = D("5");
  input.credits[0].recurring = D("200");
  input.credits[1].quantity = D("-2");
  input.credits[1].recurring = D("-20");
  input.credits[2].margin = D("300");
  input.credits[3].margin = D("-20");
  base::Violations violations;
  const Measures measures(input, &violations);
  const auto value = [&](Measure measure) {
    return *measures.ValueOf(kPayee, Ref(measure), &violations);
  };
  EXPECT_EQ(value(Measure::kBookings), D("900"));
  EXPECT_EQ(value(Measure::kInvoiced), D("850"));
  EXPECT_EQ(value(Measure::kCollected), D("370"));
  EXPECT_EQ(value(Measure::kMargin), D("280"));
  EXPECT_EQ(value(Measure::kUnits), D("3"));
  EXPECT_EQ(value(Measure::kRecurring), D("180"));
  EXPECT_THAT(Told(violations), IsEmpty());
}

TEST(Measures, CountsTheDaysOfAssignmentInOrder) {
  CalculationInput input = Input();
  input.members[0].days = {{Day(1, 1), Day(2, 1)}, {Day(3, 1), Day(4, 1)}};
  input.credits = {
      Booking(kPayee, "late", "1", Day(3, 31)),   Booking(kPayee, "after", "1", Day(4, 1)),
      Booking(kPayee, "between", "1", Day(2, 1)), Booking(kPayee, "b", "1", Day(1, 31)),
      Booking(kPayee, "a", "1", Day(1, 31)),      Booking("sellers/2", "other", "1", Day(1, 31))};
  base::Violations violations;
  const Measures measures(input, &violations);
  EXPECT_THAT(Facts(measures.CountedOf(kPayee, Ref(Measure::kBookings), &violations)),
              ElementsAre("a", "b", "late"));
  EXPECT_THAT(Facts(measures.CountedOf("sellers/2", Ref(Measure::kBookings), &violations)),
              IsEmpty());
  EXPECT_THAT(Facts(measures.CountedOn("sellers/2", Ref(Measure::kBookings),
                                       {Day(1, 31), Day(2, 1)}, &violations)),
              ElementsAre("other"));
  EXPECT_EQ(measures.ProrationOf(kPayee), D("0.6888888889"));  // 62 of 90 days
  EXPECT_EQ(measures.Prorated(kPayee, D("100")), D("68.8889"));
}

TEST(Measures, ConvertsAtTheDeclaredDateExactly) {
  CalculationInput input = Input();
  input.credits = {Booking(kPayee, "t1", "100.01", Day(1, 5)), Booking(kPayee, "t2", "50")};
  input.credits[0].currency = "USD";
  input.rates = {{"USD", "CNY", Day(1, 5), D("7.012345678901")},
                 {"USD", "CNY", Day(3, 31), D("7.2")},
                 {"USD", "EUR", Day(1, 5), D("0.9")}};
  base::Violations violations;
  EXPECT_EQ(Measures(input, &violations).ValueOf(kPayee, Ref(Measure::kBookings), &violations),
            D("751.30469134688901"));
  // Units are no money.
  EXPECT_EQ(Measures(input, &violations).ValueOf(kPayee, Ref(Measure::kUnits), &violations),
            D("2"));
  input.plan.rate_date = RateDate::kPeriodEnd;
  EXPECT_EQ(Measures(input, &violations).ValueOf(kPayee, Ref(Measure::kBookings), &violations),
            D("770.072"));
  EXPECT_THAT(Told(violations), IsEmpty());
}

TEST(Measures, TellsWhatIsMissingOnceAndWhatContradicts) {
  CalculationInput input = Input();
  input.credits = {CreditOf(FactKind::kInvoice, kPayee, "t1", "1"),
                   CreditOf(FactKind::kInvoice, kPayee, "t2", "1"),
                   CreditOf(FactKind::kInvoice, kPayee, "t3", "1"),
                   CreditOf(FactKind::kInvoice, kPayee, "t4", "1000000000000000")};
  input.credits[0].currency = "USD";
  input.credits[1].currency = "USD";
  input.rates = {{"EUR", "CNY", Day(1, 5), D("8")}, {"EUR", "CNY", Day(1, 5), D("8.1")}};
  input.quotas = {{kPayee, Ref(Measure::kBookings), D("1")},
                  {kPayee, Ref(Measure::kBookings), D("2")},
                  {kPayee, Ref(Measure::kMargin), D("0")}};
  input.values = {{kPayee, "satisfaction", Quarter(), D("1")},
                  {kPayee, "satisfaction", Quarter(), D("2")}};
  input.members.push_back(Member(kPayee));
  base::Violations violations;
  const Measures measures(input, &violations);
  measures.ValueOf(kPayee, Ref(Measure::kMargin), &violations);
  EXPECT_THAT(
      Told(violations),
      ElementsAre("sellers/1 MEMBER_TWICE", "EUR/CNY RATE_AMBIGUOUS", "t4 AMOUNT_OUT_OF_RANGE",
                  "USD/CNY RATE_MISSING", "sellers/1 QUOTA_AMBIGUOUS",
                  "sellers/1 QUOTA_OUT_OF_RANGE", "sellers/1 VALUE_AMBIGUOUS", "t3 COST_MISSING"));
}

TEST(Measures, ImportedIsOfTheShortestRangeAroundThePeriod) {
  CalculationInput input = Input();
  input.values = {
      {kPayee, "satisfaction", {base::CivilDay(2026, 1, 1), base::CivilDay(2027, 1, 1)}, D("50")},
      {kPayee, "satisfaction", Quarter(), D("30")},
      {kPayee, "satisfaction", {Day(1, 1), Day(3, 1)}, D("10")},
      {kPayee, "calls", Quarter(), D("7")}};
  input.quotas = {{kPayee, Imported("calls"), D("9")}};
  base::Violations violations;
  const Measures measures(input, &violations);
  EXPECT_EQ(measures.ValueOf(kPayee, Imported("satisfaction"), &violations), D("30"));
  EXPECT_EQ(measures.ValueOf(kPayee, Imported("visits"), &violations), std::nullopt);
  EXPECT_EQ(measures.AttainmentOf(kPayee, Imported("calls"), &violations), D("0.7777777778"));
  EXPECT_EQ(measures.AttainmentOf(kPayee, Imported("satisfaction"), &violations), std::nullopt);
}

}  // namespace
}  // namespace salesops::performance::domain
