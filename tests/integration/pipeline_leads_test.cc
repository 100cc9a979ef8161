// What is a lead's own: how it is qualified, disqualified and opened again.
#include <atomic>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "salesops/pipeline/v1/lead.pb.h"
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

constexpr char kUuid[] = "0c2f3a52-7e0c-4b52-9d0e-1f5a4d3c2b1a";
constexpr char kAllNew[] =
    "new_account { display_name: '华为' } new_contact { display_name: '李雷' } "
    "new_opportunity { display_name: '云平台' amount { currency_code: 'CNY' units: 500 } }";

class PipelineLeads : public PipelineServerTest {
 protected:
  v1::Lead MakeLead(const std::string& id, const std::string& fields = "owner: 'sellers/s1'") {
    const auto made = pipeline_.Call<v1::Lead>(
        "LeadService/CreateLead",
        absl::StrCat("lead_id: '", id, "' lead { display_name: '", id, "' ", fields, " }"));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : v1::Lead();
  }
  absl::StatusOr<v1::Lead> Verb(const std::string& verb, const std::string& id,
                                const std::string& fields, const std::string& user = "admin") {
    return pipeline_.Call<v1::Lead>(absl::StrCat("LeadService/", verb, "Lead"),
                                    absl::StrCat("name: 'leads/", id, "' ", fields), user);
  }
  absl::StatusOr<v1::Lead> Qualify(const std::string& id, const std::string& fields,
                                   const std::string& user = "admin") {
    return Verb("Qualify", id, fields, user);
  }
  template <class Proto>
  Proto Get(const std::string& name) {
    const std::string type = Proto::descriptor()->name();
    const auto read = pipeline_.Call<Proto>(absl::StrCat(type, "Service/Get", type),
                                            absl::StrCat("name: '", name, "'"));
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *read : Proto();
  }
  // Creates with an id and a display name that is the id.
  void Make(const std::string& type, const std::string& id, const std::string& fields = "") {
    const std::string one = absl::AsciiStrToLower(type);
    EXPECT_OK(pipeline_.CallByName(
        absl::StrCat(type, "Service/Create", type),
        absl::StrCat(one, "_id: '", id, "' ", one, " { display_name: '", id, "' ", fields, " }")));
  }
  // Nothing but leads was written, and the lead is as it was.
  void ExpectUntouched(const std::string& id) {
    EXPECT_EQ(pipeline_.Count("account"), 0);
    EXPECT_EQ(pipeline_.Count("contact"), 0);
    EXPECT_EQ(pipeline_.Count("opportunity"), 0);
    EXPECT_EQ(pipeline_.Count("stage_transition"), 0);
    EXPECT_EQ(pipeline_.Count("request"), 0);
    EXPECT_THAT(Get<v1::Lead>("leads/" + id), PartlyEqualsProto("etag: '1' state: STATE_OPEN"));
  }
};

TEST_F(PipelineLeads, ANewLeadIsOpenWhateverItsCreateSays) {
  const v1::Lead lead =
      MakeLead("a",
               "company: '华为' contact_display_name: '李雷' phone: '+86 10 1234' "
               "email: 'li@huawei.cn' need: '云平台' source: '展会' campaign: '2026 春' "
               "state: STATE_QUALIFIED outcome_reason: 'x' account: 'accounts/none' "
               "outcome_time { seconds: 1 }");
  EXPECT_THAT(lead, PartlyEqualsProto("company: '华为' need: '云平台' campaign: '2026 春' "
                                      "state: STATE_OPEN etag: '1'"));
  EXPECT_THAT(lead.outcome_reason(), IsEmpty());
  EXPECT_THAT(lead.account(), IsEmpty());
  EXPECT_FALSE(lead.has_outcome_time());
  EXPECT_THAT(Get<v1::Lead>("leads/a"), EqualsProto(lead));
}

TEST_F(PipelineLeads, ANeedHasFiveThousandCharacters) {
  std::string need;
  for (int i = 0; i < 5000; ++i) need += "\U0001F600";  // four bytes each
  EXPECT_EQ(MakeLead("a", absl::StrCat("need: '", need, "'")).need(), need);
  EXPECT_EQ(Get<v1::Lead>("leads/a").need(), need);
  EXPECT_THAT(
      pipeline_.Call<v1::Lead>("LeadService/CreateLead",
                               absl::StrCat("lead { need: '", need, "x' }")),
      AllOf(HasViolation("lead.need", "TOO_LONG"), HasViolation("lead.display_name", "REQUIRED")));
}

