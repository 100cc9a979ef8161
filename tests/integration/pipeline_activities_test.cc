// What is an activity's own: what it refers to, when it is done, what people said, its lists and
// how it is counted.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/activity.pb.h"
#include "salesops/pipeline/v1/audit.pb.h"
#include "salesops/pipeline/v1/contact.pb.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "salesops/pipeline/v1/lead.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "services/pipeline/store/activity_store.h"
#include "shared/base/context.h"
#include "shared/status/macros.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using absl::StatusCode;
using domain::ActivityKind;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasViolation;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

// 2026-03-02 09:00 UTC, the service's now; a day has 86,400 seconds.
constexpr int64_t kNow = 1'772'442'000;
constexpr int64_t kDay = 86'400;

std::string At(const char* field, int64_t seconds) {
  return absl::StrCat(field, " { seconds: ", seconds, " } ");
}

base::DeadlineContext Soon() { return base::DeadlineContext(absl::Now() + absl::Seconds(20)); }

class PipelineActivities : public PipelineServerTest {
 protected:
  // A call that began an hour ago unless the fields say otherwise.
  absl::StatusOr<v1::Activity> Create(const std::string& fields, const std::string& user = "admin",
                                      const std::string& more = "") {
    return pipeline_.Call<v1::Activity>(
        "ActivityService/CreateActivity",
        absl::StrCat(
            more, " activity { display_name: '电话' kind: KIND_CALL ",
            fields.find("start_time") == std::string::npos ? At("start_time", kNow - 3600) : "",
            fields, " }"),
        user);
  }
  absl::StatusOr<v1::Activity> Update(const std::string& name, const std::string& fields,
                                      const std::string& mask = "",
                                      const std::string& user = "admin") {
    return pipeline_.Call<v1::Activity>(
        "ActivityService/UpdateActivity",
        absl::StrCat("activity { name: '", name, "' ", fields, " }",
                     mask.empty() ? "" : absl::StrCat(" update_mask { paths: '", mask, "' }")),
        user);
  }
  // Names without the collection.
  std::vector<std::string> Names(const std::string& request) {
    std::vector<std::string> names;
    const auto listed =
        pipeline_.Call<v1::ListActivitiesResponse>("ActivityService/ListActivities", request);
    EXPECT_OK(listed);
    if (!listed.ok()) return names;
    for (const v1::Activity& a : listed->activities()) {
      names.push_back(a.name().substr(a.name().find('/') + 1));
    }
    return names;
  }

  void Make(const std::string& method, const std::string& request) {
    const auto made = pipeline_.CallByName(method, request);
    EXPECT_TRUE(made.ok()) << made.status();
  }
  void MakeAccount(const std::string& id, const std::string& owner = "") {
    Make("AccountService/CreateAccount",
         absl::StrCat("account_id: '", id, "' account { display_name: '", id, "' ", Owner(owner),
                      " }"));
  }
  void MakeContact(const std::string& id, const std::string& account,
                   const std::string& owner = "") {
    Make("ContactService/CreateContact",
         absl::StrCat("contact_id: '", id, "' contact { display_name: '", id, "' ",
                      Account(account), Owner(owner), " }"));
  }
  void MakeLead(const std::string& id, const std::string& owner = "") {
    Make("LeadService/CreateLead",
         absl::StrCat("lead_id: '", id, "' lead { display_name: '", id, "' ", Owner(owner), " }"));
  }
  void MakeOpportunity(const std::string& id, const std::string& account,
                       const std::string& owner = "s1") {
    Make("OpportunityService/CreateOpportunity",
         absl::StrCat("opportunity_id: '", id, "' opportunity { display_name: '", id, "' ",
                      Account(account), Owner(owner), " }"));
  }
  static std::string Owner(const std::string& seller) {
    return seller.empty() ? "" : absl::StrCat("owner: 'sellers/", seller, "' ");
  }
  static std::string Account(const std::string& id) {
    return id.empty() ? "" : absl::StrCat("account: 'accounts/", id, "' ");
  }
};

