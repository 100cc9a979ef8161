// Retention: what was last of use longer ago than a rule keeps it is erased, and nothing else.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/activity.pb.h"
#include "salesops/pipeline/v1/audit.pb.h"
#include "salesops/pipeline/v1/contact.pb.h"
#include "salesops/pipeline/v1/lead.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "salesops/pipeline/v1/retention_rule.pb.h"
#include "services/pipeline/api/retention_rule_service.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"
#include "tests/integration/stored_text.h"

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

constexpr int64_t kStart = 1'772'442'000;  // of the service's clock
constexpr int64_t kDay = 86'400;

class PipelineRetention : public PipelineServerTest {
 protected:
  void Make(const std::string& method, const std::string& request) {
    const auto made = pipeline_.CallByName(method, request);
    EXPECT_TRUE(made.ok()) << method << ": " << made.status();
  }
  // So many days after the test began.
  void OnDay(int64_t day) { pipeline_.clock().Set(absl::FromUnixSeconds(kStart + day * kDay)); }
  void MakeLead(const std::string& id) {
    Make("LeadService/CreateLead",
         absl::StrCat("lead_id: '", id,
                      "' lead { display_name: '李雷来电' phone: '+86 139 1111' }"));
  }
  // It begins an hour before now.
  void MakeActivity(const std::string& id, const std::string& fields) {
    const int64_t now = absl::ToUnixSeconds(pipeline_.clock().Now());
    Make("ActivityService/CreateActivity",
         absl::StrCat("activity_id: '", id,
                      "' activity { display_name: '拜访' kind: KIND_VISIT start_time { seconds: ",
                      now - 3600, " } ", fields, " }"));
  }
  absl::StatusOr<v1::RetentionRule> MakeRule(const std::string& kind,
                                             const std::string& id = "rule", int keep_days = 30) {
    return pipeline_.Call<v1::RetentionRule>(
        "RetentionRuleService/CreateRetentionRule",
        absl::StrCat("retention_rule_id: '", id, "' retention_rule { display_name: '规则' kind: ",
                     kind, " keep_days: ", keep_days, " }"));
  }
  absl::StatusOr<v1::ApplyRetentionRuleResponse> Apply(const std::string& more = "",
                                                       const std::string& user = "admin") {
    return pipeline_.Call<v1::ApplyRetentionRuleResponse>(
        "RetentionRuleService/ApplyRetentionRule",
        absl::StrCat("name: 'retentionRules/rule' ", more), user);
  }
  // Names of what was erased; fails if there was more.
  std::vector<std::string> Erased(const std::string& more = "") {
    const auto applied = Apply(more);
    EXPECT_OK(applied);
    if (!applied.ok()) return {"failed"};
    EXPECT_FALSE(applied->more());
    EXPECT_EQ(applied->erased_count(), applied->names_size());
    return {applied->names().begin(), applied->names().end()};
  }
  template <class Proto>
  Proto Get(const std::string& name) {
    const std::string type = Proto::descriptor()->name();
    const auto read = pipeline_.Call<Proto>(absl::StrCat(type, "Service/Get", type),
                                            absl::StrCat("name: '", name, "'"));
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *read : Proto();
  }
  std::string Deals() {
    const auto deals = pipeline_.Call<v1::AggregateOpportunitiesResponse>(
        "OpportunityService/AggregateOpportunities", "group_by: 'owner'");
    EXPECT_OK(deals);
    std::string told;
    if (!deals.ok()) return told;
    for (const auto& group : deals->groups())
      absl::StrAppend(&told, group.ShortDebugString(), "\n");
    return told;
  }
};

TEST_F(PipelineRetention, ADisqualifiedLeadIsDueFromItsOutcome) {
  ASSERT_OK(MakeRule("KIND_LEAD_DISQUALIFIED"));
  MakeLead("lost");
  MakeLead("open");
  MakeActivity("call", "lead: 'leads/lost' description: '急着要两百台'");
  Make("LeadService/DisqualifyLead", "name: 'leads/lost' reason: '没有预算'");
  OnDay(20);
  Make("LeadService/UpdateLead", "lead { name: 'leads/lost' source: '展会' }");
  OnDay(29);
  EXPECT_THAT(Erased(), IsEmpty());
  OnDay(31);
  ASSERT_OK_AND_ASSIGN(const auto applied, Apply());
  EXPECT_THAT(applied, EqualsProto(absl::StrCat("erased_count: 1 names: 'leads/lost' due_before { "
                                                "seconds: ",
                                                kStart + kDay, " }")));
  const v1::Lead lost = Get<v1::Lead>("leads/lost");
  EXPECT_THAT(lost, PartlyEqualsProto("display_name: '(erased)' state: STATE_DISQUALIFIED "
                                      "outcome_reason: '没有预算' source: '展会'"));
  EXPECT_TRUE(lost.has_erase_time());
  EXPECT_EQ(lost.phone(), "");
  EXPECT_EQ(Get<v1::Activity>("activities/call").description(), "");
  EXPECT_THAT(Get<v1::Lead>("leads/open"), PartlyEqualsProto("display_name: '李雷来电'"));
  EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "急着要两百台"), IsEmpty());
  EXPECT_THAT(Erased(), IsEmpty());
}

