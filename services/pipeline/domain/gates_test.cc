#include "services/pipeline/domain/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "services/pipeline/domain/approval.h"
#include "services/pipeline/domain/checklist.h"
#include "services/pipeline/domain/version_move.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Criterion Asks(const std::string& id, Requirement requirement, const std::string& subject,
               const std::string& module = "") {
  Criterion c;
  c.id = id;
  c.module = module;
  c.requirement = requirement;
  c.subject = subject;
  return c;
}

Stage MakeStage(const std::string& id, StageKind kind, std::vector<Criterion> entry,
                std::vector<Criterion> exit, const std::string& module = "") {
  Stage stage;
  stage.id = stage.display_name = id;
  stage.kind = kind;
  stage.module = module;
  stage.entry_criteria = std::move(entry);
  stage.exit_criteria = std::move(exit);
  return stage;
}

// lead -> (review, if it is large) -> offer -> won
SalesProcessVersion Process() {
  SalesProcessVersion v;
  v.process_id = "direct";
  v.id = "2";
  v.state = VersionState::kPublished;
  v.rules.modules = {{"large", "Large deals", "amount >= 1000"}};
  v.rules.approval_rules = {{"discount", "Discount", "", "", {"amount"}}};
  v.rules.stages = {
      MakeStage("lead", StageKind::kOpen, {Asks("never", Requirement::kField, "source")},
                {Asks("account", Requirement::kField, "account"),
                 Asks("need", Requirement::kStep, "ask-need")}),
      MakeStage("review", StageKind::kOpen, {Asks("seen", Requirement::kCondition, "seen")}, {},
                "large"),
      MakeStage("offer", StageKind::kOpen, {Asks("amount", Requirement::kField, "amount")},
                {Asks("discount", Requirement::kApproval, "discount"),
                 Asks("industry", Requirement::kField, "account.industry", "large")}),
      MakeStage("won", StageKind::kWon, {Asks("date", Requirement::kField, "expected_close_date")},
                {}),
      MakeStage("lost", StageKind::kLost, {Asks("why", Requirement::kField, "outcome_reason")},
                {})};
  Step ask_need;
  ask_need.id = "ask-need";
  ask_need.display_name = "Ask for the need";
  Step contract;
  contract.id = "contract";
  contract.evidence_required = true;
  contract.module = "large";
  v.rules.stages[0].steps = {ask_need};
  v.rules.stages[2].steps = {contract};
  return v;
}

base::Money Yuan(const char* amount) { return {"CNY", *base::Decimal::Parse(amount)}; }

Opportunity Deal() {
  Opportunity o;
  o.id = "7";
  o.owner_id = "s1";
  o.stage = "lead";
  o.process_id = "direct";
  o.version_id = "2";
  return o;
}

// "amount >= 1000" and "seen", decided here.
DealFacts Facts(const Opportunity& o, const Account* account = nullptr, bool seen = false) {
  DealFacts facts;
  facts.deal = &o;
  facts.account = account;
  facts.holds = [&o, seen](const std::string& condition) {
    if (condition == "seen") return seen;
    return o.amount && o.amount->amount >= base::Decimal::FromInt(1000);
  };
  return facts;
}