TEST_F(PipelineActivities, WhatItNewlyNamesMustExistAndNotBeArchived) {
  pipeline_.MakeProcess();
  MakeAccount("acme");
  MakeContact("li", "acme");
  MakeLead("fair");
  MakeOpportunity("deal", "acme");
  const std::string all =
      "account: 'accounts/acme' contact: 'contacts/li' lead: 'leads/fair' "
      "opportunity: 'opportunities/deal' owner: 'sellers/s1' "
      "participants { seller: 'sellers/s2' } participants { contact: 'contacts/li' } ";
  ASSERT_OK_AND_ASSIGN(const v1::Activity made, Create(all));
  EXPECT_THAT(Create("account: 'accounts/none' contact: 'contacts/none' lead: 'leads/none' "
                     "opportunity: 'opportunities/none' owner: 'sellers/none' "
                     "participants { seller: 'sellers/none' } "
                     "participants { contact: 'contacts/none' } participants { address: 'x' }"),
              AllOf(HasViolation("activity.account", "BAD_REFERENCE"),
                    HasViolation("activity.contact", "BAD_REFERENCE"),
                    HasViolation("activity.lead", "BAD_REFERENCE"),
                    HasViolation("activity.opportunity", "BAD_REFERENCE"),
                    HasViolation("activity.owner", "BAD_REFERENCE"),
                    HasViolation("activity.participants[0].seller", "BAD_REFERENCE"),
                    HasViolation("activity.participants[1].contact", "BAD_REFERENCE"),
                    HasViolation("activity.participants[2]", "REQUIRED")));

  Make("AccountService/ArchiveAccount", "name: 'accounts/acme'");
  Make("ContactService/ArchiveContact", "name: 'contacts/li'");
  Make("LeadService/ArchiveLead", "name: 'leads/fair'");
  Make("OpportunityService/ArchiveOpportunity", "name: 'opportunities/deal'");
  EXPECT_THAT(Create(all), AllOf(HasViolation("activity.account", "ARCHIVED"),
                                 HasViolation("activity.contact", "ARCHIVED"),
                                 HasViolation("activity.lead", "ARCHIVED"),
                                 HasViolation("activity.opportunity", "ARCHIVED"),
                                 HasViolation("activity.participants[1].contact", "ARCHIVED")));
  // What it refers to already may be archived later.
  EXPECT_OK(Update(made.name(), "description: '谈了价格'"));
  EXPECT_OK(Update(made.name(),
                   "participants { contact: 'contacts/li' } participants { display_name: '王五' }",
                   "participants"));
}

TEST_F(PipelineActivities, ContactAndOpportunityAgreeWithTheAccount) {
  pipeline_.MakeProcess();
  MakeAccount("acme");
  MakeAccount("other");
  MakeContact("li", "acme");
  MakeContact("free", "");
  MakeOpportunity("deal", "acme");
  EXPECT_THAT(Create("account: 'accounts/other' contact: 'contacts/li' "
                     "opportunity: 'opportunities/deal'"),
              AllOf(HasViolation("activity.contact", "OTHER_ACCOUNT"),
                    HasViolation("activity.opportunity", "OTHER_ACCOUNT")));
  EXPECT_OK(
      Create("account: 'accounts/other' contact: 'contacts/free' "
             "participants { contact: 'contacts/li' }"));
  ASSERT_OK_AND_ASSIGN(const v1::Activity of_deal, Create("opportunity: 'opportunities/deal'"));
  EXPECT_EQ(of_deal.account(), "accounts/acme");
  ASSERT_OK_AND_ASSIGN(const v1::Activity with_li, Create("contact: 'contacts/li'"));
  EXPECT_EQ(with_li.account(), "accounts/acme");
  EXPECT_THAT(Update(with_li.name(), "account: 'accounts/other'"),
              HasViolation("activity.contact", "OTHER_ACCOUNT"));
  EXPECT_OK(Update(with_li.name(), "account: 'accounts/other' contact: 'contacts/free'"));
  // A deal that goes to another account later leaves what was done as it was.
  Make("OpportunityService/UpdateOpportunity",
       "opportunity { name: 'opportunities/deal' account: 'accounts/other' }");
  EXPECT_OK(Update(of_deal.name(), "description: '谈了价格'"));
}

