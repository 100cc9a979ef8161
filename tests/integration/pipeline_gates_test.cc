// Gates, checklists, approvals and modules of a sales process, and moving deals between versions.
#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "salesops/pipeline/v1/sales_process.pb.h"
#include "shared/status/status.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasReason;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

// lead -> review (deals of key accounts) -> offer -> won
constexpr char kRules[] = R"pb(
  modules {
    id: 'key'
    display_name: '重点客户'
    condition: 'account.grade = "a" OR amount >= 1000000'
  }
  approval_rules {
    id: 'discount'
    display_name: '折扣'
    permission: 'pipeline.approvals.discount'
    fields: 'amount'
  }
  stages {
    id: 'lead'
    display_name: '线索'
    kind: KIND_OPEN
    target_duration { seconds: 604800 }
    steps {
      id: 'need'
      display_name: '确认需求'
      instruction: '问三个问题'
      target_duration { seconds: 86400 }
    }
    exit_criteria { id: 'account' field: 'account' message: '请先选择客户' }
    exit_criteria { id: 'need' step: 'need' }
  }
  stages {
    id: 'review'
    display_name: '评审'
    kind: KIND_OPEN
    module: 'key'
    entry_criteria { id: 'industry' field: 'account.industry' }
  }
  stages {
    id: 'offer'
    display_name: '报价'
    kind: KIND_OPEN
    steps { id: 'contract' display_name: '合同' module: 'key' evidence_required: true }
    entry_criteria { id: 'budget' condition: 'attributes.budget >= 100 AND amount > 0' }
    exit_criteria { id: 'discount' approval: 'discount' }
    exit_criteria { id: 'contract' step: 'contract' module: 'key' }
  }
  stages { id: 'won' display_name: '赢' kind: KIND_WON }
  stages {
    id: 'lost'
    display_name: '输'
    kind: KIND_LOST
    entry_criteria { id: 'source' field: 'source' }
  }
)pb";

class PipelineGates : public PipelineServerTest {
 protected:
  absl::StatusOr<v1::SalesProcessVersion> MakeVersion(const std::string& id,
                                                      const std::string& rules) {
    return pipeline_.Call<v1::SalesProcessVersion>(
        "SalesProcessService/CreateSalesProcessVersion",
        absl::StrCat("parent: 'salesProcesses/direct' sales_process_version_id: '", id,
                     "' sales_process_version { ", rules, " }"));
  }
  absl::StatusOr<v1::SalesProcessVersion> VersionVerb(const std::string& verb,
                                                      const std::string& id) {
    return pipeline_.Call<v1::SalesProcessVersion>(
        absl::StrCat("SalesProcessService/", verb, "SalesProcessVersion"),
        absl::StrCat("name: 'salesProcesses/direct/versions/", id, "'"));
  }
  // The process "direct" with v1 = lead, offer, won, lost and the version "g" of kRules.
  void MakeGates() {
    pipeline_.MakeProcess();
    EXPECT_OK(MakeVersion("g", kRules));
    EXPECT_OK(VersionVerb("Publish", "g"));
  }
  void MakeAccount(const std::string& id, const std::string& fields) {
    EXPECT_OK(pipeline_.CallByName("AccountService/CreateAccount",
                                   absl::StrCat("account_id: '", id, "' account { display_name: '",
                                                id, "' owner: 'sellers/s1' ", fields, " }")));
  }
  v1::Opportunity MakeDeal(const std::string& id, const std::string& fields = "",
                           const std::string& version = "g") {
    const auto made = pipeline_.Call<v1::Opportunity>(
        "OpportunityService/CreateOpportunity",
        absl::StrCat("opportunity_id: '", id, "' opportunity { display_name: '", id,
                     "' owner: 'sellers/s1' process_version: 'salesProcesses/direct/versions/",
                     version, "' ", fields, " }"));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : v1::Opportunity();
  }
  absl::StatusOr<v1::Opportunity> Verb(const std::string& verb, const std::string& id,
                                       const std::string& fields,
                                       const std::string& user = "admin") {
    return pipeline_.Call<v1::Opportunity>(absl::StrCat("OpportunityService/", verb),
                                           absl::StrCat("name: 'opportunities/", id, "' ", fields),
                                           user);
  }
  absl::StatusOr<v1::Opportunity> Advance(const std::string& id, const std::string& stage,
                                          const std::string& fields = "",
                                          const std::string& user = "admin") {
    return Verb("AdvanceOpportunity", id, absl::StrCat("stage: '", stage, "' ", fields), user);
  }
  v1::Opportunity Get(const std::string& id, const std::string& more = "") {
    const auto read = Verb("GetOpportunity", id, more);
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *read : v1::Opportunity();
  }
  absl::StatusOr<v1::CheckOpportunityGatesResponse> CheckGates(const std::string& id,
                                                               const std::string& stage = "",
                                                               const std::string& user = "admin") {
    return pipeline_.Call<v1::CheckOpportunityGatesResponse>(
        "OpportunityService/CheckOpportunityGates",
        absl::StrCat("name: 'opportunities/", id, "' stage: '", stage, "'"), user);
  }
  absl::StatusOr<v1::MoveOpportunitiesResponse> Move(const std::string& to, const std::string& from,
                                                     const std::string& fields = "") {
    return pipeline_.Call<v1::MoveOpportunitiesResponse>(
        "OpportunityService/MoveOpportunities",
        absl::StrCat("name: 'salesProcesses/direct/versions/", to,
                     "' from_version: 'salesProcesses/direct/versions/", from, "' ", fields));
  }
  std::vector<v1::StageTransition> Transitions(const std::string& id) {
    const auto listed = pipeline_.Call<v1::ListStageTransitionsResponse>(
        "OpportunityService/ListStageTransitions",
        absl::StrCat("parent: 'opportunities/", id, "'"));
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return {};
    std::vector<v1::StageTransition> all(listed->stage_transitions().begin(),
                                         listed->stage_transitions().end());
    // The clock stands still, so what came first is told by its kind.
    std::stable_partition(all.begin(), all.end(), [](const v1::StageTransition& t) {
      return t.kind() == v1::StageTransition::KIND_CREATE;
    });
    return all;
  }
};

