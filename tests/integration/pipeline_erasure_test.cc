// Erasing who a person is: nothing that is stored tells it any more, and everything that is counted
// stays.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/activity.pb.h"
#include "salesops/pipeline/v1/audit.pb.h"
#include "salesops/pipeline/v1/contact.pb.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "salesops/pipeline/v1/lead.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "services/pipeline/api/erasure.h"
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
using ::testing::IsSupersetOf;
using ::testing::Not;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

// What tells who Li Lei is, or was said of him, in any version of anything.
const char* const kTraces[] = {"李雷",       "采购总监", "+86 139 1111", "+86 138 2222",
                               "li@acme.cn", "爱下围棋", "急着要两百台", "他想换工作",
                               "孩子刚出生", "wx-lilei", "微信 li-lei"};

class PipelineErasure : public PipelineServerTest {
 protected:
  void Make(const std::string& method, const std::string& request) {
    const auto made = pipeline_.CallByName(method, request);
    EXPECT_TRUE(made.ok()) << method << ": " << made.status();
  }
  void MakeActivity(const std::string& id, const std::string& fields) {
    Make("ActivityService/CreateActivity",
         absl::StrCat("activity_id: '", id,
                      "' activity { display_name: '拜访' kind: KIND_VISIT start_time { seconds: "
                      "1772438400 } ",
                      fields, " }"));
  }
  void UpdateActivity(const std::string& id, const std::string& fields, const std::string& paths) {
    Make("ActivityService/UpdateActivity",
         absl::StrCat("activity { name: 'activities/", id, "' ", fields,
                      " } update_mask { paths: ", paths, " }"));
  }
  // Li Lei, a contact who was a lead, and what he and others left: a deal, and activities that name
  // him now, did once, or name the lead. Han Mei has an activity of her own.
  void MakePeople() {
    pipeline_.MakeProcess();
    Make("AccountService/CreateAccount",
         "account_id: 'acme' account { display_name: 'Acme' owner: 'sellers/s1' }");
    Make("OpportunityService/CreateOpportunity",
         "opportunity_id: 'deal' opportunity { display_name: '两百台' account: 'accounts/acme' "
         "owner: 'sellers/s1' amount { currency_code: 'CNY' units: 100 } }");
    Make("ContactService/CreateContact",
         "contact_id: 'han' contact { display_name: '韩梅' account: 'accounts/acme' }");
    Make("ContactService/CreateContact",
         "contact_id: 'li' contact { display_name: '李雷' account: 'accounts/acme' title: "
         "'采购总监' phone: '+86 139 1111' email: 'li@acme.cn' owner: 'sellers/s1' "
         "external_keys { source: 'crm' key: 'K-1' } attributes { key: 'hobby' value { "
         "string_value: '爱下围棋' } } }");
    Make("ContactService/UpdateContact", "contact { name: 'contacts/li' phone: '+86 138 2222' }");
    Make("LeadService/CreateLead",
         "lead_id: 'fair' lead { display_name: '李雷来电' company: 'Acme' contact_display_name: "
         "'李雷' phone: '+86 139 1111' email: 'li@acme.cn' need: '急着要两百台' source: '展会' "
         "campaign: '春季' owner: 'sellers/s1' }");
    Make("LeadService/QualifyLead",
         "name: 'leads/fair' account: 'accounts/acme' contact: 'contacts/li' reason: '有预算'");
    MakeActivity("now",
                 "contact: 'contacts/li' outcome_note: '他想换工作' description: "
                 "'孩子刚出生' owner: 'sellers/s1' participants { contact: 'contacts/li' "
                 "address: 'wx-lilei' }");
    MakeActivity("once",
                 "description: '孩子刚出生' participants { contact: 'contacts/li' address: "
                 "'wx-lilei' } participants { contact: 'contacts/han' address: 'wx-han' }");
    UpdateActivity("once", "participants { contact: 'contacts/han' address: 'wx-han' }",
                   "'participants'");
    MakeActivity("lead",
                 "lead: 'leads/fair' description: '急着要两百台' participants { display_name: "
                 "'李雷' address: '微信 li-lei' } participants { seller: 'sellers/s1' address: "
                 "'ext 12' }");
    MakeActivity("other",
                 "contact: 'contacts/han' description: '留下来' participants { contact: "
                 "'contacts/han' address: 'wx-han' }");
  }
  absl::StatusOr<v1::Contact> Erase(const std::string& more = "",
                                    const std::string& user = "admin") {
    return pipeline_.Call<v1::Contact>("ContactService/EraseContact",
                                       absl::StrCat("name: 'contacts/li' ", more), user);
  }
  absl::StatusOr<v1::Lead> EraseLead(const std::string& user = "admin") {
    return pipeline_.Call<v1::Lead>("LeadService/EraseLead", "name: 'leads/fair'", user);
  }
  template <class Proto>
  Proto Get(const std::string& name, const std::string& more = "") {
    const std::string type = Proto::descriptor()->name();
    const auto read = pipeline_.Call<Proto>(absl::StrCat(type, "Service/Get", type),
                                            absl::StrCat("name: '", name, "' ", more));
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *read : Proto();
  }
  // What is counted: groups of deals, of leads by state, and how many rows lists have.
  std::string Counted(const std::string& more) {
    std::string counted;
    const auto deals = pipeline_.Call<v1::AggregateOpportunitiesResponse>(
        "OpportunityService/AggregateOpportunities", "group_by: 'owner' " + more);
    EXPECT_OK(deals);
    if (deals.ok()) {
      for (const auto& group : deals->groups()) {
        absl::StrAppend(&counted, group.ShortDebugString(), "\n");
      }
    }
    const auto contacts = pipeline_.Call<v1::ListContactsResponse>(
        "ContactService/ListContacts",
        "show_archived: true filter: 'account = \"accounts/acme\"' " + more);
    const auto leads = pipeline_.Call<v1::ListLeadsResponse>(
        "LeadService/ListLeads",
        "show_archived: true filter: 'state = STATE_QUALIFIED AND source = \"展会\"' " + more);
    const auto activities = pipeline_.Call<v1::ListActivitiesResponse>(
        "ActivityService/ListActivities", "filter: 'done = true AND kind = KIND_VISIT' " + more);
    EXPECT_OK(contacts);
    EXPECT_OK(leads);
    EXPECT_OK(activities);
    if (!contacts.ok() || !leads.ok() || !activities.ok()) return "";
    for (const v1::Activity& a : activities->activities()) {
      absl::StrAppend(&counted, a.name(), " ", a.owner(), " ", a.etag(), " ",
                      a.update_time().ShortDebugString(), "\n");
    }
    absl::StrAppend(&counted, contacts->contacts_size(), " ", leads->leads_size());
    return counted;
  }
  int64_t Rows() {
    int64_t rows = 0;
    for (const char* table : {"outbox", "audit_entry", "contact_history", "sales_lead_history",
                              "activity_history", "activity_participant"}) {
      rows += pipeline_.Count(table);
    }
    return rows;
  }
};