TEST_F(PipelineRetention, AnOpenLeadIsDueOnceNobodyCaresForIt) {
  ASSERT_OK(MakeRule("KIND_LEAD_OPEN"));
  for (const char* id : {"quiet", "changed", "called", "lost"}) MakeLead(id);
  Make("LeadService/DisqualifyLead", "name: 'leads/lost' reason: '没有预算'");
  OnDay(20);
  Make("LeadService/UpdateLead", "lead { name: 'leads/changed' source: '展会' }");
  MakeActivity("call", "lead: 'leads/called'");
  OnDay(29);
  EXPECT_THAT(Erased(), IsEmpty());
  OnDay(31);
  EXPECT_THAT(Erased(), ElementsAre("leads/quiet"));
  EXPECT_THAT(Get<v1::Lead>("leads/quiet"),
              PartlyEqualsProto("display_name: '(erased)' state: STATE_OPEN"));
  EXPECT_THAT(Erased(), IsEmpty());
  OnDay(51);
  EXPECT_THAT(Erased(), ElementsAre("leads/called", "leads/changed"));
}

TEST_F(PipelineRetention, AContactIsDueIfItIsArchivedOrOfNoUse) {
  ASSERT_OK(MakeRule("KIND_CONTACT_INACTIVE"));
  pipeline_.MakeProcess();
  Make("AccountService/CreateAccount", "account_id: 'acme' account { display_name: 'Acme' }");
  for (const char* id : {"gone", "dealing"}) {
    Make("ContactService/CreateContact",
         absl::StrCat("contact_id: '", id,
                      "' contact { display_name: '李雷' account: 'accounts/acme' }"));
  }
  for (const char* id : {"changed", "idle", "met", "named", "role"}) {
    Make("ContactService/CreateContact",
         absl::StrCat("contact_id: '", id, "' contact { display_name: '李雷' }"));
  }
  Make("OpportunityService/CreateOpportunity",
       "opportunity_id: 'deal' opportunity { display_name: '两百台' owner: 'sellers/s1' account: "
       "'accounts/acme' }");
  Make("OpportunityService/CreateOpportunity",
       "opportunity_id: 'other' opportunity { display_name: '三百台' owner: 'sellers/s1' "
       "contact_roles { contact: "
       "'contacts/role' role: ROLE_BUYER } }");
  Make("ContactService/ArchiveContact", "name: 'contacts/gone'");
  MakeActivity("said", "contact: 'contacts/idle' description: '孩子刚出生'");
  OnDay(20);
  Make("ContactService/UpdateContact", "contact { name: 'contacts/changed' title: '采购' }");
  MakeActivity("visit", "participants { contact: 'contacts/met' }");
  MakeActivity("call", "contact: 'contacts/named'");
  OnDay(29);
  EXPECT_THAT(Erased(), IsEmpty());
  OnDay(31);
  EXPECT_THAT(Erased(), ElementsAre("contacts/gone", "contacts/idle"));
  EXPECT_TRUE(Get<v1::Contact>("contacts/idle").has_erase_time());
  EXPECT_EQ(Get<v1::Contact>("contacts/gone").display_name(), "(erased)");
  EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "孩子刚出生"), IsEmpty());
  EXPECT_THAT(Erased(), IsEmpty());
  for (const char* deal : {"deal", "other"}) {
    Make("OpportunityService/ArchiveOpportunity", absl::StrCat("name: 'opportunities/", deal, "'"));
  }
  EXPECT_THAT(Erased(), ElementsAre("contacts/dealing", "contacts/role"));
  OnDay(51);
  EXPECT_THAT(Erased(), ElementsAre("contacts/met", "contacts/named", "contacts/changed"));
}