// "TYPE SUBJECT" of each violation of the PreconditionFailure.
std::vector<std::string> UnmetOf(const absl::Status& status) {
  std::vector<std::string> unmet;
  const google::rpc::Status proto = status::ToProto(status);
  for (const auto& detail : proto.details()) {
    google::rpc::PreconditionFailure failure;
    if (!detail.UnpackTo(&failure)) continue;
    for (const auto& v : failure.violations()) {
      unmet.push_back(absl::StrCat(v.type(), " ", v.subject()));
    }
  }
  return unmet;
}

TEST_F(PipelineGates, AVersionKeepsItsRulesAndNeverChangesOncePublished) {
  pipeline_.MakeProcess();
  ASSERT_OK_AND_ASSIGN(const v1::SalesProcessVersion made, MakeVersion("g", kRules));
  EXPECT_THAT(made, PartlyEqualsProto(kRules));
  ASSERT_OK_AND_ASSIGN(const auto read, pipeline_.Call<v1::SalesProcessVersion>(
                                            "SalesProcessService/GetSalesProcessVersion",
                                            "name: 'salesProcesses/direct/versions/g'"));
  EXPECT_THAT(read, EqualsProto(made));
  ASSERT_OK(VersionVerb("Publish", "g"));
  EXPECT_THAT(
      pipeline_.CallByName("SalesProcessService/UpdateSalesProcessVersion",
                           "sales_process_version { name: 'salesProcesses/direct/versions/g' } "
                           "update_mask { paths: 'modules' }"),
      AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("VERSION_PUBLISHED")));
}

TEST_F(PipelineGates, ABadVersionNamesEveryFault) {
  pipeline_.MakeProcess();
  const auto made = MakeVersion("bad", R"pb(
    modules { id: 'm' display_name: 'M' condition: 'amount >> 3' }
    approval_rules { id: 'a' display_name: 'A' fields: 'weather' }
    stages {
      id: 'lead'
      display_name: 'Lead'
      kind: KIND_OPEN
      module: 'm'
      exit_criteria { id: 'x' step: 'dance' }
      exit_criteria { id: 'y' }
    }
    stages { id: 'won' display_name: 'Won' kind: KIND_WON }
    stages { id: 'lost' display_name: 'Lost' kind: KIND_LOST }
    mappings { from_version: 'salesProcesses/other/versions/v1' }
  )pb");
  const std::string at = "sales_process_version.";
  EXPECT_THAT(made, AllOf(HasViolation(at + "modules[0].condition", "BAD_CONDITION"),
                          HasViolation(at + "approval_rules[0].fields[0]", "UNKNOWN_FIELD"),
                          HasViolation(at + "stages[0].module", "FIRST_STAGE"),
                          HasViolation(at + "stages[0].exit_criteria[0].step", "UNKNOWN_STEP"),
                          HasViolation(at + "stages[0].exit_criteria[1]", "REQUIRED"),
                          HasViolation(at + "mappings[0].from_version", "OTHER_PROCESS")));
}