TEST_F(PipelineErasure, NothingThatIsStoredTellsWhoItWas) {
  MakePeople();
  for (const char* trace : kTraces) {
    EXPECT_THAT(ColumnsThatHold(pipeline_.database(), trace), Not(IsEmpty())) << trace;
  }
  EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "李雷"),
              IsSupersetOf({"contact.display_name", "contact_history.display_name",
                            "outbox.payload", "activity.participants"}));
  ASSERT_OK_AND_ASSIGN(const v1::Contact erased, Erase());
  for (const char* trace : kTraces) {
    EXPECT_THAT(ColumnsThatHold(pipeline_.database(), trace), IsEmpty()) << trace;
  }
  EXPECT_THAT(erased, PartlyEqualsProto("name: 'contacts/li' display_name: '(erased)' account: "
                                        "'accounts/acme' owner: 'sellers/s1' etag: '3' "
                                        "external_keys { source: 'crm' key: 'K-1' }"));
  EXPECT_TRUE(erased.has_erase_time());
  EXPECT_TRUE(erased.has_archive_time());
  EXPECT_THAT(Get<v1::Contact>("contacts/li"), EqualsProto(erased));
  EXPECT_THAT(Get<v1::Lead>("leads/fair"),
              PartlyEqualsProto("display_name: '(erased)' company: 'Acme' "
                                "source: '展会' campaign: '春季' state: STATE_QUALIFIED contact: "
                                "'contacts/li' outcome_reason: '有预算' etag: '3'"));
  // What is not of the person stays.
  EXPECT_THAT(Get<v1::Activity>("activities/other"),
              PartlyEqualsProto("description: '留下来' participants { contact: 'contacts/han' "
                                "address: 'wx-han' }"));
  EXPECT_THAT(Get<v1::Activity>("activities/once"),
              PartlyEqualsProto("participants { contact: 'contacts/han' address: 'wx-han' } etag: "
                                "'2'"));
  EXPECT_THAT(Get<v1::Activity>("activities/lead"),
              PartlyEqualsProto("participants { display_name: '(erased)' } participants { seller: "
                                "'sellers/s1' address: 'ext 12' } etag: '1'"));
  EXPECT_THAT(Get<v1::Contact>("contacts/han"), PartlyEqualsProto("display_name: '韩梅'"));
}