TEST_F(PipelineRetention, OfAnActivityTextsAndAddressesAreDueFromItsStart) {
  ASSERT_OK(MakeRule("KIND_ACTIVITY_TEXT"));
  Make("ContactService/CreateContact", "contact_id: 'li' contact { display_name: '李雷' }");
  MakeActivity("said", "description: '孩子刚出生'");
  MakeActivity("reached", "participants { contact: 'contacts/li' address: 'wx-lilei' }");
  MakeActivity("noted", "outcome: OUTCOME_REACHED outcome_note: '他想换工作'");
  MakeActivity("once", "description: '爱下围棋'");
  Make("ActivityService/UpdateActivity",
       "activity { name: 'activities/once' } update_mask { paths: 'description' }");
  MakeActivity("bare", "participants { contact: 'contacts/li' }");
  OnDay(20);
  MakeActivity("later", "description: '还要三百台'");
  OnDay(29);
  EXPECT_THAT(Erased(), IsEmpty());
  OnDay(31);
  const int64_t facts = pipeline_.Count("outbox");
  EXPECT_THAT(Erased(), ElementsAre("activities/noted", "activities/reached", "activities/said",
                                    "activities/once"));
  EXPECT_EQ(pipeline_.Count("outbox"), facts);
  for (const char* trace : {"孩子刚出生", "wx-lilei", "他想换工作", "爱下围棋"}) {
    EXPECT_THAT(ColumnsThatHold(pipeline_.database(), trace), IsEmpty()) << trace;
  }
  EXPECT_THAT(Get<v1::Activity>("activities/reached"),
              PartlyEqualsProto("display_name: '拜访' kind: KIND_VISIT etag: '1' participants { "
                                "contact: 'contacts/li' }"));
  EXPECT_EQ(Get<v1::Activity>("activities/noted").outcome(), v1::Activity::OUTCOME_REACHED);
  EXPECT_THAT(Get<v1::Activity>("activities/later"),
              PartlyEqualsProto("description: '还要三百台'"));
  EXPECT_THAT(Erased(), IsEmpty());
  Make("ActivityService/UpdateActivity",
       "activity { name: 'activities/said' description: '孩子会走了' }");
  EXPECT_THAT(Erased(), ElementsAre("activities/said"));
}

TEST_F(PipelineRetention, TriedOnlyItTellsWhatIsDueAndChangesNothing) {
  ASSERT_OK(MakeRule("KIND_LEAD_OPEN"));
  MakeLead("quiet");
  OnDay(31);
  const int64_t facts = pipeline_.Count("outbox");
  EXPECT_THAT(Erased("validate_only: true"), ElementsAre("leads/quiet"));
  EXPECT_THAT(Erased("validate_only: true max_records: 1"), ElementsAre("leads/quiet"));
  EXPECT_EQ(pipeline_.Count("outbox"), facts);
  EXPECT_THAT(Get<v1::Lead>("leads/quiet"),
              PartlyEqualsProto("display_name: '李雷来电' phone: '+86 139 1111' etag: '1'"));
  EXPECT_THAT(Erased(), ElementsAre("leads/quiet"));
}

TEST_F(PipelineRetention, ACallErasesAsManyAsItIsAskedForAndSaysIfThereIsMore) {
  ASSERT_OK(MakeRule("KIND_ACTIVITY_TEXT"));
  std::string requests;
  for (int i = 0; i < 103; ++i) {
    absl::StrAppend(&requests, "requests { activity_id: 'a", i,
                    "' activity { display_name: '电话' ",
                    "kind: KIND_CALL start_time { seconds: ", kStart - 1000 + i,
                    " } description: '孩子刚出生' } } ");
  }
  Make("ActivityService/BatchCreateActivities", requests);
  OnDay(31);
  ASSERT_OK_AND_ASSIGN(const auto tried, Apply("validate_only: true max_records: 2"));
  EXPECT_EQ(tried.erased_count(), 103);
  EXPECT_THAT(tried.names(), SizeIs(100));
  EXPECT_FALSE(tried.more());
  ASSERT_OK_AND_ASSIGN(const auto first, Apply("max_records: 2"));
  EXPECT_THAT(first.names(), ElementsAre("activities/a0", "activities/a1"));
  EXPECT_TRUE(first.more());
  ASSERT_OK_AND_ASSIGN(const auto usual, Apply());
  EXPECT_EQ(usual.erased_count(), 100);
  EXPECT_TRUE(usual.more());
  EXPECT_THAT(Erased("max_records: 1"), ElementsAre("activities/a102"));
  EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "孩子刚出生"), IsEmpty());
}