TEST_F(PipelineActivities, ALimitedCallerNamesWhatItSees) {
  pipeline_.MakeProcess();
  MakeAccount("own", "s1");
  MakeAccount("foreign", "s3");
  MakeContact("own", "own", "s1");
  MakeContact("foreign", "own", "s3");
  MakeLead("own", "s1");
  MakeLead("foreign", "s3");
  MakeOpportunity("own", "own", "s1");
  MakeOpportunity("foreign", "own", "s3");
  const auto naming = [](const std::string& id) {
    return absl::StrCat("account: 'accounts/", id, "' contact: 'contacts/", id, "' lead: 'leads/",
                        id, "' opportunity: 'opportunities/", id,
                        "' participants { contact: 'contacts/", id, "' }");
  };
  ASSERT_OK_AND_ASSIGN(const v1::Activity made, Create(naming("own"), "s1"));
  EXPECT_EQ(made.owner(), "sellers/s1");
  EXPECT_THAT(Create(naming("foreign"), "s1"),
              AllOf(HasViolation("activity.account", "BAD_REFERENCE"),
                    HasViolation("activity.contact", "BAD_REFERENCE"),
                    HasViolation("activity.lead", "BAD_REFERENCE"),
                    HasViolation("activity.opportunity", "BAD_REFERENCE"),
                    HasViolation("activity.participants[0].contact", "BAD_REFERENCE"),
                    Not(HasViolation("activity.contact", "OTHER_ACCOUNT"))));
}

TEST_F(PipelineActivities, OnlyWhatTookPlaceIsDone) {
  ASSERT_OK_AND_ASSIGN(const v1::Activity past, Create(""));
  EXPECT_TRUE(past.done());
  EXPECT_EQ(past.outcome(), v1::Activity::OUTCOME_NONE);
  ASSERT_OK_AND_ASSIGN(const v1::Activity planned, Create(At("start_time", kNow + kDay)));
  EXPECT_TRUE(planned.has_done());
  EXPECT_FALSE(planned.done());
  ASSERT_OK_AND_ASSIGN(const v1::Activity missed, Create("done: false"));
  EXPECT_FALSE(missed.done());
  EXPECT_THAT(Create(At("start_time", kNow + kDay) + "done: true"),
              HasViolation("activity.start_time", "IN_FUTURE"));
  EXPECT_THAT(Create("done: false outcome: OUTCOME_REACHED"),
              HasViolation("activity.outcome", "NOT_DONE"));
  EXPECT_THAT(Update(planned.name(), "outcome: OUTCOME_AGREED"),
              HasViolation("activity.outcome", "NOT_DONE"));
  EXPECT_OK(Update(planned.name(), "outcome: OUTCOME_POSTPONED"));
  EXPECT_THAT(Update(past.name(), At("start_time", kNow + kDay)),
              HasViolation("activity.start_time", "IN_FUTURE"));
  ASSERT_OK_AND_ASSIGN(const v1::Activity reached,
                       Update(missed.name(), "done: true outcome: OUTCOME_REACHED"));
  EXPECT_TRUE(reached.done());
  // Not said in a replacement, it follows from the start again.
  ASSERT_OK_AND_ASSIGN(
      const v1::Activity replaced,
      Update(missed.name(), "display_name: 'x' kind: KIND_VISIT " + At("start_time", kNow + kDay),
             "*"));
  EXPECT_FALSE(replaced.done());
  EXPECT_EQ(replaced.outcome(), v1::Activity::OUTCOME_NONE);
}

TEST_F(PipelineActivities, AnEndIsNotBeforeTheStartNorMoreThan31DaysAfterIt) {
  EXPECT_OK(Create(At("start_time", kNow - 3600) + At("end_time", kNow - 3600)));
  EXPECT_OK(Create(At("start_time", kNow) + At("end_time", kNow + 31 * kDay)));
  EXPECT_THAT(Create(At("start_time", kNow) + At("end_time", kNow - 1)),
              HasViolation("activity.end_time", "END_BEFORE_START"));
  EXPECT_THAT(Create(At("start_time", kNow) + At("end_time", kNow + 31 * kDay + 1)),
              HasViolation("activity.end_time", "TOO_LONG"));
  EXPECT_THAT(pipeline_.Call<v1::Activity>("ActivityService/CreateActivity",
                                           "activity { display_name: 'x' }"),
              AllOf(HasViolation("activity.kind", "REQUIRED"),
                    HasViolation("activity.start_time", "REQUIRED")));
}