TEST_F(PipelineGates, ARetiredVersionCarriesItsDealsButTakesNoNewOnes) {
  MakeGates();
  MakeDeal("d", "source: '展会'");
  EXPECT_THAT(VersionVerb("Publish", "g"), testing::IsOk());
  ASSERT_OK_AND_ASSIGN(const auto retired, VersionVerb("Retire", "g"));
  EXPECT_EQ(retired.state(), v1::SalesProcessVersion::STATE_RETIRED);
  EXPECT_TRUE(retired.has_retire_time());
  EXPECT_THAT(VersionVerb("Retire", "g"), testing::IsOk());
  EXPECT_THAT(VersionVerb("Publish", "g"), HasReason("RETIRED"));
  EXPECT_THAT(pipeline_.CallByName("OpportunityService/CreateOpportunity",
                                   "opportunity { display_name: 'x' owner: 'sellers/s1' "
                                   "process_version: 'salesProcesses/direct/versions/g' }"),
              HasViolation("opportunity.process_version", "RETIRED"));
  EXPECT_OK(
      Verb("LoseOpportunity", "d", "close_date { year: 2026 month: 3 day: 2 } reason: 'too dear'"));
  // The one before is the default again.
  ASSERT_OK_AND_ASSIGN(const auto process,
                       pipeline_.Call<v1::SalesProcess>("SalesProcessService/GetSalesProcess",
                                                        "name: 'salesProcesses/direct'"));
  EXPECT_EQ(process.default_version(), "salesProcesses/direct/versions/v1");
  EXPECT_THAT(MakeVersion("draft",
                          "stages { id: 'lead' display_name: 'L' kind: KIND_OPEN } "
                          "stages { id: 'won' display_name: 'W' kind: KIND_WON } "
                          "stages { id: 'lost' display_name: 'X' kind: KIND_LOST }"),
              testing::IsOk());
  EXPECT_THAT(VersionVerb("Retire", "draft"), HasReason("NOT_PUBLISHED"));
}

TEST_F(PipelineGates, AnAdvanceIsRefusedWithEveryUnmetCriterionAndWritesNothing) {
  MakeGates();
  MakeDeal("d");
  const auto refused = Advance("d", "offer");
  EXPECT_THAT(refused, AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("GATE_NOT_MET")));
  EXPECT_THAT(UnmetOf(refused.status()),
              ElementsAre("FIELD_MISSING lead/exit/account", "STEP_NOT_DONE lead/exit/need",
                          "CONDITION_NOT_MET offer/entry/budget"));
  EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("请先选择客户"));
  EXPECT_THAT(Get("d"), PartlyEqualsProto("stage: 'lead' etag: '1'"));
  EXPECT_THAT(Transitions("d"), SizeIs(1));
}