TEST_F(PipelineLeads, IsQualifiedIntoWhatIsCreatedForIt) {
  pipeline_.MakeProcess();
  MakeLead("a", "owner: 'sellers/s1' phone: '+86 10 1234' email: 'li@huawei.cn' source: '展会'");
  ASSERT_OK_AND_ASSIGN(const v1::Lead lead,
                       Qualify("a", absl::StrCat(kAllNew, " reason: '有预算' etag: '1'")));
  EXPECT_THAT(lead, PartlyEqualsProto("name: 'leads/a' state: STATE_QUALIFIED etag: '2' "
                                      "outcome_reason: '有预算' "
                                      "outcome_time { seconds: 1772442000 }"));
  EXPECT_THAT(Get<v1::Lead>("leads/a"), EqualsProto(lead));
  EXPECT_THAT(Get<v1::Account>(lead.account()),
              PartlyEqualsProto("display_name: '华为' owner: 'sellers/s1' etag: '1'"));
  EXPECT_THAT(Get<v1::Contact>(lead.contact()),
              PartlyEqualsProto(absl::StrCat("display_name: '李雷' owner: 'sellers/s1' phone: "
                                             "'+86 10 1234' email: 'li@huawei.cn' account: '",
                                             lead.account(), "'")));
  EXPECT_THAT(Get<v1::Opportunity>(lead.opportunity()),
              PartlyEqualsProto(absl::StrCat(
                  "display_name: '云平台' owner: 'sellers/s1' source: '展会' stage: 'lead' "
                  "process_version: 'salesProcesses/direct/versions/v1' account: '",
                  lead.account(), "'")));
  EXPECT_EQ(pipeline_.Count("stage_transition"), 1);

  const auto events = pipeline_.Events();
  ASSERT_GE(events.size(), 4u);
  std::vector<std::string> types;
  for (size_t i = events.size() - 4; i < events.size(); ++i) {
    types.push_back(events[i].type().substr(std::string("salesops.pipeline.v1.").size()));
  }
  EXPECT_THAT(types, ElementsAre("AccountCreated", "ContactCreated", "OpportunityCreated",
                                 "LeadQualified"));
  v1::LeadQualified qualified;
  ASSERT_TRUE(qualified.ParseFromString(events.back().payload()));
  EXPECT_THAT(qualified.changed().paths(), ElementsAre("account", "contact", "opportunity",
                                                       "outcome_reason", "outcome_time", "state"));
  EXPECT_EQ(qualified.lead().opportunity(), lead.opportunity());
  EXPECT_THAT(qualified.lead().phone(), IsEmpty());
  EXPECT_THAT(qualified.lead().email(), IsEmpty());
}

TEST_F(PipelineLeads, WhatIsGivenGoesBeforeWhatTheLeadSays) {
  pipeline_.MakeProcess();
  MakeLead("a", "owner: 'sellers/s1' phone: '+86 10 1234' source: '展会'");
  ASSERT_OK_AND_ASSIGN(
      const v1::Lead lead,
      Qualify("a",
              "new_account { display_name: 'A' owner: 'sellers/s2' } "
              "new_contact { display_name: 'C' owner: 'sellers/s3' phone: '110' account: "
              "'accounts/other' } "
              "new_opportunity { display_name: 'O' owner: 'sellers/s2' source: 'web' stage: "
              "'offer' account: 'accounts/other' }"));
  EXPECT_EQ(Get<v1::Account>(lead.account()).owner(), "sellers/s2");
  EXPECT_THAT(Get<v1::Contact>(lead.contact()),
              PartlyEqualsProto(absl::StrCat("owner: 'sellers/s3' phone: '110' account: '",
                                             lead.account(), "'")));
  EXPECT_THAT(Get<v1::Opportunity>(lead.opportunity()),
              PartlyEqualsProto(absl::StrCat("owner: 'sellers/s2' source: 'web' stage: 'offer' "
                                             "account: '",
                                             lead.account(), "'")));
}