TEST_F(PipelineErasure, CountsAndSumsStayNowAndAsOfBefore) {
  MakePeople();
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  const std::string now_before = Counted("");
  const std::string then_before = Counted(then);
  EXPECT_TRUE(absl::StrContains(now_before, "100")) << now_before;
  ASSERT_OK(Erase());
  EXPECT_EQ(Counted(""), now_before);
  EXPECT_EQ(Counted(then), then_before);
  EXPECT_EQ(now_before, then_before);
}

TEST_F(PipelineErasure, ThePastShowsItErasedToo) {
  MakePeople();
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  const v1::Contact before = Get<v1::Contact>("contacts/li");
  ASSERT_OK(Erase());
  const v1::Contact past = Get<v1::Contact>("contacts/li", then);
  v1::Contact expected = before;
  expected.set_display_name("(erased)");
  expected.clear_title();
  expected.clear_phone();
  expected.clear_email();
  expected.clear_attributes();
  EXPECT_THAT(past, EqualsProto(expected));
  (void)pipeline_.Now();
  ASSERT_OK_AND_ASSIGN(const auto page,
                       pipeline_.Call<v1::ListContactRevisionsResponse>(
                           "ContactService/ListContactRevisions", "name: 'contacts/li'"));
  std::vector<std::string> verbs;
  for (const v1::ContactRevision& revision : page.revisions()) {
    verbs.push_back(revision.verb());
    EXPECT_EQ(revision.contact().display_name(), "(erased)");
    EXPECT_EQ(revision.contact().phone(), "");
  }
  EXPECT_THAT(verbs, ElementsAre("Erased", "Updated", "Created"));
  EXPECT_EQ(page.revisions(0).actor(), "user:admin");
  const v1::Activity once = Get<v1::Activity>("activities/once", then);
  EXPECT_EQ(once.description(), "");
}

TEST_F(PipelineErasure, TheFactsTellItAndThoseBeforeTellNothingElse) {
  MakePeople();
  const size_t before = pipeline_.Events().size();
  ASSERT_OK(Erase());
  const auto events = pipeline_.Events();
  ASSERT_THAT(events, SizeIs(before + 2));
  v1::ContactErased contact;
  ASSERT_EQ(events[before].type(), "salesops.pipeline.v1.ContactErased");
  EXPECT_EQ(events[before].aggregate(), "contacts/li");
  ASSERT_TRUE(contact.ParseFromString(events[before].payload()));
  EXPECT_THAT(contact,
              PartlyEqualsProto("contact { name: 'contacts/li' display_name: '(erased)' }"));
  EXPECT_THAT(contact.changed().paths(), ElementsAre("archive_time", "attributes", "display_name",
                                                     "email", "erase_time", "phone", "title"));
  ASSERT_EQ(events[before + 1].type(), "salesops.pipeline.v1.LeadErased");
  EXPECT_EQ(events[before + 1].aggregate(), "leads/fair");
  for (const events::v1::Event& event : events) {
    EXPECT_FALSE(absl::StrContains(event.payload(), "李雷")) << event.type();
  }
}