TEST_F(PipelineGates, ADealThatShowsEverythingGoesThrough) {
  MakeGates();
  MakeAccount("small", "grade: 'C'");
  MakeDeal("d",
           "account: 'accounts/small' amount { currency_code: 'CNY' units: 500 } "
           "attributes { key: 'budget' value { decimal_value { value: '100' } } }");
  ASSERT_OK_AND_ASSIGN(const auto stepped,
                       Verb("CompleteOpportunityStep", "d", "step: 'need' evidence: 'mail 7'"));
  ASSERT_THAT(stepped.step_completions(), SizeIs(1));
  EXPECT_THAT(stepped.step_completions(0),
              PartlyEqualsProto("step: 'need' actor: 'user:admin' evidence: 'mail 7'"));
  ASSERT_OK_AND_ASSIGN(const auto ready, CheckGates("d"));
  EXPECT_THAT(ready, PartlyEqualsProto("from_stage: 'lead' to_stage: 'offer' ready: true"));
  EXPECT_THAT(ready.criteria(), SizeIs(3));
  EXPECT_THAT(ready.stages(), ElementsAre("lead", "offer", "won"));
  ASSERT_OK(Advance("d", "offer"));
  const std::string win = "close_date { year: 2026 month: 3 day: 2 }";
  EXPECT_THAT(UnmetOf(Verb("WinOpportunity", "d", win).status()),
              ElementsAre("APPROVAL_MISSING offer/exit/discount"));
  ASSERT_OK(Verb("RequestOpportunityApproval", "d", "rule: 'discount' note: '九折'", "s1"));
  EXPECT_THAT(UnmetOf(Verb("WinOpportunity", "d", win).status()),
              ElementsAre("APPROVAL_PENDING offer/exit/discount"));
  ASSERT_OK_AND_ASSIGN(const auto granted, Verb("DecideOpportunityApproval", "d",
                                                "rule: 'discount' decision: DECISION_GRANT"));
  EXPECT_THAT(granted.approvals(0),
              PartlyEqualsProto("rule: 'discount' state: STATE_GRANTED requester: 'user:s1' "
                                "decider: 'user:admin' request_note: '九折' "
                                "basis { key: 'amount' value: 'CNY 500' }"));
  // Another amount is another deal to approve.
  EXPECT_THAT(
      UnmetOf(Verb("WinOpportunity", "d", win + " amount { currency_code: 'CNY' units: 400 }")
                  .status()),
      ElementsAre("APPROVAL_STALE offer/exit/discount"));
  ASSERT_OK(Verb("WinOpportunity", "d", win));
  EXPECT_THAT(pipeline_.EventTypes(),
              ::testing::IsSupersetOf({"OpportunityStepCompleted", "OpportunityApprovalRequested",
                                       "OpportunityApprovalDecided", "OpportunityAdvanced",
                                       "OpportunityWon"}));
}

TEST_F(PipelineGates, ADealThatBeginsInALaterStageHasPassedTheGatesBeforeIt) {
  MakeGates();
  const std::string create =
      "opportunity { display_name: 'x' owner: 'sellers/s1' "
      "process_version: 'salesProcesses/direct/versions/g' ";
  EXPECT_THAT(
      pipeline_.CallByName("OpportunityService/CreateOpportunity", create + "stage: 'offer' }"),
      HasViolation("opportunity.stage", "GATE_NOT_MET"));
  EXPECT_THAT(
      pipeline_.CallByName("OpportunityService/CreateOpportunity", create + "stage: 'review' }"),
      HasViolation("opportunity.stage", "WRONG_STAGE"));
  EXPECT_EQ(pipeline_.Count("opportunity"), 0);
  EXPECT_OK(pipeline_.CallByName("OpportunityService/CreateOpportunity", create + "}"));
}

TEST_F(PipelineGates, AModuleAsksMoreOfTheDealsItHoldsFor) {
  MakeGates();
  MakeAccount("key", "grade: 'A'");
  MakeDeal("d",
           "account: 'accounts/key' amount { currency_code: 'CNY' units: 500 } "
           "attributes { key: 'budget' value { decimal_value { value: '100' } } }");
  ASSERT_OK(Verb("CompleteOpportunityStep", "d", "step: 'need'"));
  ASSERT_OK_AND_ASSIGN(const auto gates, CheckGates("d"));
  EXPECT_THAT(gates, PartlyEqualsProto("to_stage: 'review' ready: false"));
  EXPECT_THAT(gates.modules(), ElementsAre("key"));
  EXPECT_THAT(gates.stages(), ElementsAre("lead", "review", "offer", "won"));
  // Skipping the stage does not skip its gate.
  EXPECT_THAT(UnmetOf(Advance("d", "offer").status()),
              ElementsAre("FIELD_MISSING review/entry/industry"));
  ASSERT_OK(pipeline_.CallByName("AccountService/UpdateAccount",
                                 "account { name: 'accounts/key' industry: '钢铁' }"));
  ASSERT_OK(Advance("d", "review"));
  ASSERT_OK(Advance("d", "offer"));
  EXPECT_THAT(Verb("CompleteOpportunityStep", "d", "step: 'contract'"),
              HasViolation("evidence", "REQUIRED"));
  ASSERT_OK(Verb("CompleteOpportunityStep", "d", "step: 'contract' evidence: 'K-1'"));

  MakeDeal("plain");
  EXPECT_THAT(Advance("plain", "review"), HasReason("WRONG_STAGE"));
  EXPECT_THAT(Verb("CompleteOpportunityStep", "plain", "step: 'contract' evidence: 'x'"),
              HasReason("STEP_NOT_ASKED"));
}