TEST_F(PipelineActivities, WhatPeopleSaidIsAuditedAndStaysOutOfFacts) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Activity made,
      Create("description: '他说预算没有批' outcome_note: '请打 13800000000' "
             "participants { display_name: '王五' address: '+86 138 0000 0000' }"));
  ASSERT_OK_AND_ASSIGN(
      const v1::Activity read,
      pipeline_.Call<v1::Activity>("ActivityService/GetActivity",
                                   absl::StrCat("name: '", made.name(), "'"), "curious"));
  EXPECT_EQ(read.description(), "他说预算没有批");
  EXPECT_EQ(read.participants(0).address(), "+86 138 0000 0000");
  const std::string get = "salesops.pipeline.v1.ActivityService/GetActivity";
  ASSERT_OK_AND_ASSIGN(
      const auto audit,
      pipeline_.Call<v1::ListAuditEntriesResponse>(
          "AuditService/ListAuditEntries",
          absl::StrCat("filter: 'principal = \"user:curious\" AND method = \"", get, "\"'")));
  ASSERT_THAT(audit.audit_entries(), SizeIs(1));
  EXPECT_THAT(audit.audit_entries(0), PartlyEqualsProto(absl::StrCat(
                                          "method: '", get, "' resources: '", made.name(),
                                          "' fields: ['address', 'description', 'outcome_note']")));
  ASSERT_OK(Update(made.name(), "description: '请发到 li@acme.cn'"));
  const auto events = pipeline_.Events();
  ASSERT_THAT(events, SizeIs(2));
  for (const events::v1::Event& event : events) {
    for (const char* said : {"预算", "13800000000", "138 0000", "li@acme.cn"}) {
      EXPECT_EQ(event.payload().find(said), std::string::npos) << event.type() << " " << said;
    }
  }
  v1::ActivityUpdated updated;
  ASSERT_TRUE(updated.ParseFromString(events[1].payload()));
  EXPECT_EQ(updated.activity().participants(0).display_name(), "王五");
  EXPECT_THAT(updated.changed().paths(), ElementsAre("description"));
  for (const char* field : {"description", "outcome_note", "participants.address"}) {
    EXPECT_THAT(
        pipeline_.Call<v1::ListActivitiesResponse>("ActivityService/ListActivities",
                                                   absl::StrCat("filter: '", field, " = \"x\"'")),
        HasViolation("filter"));
  }
}

TEST_F(PipelineActivities, AHundredParticipantsWithLongNamesAreKept) {
  std::string fields;
  const std::string longest = absl::StrJoin(std::vector<std::string>(200, "王"), "");
  const std::string address = absl::StrJoin(std::vector<std::string>(254, "址"), "");
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&fields, "participants { display_name: '", longest, "' address: '", address,
                    "' } ");
  }
  const std::string text = absl::StrJoin(std::vector<std::string>(4000, "话"), "");
  ASSERT_OK_AND_ASSIGN(const v1::Activity made,
                       Create(absl::StrCat(fields, "description: '", text, "'")));
  ASSERT_OK_AND_ASSIGN(const v1::Activity read,
                       pipeline_.Call<v1::Activity>("ActivityService/GetActivity",
                                                    absl::StrCat("name: '", made.name(), "'")));
  EXPECT_EQ(testing::ProtoDifference(read, made, testing::ProtoScope::kWhole), "");
  EXPECT_THAT(Create(fields + "participants { display_name: 'one more' }"),
              HasViolation("activity.participants"));
}