TEST_F(PipelineErasure, TheAuditNamesWhoWasErasedAndByWhom) {
  MakePeople();
  ASSERT_OK(Erase("", "officer"));
  ASSERT_OK_AND_ASSIGN(const auto audit,
                       pipeline_.Call<v1::ListAuditEntriesResponse>(
                           "AuditService/ListAuditEntries",
                           "filter: 'principal = \"user:officer\"' order_by: 'create_time'"));
  std::vector<std::string> told;
  for (const v1::AuditEntry& entry : audit.audit_entries()) {
    EXPECT_EQ(entry.method(), "salesops.pipeline.v1.ContactService/EraseContact");
    std::string text;
    for (const std::string& resource : entry.resources()) absl::StrAppend(&text, resource, " ");
    for (const std::string& field : entry.fields()) absl::StrAppend(&text, " ", field);
    told.push_back(text);
  }
  EXPECT_THAT(told, ::testing::UnorderedElementsAre(
                        "contacts/li  attributes display_name email phone title",
                        "leads/fair  contact_display_name display_name email need phone",
                        "activities/lead  description participants",
                        "activities/now activities/once  description outcome_note participants"));
}

TEST_F(PipelineErasure, ASecondTimeItChangesNothing) {
  MakePeople();
  ASSERT_OK_AND_ASSIGN(const v1::Contact erased, Erase());
  const int64_t rows = Rows();
  ASSERT_OK_AND_ASSIGN(const v1::Contact again, Erase());
  EXPECT_THAT(again, EqualsProto(erased));
  EXPECT_EQ(Rows(), rows);
  ASSERT_OK(EraseLead());
  EXPECT_EQ(Rows(), rows);
}

TEST_F(PipelineErasure, CalledAgainItGoesOn) {
  MakePeople();
  ASSERT_OK(Erase());
  UpdateActivity("now", "description: '孩子刚出生'", "'description'");
  const int64_t facts = pipeline_.Count("outbox");
  ASSERT_OK(Erase());
  EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "孩子刚出生"), IsEmpty());
  EXPECT_EQ(pipeline_.Count("outbox"), facts);
}

TEST_F(PipelineErasure, MoreActivitiesThanOneTransactionTakes) {
  Make("ContactService/CreateContact", "contact_id: 'li' contact { display_name: '李雷' }");
  std::string requests;
  for (int i = 0; i < 201; ++i) {
    absl::StrAppend(&requests,
                    "requests { activity { display_name: '电话' kind: KIND_CALL start_time { "
                    "seconds: 1772438400 } description: '孩子刚出生' participants { contact: "
                    "'contacts/li' } } } ");
  }
  Make("ActivityService/BatchCreateActivities", requests);
  EXPECT_EQ(pipeline_.Count("activity_participant"), 201);
  ASSERT_OK(Erase("", "busy"));
  EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "孩子刚出生"), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const auto audit,
                       pipeline_.Call<v1::ListAuditEntriesResponse>(
                           "AuditService/ListAuditEntries", "filter: 'principal = \"user:busy\"'"));
  std::vector<int> counts;
  for (const v1::AuditEntry& entry : audit.audit_entries()) {
    counts.push_back(entry.resource_count());
  }
  EXPECT_THAT(counts, ::testing::UnorderedElementsAre(1, 200, 1));
}

