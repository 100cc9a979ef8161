// Revisions of a record: every version of it, newest first, with what changed, who did it and when
// the system knew it.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/activity.pb.h"
#include "salesops/pipeline/v1/contact.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using testing::HasViolation;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StatusIs;
using Page = v1::ListAccountRevisionsResponse;

class PipelineRevisions : public PipelineServerTest {
 protected:
  absl::StatusOr<v1::Account> Create(const std::string& id, const std::string& more = "") {
    return pipeline_.Call<v1::Account>(
        "AccountService/CreateAccount",
        absl::StrCat("account_id: '", id, "' account { display_name: '", id, "' ", more, " }"));
  }
  absl::StatusOr<v1::Account> SetGrade(const std::string& id, const std::string& grade,
                                       const std::string& user = "admin") {
    return pipeline_.Call<v1::Account>(
        "AccountService/UpdateAccount",
        absl::StrCat("account { name: 'accounts/", id, "' grade: '", grade, "' }"), user);
  }
  absl::StatusOr<Page> Revisions(const std::string& id, const std::string& more = "",
                                 const std::string& user = "admin") {
    return pipeline_.Call<Page>("AccountService/ListAccountRevisions",
                                absl::StrCat("name: 'accounts/", id, "' ", more), user);
  }
  static std::vector<std::string> Grades(const Page& page) {
    std::vector<std::string> grades;
    for (const v1::AccountRevision& r : page.revisions()) grades.push_back(r.account().grade());
    return grades;
  }
};

template <class Revision>
std::vector<std::string> Changed(const Revision& revision) {
  return {revision.changed().paths().begin(), revision.changed().paths().end()};
}

TEST_F(PipelineRevisions, EveryVersionIsWholeAndSaysWhatChangedAndWhoDidIt) {
  ASSERT_OK_AND_ASSIGN(const v1::Account created, Create("a", "owner: 'sellers/s1' grade: 'C'"));
  ASSERT_OK_AND_ASSIGN(const v1::Account updated, SetGrade("a", "A", "s1"));
  ASSERT_OK_AND_ASSIGN(
      const v1::Account archived,
      pipeline_.Call<v1::Account>("AccountService/ArchiveAccount", "name: 'accounts/a'"));
  ASSERT_OK_AND_ASSIGN(const Page page, Revisions("a"));
  ASSERT_THAT(page.revisions(), SizeIs(3));
  EXPECT_EQ(page.next_page_token(), "");
  EXPECT_FALSE(page.has_as_of_time());
  const v1::Account* versions[] = {&archived, &updated, &created};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(testing::ProtoDifference(page.revisions(i).account(), *versions[i],
                                       testing::ProtoScope::kWhole),
              "")
        << i;
  }
  EXPECT_THAT(Changed(page.revisions(0)), ElementsAre("archive_time"));
  EXPECT_THAT(Changed(page.revisions(1)), ElementsAre("grade"));
  EXPECT_THAT(Changed(page.revisions(2)), ElementsAre("display_name", "grade", "owner"));
  EXPECT_EQ(page.revisions(0).verb(), "Archived");
  EXPECT_EQ(page.revisions(1).verb(), "Updated");
  EXPECT_EQ(page.revisions(2).verb(), "Created");
  EXPECT_EQ(page.revisions(1).actor(), "user:s1");
  EXPECT_EQ(page.revisions(2).actor(), "user:admin");
}

TEST_F(PipelineRevisions, EachIsWhatWasKnownFromItsTimeToTheNextOnes) {
  ASSERT_OK(Create("a", "grade: '1'"));
  ASSERT_OK(SetGrade("a", "2"));
  ASSERT_OK(SetGrade("a", "3"));
  ASSERT_OK_AND_ASSIGN(const Page page, Revisions("a"));
  ASSERT_THAT(Grades(page), ElementsAre("3", "2", "1"));
  EXPECT_FALSE(page.revisions(0).has_recorded_to_time());
  for (int i = 1; i < 3; ++i) {
    EXPECT_EQ(testing::ProtoDifference(page.revisions(i).recorded_to_time(),
                                       page.revisions(i - 1).recorded_from_time(),
                                       testing::ProtoScope::kWhole),
              "");
  }
}