TEST_F(PipelineActivities, EachListIsFilteredAndInTheOrderOfTime) {
  pipeline_.MakeProcess();
  MakeAccount("acme");
  MakeContact("li", "acme");
  MakeLead("fair");
  MakeOpportunity("deal", "acme");
  ASSERT_OK(Create(At("start_time", kNow - 300) + "opportunity: 'opportunities/deal'", "admin",
                   "activity_id: 'third'"));
  ASSERT_OK(Create(At("start_time", kNow - 500) +
                       "account: 'accounts/acme' kind: KIND_VISIT "
                       "contact: 'contacts/li' direction: DIRECTION_OUTBOUND",
                   "admin", "activity_id: 'first'"));
  ASSERT_OK(Create(At("start_time", kNow - 400) + At("end_time", kNow - 100) +
                       "owner: 'sellers/s1' lead: 'leads/fair' source: 'Badge'",
                   "admin", "activity_id: 'second'"));
  ASSERT_OK(Create(At("start_time", kNow + kDay), "admin", "activity_id: 'planned'"));
  EXPECT_THAT(Names(""), ElementsAre("first", "second", "third", "planned"));
  EXPECT_THAT(Names("order_by: 'start_time desc'"),
              ElementsAre("planned", "third", "second", "first"));
  EXPECT_THAT(Names("order_by: 'done, name'"), ElementsAre("planned", "first", "second", "third"));
  EXPECT_THAT(Names("order_by: 'name'"), ElementsAre("first", "planned", "second", "third"));
  for (const auto& [filter, names] : std::vector<std::pair<std::string, std::string>>{
           {"account = accounts/acme", "first third"},
           {"opportunity = opportunities/deal", "third"},
           {"contact = contacts/li", "first"},
           {"lead = leads/fair", "second"},
           {"owner = sellers/s1", "second"},
           {"kind = KIND_VISIT", "first"},
           {"kind = KIND_CALL AND done = true", "second third"},
           {"done = false", "planned"},
           {"direction = DIRECTION_OUTBOUND", "first"},
           {"direction = DIRECTION_UNSPECIFIED AND done = true", "second third"},
           {"outcome = OUTCOME_NONE AND start_time < \"2026-03-02T08:55:00Z\"", "first second"},
           {"end_time:*", "second"},
           {"source = badge", "second"}}) {
    EXPECT_EQ(absl::StrJoin(Names(absl::StrCat("filter: '", filter, "'")), " "), names) << filter;
  }
}

// The current version of a row stands in the table alone, replaced ones in the history.
TEST_F(PipelineActivities, AsOfAMomentPagesHoldBothReplacedAndCurrentVersions) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_OK(Create(absl::StrCat(At("start_time", kNow - 100 + i), "source: 'old'"), "admin",
                     absl::StrCat("activity_id: 'a", i, "'")));
  }
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " } ");
  for (const char* id : {"a1", "a4"}) {
    ASSERT_OK(Update(absl::StrCat("activities/", id), "source: 'new'"));
    ASSERT_OK(Update(absl::StrCat("activities/", id), "source: 'newer'"));
  }
  ASSERT_OK(Update("activities/a2", At("start_time", kNow - 1000)));
  Make("ActivityService/ArchiveActivity", "name: 'activities/a5'");
  ASSERT_OK(Create(At("start_time", kNow - 98), "admin", "activity_id: 'later'"));
  EXPECT_EQ(pipeline_.Count("activity"), 7);
  EXPECT_EQ(pipeline_.Count("activity_history"), 6);
  EXPECT_THAT(Names(""), ElementsAre("a2", "a0", "a1", "later", "a3", "a4"));

  for (const auto& [order, names] : std::vector<std::pair<std::string, std::string>>{
           {"", "a0 a1 a2 a3 a4 a5"},
           {"order_by: 'start_time desc' ", "a5 a4 a3 a2 a1 a0"},
           {"filter: 'source = old' ", "a0 a1 a2 a3 a4 a5"},
           {"filter: 'source = newer' ", ""}}) {
    std::vector<std::string> seen;
    std::string token;
    do {
      const auto page = pipeline_.Call<v1::ListActivitiesResponse>(
          "ActivityService/ListActivities",
          absl::StrCat(then, order, "page_size: 2 page_token: '", token, "'"));
      ASSERT_OK(page);
      for (const v1::Activity& a : page->activities()) {
        seen.push_back(a.name().substr(a.name().find('/') + 1));
        EXPECT_EQ(a.etag(), "1");
      }
      token = page->next_page_token();
    } while (!token.empty());
    EXPECT_EQ(absl::StrJoin(seen, " "), names) << order;
  }
  ASSERT_OK_AND_ASSIGN(const auto batch,
                       pipeline_.Call<v1::BatchGetActivitiesResponse>(
                           "ActivityService/BatchGetActivities",
                           then + "names: ['activities/a5', 'activities/a0', 'activities/a1']"));
  ASSERT_THAT(batch.activities(), SizeIs(3));
  EXPECT_EQ(batch.activities(0).name(), "activities/a5");
  EXPECT_EQ(batch.activities(2).source(), "old");
  ASSERT_OK_AND_ASSIGN(
      const v1::Activity read,
      pipeline_.Call<v1::Activity>("ActivityService/GetActivity", then + "name: 'activities/a4'"));
  EXPECT_EQ(read.source(), "old");
  EXPECT_THAT(pipeline_.Call<v1::Activity>("ActivityService/GetActivity",
                                           then + "name: 'activities/later'"),
              StatusIs(StatusCode::kNotFound));
  const std::string now = absl::StrCat("as_of_time { ", pipeline_.Now(), " } ");
  EXPECT_THAT(Names(now), ElementsAre("a2", "a0", "a1", "later", "a3", "a4"));
}