Move Now(const std::string& actor, int hour = 1) {
  return {actor, "", absl::FromUnixSeconds(1'700'000'000) + absl::Hours(hour)};
}

std::vector<std::string> UnmetOf(const Opportunity& o, const std::string& from,
                                 const std::string& to, const Account* account = nullptr,
                                 bool seen = false) {
  const SalesProcessVersion p = Process();
  const DealFacts facts = Facts(o, account, seen);
  std::vector<std::string> unmet;
  for (const CriterionResult& r : Unmet(CheckGates(p, facts, HeldModules(p, facts), from, to))) {
    unmet.push_back(r.criterion + " " + r.reason);
  }
  return unmet;
}

TEST(CheckGates, AnAdvanceAsksTheExitOfItsStageAndTheEntryOfTheNext) {
  EXPECT_THAT(UnmetOf(Deal(), "lead", "offer"),
              ElementsAre("lead/exit/account FIELD_MISSING", "lead/exit/need STEP_NOT_DONE",
                          "offer/entry/amount FIELD_MISSING"));
}

TEST(CheckGates, SkippingAStageDoesNotSkipItsGates) {
  EXPECT_THAT(UnmetOf(Deal(), "lead", "won"),
              ElementsAre("lead/exit/account FIELD_MISSING", "lead/exit/need STEP_NOT_DONE",
                          "offer/entry/amount FIELD_MISSING",
                          "offer/exit/discount APPROVAL_MISSING", "won/entry/date FIELD_MISSING"));
}

TEST(CheckGates, AModuleAddsItsStageAndCriteriaToTheDealsItHoldsFor) {
  Opportunity large = Deal();
  large.amount = Yuan("1000");
  EXPECT_THAT(UnmetOf(large, "lead", "offer"),
              ElementsAre("lead/exit/account FIELD_MISSING", "lead/exit/need STEP_NOT_DONE",
                          "review/entry/seen CONDITION_NOT_MET"));
  EXPECT_THAT(UnmetOf(large, "offer", "won"),
              ElementsAre("offer/exit/discount APPROVAL_MISSING",
                          "offer/exit/industry FIELD_MISSING", "won/entry/date FIELD_MISSING"));
  Account account;
  account.industry = "steel";
  EXPECT_THAT(UnmetOf(large, "offer", "won", &account),
              ElementsAre("offer/exit/discount APPROVAL_MISSING", "won/entry/date FIELD_MISSING"));
}

TEST(CheckGates, LosingAsksTheLostStageAlone) {
  Opportunity o = Deal();
  EXPECT_THAT(UnmetOf(o, "lead", "lost"), ElementsAre("lost/entry/why FIELD_MISSING"));
  o.outcome_reason = "too dear";
  EXPECT_THAT(UnmetOf(o, "lead", "lost"), IsEmpty());
}

TEST(CheckGates, CountsActivitiesOfItsKindsEverOrInTheStage) {
  SalesProcessVersion p = Process();
  Criterion visits = Asks("visits", Requirement::kActivity, "");
  visits.activity_kinds = {ActivityKind::kVisit, ActivityKind::kMeeting};
  visits.min_count = 2;
  Criterion any = Asks("any", Requirement::kActivity, "");
  any.in_stage = true;
  p.rules.stages[0].exit_criteria = {visits, any};
  p.rules.stages[2].entry_criteria.clear();
  const Opportunity o = Deal();
  DealFacts facts = Facts(o);
  facts.activities = {{ActivityKind::kVisit, 1}, {ActivityKind::kCall, 7}};
  const auto results = Unmet(CheckGates(p, facts, {}, "lead", "offer"));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].reason, "ACTIVITY_MISSING");
  EXPECT_EQ(results[0].message, "record what was done (visit or meeting): 1 of 2");
  EXPECT_EQ(results[1].criterion, "lead/exit/any");
  facts.activities[ActivityKind::kMeeting] = 1;
  facts.activities_in_stage = {{ActivityKind::kEmail, 1}};
  EXPECT_THAT(Unmet(CheckGates(p, facts, {}, "lead", "offer")), IsEmpty());
}

TEST(CheckGates, WhatIsMetIsToldToo) {
  Opportunity o = Deal();
  o.account_id = "a";
  ASSERT_TRUE(CompleteStep(o, Process(), {}, "ask-need", "", Now("user:a")).ok());
  o.amount = Yuan("5");
  const SalesProcessVersion p = Process();
  const std::vector<CriterionResult> results = CheckGates(p, Facts(o), {}, "lead", "offer");
  ASSERT_EQ(results.size(), 3u);
  for (const CriterionResult& r : results) EXPECT_TRUE(r.met && r.message.empty()) << r.criterion;
}

TEST(CheckGates, AMessageOfTheCriterionIsWhatPeopleAreTold) {
  SalesProcessVersion p = Process();
  p.rules.stages[0].exit_criteria[0].message = "先选择客户";
  const Opportunity o = Deal();
  EXPECT_EQ(CheckGates(p, Facts(o), {}, "lead", "offer")[0].message, "先选择客户");
  const absl::Status refused = GateNotMet(o, Unmet(CheckGates(p, Facts(o), {}, "lead", "offer")));
  EXPECT_EQ(status::Reason(refused), "GATE_NOT_MET");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("先选择客户"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("lead/exit/need"));
}