TEST_F(PipelineGates, LosingAsksOnlyTheLostStageAndGoingBackAsksNothing) {
  MakeGates();
  MakeDeal("d");
  const std::string lose = "close_date { year: 2026 month: 3 day: 2 } reason: 'x'";
  EXPECT_THAT(UnmetOf(Verb("LoseOpportunity", "d", lose).status()),
              ElementsAre("FIELD_MISSING lost/entry/source"));
  ASSERT_OK(Advance("d", "offer", "override_reason: 'old customer'"));
  ASSERT_OK(Verb("RegressOpportunity", "d", "stage: 'lead' reason: 'again'"));
  ASSERT_OK(pipeline_.CallByName("OpportunityService/UpdateOpportunity",
                                 "opportunity { name: 'opportunities/d' source: '展会' }"));
  ASSERT_OK(Verb("LoseOpportunity", "d", lose));
  ASSERT_OK(Verb("ReopenOpportunity", "d", "stage: 'offer' reason: 'back'"));
}

TEST_F(PipelineGates, AnOverrideNamesItsReasonAndWhatItLetPass) {
  MakeGates();
  MakeDeal("d");
  ASSERT_OK(Advance("d", "offer", "override_reason: '老客户'"));
  const std::vector<v1::StageTransition> transitions = Transitions("d");
  ASSERT_THAT(transitions, SizeIs(2));
  EXPECT_THAT(transitions[1], PartlyEqualsProto("override_reason: '老客户'"));
  EXPECT_THAT(transitions[1].unmet_criteria(),
              ElementsAre("lead/exit/account", "lead/exit/need", "offer/entry/budget"));
  // Where nothing is unmet there is nothing to override.
  MakeDeal("plain", "", "v1");
  ASSERT_OK(Advance("plain", "offer", "override_reason: 'x'"));
  EXPECT_THAT(Transitions("plain")[1].override_reason(), IsEmpty());
}

TEST_F(PipelineGates, ActivitiesThatAreDoneCountAtAGate) {
  pipeline_.MakeProcess();
  ASSERT_OK(MakeVersion("v", R"pb(
    stages {
      id: 'lead'
      display_name: 'Lead'
      kind: KIND_OPEN
      exit_criteria {
        id: 'visit'
        activity { kinds: KIND_VISIT kinds: KIND_MEETING min_count: 2 in_stage: true }
      }
    }
    stages { id: 'offer' display_name: 'Offer' kind: KIND_OPEN }
    stages { id: 'won' display_name: 'Won' kind: KIND_WON }
    stages { id: 'lost' display_name: 'Lost' kind: KIND_LOST }
  )pb"));
  ASSERT_OK(VersionVerb("Publish", "v"));
  const v1::Opportunity deal = MakeDeal("d", "", "v");
  const auto act = [&](const std::string& fields, int64_t after_entry = 0) {
    EXPECT_OK(pipeline_.CallByName(
        "ActivityService/CreateActivity",
        absl::StrCat("activity { display_name: 'x' owner: 'sellers/s1' opportunity: "
                     "'opportunities/d' start_time { seconds: ",
                     deal.stage_entered_time().seconds() + after_entry, " } ", fields, " }")));
  };
  act("kind: KIND_VISIT done: true");
  act("kind: KIND_CALL done: true");          // of another kind
  act("kind: KIND_VISIT done: false");        // planned
  act("kind: KIND_VISIT done: true", -3600);  // before it entered the stage
  const auto refused = Advance("d", "offer");
  EXPECT_THAT(UnmetOf(refused.status()), ElementsAre("ACTIVITY_MISSING lead/exit/visit"));
  EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("1 of 2"));
  act("kind: KIND_MEETING done: true");
  EXPECT_OK(Advance("d", "offer"));
}

TEST_F(PipelineGates, AnAttributeThatIsRequiredFromAStageIsAskedOfWhoeverEntersIt) {
  pipeline_.MakeProcess();
  ASSERT_OK(pipeline_.CallByName("AttributeDefinitionService/CreateAttributeDefinition",
                                 "attribute_definition { collection: COLLECTION_OPPORTUNITY key: "
                                 "'budget' display_name: '预算' "
                                 "type: TYPE_DECIMAL required_from_stage: 'offer' }"));
  MakeDeal("d", "", "v1");
  EXPECT_THAT(UnmetOf(Advance("d", "offer").status()),
              ElementsAre("FIELD_MISSING offer/entry/attributes.budget"));
  ASSERT_OK_AND_ASSIGN(const auto gates, CheckGates("d"));
  EXPECT_FALSE(gates.ready());
  ASSERT_OK(pipeline_.CallByName("OpportunityService/UpdateOpportunity",
                                 "opportunity { name: 'opportunities/d' attributes { key: 'budget' "
                                 "value { decimal_value { value: '5' } } } }"));
  EXPECT_OK(Advance("d", "offer"));
}