TEST_F(PipelineActivities, AnImportChecksEachRowAndMatchesByKey) {
  pipeline_.MakeProcess();
  MakeAccount("acme");
  MakeAccount("other");
  MakeOpportunity("deal", "acme");
  const auto row = [](int number, const std::string& fields) {
    return absl::StrCat("rows { row_number: ", number, " activity { display_name: 'd' ",
                        "kind: KIND_DEVICE external_keys { source: 'badge' key: '", number, "' } ",
                        fields, " } } ");
  };
  const std::string batch = absl::StrCat(
      "batch { ", row(1, At("start_time", kNow - 60) + "opportunity: 'opportunities/deal'"),
      row(2, At("start_time", kNow + 60) + "done: true"),
      row(3, At("start_time", kNow - 60) +
                 "account: 'accounts/other' opportunity: 'opportunities/deal'"),
      row(4, ""), row(5, At("start_time", kNow - 30)), "}");
  for (const bool again : {false, true}) {
    const auto replies = pipeline_.Import("ActivityService/ImportActivities",
                                          {"options { source: 'badge' }", batch});
    ASSERT_OK(replies);
    const auto& reply = static_cast<const v1::ImportActivitiesResponse&>(*replies->back());
    EXPECT_EQ(reply.created_count(), again ? 0 : 2);
    EXPECT_EQ(reply.unchanged_count(), again ? 2 : 0);
    std::vector<std::string> failures;
    for (const v1::ImportFailure& f : reply.failures()) {
      failures.push_back(absl::StrCat(f.row_number(), " ", f.field(), " ", f.reason()));
    }
    EXPECT_THAT(failures, ::testing::UnorderedElementsAre("2 activity.start_time IN_FUTURE",
                                                          "3 activity.opportunity OTHER_ACCOUNT",
                                                          "4 activity.start_time REQUIRED"));
  }
  EXPECT_EQ(pipeline_.Count("activity"), 2);
  EXPECT_EQ(pipeline_.Count("activity_history"), 0);
  EXPECT_THAT(Names("filter: 'account = accounts/acme'"), SizeIs(1));
}