TEST_F(PipelineRetention, ARetryGetsTheFirstAnswerAndErasesNoMore) {
  ASSERT_OK(MakeRule("KIND_LEAD_OPEN"));
  MakeLead("a");
  MakeLead("b");
  OnDay(31);
  const std::string retried = "max_records: 1 request_id: '5b0f5a6e-0000-4000-8000-000000000001'";
  ASSERT_OK_AND_ASSIGN(const auto first, Apply(retried));
  EXPECT_THAT(first.names(), ElementsAre("leads/a"));
  ASSERT_OK_AND_ASSIGN(const auto again, Apply(retried));
  EXPECT_THAT(again, EqualsProto(first));
  EXPECT_EQ(Get<v1::Lead>("leads/b").display_name(), "李雷来电");
  EXPECT_THAT(Apply("max_records: 2 request_id: '5b0f5a6e-0000-4000-8000-000000000001'"),
              HasViolation("request_id", "REQUEST_ID_REUSED"));
}

TEST_F(PipelineRetention, DealsAndSumsOfAnErasedPersonStay) {
  ASSERT_OK(MakeRule("KIND_CONTACT_INACTIVE"));
  pipeline_.MakeProcess();
  Make("AccountService/CreateAccount", "account_id: 'acme' account { display_name: 'Acme' }");
  Make("ContactService/CreateContact",
       "contact_id: 'li' contact { display_name: '李雷' account: 'accounts/acme' }");
  Make("OpportunityService/CreateOpportunity",
       "opportunity_id: 'deal' opportunity { display_name: '两百台' account: "
       "'accounts/acme' owner: "
       "'sellers/s1' amount { currency_code: 'CNY' units: 100 } contact_roles { contact: "
       "'contacts/li' role: ROLE_BUYER } }");
  MakeLead("fair");
  Make("LeadService/QualifyLead",
       "name: 'leads/fair' account: 'accounts/acme' contact: 'contacts/li' opportunity: "
       "'opportunities/deal' reason: '有预算'");
  Make("ContactService/ArchiveContact", "name: 'contacts/li'");
  OnDay(31);
  const v1::Opportunity deal = Get<v1::Opportunity>("opportunities/deal");
  const std::string sums = Deals();
  EXPECT_TRUE(absl::StrContains(sums, "100")) << sums;
  EXPECT_THAT(Erased(), ElementsAre("contacts/li"));
  EXPECT_THAT(Get<v1::Lead>("leads/fair"),
              PartlyEqualsProto("display_name: '(erased)' opportunity: 'opportunities/deal'"));
  EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "李雷"), IsEmpty());
  EXPECT_THAT(Get<v1::Opportunity>("opportunities/deal"), EqualsProto(deal));
  EXPECT_EQ(Deals(), sums);
}

TEST_F(PipelineRetention, TheAuditNamesWhatWasErasedAndByWhom) {
  ASSERT_OK(MakeRule("KIND_ACTIVITY_TEXT"));
  MakeActivity("said", "description: '孩子刚出生'");
  OnDay(31);
  ASSERT_OK(Apply("", "timer"));
  ASSERT_OK_AND_ASSIGN(const auto audit, pipeline_.Call<v1::ListAuditEntriesResponse>(
                                             "AuditService/ListAuditEntries",
                                             "filter: 'principal = \"user:timer\"'"));
  ASSERT_THAT(audit.audit_entries(), SizeIs(1));
  EXPECT_THAT(audit.audit_entries(0),
              PartlyEqualsProto("method: 'salesops.pipeline.v1.RetentionRuleService/"
                                "ApplyRetentionRule' resources: 'activities/said' fields: "
                                "'description'"));
}

TEST_F(PipelineRetention, ItTakesItsOwnPermissionOnEveryRow) {
  ASSERT_OK(MakeRule("KIND_LEAD_OPEN"));
  MakeLead("quiet");
  OnDay(31);
  auto& access = pipeline_.server().access();
  access.Grant("writer", "pipeline.retentionRules.write", auth::RowScope::All());
  access.Grant("keeper", "pipeline.retentionRules.apply", auth::RowScope::All());
  for (const char* user : {"s1", "boss", "writer"}) {
    EXPECT_THAT(Apply("", user), StatusIs(StatusCode::kPermissionDenied)) << user;
  }
  EXPECT_THAT(
      pipeline_.Call<v1::RetentionRule>(
          "RetentionRuleService/CreateRetentionRule",
          "retention_rule { display_name: 'x' kind: KIND_ACTIVITY_TEXT keep_days: 30 }", "s1"),
      StatusIs(StatusCode::kPermissionDenied));
  EXPECT_EQ(Get<v1::Lead>("leads/quiet").display_name(), "李雷来电");
  EXPECT_THAT(
      pipeline_.Call<v1::ApplyRetentionRuleResponse>("RetentionRuleService/ApplyRetentionRule",
                                                     "name: 'retentionRules/none'", "keeper"),
      StatusIs(StatusCode::kNotFound));
  EXPECT_OK(Apply("", "keeper"));
  EXPECT_EQ(Get<v1::Lead>("leads/quiet").display_name(), "(erased)");
}