TEST_F(PipelineLeads, IsQualifiedIntoWhatIsThereAlready) {
  pipeline_.MakeProcess();
  Make("Account", "huawei", "owner: 'sellers/s1'");
  Make("Contact", "li", "account: 'accounts/huawei'");
  Make("Opportunity", "cloud", "owner: 'sellers/s1'");  // of no account
  MakeLead("a");
  const size_t before = pipeline_.Events().size();
  ASSERT_OK_AND_ASSIGN(const v1::Lead lead,
                       Qualify("a",
                               "account: 'accounts/huawei' contact: 'contacts/li' "
                               "opportunity: 'opportunities/cloud'"));
  EXPECT_THAT(lead, PartlyEqualsProto("state: STATE_QUALIFIED account: 'accounts/huawei' "
                                      "contact: 'contacts/li' opportunity: 'opportunities/cloud'"));
  EXPECT_EQ(pipeline_.Events().size(), before + 1);
  EXPECT_EQ(Get<v1::Opportunity>("opportunities/cloud").etag(), "1");
  ASSERT_OK_AND_ASSIGN(const auto listed,
                       pipeline_.Call<v1::ListLeadsResponse>(
                           "LeadService/ListLeads",
                           "filter: 'state = STATE_QUALIFIED AND account = \"accounts/huawei\" AND "
                           "opportunity = \"opportunities/cloud\"' order_by: 'outcome_time desc'"));
  EXPECT_THAT(listed.leads(), SizeIs(1));
}

TEST_F(PipelineLeads, ContactAndOpportunityMayBeLeftOutOrMixed) {
  Make("Account", "huawei");
  MakeLead("account-only");
  ASSERT_OK_AND_ASSIGN(const v1::Lead alone, Qualify("account-only", "account: 'accounts/huawei'"));
  EXPECT_EQ(alone.account(), "accounts/huawei");
  EXPECT_THAT(alone.contact(), IsEmpty());
  EXPECT_THAT(alone.opportunity(), IsEmpty());
  MakeLead("mixed");
  ASSERT_OK_AND_ASSIGN(
      const v1::Lead mixed,
      Qualify("mixed", "account: 'accounts/huawei' new_contact { display_name: '韩梅梅' }"));
  EXPECT_EQ(Get<v1::Contact>(mixed.contact()).account(), "accounts/huawei");
  EXPECT_EQ(pipeline_.Count("account"), 1);
  EXPECT_EQ(pipeline_.Count("opportunity"), 0);
}

TEST_F(PipelineLeads, IsQualifiedOnlyWhileItIsOpen) {
  Make("Account", "huawei");
  MakeLead("a");
  ASSERT_OK(Qualify("a", "account: 'accounts/huawei'"));
  const auto not_open = AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("NOT_OPEN"));
  EXPECT_THAT(Qualify("a", "new_account { display_name: 'again' }"), not_open);
  EXPECT_THAT(Verb("Disqualify", "a", "reason: 'late'"), not_open);
  EXPECT_THAT(Verb("Reopen", "a", ""),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("ALREADY_QUALIFIED")));
  MakeLead("b");
  ASSERT_OK(Verb("Disqualify", "b", "reason: '没有预算'"));
  EXPECT_THAT(Qualify("b", "account: 'accounts/huawei'"), not_open);
  EXPECT_EQ(pipeline_.Count("account"), 1);
  MakeLead("c");
  ASSERT_OK(Verb("Archive", "c", ""));
  EXPECT_THAT(Qualify("c", "account: 'accounts/huawei'"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("ARCHIVED")));
}