TEST_F(PipelineActivities, AGateCountsWhatIsDoneOfADealSinceATime) {
  pipeline_.MakeProcess();
  MakeOpportunity("deal", "");
  MakeOpportunity("else", "");
  const std::string of_deal = "opportunity: 'opportunities/deal' ";
  const auto visit = [&](int64_t start, const std::string& more) {
    return Create(absl::StrCat(At("start_time", start), "kind: KIND_VISIT ", more));
  };
  ASSERT_OK(visit(kNow - 50, of_deal));
  ASSERT_OK(visit(kNow - 100, of_deal));
  ASSERT_OK(visit(kNow - 101, of_deal));                             // too early
  ASSERT_OK(visit(kNow - 50, of_deal + "done: false"));              // did not take place
  ASSERT_OK(visit(kNow - 50, "opportunity: 'opportunities/else'"));  // of another deal
  ASSERT_OK(Create(of_deal + At("start_time", kNow - 10)));          // a call
  ASSERT_OK_AND_ASSIGN(const v1::Activity archived, visit(kNow - 50, of_deal));
  Make("ActivityService/ArchiveActivity", absl::StrCat("name: '", archived.name(), "'"));

  const auto count = [&](const std::string& deal, const std::vector<ActivityKind>& kinds,
                         absl::Time since) {
    const auto counts = pipeline_.database().Read(Soon(), [&](mysql::Connection& c) {
      return store::CountActivities(c, deal, kinds, since);
    });
    EXPECT_OK(counts);
    return counts.value_or(std::map<ActivityKind, int64_t>());
  };
  const absl::Time since = absl::FromUnixSeconds(kNow - 100);
  EXPECT_THAT(count("deal", {ActivityKind::kVisit, ActivityKind::kMeeting}, since),
              ElementsAre(Pair(ActivityKind::kVisit, 2), Pair(ActivityKind::kMeeting, 0)));
  EXPECT_THAT(count("deal", {ActivityKind::kCall, ActivityKind::kVisit}, absl::InfinitePast()),
              ElementsAre(Pair(ActivityKind::kCall, 1), Pair(ActivityKind::kVisit, 3)));
  EXPECT_THAT(count("none", {ActivityKind::kCall}, since),
              ElementsAre(Pair(ActivityKind::kCall, 0)));
  EXPECT_THAT(count("deal", {}, since), IsEmpty());
}

// Rows that a read takes from tables and indexes; MySQL and MariaDB count them alike.
absl::StatusOr<int64_t> RowsRead(mysql::Connection& c) {
  int64_t rows = 0;
  RETURN_IF_ERROR(c.ForEach("SHOW SESSION STATUS LIKE 'Handler_read%'", {},
                            [&](mysql::Row& row) { rows += std::stoll(row.String(1)); }));
  return rows;
}

TEST_F(PipelineActivities, APageAndACountReadNoMoreThanTheyAnswer) {
  pipeline_.MakeProcess();
  constexpr int kDeals = 20, kOfEach = 100;
  for (int d = 0; d < kDeals; ++d) {
    MakeOpportunity(absl::StrCat("d", d), "");
    std::string requests;
    for (int i = 0; i < kOfEach; ++i) {
      absl::StrAppend(&requests, "requests { activity { display_name: 'x' kind: KIND_EMAIL ",
                      At("start_time", kNow - kOfEach * 60 + i * 60 + d),
                      "owner: 'sellers/s1' opportunity: 'opportunities/d", d, "' } } ");
    }
    Make("ActivityService/BatchCreateActivities", requests);
  }
  const absl::Status read = pipeline_.database().Read(Soon(), [&](mysql::Connection& c) {
    ASSIGN_OR_RETURN(int64_t before, RowsRead(c));
    ASSIGN_OR_RETURN(const auto counts,
                     store::CountActivities(c, "d7", {ActivityKind::kEmail, ActivityKind::kCall},
                                            absl::FromUnixSeconds(kNow - 10 * 60)));
    ASSIGN_OR_RETURN(int64_t after, RowsRead(c));
    EXPECT_EQ(counts.at(ActivityKind::kEmail), 10);
    EXPECT_LE(after - before, 50);

    const salesops::api::OrderTerm by_time{"start_time",
                                           store::Activities().fields().at("start_time"), false};
    for (const char* where :
         {"r.opportunity_id = 'd7'", "r.owner_id = 's1'", "r.kind = 3", "TRUE"}) {
      records::ListQuery query;
      query.where = {{where, {}}};
      query.order = {by_time};
      query.limit = 10;
      for (int page = 0; page < 9; ++page) {
        ASSIGN_OR_RETURN(before, RowsRead(c));
        ASSIGN_OR_RETURN(const auto rows, store::Activities().List(c, query));
        ASSIGN_OR_RETURN(after, RowsRead(c));
        EXPECT_THAT(rows.rows, SizeIs(10));
        EXPECT_LE(after - before, 60) << where << " page " << page;
        query.after = rows.next;
      }
    }
    return absl::OkStatus();
  });
  EXPECT_OK(read);
}

}  // namespace
}  // namespace salesops::pipeline
