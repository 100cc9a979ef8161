#include "services/pipeline/domain/attribute_definition.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace salesops::pipeline::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

base::Decimal Number(const char* text) { return base::Decimal::Parse(text).value(); }

AttributeDefinition Define(const std::string& key, AttributeType type) {
  AttributeDefinition definition;
  definition.collection = AttributeCollection::kOpportunity;
  definition.key = key;
  definition.type = type;
  return definition;
}

// "field REASON" of every violation.
std::vector<std::string> Broken(const base::Violations& violations) {
  std::vector<std::string> broken;
  for (const base::Violation& v : violations.list()) broken.push_back(v.field + " " + v.reason);
  return broken;
}

std::vector<std::string> Check(const AttributeDefinition& definition,
                               const base::AttributeValue& value,
                               const base::Attributes* before = nullptr) {
  base::Violations violations;
  CheckAttributes({definition}, {{definition.key, value}, {"other", true}}, before, &violations);
  return Broken(violations);
}

TEST(AttributeDefinition, AValueIsOfItsType) {
  const base::Money money{"CNY", Number("5")};
  const base::CivilDay day(2026, 3, 2);
  const std::vector<std::pair<AttributeType, base::AttributeValue>> values = {
      {AttributeType::kString, std::string("5")},
      {AttributeType::kDecimal, Number("5")},
      {AttributeType::kMoney, money},
      {AttributeType::kDate, day},
      {AttributeType::kBool, true},
  };
  for (const auto& [type, value] : values) {
    EXPECT_EQ(TypeOf(value), type);
    for (const auto& [other, of_other] : values) {
      if (other == type) {
        EXPECT_THAT(Check(Define("a", type), of_other), IsEmpty());
      } else {
        EXPECT_THAT(Check(Define("a", type), of_other), ElementsAre("attributes.a TYPE_MISMATCH"));
      }
    }
  }
}

TEST(AttributeDefinition, ATextIsOneOfTheAllowed) {
  AttributeDefinition segment = Define("segment", AttributeType::kString);
  EXPECT_THAT(Check(segment, std::string("anything")), IsEmpty());
  segment.allowed_values = {"A", "B"};
  EXPECT_THAT(Check(segment, std::string("B")), IsEmpty());
  EXPECT_THAT(Check(segment, std::string("b")),
              ElementsAre("attributes.segment NOT_ALLOWED_VALUE"));
}

TEST(AttributeDefinition, ANumberIsInItsRangeEndsIncluded) {
  for (const AttributeType type : {AttributeType::kDecimal, AttributeType::kMoney}) {
    AttributeDefinition rate = Define("rate", type);
    rate.min_value = Number("0");
    rate.max_value = Number("1.5");
    for (const auto& [text, good] : std::vector<std::pair<const char*, bool>>{
             {"0", true}, {"1.50", true}, {"1.51", false}, {"-0.01", false}}) {
      base::AttributeValue value = Number(text);
      if (type == AttributeType::kMoney) value = base::Money{"CNY", Number(text)};
      if (good) {
        EXPECT_THAT(Check(rate, value), IsEmpty()) << text;
      } else {
        EXPECT_THAT(Check(rate, value), ElementsAre("attributes.rate OUT_OF_RANGE")) << text;
      }
    }
  }
}

TEST(AttributeDefinition, WhatWasStoredBeforeMayStay) {
  const base::Attributes before = {{"a", std::string("old")}};
  const AttributeDefinition number = Define("a", AttributeType::kDecimal);
  EXPECT_THAT(Check(number, std::string("old"), &before), IsEmpty());
  EXPECT_THAT(Check(number, std::string("new"), &before),
              ElementsAre("attributes.a TYPE_MISMATCH"));
}

TEST(AttributeDefinition, LimitsFitTheType) {
  const auto broken = [](const AttributeDefinition& definition) {
    base::Violations violations;
    CheckDefinition(definition, &violations);
    return Broken(violations);
  };
  AttributeDefinition day = Define("a", AttributeType::kDate);
  EXPECT_THAT(broken(day), IsEmpty());
  day.collection = AttributeCollection::kAccount;
  day.allowed_values = {"x"};
  day.min_value = day.max_value = Number("1");
  day.required_from_stage = "offer";
  EXPECT_THAT(broken(day),
              ElementsAre("allowed_values NOT_OF_THIS_TYPE", "min_value NOT_OF_THIS_TYPE",
                          "max_value NOT_OF_THIS_TYPE", "required_from_stage NOT_OF_THIS_TYPE"));
  AttributeDefinition number = Define("a", AttributeType::kMoney);
  number.min_value = Number("2");
  number.max_value = Number("1");
  EXPECT_THAT(broken(number), ElementsAre("max_value OUT_OF_RANGE"));
}

SalesProcessVersion Process() {
  SalesProcessVersion process;
  process.rules.stages = {{"lead", "", StageKind::kOpen, ""},
                          {"offer", "", StageKind::kOpen, ""},
                          {"won", "", StageKind::kWon, ""},
                          {"lost", "", StageKind::kLost, ""}};
  return process;
}

TEST(AttributeDefinition, AStageIsReachedWithThoseBeforeIt) {
  EXPECT_THAT(ReachedStages(Process(), "lead"), ElementsAre("lead"));
  EXPECT_THAT(ReachedStages(Process(), "offer"), ElementsAre("lead", "offer"));
  EXPECT_THAT(ReachedStages(Process(), "won"), ElementsAre("lead", "offer", "won"));
  EXPECT_THAT(ReachedStages(Process(), "lost"), ElementsAre("lost"));
  EXPECT_THAT(ReachedStages(Process(), "none"), IsEmpty());
}

TEST(AttributeDefinition, WhatIsRequiredFromAReachedStageMustBeThere) {
  AttributeDefinition budget = Define("budget", AttributeType::kMoney);
  budget.required_from_stage = "offer";
  AttributeDefinition area = Define("area", AttributeType::kDecimal);
  area.required_from_stage = "lead";
  const AttributeDefinition note = Define("note", AttributeType::kString);
  const std::vector<AttributeDefinition> definitions = {budget, area, note};
  EXPECT_THAT(MissingAttributes(definitions, {}, {"lead"}), ElementsAre("area"));
  EXPECT_THAT(MissingAttributes(definitions, {}, {"lead", "offer"}), ElementsAre("area", "budget"));
  EXPECT_THAT(MissingAttributes(definitions, {}, {"lost"}), IsEmpty());
  EXPECT_THAT(MissingAttributes(definitions, {{"area", Number("0")}}, {"lead"}), IsEmpty());
  // A value of another type, stored before the definition was, does not count.
  EXPECT_THAT(MissingAttributes(definitions, {{"area", true}}, {"lead"}), ElementsAre("area"));
}

}  // namespace
}  // namespace salesops::pipeline::domain
