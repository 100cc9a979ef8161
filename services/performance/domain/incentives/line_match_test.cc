#include "services/performance/domain/incentives/line_match.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using testing::Optional;

Decimal D(const char* text) { return Decimal::Parse(text).value(); }

Credit Line() {
  Credit credit;
  credit.product = "products/camera";
  credit.product_category = "hardware";
  credit.account = "accounts/1";
  credit.attributes = {{"grade", "A"}, {"region", "north"}};
  credit.discount = D("0.10");
  return credit;
}

TEST(Matches, WithoutConditionsEveryLine) {
  EXPECT_TRUE(Matches({}, TraitsOf(Line())));
  EXPECT_TRUE(Matches({}, TraitsOf(Fact{}, FactLine{})));
  EXPECT_EQ(SpecificityOf({}), 0);
}

TEST(Matches, EveryConditionMustBeMet) {
  LineMatch match;
  match.products = {"products/lens", "products/camera"};
  match.product_categories = {"hardware"};
  match.accounts = {"accounts/1"};
  match.attribute = "grade";
  match.attribute_values = {"B", "A"};
  match.discount_from = D("0.1");
  match.discount_to = D("0.2");
  EXPECT_EQ(SpecificityOf(match), 6);
  EXPECT_TRUE(Matches(match, TraitsOf(Line())));

  Credit other = Line();
  other.product = "products/tripod";
  EXPECT_FALSE(Matches(match, TraitsOf(other)));
  other = Line();
  other.product_category = "service";
  EXPECT_FALSE(Matches(match, TraitsOf(other)));
  other = Line();
  other.account = "accounts/2";
  EXPECT_FALSE(Matches(match, TraitsOf(other)));
  other = Line();
  other.attributes["grade"] = "C";
  EXPECT_FALSE(Matches(match, TraitsOf(other)));
  other.attributes.erase("grade");
  EXPECT_FALSE(Matches(match, TraitsOf(other)));
}

TEST(Matches, DiscountsFromInclusiveToExclusiveAndNoneIsNotZero) {
  LineMatch match;
  match.discount_from = D("0.10");
  match.discount_to = D("0.2");
  Credit credit = Line();
  for (const auto& [discount, expected] :
       {std::pair("0.0999999999", false), {"0.1", true}, {"0.1999", true}, {"0.20", false}}) {
    credit.discount = D(discount);
    EXPECT_EQ(Matches(match, TraitsOf(credit)), expected) << discount;
  }
  match.discount_from = D("-1");
  credit.discount.reset();
  EXPECT_FALSE(Matches(match, TraitsOf(credit)));
}

TEST(Matches, AnAttributeWithoutValuesIsNoCondition) {
  LineMatch match;
  match.attribute = "size";
  EXPECT_TRUE(Matches(match, TraitsOf(Line())));
  EXPECT_EQ(SpecificityOf(match), 0);
}

TEST(Matches, ACreditMeetsWhatItsLineMeets) {
  Fact fact;
  fact.account = "accounts/1";
  fact.attributes = {{"grade", "A"}};
  FactLine line;
  line.product = "products/camera";
  line.product_category = "hardware";
  line.discount = D("0.15");
  LineMatch match;
  match.products = {"products/camera"};
  match.accounts = {"accounts/1"};
  match.attribute = "grade";
  match.attribute_values = {"A"};
  match.discount_from = D("0.15");
  EXPECT_TRUE(Matches(match, TraitsOf(fact, line)));
  fact.account = "accounts/2";
  EXPECT_FALSE(Matches(match, TraitsOf(fact, line)));
}

TEST(LineRules, TheMostSpecificThatMatchesHolds) {
  LineMatch all;
  LineMatch hardware;
  hardware.product_categories = {"hardware"};
  LineMatch lens;
  lens.products = {"products/lens"};
  lens.product_categories = {"hardware"};
  const LineRules rules({&all, &lens, &hardware});
  EXPECT_THAT(rules.ChoiceFor(TraitsOf(Line())).rule, Optional(2U));
  EXPECT_FALSE(rules.ChoiceFor(TraitsOf(Line())).tied);
  Credit credit = Line();
  credit.product = "products/lens";
  EXPECT_THAT(rules.ChoiceFor(TraitsOf(credit)).rule, Optional(1U));
  credit.product_category = "service";
  EXPECT_THAT(rules.ChoiceFor(TraitsOf(credit)).rule, Optional(0U));
  EXPECT_FALSE(LineRules({&lens}).ChoiceFor(TraitsOf(credit)).rule);
}

TEST(LineRules, ATieOfLessSpecificOnesIsNone) {
  LineMatch by_category;
  by_category.product_categories = {"hardware"};
  LineMatch by_account;
  by_account.accounts = {"accounts/1"};
  LineMatch by_both;
  by_both.product_categories = {"hardware"};
  by_both.accounts = {"accounts/1"};
  const LineChoice tie = LineRules({&by_category, &by_account}).ChoiceFor(TraitsOf(Line()));
  EXPECT_THAT(tie.rule, Optional(0U));
  EXPECT_THAT(tie.tied, Optional(1U));
  const LineChoice none =
      LineRules({&by_category, &by_account, &by_both}).ChoiceFor(TraitsOf(Line()));
  EXPECT_THAT(none.rule, Optional(2U));
  EXPECT_FALSE(none.tied);
}

// --- Laws ---

std::vector<std::string> Some(const char* first, const char* second) {
  std::vector<std::string> list;
  if (*rc::gen::arbitrary<bool>()) list.emplace_back(first);
  if (*rc::gen::arbitrary<bool>()) list.emplace_back(second);
  return list;
}

RC_GTEST_PROP(LineRulesProperty, AgreesWithLookingAtEveryRule, ()) {
  std::vector<LineMatch> matches(*rc::gen::inRange<size_t>(0, 6));
  for (LineMatch& match : matches) {
    match.products = Some("a", "b");
    match.product_categories = Some("x", "y");
    if (*rc::gen::arbitrary<bool>()) {
      match.discount_from = Decimal::FromUnscaled(*rc::gen::inRange(0, 3), 1);
    }
  }
  Credit credit;
  credit.product = *rc::gen::element<std::string>("a", "b", "c");
  credit.product_category = *rc::gen::element<std::string>("x", "y");
  credit.discount = Decimal::FromUnscaled(*rc::gen::inRange(0, 3), 1);

  std::vector<const LineMatch*> pointers;
  std::vector<size_t> best;
  for (size_t i = 0; i < matches.size(); ++i) {
    pointers.push_back(&matches[i]);
    if (!Matches(matches[i], TraitsOf(credit))) continue;
    const int specificity = SpecificityOf(matches[i]);
    if (!best.empty() && SpecificityOf(matches[best[0]]) > specificity) continue;
    if (!best.empty() && SpecificityOf(matches[best[0]]) < specificity) best.clear();
    best.push_back(i);
  }
  const LineChoice choice = LineRules(pointers).ChoiceFor(TraitsOf(credit));
  RC_ASSERT(choice.rule == (best.empty() ? std::nullopt : std::optional(best[0])));
  RC_ASSERT(choice.tied == (best.size() < 2 ? std::nullopt : std::optional(best[1])));
}

}  // namespace
}  // namespace salesops::performance::domain