TEST_F(PipelineLeads, EveryViolationOfAllIsToldAtOnceAndNothingIsWritten) {
  pipeline_.MakeProcess();
  MakeLead("a");
  EXPECT_THAT(Qualify("a",
                      "new_account { display_name: 'A' owner: 'sellers/none' } "
                      "new_contact { display_name: 'C' owner: 'sellers/nobody' } "
                      "new_opportunity { display_name: 'O' stage: 'won' process_version: "
                      "'salesProcesses/direct/versions/v1' outcome_reason: 'x' }"),
              AllOf(StatusIs(StatusCode::kInvalidArgument),
                    HasViolation("new_account.owner", "BAD_REFERENCE"),
                    HasViolation("new_contact.owner", "BAD_REFERENCE"),
                    HasViolation("new_opportunity.stage", "WRONG_STAGE"),
                    HasViolation("new_opportunity.outcome_reason", "NOT_CLOSED")));
  ExpectUntouched("a");
  // A good account is given up with the rest.
  EXPECT_THAT(Qualify("a",
                      "new_account { display_name: 'A' } contact: 'contacts/none' "
                      "opportunity: 'opportunities/none'"),
              AllOf(HasViolation("contact", "BAD_REFERENCE"),
                    HasViolation("opportunity", "BAD_REFERENCE")));
  ExpectUntouched("a");
  EXPECT_THAT(Qualify("a",
                      "contact: 'contacts/x' new_contact { display_name: 'C' } "
                      "opportunity: 'opportunities/x' new_opportunity { display_name: 'O' }"),
              AllOf(HasViolation("account", "REQUIRED"), HasViolation("new_contact", "ONLY_ONE"),
                    HasViolation("new_opportunity", "ONLY_ONE")));
  ExpectUntouched("a");
  EXPECT_THAT(Qualify("a",
                      "account: 'accounts/none' new_contact { display_name: 'C' phone: 'x' } "
                      "new_opportunity { owner: 'nobody' }"),
              AllOf(HasViolation("new_contact.phone"), HasViolation("new_opportunity.owner"),
                    HasViolation("new_opportunity.display_name", "REQUIRED")));
  ExpectUntouched("a");
}

TEST_F(PipelineLeads, ADealNeedsAnOwnerEvenIfTheLeadHasNone) {
  pipeline_.MakeProcess();
  MakeLead("a", "");
  EXPECT_THAT(Qualify("a", kAllNew), HasViolation("new_opportunity.owner", "REQUIRED"));
  ExpectUntouched("a");
  EXPECT_OK(Qualify("a",
                    "new_account { display_name: 'A' } "
                    "new_opportunity { display_name: 'O' owner: 'sellers/s2' }"));
}

TEST_F(PipelineLeads, WithoutAProcessThereIsNoDeal) {
  MakeLead("a");
  EXPECT_THAT(Qualify("a", kAllNew), HasViolation("new_opportunity.process_version", "REQUIRED"));
  ExpectUntouched("a");
}

TEST_F(PipelineLeads, WhatIsNamedFitsTheAccountAndIsNotArchived) {
  pipeline_.MakeProcess();
  Make("Account", "huawei");
  Make("Account", "zte");
  Make("Account", "gone");
  Make("Contact", "li", "account: 'accounts/zte'");
  Make("Contact", "left");
  Make("Opportunity", "cloud", "owner: 'sellers/s1' account: 'accounts/zte'");
  for (const auto& [type, name] :
       {std::pair("Account", "accounts/gone"), std::pair("Contact", "contacts/left")}) {
    ASSERT_OK(pipeline_.CallByName(absl::StrCat(type, "Service/Archive", type),
                                   absl::StrCat("name: '", name, "'")));
  }
  MakeLead("a");
  EXPECT_THAT(Qualify("a",
                      "account: 'accounts/huawei' contact: 'contacts/li' "
                      "opportunity: 'opportunities/cloud'"),
              AllOf(HasViolation("contact", "OTHER_ACCOUNT"),
                    HasViolation("opportunity", "OTHER_ACCOUNT")));
  EXPECT_THAT(Qualify("a", "new_account { display_name: 'A' } contact: 'contacts/li'"),
              HasViolation("contact", "OTHER_ACCOUNT"));
  EXPECT_THAT(Qualify("a", "account: 'accounts/gone' contact: 'contacts/left'"),
              AllOf(HasViolation("account", "ARCHIVED"), HasViolation("contact", "ARCHIVED")));
  EXPECT_OK(Qualify("a",
                    "account: 'accounts/zte' contact: 'contacts/li' "
                    "opportunity: 'opportunities/cloud'"));
}

TEST_F(PipelineLeads, OneEtagGuardsTheWholeChange) {
  pipeline_.MakeProcess();
  MakeLead("a");
  EXPECT_THAT(Qualify("a", absl::StrCat(kAllNew, " etag: '9'")),
              AllOf(StatusIs(StatusCode::kAborted), HasReason("ETAG_MISMATCH")));
  ExpectUntouched("a");
  EXPECT_THAT(Qualify("none", kAllNew), StatusIs(StatusCode::kNotFound));
}