TEST_F(PipelineErasure, ItsRowOfAnImportIsRefused) {
  MakePeople();
  ASSERT_OK(Erase());
  const auto replies = pipeline_.Import(
      "ContactService/ImportContacts",
      {"options { source: 'crm' }",
       "batch { rows { row_number: 1 contact { display_name: '李雷' phone: '+86 139 1111' "
       "external_keys { source: 'crm' key: 'K-1' } } } rows { row_number: 2 contact { "
       "display_name: '新人' external_keys { source: 'crm' key: 'K-2' } } } }"});
  ASSERT_OK(replies);
  const auto& reply = static_cast<const v1::ImportContactsResponse&>(*replies->back());
  EXPECT_THAT(reply, PartlyEqualsProto("created_count: 1 failed_count: 1 failures { row_number: 1 "
                                       "field: 'contact' reason: 'ERASED' }"));
  EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "李雷"), IsEmpty());
}

TEST_F(PipelineErasure, NoImportErases) {
  MakePeople();
  const auto replies = pipeline_.Import(
      "ContactService/ImportContacts",
      {"options { source: 'crm' }",
       "batch { rows { row_number: 1 contact { name: 'contacts/han' display_name: '韩梅' title: "
       "'经理' erase_time { seconds: 5 } } } rows { row_number: 2 contact { name: 'contacts/new' "
       "display_name: '新人' erase_time { seconds: 5 } } } }"});
  ASSERT_OK(replies);
  EXPECT_THAT(static_cast<const v1::ImportContactsResponse&>(*replies->back()),
              PartlyEqualsProto("created_count: 1 updated_count: 1"));
  EXPECT_FALSE(Get<v1::Contact>("contacts/han").has_erase_time());
  EXPECT_FALSE(Get<v1::Contact>("contacts/new").has_erase_time());
}

TEST_F(PipelineErasure, EveryChangeOfItIsRefused) {
  MakePeople();
  ASSERT_OK(Erase());
  EXPECT_THAT(pipeline_.Call<v1::Contact>("ContactService/UpdateContact",
                                          "contact { name: 'contacts/li' title: '采购' }"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("ERASED")));
  for (const char* verb : {"Unarchive", "Archive"}) {
    EXPECT_THAT(pipeline_.Call<v1::Contact>(absl::StrCat("ContactService/", verb, "Contact"),
                                            "name: 'contacts/li'"),
                HasReason("ERASED"));
    EXPECT_THAT(
        pipeline_.Call<v1::Lead>(absl::StrCat("LeadService/", verb, "Lead"), "name: 'leads/fair'"),
        HasReason("ERASED"));
  }
  EXPECT_THAT(
      pipeline_.Call<v1::Lead>("LeadService/DisqualifyLead", "name: 'leads/fair' reason: 'x'"),
      HasReason("ERASED"));
  EXPECT_THAT(pipeline_.Call<v1::Activity>(
                  "ActivityService/CreateActivity",
                  "activity { display_name: 'x' kind: KIND_CALL start_time { seconds: 1772438400 } "
                  "contact: 'contacts/li' }"),
              HasViolation("activity.contact", "ARCHIVED"));
}

TEST_F(PipelineErasure, ALeadAloneIsErasedWithItsActivities) {
  MakePeople();
  ASSERT_OK(EraseLead());
  for (const char* trace : {"急着要两百台", "微信 li-lei", "李雷来电"}) {
    EXPECT_THAT(ColumnsThatHold(pipeline_.database(), trace), IsEmpty()) << trace;
  }
  EXPECT_THAT(Get<v1::Contact>("contacts/li"), PartlyEqualsProto("display_name: '李雷' etag: '2'"));
  EXPECT_THAT(Get<v1::Activity>("activities/now"), PartlyEqualsProto("description: '孩子刚出生'"));
}