TEST(Way, FollowsTheModulesThatHold) {
  const SalesProcessVersion p = Process();
  EXPECT_THAT(StagesOnTheWay(p, {}), ElementsAre("lead", "offer", "won"));
  EXPECT_THAT(StagesOnTheWay(p, {"large"}), ElementsAre("lead", "review", "offer", "won"));
  EXPECT_EQ(NextStage(p, {}, "lead"), "offer");
  EXPECT_EQ(NextStage(p, {"large"}, "lead"), "review");
  EXPECT_EQ(NextStage(p, {}, "review"), "offer");  // its module held once
  EXPECT_EQ(NextStage(p, {}, "offer"), "won");
  EXPECT_EQ(NextStage(p, {}, "won"), "");
  const Opportunity o = Deal();
  EXPECT_EQ(status::Reason(CheckStageCounts(p, Facts(o), {}, "review")), "WRONG_STAGE");
  EXPECT_TRUE(CheckStageCounts(p, Facts(o), {"large"}, "review").ok());
}

// The unmet criteria of a longer way hold those of every part of it.
RC_GTEST_PROP(CheckGates, AWayAsksAtLeastWhatItsPartsAsk, ()) {
  const SalesProcessVersion p = Process();
  Opportunity o = Deal();
  if (*rc::gen::arbitrary<bool>()) o.account_id = "a";
  if (*rc::gen::arbitrary<bool>()) o.amount = Yuan(*rc::gen::arbitrary<bool>() ? "5" : "5000");
  if (*rc::gen::arbitrary<bool>()) o.source = "web";
  const bool seen = *rc::gen::arbitrary<bool>();
  const DealFacts facts = Facts(o, nullptr, seen);
  const Modules held = HeldModules(p, facts);
  const std::vector<std::string> way = StagesOnTheWay(p, held);
  size_t parts = 0;
  for (size_t i = 0; i + 1 < way.size(); ++i) {
    parts += CheckGates(p, facts, held, way[i], way[i + 1]).size();
  }
  RC_ASSERT(CheckGates(p, facts, held, way.front(), way.back()).size() == parts);
}

TEST(Checklist, AStepIsDoneByWhomAndWhenUntilItIsUndone) {
  Opportunity o = Deal();
  ASSERT_TRUE(CompleteStep(o, Process(), {}, "ask-need", "note 7", Now("user:ann", 5)).ok());
  ASSERT_EQ(o.step_completions.size(), 1u);
  EXPECT_EQ(o.step_completions[0].actor, "user:ann");
  EXPECT_EQ(o.step_completions[0].evidence, "note 7");
  // The same again changes nothing, other evidence does.
  ASSERT_TRUE(CompleteStep(o, Process(), {}, "ask-need", "note 7", Now("user:bob", 6)).ok());
  EXPECT_EQ(o.step_completions[0].actor, "user:ann");
  ASSERT_TRUE(CompleteStep(o, Process(), {}, "ask-need", "note 8", Now("user:bob", 6)).ok());
  ASSERT_EQ(o.step_completions.size(), 1u);
  EXPECT_EQ(o.step_completions[0].actor, "user:bob");
  ASSERT_TRUE(UndoStep(o, Process(), "ask-need").ok());
  EXPECT_THAT(o.step_completions, IsEmpty());
  ASSERT_TRUE(UndoStep(o, Process(), "ask-need").ok());
}

TEST(Checklist, WhatCannotBeDoneIsRefused) {
  Opportunity o = Deal();
  const Move now = Now("user:ann");
  EXPECT_EQ(status::ViolationsOf(CompleteStep(o, Process(), {}, "dance", "", now)).list()[0].reason,
            "UNKNOWN_STEP");
  EXPECT_EQ(status::ViolationsOf(CompleteStep(o, Process(), {"large"}, "contract", "", now))
                .list()[0]
                .field,
            "evidence");
  EXPECT_EQ(status::Reason(CompleteStep(o, Process(), {}, "contract", "doc", now)),
            "STEP_NOT_ASKED");
  o.state = OpportunityState::kWon;
  EXPECT_EQ(status::Reason(CompleteStep(o, Process(), {}, "ask-need", "", now)), "NOT_OPEN");
  EXPECT_EQ(status::Reason(UndoStep(o, Process(), "ask-need")), "NOT_OPEN");
}