TEST_F(PipelineLeads, OneRequestIdQualifiesOnceAndATryNever) {
  pipeline_.MakeProcess();
  MakeLead("a");
  const std::string request = absl::StrCat(kAllNew, " request_id: '", kUuid, "'");
  ASSERT_OK_AND_ASSIGN(const v1::Lead tried, Qualify("a", request + " validate_only: true"));
  EXPECT_EQ(tried.state(), v1::Lead::STATE_QUALIFIED);
  ExpectUntouched("a");
  ASSERT_OK_AND_ASSIGN(const v1::Lead first, Qualify("a", request));
  ASSERT_OK_AND_ASSIGN(const v1::Lead second, Qualify("a", request));
  EXPECT_THAT(second, EqualsProto(first));
  EXPECT_EQ(pipeline_.Count("account"), 1);
  EXPECT_EQ(pipeline_.Count("opportunity"), 1);
}

TEST_F(PipelineLeads, OfManyAtOnceOneQualifiesIt) {
  pipeline_.MakeProcess();
  MakeLead("a");
  std::atomic<int> won = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto answer = Qualify("a", kAllNew);
      if (answer.ok()) {
        ++won;
      } else if (status::Reason(answer.status()) == "NOT_OPEN") {
        ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 15);
  EXPECT_EQ(pipeline_.Count("account"), 1);
  EXPECT_EQ(pipeline_.Count("contact"), 1);
  EXPECT_EQ(pipeline_.Count("opportunity"), 1);
}

TEST_F(PipelineLeads, ALimitedCallerQualifiesItsOwnWithWhatItSees) {
  pipeline_.MakeProcess();
  Make("Account", "foreign", "owner: 'sellers/s3'");
  MakeLead("mine");
  MakeLead("foreign", "owner: 'sellers/s3'");
  const auto denied = StatusIs(StatusCode::kPermissionDenied);
  EXPECT_THAT(Qualify("foreign", kAllNew, "s1"), denied);
  EXPECT_THAT(Qualify("absent", kAllNew, "s1"), denied);
  const auto foreign = Qualify("mine", "account: 'accounts/foreign'", "s1");
  EXPECT_THAT(foreign, HasViolation("account", "BAD_REFERENCE"));
  EXPECT_THAT(Qualify("mine", "account: 'accounts/absent'", "s1"),
              HasViolation("account", "BAD_REFERENCE"));
  EXPECT_THAT(Qualify("mine", "new_account { display_name: 'A' owner: 'sellers/s3' }", "s1"),
              denied);
  EXPECT_THAT(
      Qualify("mine", "new_account { display_name: 'A' external_keys { source: 'x' key: '1' } }",
              "s1"),
      denied);
  EXPECT_EQ(pipeline_.Count("account"), 1);
  ASSERT_OK_AND_ASSIGN(const v1::Lead lead, Qualify("mine", kAllNew, "s1"));
  EXPECT_EQ(Get<v1::Opportunity>(lead.opportunity()).owner(), "sellers/s1");
}

TEST_F(PipelineLeads, QualifyingNeedsThePermissionsOfWhatItDoes) {
  pipeline_.MakeProcess();
  Make("Account", "huawei", "owner: 'sellers/s3'");
  auto& access = pipeline_.server().access();
  access.Grant("clerk", "pipeline.leads.*", auth::RowScope::All());
  access.Grant("linker", "pipeline.leads.*", auth::RowScope::All());
  access.Grant("linker", "pipeline.accounts.read", auth::RowScope::All());
  access.Grant("mixed", "pipeline.leads.*", auth::RowScope::All());
  access.Grant("mixed", "pipeline.accounts.*", {.some = true, .sellers = {"s1"}}, "s1");
  const auto denied = StatusIs(StatusCode::kPermissionDenied);
  MakeLead("a");
  EXPECT_THAT(Qualify("a", "account: 'accounts/huawei'", "clerk"), denied);
  EXPECT_THAT(Qualify("a", "new_account { display_name: 'A' }", "linker"), denied);
  EXPECT_THAT(
      Qualify("a", "account: 'accounts/huawei' new_contact { display_name: 'C' }", "linker"),
      denied);
  // Its rows of accounts are fewer than those of leads.
  EXPECT_THAT(Qualify("a", "account: 'accounts/huawei'", "mixed"),
              HasViolation("account", "BAD_REFERENCE"));
  EXPECT_THAT(Qualify("a", "new_account { display_name: 'A' owner: 'sellers/s3' }", "mixed"),
              denied);
  EXPECT_EQ(pipeline_.Count("account"), 1);
  EXPECT_OK(Qualify("a", "account: 'accounts/huawei'", "linker"));
  MakeLead("b");
  EXPECT_OK(Qualify("b", "new_account { display_name: 'B' }", "mixed"));
}