TEST_F(PipelineRevisions, PagesShowWhatWasKnownAtTheFirst) {
  ASSERT_OK(Create("a", "grade: '1'"));
  for (const char* grade : {"2", "3", "4", "5"}) ASSERT_OK(SetGrade("a", grade));
  ASSERT_OK_AND_ASSIGN(const Page first, Revisions("a", "page_size: 2"));
  EXPECT_THAT(Grades(first), ElementsAre("5", "4"));
  ASSERT_OK(SetGrade("a", "6"));
  const auto next = [&](const std::string& token) {
    return Revisions("a", absl::StrCat("page_size: 2 page_token: '", token, "'"));
  };
  ASSERT_OK_AND_ASSIGN(const Page second, next(first.next_page_token()));
  EXPECT_THAT(Grades(second), ElementsAre("3", "2"));
  EXPECT_THAT(Changed(second.revisions(1)), ElementsAre("grade"));
  ASSERT_OK_AND_ASSIGN(const Page third, next(second.next_page_token()));
  EXPECT_THAT(Grades(third), ElementsAre("1"));
  EXPECT_EQ(third.next_page_token(), "");
  EXPECT_THAT(Changed(third.revisions(0)), ElementsAre("display_name", "grade"));
  ASSERT_OK(Create("b"));
  EXPECT_THAT(Revisions("b", absl::StrCat("page_token: '", first.next_page_token(), "'")),
              HasViolation("page_token"));
}

TEST_F(PipelineRevisions, AsOfAMomentLaterVersionsAreNotKnown) {
  ASSERT_OK(Create("a", "grade: '1'"));
  ASSERT_OK(SetGrade("a", "2"));
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  ASSERT_OK(SetGrade("a", "3"));
  ASSERT_OK_AND_ASSIGN(const Page page, Revisions("a", then));
  EXPECT_THAT(Grades(page), ElementsAre("2", "1"));
  EXPECT_TRUE(page.has_as_of_time());
  EXPECT_FALSE(page.revisions(0).has_recorded_to_time());
  EXPECT_TRUE(page.revisions(1).has_recorded_to_time());
  ASSERT_OK(Create("later"));
  EXPECT_THAT(Revisions("later", then), StatusIs(StatusCode::kNotFound));
}

TEST_F(PipelineRevisions, WhoMayGetItMayListItsVersions) {
  ASSERT_OK(Create("mine", "owner: 'sellers/s1'"));
  ASSERT_OK(Create("foreign", "owner: 'sellers/s3'"));
  EXPECT_OK(Revisions("mine", "", "s1"));
  for (const char* id : {"foreign", "absent"}) {
    EXPECT_THAT(Revisions(id, "", "s1"), StatusIs(StatusCode::kPermissionDenied)) << id;
  }
  EXPECT_THAT(Revisions("absent"), StatusIs(StatusCode::kNotFound));
  // As Get does: who sees it now sees what it was.
  ASSERT_OK(pipeline_.Call<v1::Account>("AccountService/UpdateAccount",
                                        "account { name: 'accounts/mine' owner: 'sellers/s3' }"));
  EXPECT_THAT(Revisions("mine", "", "s1"), StatusIs(StatusCode::kPermissionDenied));
  ASSERT_OK_AND_ASSIGN(const Page page, Revisions("mine", "", "s3"));
  EXPECT_THAT(page.revisions(), SizeIs(2));
}

TEST_F(PipelineRevisions, OfAPurgedFactActorAndVerbAreEmpty) {
  ASSERT_OK(Create("a", "grade: '1'"));
  ASSERT_OK(SetGrade("a", "2"));
  (void)pipeline_.Now();  // gives the facts their positions
  ASSERT_OK(pipeline_.database().RunInTransaction(
      base::DeadlineContext(absl::Now() + absl::Seconds(20)), [](mysql::Transaction& tx) {
        return tx.Execute("DELETE FROM outbox WHERE type LIKE '%Created'", {}).status();
      }));
  ASSERT_OK_AND_ASSIGN(const Page page, Revisions("a"));
  ASSERT_THAT(Grades(page), ElementsAre("2", "1"));
  EXPECT_EQ(page.revisions(0).verb(), "Updated");
  EXPECT_EQ(page.revisions(1).verb(), "");
  EXPECT_EQ(page.revisions(1).actor(), "");
  EXPECT_TRUE(page.revisions(1).has_recorded_from_time());
}