TEST(Approval, IsAskedByOneAndGivenByAnother) {
  Opportunity o = Deal();
  o.stage = "offer";
  o.amount = Yuan("900");
  o.expected_close_date = base::CivilDay(2026, 5, 1);
  const SalesProcessVersion p = Process();
  EXPECT_EQ(status::Reason(DecideApproval(o, nullptr, p, "discount", true, Now("user:boss"))),
            "NOT_REQUESTED");
  ASSERT_TRUE(RequestApproval(o, nullptr, p, "discount", Now("user:ann")).ok());
  EXPECT_EQ(o.approvals[0].basis.at("amount"), "CNY 900");
  EXPECT_THAT(UnmetOf(o, "offer", "won"), ElementsAre("offer/exit/discount APPROVAL_PENDING"));
  EXPECT_EQ(status::Reason(DecideApproval(o, nullptr, p, "discount", true, Now("user:ann"))),
            "SELF_APPROVAL");
  ASSERT_TRUE(DecideApproval(o, nullptr, p, "discount", true, Now("user:boss")).ok());
  EXPECT_THAT(UnmetOf(o, "offer", "won"), IsEmpty());
  EXPECT_EQ(status::Reason(DecideApproval(o, nullptr, p, "discount", false, Now("user:boss"))),
            "NOT_REQUESTED");
}

TEST(Approval, CountsForTheValuesItWasRequestedFor) {
  Opportunity o = Deal();
  o.stage = "offer";
  o.amount = Yuan("900.00");
  o.expected_close_date = base::CivilDay(2026, 5, 1);
  const SalesProcessVersion p = Process();
  ASSERT_TRUE(RequestApproval(o, nullptr, p, "discount", Now("user:ann")).ok());
  o.amount = Yuan("800");
  EXPECT_EQ(status::Reason(DecideApproval(o, nullptr, p, "discount", true, Now("user:boss"))),
            "APPROVAL_STALE");
  o.amount = Yuan("900");  // the same value, however it is written
  ASSERT_TRUE(DecideApproval(o, nullptr, p, "discount", true, Now("user:boss")).ok());
  o.amount = Yuan("800");
  EXPECT_THAT(UnmetOf(o, "offer", "won"), ElementsAre("offer/exit/discount APPROVAL_STALE"));
  ASSERT_TRUE(RequestApproval(o, nullptr, p, "discount", Now("user:ann")).ok());
  ASSERT_TRUE(DecideApproval(o, nullptr, p, "discount", false, Now("user:boss")).ok());
  EXPECT_THAT(UnmetOf(o, "offer", "won"), ElementsAre("offer/exit/discount APPROVAL_REFUSED"));
  EXPECT_EQ(o.approvals.size(), 1u);
}

TEST(VersionMove, TakesStageAndStepsAlong) {
  SalesProcessVersion to = Process();
  to.id = "3";
  VersionMapping mapping{"2", {{"first", "offer"}}, {{"ask", "ask-need"}}};
  Opportunity o = Deal();
  o.stage = "first";
  o.stage_entered_time = Now("", 0).time;
  o.step_completions = {{"ask", "user:ann", Now("", 0).time, ""}};
  EXPECT_EQ(StageAfterMove(to, mapping, "first"), "offer");
  EXPECT_EQ(StageAfterMove(to, mapping, "lead"), "lead");
  EXPECT_EQ(StageAfterMove(to, mapping, "gone"), "");
  EXPECT_EQ(StageAfterMove(to, mapping, "won"), "");
  const StageTransition t = MoveToVersion(o, to, mapping, Now("user:ops", 9));
  EXPECT_EQ(t.kind, TransitionKind::kMoveVersion);
  EXPECT_EQ(t.from_stage + ">" + t.to_stage, "first>offer");
  EXPECT_EQ(o.version_id, "3");
  EXPECT_EQ(o.stage_entered_time, Now("", 9).time);
  EXPECT_TRUE(IsDone(o, "ask-need"));
  std::vector<std::string> missed;
  for (const CriterionResult& r : Unmet(CheckGates(to, Facts(o), {}, "", o.stage)))
    missed.push_back(r.criterion);
  // The entry gate of the first stage is asked of nobody.
  EXPECT_THAT(missed, ElementsAre("lead/exit/account", "offer/entry/amount"));
}

TEST(VersionMove, AStageThatStaysKeepsItsTime) {
  SalesProcessVersion to = Process();
  Opportunity o = Deal();
  o.stage_entered_time = Now("", 0).time;
  MoveToVersion(o, to, to.MappingFrom("1"), Now("user:ops", 9));
  EXPECT_EQ(o.stage_entered_time, Now("", 0).time);
}

}  // namespace
}  // namespace salesops::pipeline::domain