TEST_F(PipelineLeads, IsDisqualifiedWithAReasonAndOpenedAgain) {
  MakeLead("a");
  EXPECT_THAT(Verb("Disqualify", "a", ""), HasViolation("reason", "REQUIRED"));
  EXPECT_THAT(Verb("Reopen", "a", ""),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("ALREADY_OPEN")));
  EXPECT_THAT(Verb("Disqualify", "a", "reason: '没有预算' etag: '9'"), HasReason("ETAG_MISMATCH"));
  ASSERT_OK_AND_ASSIGN(const v1::Lead closed, Verb("Disqualify", "a", "reason: '没有预算'"));
  EXPECT_THAT(closed, PartlyEqualsProto("state: STATE_DISQUALIFIED outcome_reason: '没有预算' "
                                        "outcome_time { seconds: 1772442000 } etag: '2'"));
  const std::string then = pipeline_.Now();
  EXPECT_THAT(Verb("Reopen", "a", "", "s3"), StatusIs(StatusCode::kPermissionDenied));
  ASSERT_OK_AND_ASSIGN(const v1::Lead open, Verb("Reopen", "a", "", "s1"));
  EXPECT_THAT(open, PartlyEqualsProto("state: STATE_OPEN etag: '3'"));
  EXPECT_THAT(open.outcome_reason(), IsEmpty());
  EXPECT_FALSE(open.has_outcome_time());
  EXPECT_THAT(pipeline_.EventTypes(),
              ElementsAre("LeadCreated", "LeadDisqualified", "LeadReopened"));
  ASSERT_OK_AND_ASSIGN(const v1::Lead known,
                       Verb("Get", "a", absl::StrCat("as_of_time { ", then, " }")));
  EXPECT_THAT(known, EqualsProto(closed));
}

TEST_F(PipelineLeads, AnUpdateAndAnImportLeaveTheOutcomeAlone) {
  Make("Account", "huawei");
  MakeLead("a", "external_keys { source: 'crm' key: '1' }");
  ASSERT_OK(Qualify("a", "account: 'accounts/huawei'"));
  const auto replies = pipeline_.Import(
      "LeadService/ImportLeads",
      {"options { source: 'crm' }",
       "batch { rows { row_number: 1 lead { display_name: 'renamed' state: STATE_OPEN account: "
       "'accounts/other' external_keys { source: 'crm' key: '1' } } } rows { row_number: 2 lead { "
       "display_name: 'new' state: STATE_QUALIFIED external_keys { source: 'crm' key: '2' } } } "
       "}"});
  ASSERT_OK(replies);
  EXPECT_THAT(static_cast<const v1::ImportLeadsResponse&>(*replies->back()),
              PartlyEqualsProto("created_count: 1 updated_count: 1"));
  EXPECT_THAT(Get<v1::Lead>("leads/a"),
              PartlyEqualsProto("display_name: 'renamed' state: STATE_QUALIFIED account: "
                                "'accounts/huawei' etag: '3'"));
  ASSERT_OK_AND_ASSIGN(const auto open,
                       pipeline_.Call<v1::ListLeadsResponse>("LeadService/ListLeads",
                                                             "filter: 'state = STATE_OPEN'"));
  ASSERT_THAT(open.leads(), SizeIs(1));
  EXPECT_EQ(open.leads(0).display_name(), "new");
  ASSERT_OK_AND_ASSIGN(
      const v1::Lead updated,
      pipeline_.Call<v1::Lead>("LeadService/UpdateLead",
                               "lead { name: 'leads/a' display_name: 'again' state: STATE_OPEN } "
                               "update_mask { paths: '*' }"));
  EXPECT_EQ(updated.state(), v1::Lead::STATE_QUALIFIED);
}

}  // namespace
}  // namespace salesops::pipeline
