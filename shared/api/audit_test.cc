#include "shared/api/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "migrations/api.h"
#include "salesops/organization/v1/audit.pb.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/pipeline/v1/audit.pb.h"
#include "shared/api/testdata/deal.pb.h"
#include "shared/api/testdata/fake_call.h"
#include "shared/testing/status_matchers.h"
#include "shared/testing/throw_away_schema.h"

namespace salesops::api {
namespace {

using organization::v1::ListAuditEntriesRequest;
using organization::v1::ListAuditEntriesResponse;
using testdata::Deal;
using testdata::ListDealsResponse;
using testing::ElementsAre;
using testing::HasViolation;
using testing::IsEmpty;
using testing::IsOk;
using testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class AuditTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { schema_ = new testing::ThrowAwaySchema({ApiMigrations()}); }
  static void TearDownTestSuite() { delete schema_; }
  void SetUp() override { schema_->Execute("DELETE FROM audit_entry"); }

  template <class Answer>
  absl::Status Read(Answer response, const std::string& subject = "alice", absl::Time at = kNow,
                    const std::string& method = "/s.DealService/GetDeal") {
    FakeCall call(subject, method, at);
    return audit_.ReadHook()(call, Deal(), &response);
  }

  absl::StatusOr<ListAuditEntriesResponse> List(const ListAuditEntriesRequest& request,
                                                const std::string& subject = "auditor") {
    FakeCall call(subject, "/m", kNow);
    ListAuditEntriesResponse response;
    const absl::Status status = binding_.methods().at(0)->unary(call, request, &response);
    if (!status.ok()) return status;
    return response;
  }
  ListAuditEntriesResponse All() {
    absl::StatusOr<ListAuditEntriesResponse> all = List({});
    EXPECT_OK(all);
    return all.value_or(ListAuditEntriesResponse());
  }