TEST_F(PipelineRevisions, VerbsOfAnOpportunityAreNamed) {
  pipeline_.MakeProcess();
  ASSERT_OK(pipeline_.Call<v1::Opportunity>(
      "OpportunityService/CreateOpportunity",
      "opportunity_id: 'o' opportunity { display_name: 'o' owner: 'sellers/s1' }"));
  ASSERT_OK(pipeline_.Call<v1::Opportunity>("OpportunityService/AdvanceOpportunity",
                                            "name: 'opportunities/o' stage: 'offer'", "s1"));
  ASSERT_OK_AND_ASSIGN(const auto page, pipeline_.Call<v1::ListOpportunityRevisionsResponse>(
                                            "OpportunityService/ListOpportunityRevisions",
                                            "name: 'opportunities/o'", "s1"));
  ASSERT_THAT(page.revisions(), SizeIs(2));
  EXPECT_EQ(page.revisions(0).verb(), "Advanced");
  EXPECT_EQ(page.revisions(0).opportunity().stage(), "offer");
  EXPECT_THAT(Changed(page.revisions(0)), ElementsAre("stage"));
  EXPECT_EQ(page.revisions(1).opportunity().stage(), "lead");
}

// The history of activities holds replaced versions only.
TEST_F(PipelineRevisions, TheCurrentVersionIsListedWhereTheHistoryHoldsReplacedOnesOnly) {
  ASSERT_OK(
      pipeline_.Call<v1::Activity>("ActivityService/CreateActivity",
                                   "activity_id: 'a' activity { display_name: '1' kind: KIND_CALL "
                                   "start_time { seconds: 1767225600 } }"));
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  for (const char* name : {"2", "3"}) {
    ASSERT_OK(pipeline_.Call<v1::Activity>(
        "ActivityService/UpdateActivity",
        absl::StrCat("activity { name: 'activities/a' display_name: '", name, "' }")));
  }
  const auto names = [&](const std::string& more) {
    const auto page = pipeline_.Call<v1::ListActivityRevisionsResponse>(
        "ActivityService/ListActivityRevisions", absl::StrCat("name: 'activities/a' ", more));
    EXPECT_OK(page);
    std::vector<std::string> told;
    if (!page.ok()) return told;
    for (const v1::ActivityRevision& r : page->revisions()) {
      told.push_back(absl::StrCat(r.activity().display_name(), " ", r.verb(),
                                  r.has_recorded_to_time() ? " until" : ""));
    }
    return told;
  };
  EXPECT_THAT(names(""), ElementsAre("3 Updated", "2 Updated until", "1 Created until"));
  EXPECT_THAT(names("page_size: 1"), ElementsAre("3 Updated"));
  EXPECT_THAT(names(then), ElementsAre("1 Created"));
}

TEST_F(PipelineRevisions, ReadingPersonalFieldsOfAnyVersionIsAudited) {
  ASSERT_OK(pipeline_.Call<v1::Contact>(
      "ContactService/CreateContact",
      "contact_id: 'c' contact { display_name: 'c' phone: '+86 10 1234' }"));
  ASSERT_OK(pipeline_.Call<v1::Contact>("ContactService/UpdateContact",
                                        "contact { name: 'contacts/c' } "
                                        "update_mask { paths: 'phone' }"));
  const int64_t before = pipeline_.Count("audit_entry");
  ASSERT_OK_AND_ASSIGN(const auto page,
                       pipeline_.Call<v1::ListContactRevisionsResponse>(
                           "ContactService/ListContactRevisions", "name: 'contacts/c'"));
  ASSERT_THAT(page.revisions(), SizeIs(2));
  EXPECT_THAT(page.revisions(0).contact().phone(), IsEmpty());
  EXPECT_EQ(page.revisions(1).contact().phone(), "+86 10 1234");
  EXPECT_EQ(pipeline_.Count("audit_entry"), before + 1);
}

}  // namespace
}  // namespace salesops::pipeline