TEST_F(PipelineErasure, AnArchivedOneIsErasedAndKeepsWhenItWasArchived) {
  MakePeople();
  ASSERT_OK_AND_ASSIGN(
      const v1::Contact archived,
      pipeline_.Call<v1::Contact>("ContactService/ArchiveContact", "name: 'contacts/li'"));
  ASSERT_OK_AND_ASSIGN(const v1::Contact erased,
                       Erase(absl::StrCat("etag: '", archived.etag(), "'")));
  EXPECT_THAT(erased.archive_time(), EqualsProto(archived.archive_time()));
  EXPECT_EQ(erased.display_name(), "(erased)");
}

TEST_F(PipelineErasure, TriedOnlyOrWithAnOldEtagNothingIsErased) {
  MakePeople();
  const int64_t rows = Rows();
  EXPECT_THAT(Erase("etag: '1'"), HasReason("ETAG_MISMATCH"));
  ASSERT_OK_AND_ASSIGN(const v1::Contact tried, Erase("validate_only: true"));
  EXPECT_EQ(tried.display_name(), "(erased)");
  EXPECT_EQ(Rows(), rows);
  EXPECT_THAT(Get<v1::Contact>("contacts/li"),
              PartlyEqualsProto("display_name: '李雷' phone: '+86 138 2222'"));
  EXPECT_THAT(Get<v1::Activity>("activities/now"), PartlyEqualsProto("description: '孩子刚出生'"));
}

// Traces of a person lie in rows of many owners: whoever sees only some may not erase.
TEST_F(PipelineErasure, ItTakesThePermissionOnEveryRow) {
  MakePeople();
  EXPECT_THAT(Erase("", "s1"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(EraseLead("s1"), StatusIs(StatusCode::kPermissionDenied));
  auto& access = pipeline_.server().access();
  access.Grant("archivist", "pipeline.contacts.archive", auth::RowScope::All());
  EXPECT_THAT(Erase("", "archivist"), StatusIs(StatusCode::kPermissionDenied));
  access.Grant("eraser", "pipeline.contacts.erase", auth::RowScope::All());
  EXPECT_THAT(
      pipeline_.Call<v1::Contact>("ContactService/EraseContact", "name: 'contacts/none'", "eraser"),
      StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Get<v1::Contact>("contacts/li"), PartlyEqualsProto("display_name: '李雷'"));
  EXPECT_OK(Erase("", "eraser"));
}

// --- What is erased from an activity ---

v1::Activity Visit() {
  v1::Activity visit;
  visit.set_display_name("拜访");
  visit.set_outcome(v1::Activity::OUTCOME_REACHED);
  visit.set_outcome_note("note");
  visit.set_description("said");
  v1::ActivityParticipant* li = visit.add_participants();
  li->set_contact("contacts/li");
  li->set_address("a");
  v1::ActivityParticipant* han = visit.add_participants();
  han->set_contact("contacts/han");
  han->set_address("b");
  v1::ActivityParticipant* stranger = visit.add_participants();
  stranger->set_display_name("somebody");
  stranger->set_address("c");
  return visit;
}

TEST(ErasureFromAnActivity, OfAContactItsAddressAndWhatWasSaid) {
  v1::Activity visit = Visit();
  api::EraseContactFrom("contacts/li", &visit);
  EXPECT_THAT(visit, EqualsProto("display_name: '拜访' outcome: OUTCOME_REACHED "
                                 "participants { contact: 'contacts/li' } "
                                 "participants { contact: 'contacts/han' address: 'b' } "
                                 "participants { display_name: 'somebody' address: 'c' }"));
}

TEST(ErasureFromAnActivity, OfALeadWhoeverIsNotKnownAndWhatWasSaid) {
  v1::Activity visit = Visit();
  api::EraseLeadFrom(&visit);
  EXPECT_THAT(visit, EqualsProto("display_name: '拜访' outcome: OUTCOME_REACHED "
                                 "participants { contact: 'contacts/li' address: 'a' } "
                                 "participants { contact: 'contacts/han' address: 'b' } "
                                 "participants { display_name: '(erased)' }"));
}

}  // namespace
}  // namespace salesops::pipeline
