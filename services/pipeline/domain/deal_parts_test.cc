#include "services/pipeline/domain/deal_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::domain {
namespace {

using base::Decimal;
using base::Money;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Decimal D(const std::string& text) { return Decimal::Parse(text).value(); }
Money M(const std::string& amount, const std::string& currency = "CNY") {
  return {currency, D(amount)};
}

LineItem Line(const std::string& id, const std::string& product, const std::string& quantity,
              const Money& price, std::optional<Money> list = std::nullopt) {
  return {id, product, D(quantity), price, "", std::move(list)};
}

Opportunity Deal(std::vector<LineItem> lines, std::optional<Money> amount = std::nullopt) {
  Opportunity o;
  o.line_items = std::move(lines);
  o.amount = std::move(amount);
  return o;
}

std::vector<std::string> Told(const base::Violations& violations) {
  std::vector<std::string> told;
  for (const base::Violation& v : violations.list()) told.push_back(v.field + " " + v.reason);
  return told;
}

std::vector<std::string> Ids(const std::vector<LineItem>& lines) {
  std::vector<std::string> ids;
  for (const LineItem& line : lines) ids.push_back(line.id);
  return ids;
}

// ---- amounts

TEST(AmountOf, IsThatOfThePublishedInvoice) {
  // The lines sold (not returned) in the example invoice of OASIS UBL 2.1,
  // UBL-Invoice-2.1-Example.xml: a laptop, two books and 250 m of cable.
  const std::vector<LineItem> lines = {Line("1", "laptop", "1", M("1273.00", "EUR")),
                                       Line("3", "book", "2", M("2.48", "EUR")),
                                       Line("5", "cable", "250", M("0.75", "EUR"))};
  EXPECT_EQ(AmountOf(lines[0]), M("1273.00", "EUR"));
  EXPECT_EQ(AmountOf(lines[1]), M("4.96", "EUR"));
  EXPECT_EQ(AmountOf(lines[2]), M("187.50", "EUR"));
  EXPECT_EQ(SumOf(lines), M("1465.46", "EUR"));
}

TEST(AmountOf, IsRoundedOnceToTheMinorUnitHalvesAwayFromZero) {
  struct Case {
    const char *quantity, *price, *currency, *amount;
  };
  // Worked by hand; the digits of a currency are those of ISO 4217.
  for (const Case& c :
       {Case{"1.5", "0.33", "CNY", "0.50"},       // 0.495
        Case{"2.5", "0.01", "CNY", "0.03"},       // 0.025: half-even would be 0.02
        Case{"0.333333", "3.00", "CNY", "1.00"},  // 0.999999
        Case{"0.5", "0.01", "USD", "0.01"},       // 0.005
        Case{"0.49", "0.01", "USD", "0.00"},      // 0.0049
        Case{"2.5", "1", "JPY", "3"},             // 2.5: half-even would be 2
        Case{"2.499999", "1", "JPY", "2"},        // rounded once, not to 2.5 first
        Case{"12.5", "333", "JPY", "4163"},       // 4162.5
        Case{"0.5", "0.001", "KWD", "0.001"},     // 0.0005
        Case{"1.0005", "1.000", "KWD", "1.001"}, Case{"3", "9.999", "KWD", "29.997"}}) {
    const auto amount = AmountOf(Line("a", "p", c.quantity, M(c.price, c.currency)));
    ASSERT_TRUE(amount.has_value()) << c.quantity << " x " << c.price;
    EXPECT_EQ(*amount, M(c.amount, c.currency)) << c.quantity << " x " << c.price;
    EXPECT_EQ(amount->amount.scale(), base::MinorDigits(c.currency)) << c.currency;
  }
}

TEST(AmountOf, IsNothingBeyondWhatAnAmountMayBe) {
  EXPECT_EQ(AmountOf(Line("a", "p", "1", M("999999999999999"))), M("999999999999999"));
  EXPECT_EQ(AmountOf(Line("a", "p", "1.000001", M("999999999999999"))), std::nullopt);
  EXPECT_EQ(AmountOf(Line("a", "p", "999999999999", M("999999999999999"))), std::nullopt);
  EXPECT_EQ(SumOf({Line("a", "p", "1", M("999999999999999")), Line("b", "p", "1", M("0"))}),
            M("999999999999999"));
  EXPECT_EQ(SumOf({Line("a", "p", "1", M("999999999999999")), Line("b", "p", "1", M("0.01"))}),
            std::nullopt);
  EXPECT_EQ(SumOf({}), std::nullopt);
  EXPECT_EQ(SumOf({Line("a", "p", "1", M("1")), Line("b", "p", "1", M("1", "USD"))}), std::nullopt);
}

std::vector<LineItem> AnyLines(const std::string& currency) {
  const int digits = *base::MinorDigits(currency);
  std::vector<LineItem> lines;
  const int count = *rc::gen::inRange(1, 201);
  for (int i = 0; i < count; ++i) {
    LineItem line;
    line.id = std::to_string(i);
    line.product_id = "p";
    line.quantity =
        Decimal::FromUnscaled(*rc::gen::inRange<int64_t>(1, 10'000'000), *rc::gen::inRange(0, 7));
    line.net_unit_price = {currency,
                           Decimal::FromUnscaled(*rc::gen::inRange<int64_t>(0, 100'000), digits)};
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string AnyCurrency() {
  return *rc::gen::element<std::string>("CNY", "USD", "EUR", "JPY", "KRW", "KWD", "BHD", "CLF");
}

RC_GTEST_PROP(Sum, IsTheAmountOfTheDealInEveryCurrency, ()) {
  const std::string currency = AnyCurrency();
  Opportunity o = Deal(AnyLines(currency));
  base::Violations violations;
  CheckParts(nullptr, o, &violations);
  RC_ASSERT(violations.empty());
  Decimal sum;
  for (const LineItem& line : o.line_items) {
    const Money amount = AmountOf(line).value();
    // At most half a minor unit from the exact product.
    const Decimal exact = line.quantity * line.net_unit_price.amount;
    const Decimal twice = (amount.amount - exact) * D("2");
    const Decimal unit = Decimal::FromUnscaled(1, *base::MinorDigits(currency));
    RC_ASSERT(twice <= unit && twice > -unit);  // a half goes up: amounts are not negative
    sum += amount.amount;
  }
  RC_ASSERT(o.amount == (Money{currency, sum}));
}

RC_GTEST_PROP(Sum, DoesNotDependOnTheOrderOfTheLines, ()) {
  std::vector<LineItem> lines = AnyLines(AnyCurrency());
  const auto sum = SumOf(lines);
  RC_ASSERT(sum.has_value());
  for (size_t i = lines.size() - 1; i > 0; --i) {
    std::swap(lines[i], lines[*rc::gen::inRange<size_t>(0, i + 1)]);
  }
  RC_ASSERT(SumOf(lines) == sum);
}

TEST(Amount, OfADealWithLinesIsTheirSum) {
  const std::vector<LineItem> lines = {Line("a", "p", "2", M("10.00")),
                                       Line("b", "q", "1", M("0.50"))};
  const auto settle = [&](const Opportunity* before, Opportunity after) {
    base::Violations violations;
    CheckParts(before, after, &violations);
    if (!violations.empty()) return violations.list()[0].reason;
    return after.amount ? after.amount->amount.ToString() : "none";
  };
  EXPECT_EQ(settle(nullptr, Deal(lines)), "20.50");
  EXPECT_EQ(settle(nullptr, Deal(lines, M("20.5"))), "20.50");
  EXPECT_EQ(settle(nullptr, Deal(lines, M("20.51"))), "AMOUNT_IS_SUM");
  EXPECT_EQ(settle(nullptr, Deal(lines, M("20.5", "USD"))), "AMOUNT_IS_SUM");
  EXPECT_EQ(settle(nullptr, Deal({}, M("7"))), "7");
  EXPECT_EQ(settle(nullptr, Deal({})), "none");

  // What a change leaves as it was, is not set by it.
  const Opportunity before = Deal({lines[0]}, M("20.00"));
  EXPECT_EQ(settle(&before, Deal(lines, M("20.00"))), "20.50");
  EXPECT_EQ(settle(&before, Deal(lines, M("20.01"))), "AMOUNT_IS_SUM");
  EXPECT_EQ(settle(&before, Deal(lines)), "20.50");
  EXPECT_EQ(settle(&before, Deal({}, M("20.00"))), "20.00");
  EXPECT_EQ(settle(&before, Deal({}, M("5.00"))), "5.00");
}

// ---- discounts

TEST(DiscountOf, IsOneMinusNetOverListRoundedToSixDigits) {
  struct Case {
    const char *net, *list, *discount;
  };
  for (const Case& c :
       {Case{"4320.00", "4800.00", "0.1"}, Case{"4800.00", "4800.00", "0"},
        Case{"0.00", "4800.00", "1"}, Case{"6000.00", "4800.00", "-0.25"},
        Case{"2.00", "3.00", "0.333333"}, Case{"1.00", "3.00", "0.666667"},
        Case{"4.00", "3.00", "-0.333333"},
        // 0.0000005 and its opposite: halves away from zero.
        Case{"19999.99", "20000.00", "0.000001"}, Case{"20000.01", "20000.00", "-0.000001"}}) {
    const auto discount = DiscountOf(Line("a", "p", "1", M(c.net), M(c.list)));
    ASSERT_TRUE(discount.has_value()) << c.net;
    EXPECT_EQ(discount->ToCanonicalString(), c.discount) << c.net << " of " << c.list;
  }
}

TEST(DiscountOf, IsAbsentWithoutAComparableListPrice) {
  EXPECT_EQ(DiscountOf(Line("a", "p", "1", M("1"))), std::nullopt);
  EXPECT_EQ(DiscountOf(Line("a", "p", "1", M("1"), M("2", "USD"))), std::nullopt);
  EXPECT_EQ(DiscountOf(Line("a", "p", "1", M("1"), M("0"))), std::nullopt);
}

// ---- lines and what they keep

TEST(KeepLines, KeepsTheListPriceOfALineUntilItNamesAnotherProduct) {
  const std::vector<LineItem> before = {Line("a", "p", "1", M("9"), M("10")),
                                        Line("b", "q", "1", M("5"))};
  std::vector<LineItem> after = {
      Line("a", "p", "3", M("8"), M("77")),  // what a client says of it does not count
      Line("b", "q", "1", M("5"), M("77")), Line("c", "p", "1", M("9"), M("77"))};
  KeepLines(before, &after);
  EXPECT_EQ(after[0].list_unit_price, M("10"));
  EXPECT_EQ(after[1].list_unit_price, std::nullopt);
  EXPECT_EQ(after[2].list_unit_price, std::nullopt);
  EXPECT_FALSE(NamesNewly(before, after[0]));
  EXPECT_FALSE(NamesNewly(before, after[1]));
  EXPECT_TRUE(NamesNewly(before, after[2]));

  after = {Line("a", "q", "1", M("9"))};
  KeepLines(before, &after);
  EXPECT_TRUE(NamesNewly(before, after[0]));
  EXPECT_EQ(after[0].list_unit_price, std::nullopt);
}

TEST(KeepLines, FindsTheIdOfALineThatWasThereBefore) {
  const std::vector<LineItem> before = {Line("a", "p", "1", M("9")), Line("b", "p", "2", M("9")),
                                        Line("c", "q", "1", M("5"))};
  const auto ids = [&](std::vector<LineItem> after) {
    KeepLines(before, &after);
    return Ids(after);
  };
  // The one that says the same, in whatever order.
  EXPECT_THAT(ids({Line("", "q", "1", M("5")), Line("", "p", "2", M("9.00"))}),
              ElementsAre("c", "b"));
  // Else the first one left of the same product.
  EXPECT_THAT(ids({Line("", "p", "7", M("9")), Line("", "p", "1", M("9"))}), ElementsAre("b", "a"));
  EXPECT_THAT(
      ids({Line("", "p", "7", M("9")), Line("", "p", "8", M("9")), Line("", "p", "9", M("9"))}),
      ElementsAre("a", "b", ""));
  // Never one that another line names, or of another product.
  EXPECT_THAT(ids({Line("", "p", "1", M("9")), Line("a", "p", "1", M("9"))}),
              ElementsAre("b", "a"));
  EXPECT_THAT(ids({Line("", "new", "1", M("9"))}), ElementsAre(""));
}

RC_GTEST_PROP(KeepLines, WhatIsSentAgainWithoutIdsIsTheSame, ()) {
  const std::vector<LineItem> before = AnyLines("CNY");
  std::vector<LineItem> after = before;
  for (LineItem& line : after) line.id.clear();
  KeepLines(before, &after);
  std::vector<std::string> had = Ids(before), has = Ids(after);
  std::sort(had.begin(), had.end());
  std::sort(has.begin(), has.end());
  RC_ASSERT(had == has);
  for (const LineItem& line : after) {
    RC_ASSERT(FindLine(before, line.id)->quantity == line.quantity);
  }
}

TEST(CheckParts, NamesEveryFaultOfTheLines) {
  base::Violations violations;
  Opportunity o = Deal({Line("a", "p", "1", M("1")), Line("b", "p", "1", M("1", "USD")),
                        Line("a", "p", "999999999999", M("999999999999999"))});
  CheckParts(nullptr, o, &violations);
  EXPECT_THAT(Told(violations),
              ElementsAre("line_items[1].net_unit_price OTHER_CURRENCY",
                          "line_items[2].id NOT_UNIQUE", "line_items[2] OUT_OF_RANGE"));
  EXPECT_EQ(o.amount, std::nullopt);

  violations = {};
  o = Deal({Line("", "p", "1", M("999999999999999")), Line("", "p", "1", M("1"))});
  CheckParts(nullptr, o, &violations);
  EXPECT_THAT(Told(violations), ElementsAre("line_items OUT_OF_RANGE"));
}

// ---- contact roles and splits

TEST(CheckParts, AContactHasARoleOnceAndOnePersonIsPrimary) {
  Opportunity o;
  o.contact_roles = {{"li", ContactRoleKind::kDecisionMaker, true},
                     {"li", ContactRoleKind::kUser, false},
                     {"han", ContactRoleKind::kUser, false}};
  base::Violations violations;
  CheckParts(nullptr, o, &violations);
  EXPECT_THAT(Told(violations), IsEmpty());
  o.contact_roles.push_back({"li", ContactRoleKind::kUser, true});
  CheckParts(nullptr, o, &violations);
  EXPECT_THAT(Told(violations),
              ElementsAre("contact_roles[3] NOT_UNIQUE", "contact_roles[3].primary ONLY_ONE"));
}

TEST(CheckParts, SharesSumToExactlyOne) {
  const auto told = [](const std::vector<std::pair<std::string, std::string>>& splits) {
    Opportunity o;
    for (const auto& [seller, share] : splits) o.splits.push_back({seller, D(share)});
    base::Violations violations;
    CheckParts(nullptr, o, &violations);
    return Told(violations);
  };
  EXPECT_THAT(told({}), IsEmpty());
  EXPECT_THAT(told({{"s1", "1"}}), IsEmpty());
  EXPECT_THAT(told({{"s1", "0.333333"}, {"s2", "0.333333"}, {"s3", "0.333334"}}), IsEmpty());
  EXPECT_THAT(told({{"s1", "0.999999"}}), ElementsAre("splits SHARES_NOT_ONE"));
  EXPECT_THAT(told({{"s1", "0.7"}, {"s2", "0.300001"}}), ElementsAre("splits SHARES_NOT_ONE"));
  EXPECT_THAT(told({{"s1", "0.5"}, {"s1", "0.5"}}), ElementsAre("splits[1].seller NOT_UNIQUE"));
}

// ---- forecast categories

TEST(CheckForecast, FollowsTheStateOfAClosedDealAndTheOwnerOfAnOpenOne) {
  using enum ForecastCategory;
  constexpr OpportunityState kOpen = OpportunityState::kOpen, kWon = OpportunityState::kWon,
                             kLost = OpportunityState::kLost;
  struct Case {
    const char* what;
    std::optional<std::pair<OpportunityState, ForecastCategory>> before;
    std::pair<OpportunityState, ForecastCategory> after;
    ForecastCategory category;
    const char* reason;
  };
  const Case cases[] = {
      {"new", {}, {kOpen, kUnspecified}, kPipeline, ""},
      {"new and chosen", {}, {kOpen, kCommit}, kCommit, ""},
      {"new and left out", {}, {kOpen, kOmitted}, kOmitted, ""},
      {"new and CLOSED", {}, {kOpen, kClosed}, kClosed, "NOT_CLOSED"},
      {"imported as won", {}, {kWon, kUnspecified}, kClosed, ""},
      {"imported as won, with its category", {}, {kWon, kClosed}, kClosed, ""},
      {"imported as won, with another", {}, {kWon, kCommit}, kClosed, "NOT_OPEN"},
      {"imported as lost", {}, {kLost, kUnspecified}, kOmitted, ""},
      {"chosen", {{kOpen, kPipeline}}, {kOpen, kBestCase}, kBestCase, ""},
      {"cleared", {{kOpen, kBestCase}}, {kOpen, kUnspecified}, kPipeline, ""},
      {"won", {{kOpen, kCommit}}, {kWon, kCommit}, kClosed, ""},
      {"lost", {{kOpen, kCommit}}, {kLost, kCommit}, kOmitted, ""},
      {"changed when won", {{kWon, kClosed}}, {kWon, kCommit}, kClosed, "NOT_OPEN"},
      {"changed when lost", {{kLost, kOmitted}}, {kLost, kPipeline}, kOmitted, "NOT_OPEN"},
      {"left when won", {{kWon, kClosed}}, {kWon, kClosed}, kClosed, ""},
      {"reopened after won", {{kWon, kClosed}}, {kOpen, kClosed}, kPipeline, ""},
      {"reopened after lost", {{kLost, kOmitted}}, {kOpen, kOmitted}, kPipeline, ""},
      {"reopened and chosen", {{kLost, kOmitted}}, {kOpen, kCommit}, kCommit, ""},
  };
  for (const Case& c : cases) {
    Opportunity before, after;
    if (c.before) std::tie(before.state, before.forecast_category) = *c.before;
    std::tie(after.state, after.forecast_category) = c.after;
    base::Violations violations;
    CheckForecast(c.before ? &before : nullptr, after, &violations);
    EXPECT_EQ(after.forecast_category, c.category) << c.what;
    EXPECT_EQ(violations.empty() ? "" : violations.list()[0].reason, c.reason) << c.what;
  }
}

TEST(CompleteParts, OfAChangeThatSaysNothingNewIsWhatWasThere) {
  Opportunity before = Deal({Line("a", "p", "2", M("9"), M("10"))}, M("18"));
  before.forecast_category = ForecastCategory::kPipeline;
  Opportunity after = Deal({Line("", "p", "2.0", M("9"))});
  CompleteParts(before, &after);
  EXPECT_THAT(Ids(after.line_items), ElementsAre("a"));
  EXPECT_EQ(after.line_items[0].list_unit_price, M("10"));
  EXPECT_EQ(after.amount, M("18"));
  EXPECT_EQ(after.forecast_category, ForecastCategory::kPipeline);

  // What was given stays, right or wrong.
  after = Deal({Line("z", "p", "2", M("9"))}, M("19"));
  after.forecast_category = ForecastCategory::kCommit;
  CompleteParts(before, &after);
  EXPECT_THAT(Ids(after.line_items), ElementsAre("z"));
  EXPECT_EQ(after.amount, M("19"));
  EXPECT_EQ(after.forecast_category, ForecastCategory::kCommit);
}

}  // namespace
}  // namespace salesops::pipeline::domain