TEST_F(PipelineGates, WhatCannotBeAskedOrDecidedIsRefused) {
  MakeGates();
  MakeDeal("d");
  EXPECT_THAT(Verb("CompleteOpportunityStep", "d", "step: 'dance'"),
              HasViolation("step", "UNKNOWN_STEP"));
  EXPECT_THAT(Verb("RequestOpportunityApproval", "d", "rule: 'dance'"),
              HasViolation("rule", "UNKNOWN_APPROVAL"));
  EXPECT_THAT(Verb("DecideOpportunityApproval", "d", "rule: 'discount' decision: DECISION_GRANT"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("NOT_REQUESTED")));
  EXPECT_THAT(Verb("DecideOpportunityApproval", "d", "rule: 'discount'"),
              HasViolation("decision", "REQUIRED"));
  ASSERT_OK(Verb("RequestOpportunityApproval", "d", "rule: 'discount'"));
  EXPECT_THAT(Verb("DecideOpportunityApproval", "d", "rule: 'discount' decision: DECISION_GRANT"),
              HasReason("SELF_APPROVAL"));
  EXPECT_THAT(CheckGates("d", "dance"), HasViolation("stage", "UNKNOWN_STAGE"));
  EXPECT_THAT(CheckGates("d", "lead"), HasViolation("stage", "WRONG_STAGE"));
  EXPECT_THAT(CheckGates("absent"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(CheckGates("d", "", "s3"), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(PipelineGates, WhatAClientSaysOfStepsAndApprovalsIsIgnored) {
  MakeGates();
  const v1::Opportunity made = MakeDeal("d",
                                        "step_completions { step: 'need' actor: 'user:me' } "
                                        "approvals { rule: 'discount' state: STATE_GRANTED }");
  EXPECT_THAT(made.step_completions(), IsEmpty());
  EXPECT_THAT(made.approvals(), IsEmpty());
  ASSERT_OK(pipeline_.CallByName("OpportunityService/UpdateOpportunity",
                                 "opportunity { name: 'opportunities/d' source: 'x' "
                                 "approvals { rule: 'discount' state: STATE_GRANTED } } "
                                 "update_mask { paths: 'source' paths: 'approvals' }"));
  EXPECT_THAT(Get("d").approvals(), IsEmpty());
}

TEST_F(PipelineGates, StepsAndApprovalsAreSeenAsOfThen) {
  MakeGates();
  MakeDeal("d");
  const std::string before = pipeline_.Now();
  ASSERT_OK(Verb("CompleteOpportunityStep", "d", "step: 'need' evidence: '一'"));
  const std::string between = pipeline_.Now();
  ASSERT_OK(Verb("UndoOpportunityStep", "d", "step: 'need'"));
  ASSERT_OK(Verb("UndoOpportunityStep", "d", "step: 'need'"));
  EXPECT_THAT(Get("d").step_completions(), IsEmpty());
  EXPECT_EQ(Get("d").etag(), "3");
  EXPECT_THAT(Get("d", absl::StrCat("as_of_time { ", before, " }")).step_completions(), IsEmpty());
  EXPECT_THAT(Get("d", absl::StrCat("as_of_time { ", between, " }")).step_completions(0),
              PartlyEqualsProto("step: 'need' evidence: '一'"));
}

// Two at once complete different steps with the etag they read: one of them is told to read again.
TEST_F(PipelineGates, NoCompletionIsLost) {
  MakeGates();
  MakeDeal("d", "amount { currency_code: 'CNY' units: 2000000 }");
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (const char* step : {"need", "contract"}) {
    threads.emplace_back([&, step] {
      const auto answer =
          Verb("CompleteOpportunityStep", "d", absl::StrCat("step: '", step, "' evidence: 'x'"));
      EXPECT_OK(answer);
      done += answer.ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 2);
  EXPECT_THAT(Get("d").step_completions(), SizeIs(2));
}

TEST_F(PipelineGates, DealsMoveToAnotherVersionByItsMapping) {
  MakeGates();
  ASSERT_OK(MakeVersion("h", absl::StrCat(kRules, R"pb(
                          mappings {
                            from_version: 'salesProcesses/direct/versions/v1'
                            stages { key: 'lead' value: 'offer' }
                          }
                        )pb")));
  EXPECT_THAT(Move("h", "v1"), HasReason("NOT_PUBLISHED"));
  ASSERT_OK(VersionVerb("Publish", "h"));
  for (const char* id : {"a", "b", "c"}) MakeDeal(id, "", "v1");
  MakeDeal("won", "", "v1");
  ASSERT_OK(Verb("WinOpportunity", "won", "close_date { year: 2026 month: 3 day: 2 }"));
  MakeDeal("other");

  ASSERT_OK_AND_ASSIGN(const auto dry, Move("h", "v1", "validate_only: true page_size: 2"));
  ASSERT_THAT(dry.results(), SizeIs(2));
  EXPECT_THAT(dry.results(0), PartlyEqualsProto("opportunity: 'opportunities/a' moved: true "
                                                "from_stage: 'lead' to_stage: 'offer'"));
  ASSERT_THAT(dry.results(0).unmet_criteria(), SizeIs(3));
  EXPECT_THAT(dry.results(0).unmet_criteria(0),
              PartlyEqualsProto("criterion: 'lead/exit/account' met: false "
                                "reason: 'FIELD_MISSING' message: '请先选择客户'"));
  EXPECT_THAT(Get("a"), PartlyEqualsProto("stage: 'lead' etag: '1' "
                                          "process_version: 'salesProcesses/direct/versions/v1'"));

  ASSERT_OK_AND_ASSIGN(const auto none, Move("h", "v1", "only_ready: true"));
  for (const auto& result : none.results()) EXPECT_FALSE(result.moved());
  ASSERT_OK_AND_ASSIGN(const auto first, Move("h", "v1", "page_size: 2"));
  ASSERT_OK_AND_ASSIGN(
      const auto second,
      Move("h", "v1", absl::StrCat("page_size: 2 page_token: '", first.next_page_token(), "'")));
  EXPECT_THAT(second.results(), SizeIs(1));
  EXPECT_THAT(second.next_page_token(), IsEmpty());
  EXPECT_THAT(Get("c"), PartlyEqualsProto("stage: 'offer' etag: '2' "
                                          "process_version: 'salesProcesses/direct/versions/h'"));
  EXPECT_THAT(Transitions("c")[1], PartlyEqualsProto("from_stage: 'lead' to_stage: 'offer' "
                                                     "kind: KIND_MOVE_VERSION"));
  EXPECT_THAT(Get("won"), PartlyEqualsProto("process_version: "
                                            "'salesProcesses/direct/versions/v1'"));
  ASSERT_OK_AND_ASSIGN(const auto again, Move("h", "v1"));
  EXPECT_THAT(again.results(), IsEmpty());
}

TEST_F(PipelineGates, ADealWhoseStageHasNoPlaceIsLeftAndTold) {
  MakeGates();
  MakeAccount("key", "grade: 'A' industry: '钢铁'");
  MakeDeal("d", "account: 'accounts/key'");
  ASSERT_OK(Verb("CompleteOpportunityStep", "d", "step: 'need'"));
  ASSERT_OK(Advance("d", "review"));
  ASSERT_OK_AND_ASSIGN(const auto moved, Move("v1", "g"));
  ASSERT_THAT(moved.results(), SizeIs(1));
  EXPECT_THAT(moved.results(0), EqualsProto("opportunity: 'opportunities/d' from_stage: 'review'"));
  EXPECT_THAT(Get("d"), PartlyEqualsProto("process_version: 'salesProcesses/direct/versions/g'"));
}

TEST_F(PipelineGates, AMoveBetweenWhatIsNotOneProcessIsRefused) {
  MakeGates();
  EXPECT_THAT(Move("g", "g"), HasViolation("from_version", "SAME_VERSION"));
  EXPECT_THAT(Move("g", "none"), HasViolation("from_version", "BAD_REFERENCE"));
  EXPECT_THAT(Move("none", "g"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Move("g", "v1", "page_size: 501"), HasViolation("page_size", "OUT_OF_RANGE"));
}

}  // namespace
}  // namespace salesops::pipeline