TEST_F(PipelineRetention, OneRuleOfAKindIsInForceAndAnArchivedOneIsNot) {
  ASSERT_OK(MakeRule("KIND_LEAD_OPEN"));
  MakeLead("quiet");
  OnDay(31);
  EXPECT_THAT(MakeRule("KIND_LEAD_OPEN", "second"), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_OK(MakeRule("KIND_LEAD_DISQUALIFIED", "other"));
  Make("RetentionRuleService/ArchiveRetentionRule", "name: 'retentionRules/rule'");
  EXPECT_THAT(Apply(), AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("ARCHIVED")));
  EXPECT_THAT(Apply("validate_only: true"), HasReason("ARCHIVED"));
  EXPECT_EQ(Get<v1::Lead>("leads/quiet").display_name(), "李雷来电");
  EXPECT_OK(MakeRule("KIND_LEAD_OPEN", "second"));
  EXPECT_THAT(pipeline_.Call<v1::RetentionRule>("RetentionRuleService/UnarchiveRetentionRule",
                                                "name: 'retentionRules/rule'"),
              StatusIs(StatusCode::kAlreadyExists));
  Make("RetentionRuleService/ArchiveRetentionRule", "name: 'retentionRules/second'");
  Make("RetentionRuleService/UnarchiveRetentionRule", "name: 'retentionRules/rule'");
  EXPECT_THAT(Erased(), ElementsAre("leads/quiet"));
}

TEST_F(PipelineRetention, ItsBoundsAreChecked) {
  EXPECT_THAT(MakeRule("KIND_LEAD_OPEN", "rule", 29),
              HasViolation("retention_rule.keep_days", "OUT_OF_RANGE"));
  EXPECT_THAT(MakeRule("KIND_LEAD_OPEN", "rule", 36'501),
              HasViolation("retention_rule.keep_days", "OUT_OF_RANGE"));
  EXPECT_THAT(MakeRule("KIND_UNSPECIFIED"), HasViolation("retention_rule.kind", "REQUIRED"));
  ASSERT_OK(MakeRule("KIND_LEAD_OPEN", "rule", 36'500));
  for (const char* records : {"max_records: -1", "max_records: 201"}) {
    EXPECT_THAT(Apply(records), HasViolation("max_records", "OUT_OF_RANGE")) << records;
  }
  EXPECT_OK(Apply("max_records: 200"));
  EXPECT_THAT(pipeline_.Call<v1::RetentionRule>(
                  "RetentionRuleService/UpdateRetentionRule",
                  "retention_rule { name: 'retentionRules/rule' kind: KIND_ACTIVITY_TEXT } "
                  "update_mask { paths: 'kind' }"),
              StatusIs(StatusCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(const auto changed,
                       pipeline_.Call<v1::RetentionRule>(
                           "RetentionRuleService/UpdateRetentionRule",
                           "retention_rule { name: 'retentionRules/rule' keep_days: 30 }"));
  EXPECT_THAT(changed, PartlyEqualsProto("kind: KIND_LEAD_OPEN keep_days: 30 etag: '2'"));
}

TEST(RetentionOfAnActivity, TextsAndEveryAddressGo) {
  v1::Activity visit;
  visit.set_display_name("拜访");
  visit.set_outcome_note("note");
  visit.set_description("said");
  visit.add_participants()->set_seller("sellers/s1");
  visit.mutable_participants(0)->set_address("ext 12");
  visit.add_participants()->set_display_name("王五");
  visit.mutable_participants(1)->set_address("wx");
  api::EraseTextFrom(&visit);
  EXPECT_THAT(visit, EqualsProto("display_name: '拜访' participants { seller: 'sellers/s1' } "
                                 "participants { display_name: '王五' }"));
}

}  // namespace
}  // namespace salesops::pipeline
