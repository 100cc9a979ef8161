#include "services/pipeline/domain/sales_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string NoFault(const std::string&) { return ""; }

Stage Open(const std::string& id) {
  Stage stage;
  stage.id = id;
  stage.display_name = id;
  stage.kind = StageKind::kOpen;
  return stage;
}

Stage Closed(const std::string& id, StageKind kind) {
  Stage stage = Open(id);
  stage.kind = kind;
  return stage;
}

ProcessRules Plain() {
  ProcessRules rules;
  rules.stages = {Open("lead"), Open("offer"), Closed("won", StageKind::kWon),
                  Closed("lost", StageKind::kLost)};
  return rules;
}

Criterion Asks(const std::string& id, Requirement requirement, const std::string& subject,
               const std::string& module = "") {
  Criterion c;
  c.id = id;
  c.module = module;
  c.requirement = requirement;
  c.subject = subject;
  return c;
}

std::vector<std::string> Faults(const ProcessRules& rules, const ConditionFault& fault = NoFault) {
  base::Violations violations;
  CheckRules(rules, fault, &violations);
  std::vector<std::string> faults;
  for (const base::Violation& v : violations.list()) faults.push_back(v.field + " " + v.reason);
  return faults;
}

TEST(CheckRules, APlainProcessIsFine) { EXPECT_THAT(Faults(Plain()), IsEmpty()); }

TEST(CheckRules, StagesComeInOrderAndOnce) {
  ProcessRules rules;
  rules.stages = {Closed("won", StageKind::kWon), Open("lead"), Open("lead")};
  EXPECT_THAT(Faults(rules),
              UnorderedElementsAre("stages[1].kind WRONG_ORDER", "stages[2].kind WRONG_ORDER",
                                   "stages[2].id NOT_UNIQUE", "stages NOT_ONE_LOST_STAGE"));
  EXPECT_THAT(Faults({}), UnorderedElementsAre("stages NO_OPEN_STAGE", "stages NOT_ONE_WON_STAGE",
                                               "stages NOT_ONE_LOST_STAGE"));
}

TEST(CheckRules, WhatIsNamedExists) {
  ProcessRules rules = Plain();
  rules.stages[1].module = "vip";
  rules.stages[1].entry_criteria = {
      Asks("a", Requirement::kField, "weather"), Asks("a", Requirement::kStep, "visit"),
      Asks("b", Requirement::kApproval, "discount"), Asks("c", Requirement::kNone, ""),
      Asks("d", Requirement::kField, "account.attributes.tier")};
  rules.mappings = {{"v1", {{"old", "won"}, {"older", "offer"}}, {{"x", "y"}}}, {"v1", {}, {}}};
  EXPECT_THAT(
      Faults(rules),
      UnorderedElementsAre(
          "stages[1].module UNKNOWN_MODULE", "stages[1].entry_criteria[0].field UNKNOWN_FIELD",
          "stages[1].entry_criteria[1].id NOT_UNIQUE",
          "stages[1].entry_criteria[1].step UNKNOWN_STEP",
          "stages[1].entry_criteria[2].approval UNKNOWN_APPROVAL",
          "stages[1].entry_criteria[3] REQUIRED", "mappings[0].stages[\"old\"] UNKNOWN_STAGE",
          "mappings[0].steps[\"x\"] UNKNOWN_STEP", "mappings[1].from_version NOT_UNIQUE"));
}

TEST(CheckRules, ConditionsAreAskedOfTheirParser) {
  ProcessRules rules = Plain();
  rules.modules = {{"vip", "VIP", "amount >"}};
  rules.stages[0].exit_criteria = {Asks("big", Requirement::kCondition, "amount >", "vip")};
  EXPECT_THAT(Faults(rules, [](const std::string&) { return "column 9: expected a value"; }),
              UnorderedElementsAre("modules[0].condition BAD_CONDITION",
                                   "stages[0].exit_criteria[0].condition BAD_CONDITION"));
}

TEST(CheckRules, EveryDealCanBeginAndEnd) {
  ProcessRules rules = Plain();
  rules.modules = {{"vip", "VIP", "amount > 1"}};
  rules.stages[0].module = rules.stages[2].module = "vip";
  rules.stages[3].exit_criteria = {Asks("a", Requirement::kField, "amount")};
  EXPECT_THAT(Faults(rules),
              UnorderedElementsAre("stages[0].module FIRST_STAGE", "stages[2].module CLOSED_STAGE",
                                   "stages[3].exit_criteria CLOSED_STAGE"));
}

TEST(CheckRules, TargetsAreAboveZeroAndStepsStandOnce) {
  ProcessRules rules = Plain();
  Step step;
  step.id = "visit";
  step.target_duration = absl::ZeroDuration();
  rules.stages[0].steps = {step};
  rules.stages[1].steps = {step};
  rules.stages[1].target_duration = -absl::Hours(1);
  EXPECT_THAT(Faults(rules), UnorderedElementsAre("stages[0].steps[0].target_duration OUT_OF_RANGE",
                                                  "stages[1].steps[0].target_duration OUT_OF_RANGE",
                                                  "stages[1].steps[0].id NOT_UNIQUE",
                                                  "stages[1].target_duration OUT_OF_RANGE"));
}

TEST(Life, DraftThenPublishedThenRetiredAndNeverBack) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  SalesProcessVersion version;
  EXPECT_EQ(status::Reason(Retire(version, now)), "NOT_PUBLISHED");
  ASSERT_TRUE(Publish(version, now).ok());
  EXPECT_EQ(version.publish_time, now);
  ASSERT_TRUE(Publish(version, now + absl::Hours(1)).ok());
  EXPECT_EQ(version.publish_time, now);  // it is published already
  ASSERT_TRUE(Retire(version, now + absl::Hours(2)).ok());
  EXPECT_EQ(version.retire_time, now + absl::Hours(2));
  EXPECT_EQ(status::Reason(Publish(version, now)), "RETIRED");
}

}  // namespace
}  // namespace salesops::pipeline::domain