  inline static testing::ThrowAwaySchema* schema_ = nullptr;
  mysql::ThreadRegistration registration_;
  const PageSealer sealer_{std::string(32, 'k')};
  Audit audit_{&schema_->database(), &sealer_};
  rpc::Binding binding_ = audit_.Bind("salesops.organization.v1.AuditService");
};

Deal PersonalDeal(const std::string& id) {
  Deal deal;
  deal.set_name("deals/" + id);
  deal.set_phone("1");
  return deal;
}

TEST_F(AuditTest, ReadingPersonalDataLeavesOneEntry) {
  ASSERT_OK(Read(PersonalDeal("7")));
  const ListAuditEntriesResponse all = All();
  ASSERT_THAT(all.audit_entries(), SizeIs(1));
  const organization::v1::AuditEntry& entry = all.audit_entries(0);
  EXPECT_EQ(entry.name().rfind("auditEntries/", 0), 0);
  EXPECT_EQ(entry.create_time().seconds(), absl::ToUnixSeconds(kNow));
  EXPECT_EQ(entry.principal(), "user:alice");
  EXPECT_EQ(entry.method(), "s.DealService/GetDeal");
  EXPECT_THAT(entry.resources(), ElementsAre("deals/7"));
  EXPECT_EQ(entry.resource_count(), 1);
  EXPECT_THAT(entry.fields(), ElementsAre("phone"));
  EXPECT_EQ(entry.trace_id(), "0af7651916cd43dd8448eb211c80319c");
}

TEST_F(AuditTest, OnlyResourcesWhosePersonalFieldsAreReturnedCount) {
  ListDealsResponse response;
  *response.add_deals() = PersonalDeal("1");
  response.add_deals()->set_name("deals/2");
  *response.add_deals() = PersonalDeal("3");
  ASSERT_OK(Read(response));
  EXPECT_THAT(All().audit_entries(0).resources(), ElementsAre("deals/1", "deals/3"));
}

TEST_F(AuditTest, NamesTheFirstHundredAndCountsAll) {
  ListDealsResponse response;
  for (int i = 0; i < 150; ++i) *response.add_deals() = PersonalDeal(absl::StrCat(i));
  ASSERT_OK(Read(response));
  const ListAuditEntriesResponse all = All();
  ASSERT_THAT(all.audit_entries(), SizeIs(1));
  EXPECT_THAT(all.audit_entries(0).resources(), SizeIs(100));
  EXPECT_EQ(all.audit_entries(0).resource_count(), 150);
}

TEST_F(AuditTest, SellersContactsArePersonal) {
  organization::v1::Seller seller;
  seller.set_name("sellers/7");
  seller.set_email("a@b");
  seller.set_phone("+86 1");
  ASSERT_OK(Read(seller));
  EXPECT_THAT(All().audit_entries(0).fields(), ElementsAre("email", "phone"));
}

TEST_F(AuditTest, WhatIsMaskedIsNotTold) {
  FakeCall call("alice", "/s.DealService/GetDeal", kNow);
  call.set_permission("deals.deals.read");
  call.set_access({"7", {{{"deals.*"}, {.some = true, .sellers = {"7"}}}}});
  ListDealsResponse response;
  for (const std::string& seller : {std::string("7"), std::string("8")}) {
    *response.add_deals() = PersonalDeal(seller);
    response.mutable_deals()->rbegin()->set_owner("sellers/" + seller);
  }
  ASSERT_OK(audit_.ReadHook()(call, Deal(), &response));
  EXPECT_EQ(response.deals(0).phone(), "1");
  EXPECT_EQ(response.deals(1).phone(), "***");
  EXPECT_THAT(All().audit_entries(0).resources(), ElementsAre("deals/7"));
}

TEST_F(AuditTest, OtherAnswersLeaveNone) {
  Deal deal;
  deal.set_name("deals/7");
  ASSERT_OK(Read(deal));
  ASSERT_OK(Read(testdata::ListDealsRequest()));
  EXPECT_THAT(All().audit_entries(), IsEmpty());
}

TEST_F(AuditTest, WithoutAnEntryTheAnswerIsWithheld) {
  schema_->Execute("RENAME TABLE audit_entry TO hidden");
  EXPECT_THAT(Read(PersonalDeal("7")), testing::Not(IsOk()));
  schema_->Execute("RENAME TABLE hidden TO audit_entry");
}

TEST_F(AuditTest, AChangeIsRecordedWithItsTransaction) {
  FakeCall call("alice", "/s.GrantService/CreateGrant", kNow);
  for (const bool commit : {true, false}) {
    schema_->database()
        .RunInTransaction(call,
                          [&](mysql::Transaction& tx) -> absl::Status {
                            absl::Status status =
                                Audit::Record(tx, call, {"grants/1"}, {"sellers"});
                            return commit ? status : absl::CancelledError();
                          })
        .IgnoreError();
    const ListAuditEntriesResponse all = All();
    ASSERT_THAT(all.audit_entries(), SizeIs(1));
    EXPECT_THAT(all.audit_entries(0).resources(), ElementsAre("grants/1"));
    EXPECT_THAT(all.audit_entries(0).fields(), ElementsAre("sellers"));
  }
}

std::vector<std::string> Principals(const ListAuditEntriesResponse& response) {
  std::vector<std::string> principals;
  for (const auto& entry : response.audit_entries()) principals.push_back(entry.principal());
  return principals;
}

TEST_F(AuditTest, ListsFilteredAndOrdered) {
  ASSERT_OK(Read(PersonalDeal("1"), "a", kNow, "/s/Get"));
  ASSERT_OK(Read(PersonalDeal("1"), "b", kNow + absl::Seconds(1), "/s/List"));
  ASSERT_OK(Read(PersonalDeal("1"), "c", kNow + absl::Seconds(2), "/s/Get"));
  ListAuditEntriesRequest request;
  EXPECT_THAT(Principals(*List(request)), ElementsAre("user:c", "user:b", "user:a"));
  request.set_order_by("create_time");
  EXPECT_THAT(Principals(*List(request)), ElementsAre("user:a", "user:b", "user:c"));
  request.set_filter("method = s/Get");
  EXPECT_THAT(Principals(*List(request)), ElementsAre("user:a", "user:c"));
  request.set_filter("principal = \"user:a\" OR principal = \"user:b\"");
  EXPECT_THAT(Principals(*List(request)), ElementsAre("user:a", "user:b"));
  request.set_filter("create_time > 2027-01-15T08:00:00Z AND NOT principal:青");
  EXPECT_THAT(Principals(*List(request)), ElementsAre("user:b", "user:c"));
  request.set_filter("resource = 1");
  EXPECT_THAT(List(request), HasViolation("filter", "BAD_FILTER"));
  request.set_filter("");
  request.set_order_by("principal");
  EXPECT_THAT(List(request), HasViolation("order_by", "BAD_ORDER"));
}

TEST_F(AuditTest, PagesHoldEveryEntryOnce) {
  for (int i = 0; i < 25; ++i) {  // many of one instant
    ASSERT_OK(Read(PersonalDeal("1"), "a", kNow + absl::Seconds(i / 10)));
  }
  for (const char* order : {"", "create_time", "create_time desc"}) {
    ListAuditEntriesRequest request;
    request.set_page_size(4);
    request.set_order_by(order);
    std::set<std::string> names;
    int pages = 0;
    do {
      ASSERT_OK_AND_ASSIGN(const ListAuditEntriesResponse page, List(request));
      for (const auto& entry : page.audit_entries()) names.insert(entry.name());
      request.set_page_token(page.next_page_token());
      ++pages;
    } while (!request.page_token().empty());
    EXPECT_EQ(pages, 7) << order;
    EXPECT_THAT(names, SizeIs(25)) << order;
  }
}

TEST_F(AuditTest, APageTokenIsNotForOthers) {
  for (int i = 0; i < 2; ++i) ASSERT_OK(Read(PersonalDeal("1")));
  ListAuditEntriesRequest request;
  request.set_page_size(1);
  ASSERT_OK_AND_ASSIGN(const ListAuditEntriesResponse page, List(request));
  request.set_page_token(page.next_page_token());
  EXPECT_THAT(List(request, "other"), HasViolation("page_token", "PAGE_TOKEN_OF_ANOTHER_QUERY"));
}

TEST_F(AuditTest, ServesEveryServicesContract) {
  ASSERT_OK(Read(PersonalDeal("7")));
  const rpc::Binding pipeline = audit_.Bind("salesops.pipeline.v1.AuditService");
  FakeCall call("auditor", "/m", kNow);
  pipeline::v1::ListAuditEntriesResponse response;
  ASSERT_OK(
      pipeline.methods().at(0)->unary(call, pipeline::v1::ListAuditEntriesRequest(), &response));
  EXPECT_THAT(response.audit_entries(0).resources(), ElementsAre("deals/7"));
  EXPECT_THAT(pipeline.Missing(), IsEmpty());
}

}  // namespace
}  // namespace salesops::api
