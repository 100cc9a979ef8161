// Pipeline's API classes on a real database, called through a real server.
#include "migrations/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "migrations/api.h"
#include "migrations/events.h"
#include "migrations/resource.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "services/pipeline/api/account_service.h"
#include "services/pipeline/api/opportunity_service.h"
#include "services/pipeline/api/sales_process_service.h"
#include "services/pipeline/store/account_store.h"
#include "shared/api/convert.h"
#include "shared/api/field_rules.h"
#include "shared/base/id.h"
#include "shared/events/event_log.h"
#include "shared/events/outbox.h"
#include "shared/mysql/migrations.h"
#include "shared/roster/roster.h"
#include "shared/status/status.h"
#include "shared/testing/fake_clock.h"
#include "shared/testing/in_process_server.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "shared/testing/throw_away_schema.h"

namespace salesops::pipeline {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasReason;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kAccounts[] = "/salesops.pipeline.v1.AccountService/";
constexpr char kProcesses[] = "/salesops.pipeline.v1.SalesProcessService/";
constexpr char kOpportunities[] = "/salesops.pipeline.v1.OpportunityService/";

// A service with sellers s1, s2 (both of team t1, managed by boss) and s3 (team t2).
class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() {
    for (const char* id : {"boss", "s1", "s2", "s3"}) {
      schema_.Execute("INSERT INTO roster_seller VALUES (?, ?, ?, FALSE)", {id, id, id});
    }
    Assign("s1", "t1", "boss");
    Assign("s2", "t1", "boss");
    Assign("s3", "t2", "");
    roster_ = roster::Roster::Start(&schema_.database(), nullptr, &base::SystemClock(),
                                    {.zone = absl::UTCTimeZone()});
    EXPECT_OK(roster_->Refresh());
    accounts_ = std::make_unique<api::AccountService>(environment_, roster_.get());
    processes_ = std::make_unique<api::SalesProcessService>(environment_);
    opportunities_ = std::make_unique<api::OpportunityService>(environment_, roster_.get());
    std::vector<rpc::Binding> bindings;
    bindings.push_back(accounts_->Bind());
    bindings.push_back(processes_->Bind());
    bindings.push_back(opportunities_->Bind());
    testing::InProcessServer::Options options;
    options.dependencies.validate = [](const google::protobuf::Message& request) {
      return request.GetDescriptor()->name().rfind("Import", 0) == 0
                 ? base::Violations()
                 : salesops::api::CheckFieldRules(request);
    };
    options.dependencies.thread_scope = [] {
      return std::make_shared<mysql::ThreadRegistration>();
    };
    server_ = std::make_unique<testing::InProcessServer>(std::move(bindings), std::move(options));
    server_->access().Grant("s1", "pipeline.*", {.some = true, .sellers = {"s1"}}, "s1");
    server_->access().Grant("boss", "pipeline.*", {.some = true, .sellers = {"boss", "s1", "s2"}},
                            "boss");
  }

  void Assign(const std::string& seller, const std::string& team, const std::string& manager) {
    schema_.Execute(
        "INSERT INTO roster_assignment VALUES (?, 'main', ?, '', ?, '', 1, '2020-01-01', NULL)",
        {seller, team, manager});
  }

  template <class Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request,
                                const std::string& user = "admin") {
    return server_->Call<Response>(user, method, request);
  }

  v1::Account MakeAccount(const std::string& id, const std::string& owner = "") {
    v1::CreateAccountRequest request;
    request.set_account_id(id);
    request.mutable_account()->set_display_name("Company " + id);
    if (!owner.empty()) request.mutable_account()->set_owner("sellers/" + owner);
    auto account = Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), request);
    EXPECT_TRUE(account.ok()) << account.status();
    return account.ok() ? *account : v1::Account();
  }

  // One process "direct" with version "v1": lead, offer, won, lost.
  void MakeProcess() {
    v1::CreateSalesProcessRequest process;
    process.set_sales_process_id("direct");
    process.mutable_sales_process()->set_display_name("Direct sales");
    ASSERT_TRUE(
        Call<v1::SalesProcess>(absl::StrCat(kProcesses, "CreateSalesProcess"), process).ok());
    v1::CreateSalesProcessVersionRequest version;
    version.set_parent("salesProcesses/direct");
    version.set_sales_process_version_id("v1");
    const std::vector<std::pair<std::string, v1::Stage::Kind>> stages = {
        {"lead", v1::Stage::KIND_OPEN},
        {"offer", v1::Stage::KIND_OPEN},
        {"won", v1::Stage::KIND_WON},
        {"lost", v1::Stage::KIND_LOST}};
    for (const auto& [id, kind] : stages) {
      v1::Stage* stage = version.mutable_sales_process_version()->add_stages();
      stage->set_id(id);
      stage->set_display_name(id);
      stage->set_kind(kind);
    }
    ASSERT_OK(Call<v1::SalesProcessVersion>(absl::StrCat(kProcesses, "CreateSalesProcessVersion"),
                                            version));
    v1::PublishSalesProcessVersionRequest publish;
    publish.set_name("salesProcesses/direct/versions/v1");
    ASSERT_OK(Call<v1::SalesProcessVersion>(absl::StrCat(kProcesses, "PublishSalesProcessVersion"),
                                            publish));
  }

  v1::Opportunity MakeOpportunity(const std::string& id, const std::string& owner = "s1",
                                  const std::string& amount = "") {
    v1::CreateOpportunityRequest request;
    request.set_opportunity_id(id);
    v1::Opportunity& o = *request.mutable_opportunity();
    o.set_display_name("Deal " + id);
    o.set_owner("sellers/" + owner);
    if (!amount.empty()) {
      *o.mutable_amount() = salesops::api::ToMoney({"CNY", base::Decimal::Parse(amount).value()});
    }
    auto made = Call<v1::Opportunity>(absl::StrCat(kOpportunities, "CreateOpportunity"), request);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : v1::Opportunity();
  }

  int64_t Count(const std::string& table) {
    const base::DeadlineContext ctx(absl::Now() + absl::Seconds(10));
    auto n = schema_.database().Read(ctx, [&](mysql::Connection& c) {
      return c.QueryOne("SELECT COUNT(*) FROM " + table, {},
                        [](mysql::Row& r) { return r.Int64(0); });
    });
    return n.ok() && *n ? **n : -1;
  }

  // The facts in order, as (type, payload).
  std::vector<events::v1::Event> Facts() {
    const base::DeadlineContext ctx(absl::Now() + absl::Seconds(10));
    for (;;) {
      auto n = events::SequenceOnce(schema_.database(), ctx);
      if (!n.ok() || *n == 0) break;
    }
    auto slice = schema_.database().Read(
        ctx, [&](mysql::Connection& c) { return events::ReadEvents(c, 0, {}); });
    return slice.ok() ? slice->events : std::vector<events::v1::Event>();
  }

  mysql::ThreadRegistration registration_;
  testing::ThrowAwaySchema schema_{{EventsMigrations(), ApiMigrations(), ResourceMigrations(),
                                    roster::Migrations(), PipelineMigrations()}};
  salesops::api::Mutations mutations_{&schema_.database()};
  salesops::api::PageSealer sealer_{std::string(32, 'k')};
  resource::Environment environment_{&schema_.database(), &mutations_, &sealer_,
                                     absl::UTCTimeZone()};
  std::unique_ptr<roster::Roster> roster_;
  std::unique_ptr<api::AccountService> accounts_;
  std::unique_ptr<api::SalesProcessService> processes_;
  std::unique_ptr<api::OpportunityService> opportunities_;
  std::unique_ptr<testing::InProcessServer> server_;
};

TEST_F(PipelineTest, AnAccountIsCreatedReadChangedListedAndArchived) {
  v1::CreateAccountRequest create;
  create.set_account_id("huawei");
  v1::Account& wish = *create.mutable_account();
  wish.set_display_name("华为技术有限公司");
  wish.set_industry("telecom");
  wish.set_owner("sellers/s1");
  *wish.mutable_annual_revenue() =
      salesops::api::ToMoney({"CNY", base::Decimal::Parse("704200000000.50").value()});
  wish.set_employee_count(207000);
  wish.set_founded_year(1987);
  v1::ExternalKey* key = wish.add_external_keys();
  key->set_source("erp");
  key->set_key("C-1");
  (*wish.mutable_attributes())["listed"].set_bool_value(false);
  auto created = Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create);
  ASSERT_OK(created);
  EXPECT_EQ(created->name(), "accounts/huawei");
  EXPECT_EQ(created->etag(), "1");

  v1::GetAccountRequest get;
  get.set_name("accounts/huawei");
  EXPECT_THAT(Call<v1::Account>(absl::StrCat(kAccounts, "GetAccount"), get),
              IsOkAndHolds(EqualsProto(*created)));

  v1::UpdateAccountRequest update;
  update.mutable_account()->set_name("accounts/huawei");
  update.mutable_account()->set_etag("1");
  update.mutable_account()->set_grade("A");
  update.mutable_update_mask()->add_paths("grade");
  auto updated = Call<v1::Account>(absl::StrCat(kAccounts, "UpdateAccount"), update);
  ASSERT_OK(updated);
  EXPECT_EQ(updated->grade(), "A");
  EXPECT_EQ(updated->display_name(), "华为技术有限公司");
  EXPECT_EQ(updated->etag(), "2");
  EXPECT_THAT(Call<v1::Account>(absl::StrCat(kAccounts, "UpdateAccount"), update),
              AllOf(StatusIs(absl::StatusCode::kAborted), HasReason("ETAG_MISMATCH")));

  v1::ListAccountsRequest list;
  list.set_filter("industry = \"telecom\" AND grade = \"A\" AND owner = \"sellers/s1\"");
  auto listed = Call<v1::ListAccountsResponse>(absl::StrCat(kAccounts, "ListAccounts"), list);
  ASSERT_OK(listed);
  ASSERT_THAT(listed->accounts(), SizeIs(1));
  EXPECT_THAT(listed->accounts(0), EqualsProto(*updated));

  v1::ArchiveAccountRequest archive;
  archive.set_name("accounts/huawei");
  ASSERT_OK(Call<v1::Account>(absl::StrCat(kAccounts, "ArchiveAccount"), archive));
  listed = Call<v1::ListAccountsResponse>(absl::StrCat(kAccounts, "ListAccounts"), list);
  ASSERT_OK(listed);
  EXPECT_THAT(listed->accounts(), IsEmpty());
  update.mutable_account()->clear_etag();
  EXPECT_THAT(Call<v1::Account>(absl::StrCat(kAccounts, "UpdateAccount"), update),
              AllOf(StatusIs(absl::StatusCode::kFailedPrecondition), HasReason("ARCHIVED")));

  std::vector<std::string> types;
  for (const auto& fact : Facts()) types.push_back(fact.type());
  EXPECT_THAT(types, ElementsAre("salesops.pipeline.v1.AccountCreated",
                                 "salesops.pipeline.v1.AccountUpdated",
                                 "salesops.pipeline.v1.AccountArchived"));
}

TEST_F(PipelineTest, EveryViolationIsToldAtOnceAndNothingIsWritten) {
  v1::CreateAccountRequest create;
  create.mutable_account()->set_website("not a url");
  create.mutable_account()->set_founded_year(20000);
  create.mutable_account()->set_owner("seller-7");
  create.set_request_id("nonsense");
  EXPECT_THAT(Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create),
              AllOf(StatusIs(absl::StatusCode::kInvalidArgument),
                    HasViolation("account.display_name", "REQUIRED"),
                    HasViolation("account.website"), HasViolation("account.founded_year"),
                    HasViolation("account.owner"), HasViolation("request_id")));
  create.Clear();
  create.mutable_account()->set_display_name("Acme");
  create.mutable_account()->set_owner("sellers/nobody");
  EXPECT_THAT(Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create),
              HasViolation("account.owner", "BAD_REFERENCE"));
  EXPECT_EQ(Count("account"), 0);
  EXPECT_EQ(Count("outbox"), 0);
  EXPECT_EQ(Count("request"), 0);
}

TEST_F(PipelineTest, PagesFollowTheOrderWithoutGapsOrRepeats) {
  std::vector<std::string> names;
  v1::BatchCreateAccountsRequest batch;
  for (int i = 0; i < 25; ++i) {
    v1::CreateAccountRequest* one = batch.add_requests();
    one->set_account_id(absl::StrCat("a", i));
    one->mutable_account()->set_display_name(absl::StrCat("Name ", i % 4));  // many ties
  }
  ASSERT_OK(
      Call<v1::BatchCreateAccountsResponse>(absl::StrCat(kAccounts, "BatchCreateAccounts"), batch));
  for (const std::string order : {"display_name", "display_name desc", "", "create_time desc"}) {
    v1::ListAccountsRequest list;
    list.set_page_size(7);
    list.set_order_by(order);
    std::set<std::string> seen;
    std::vector<std::string> sorted;
    do {
      auto page = Call<v1::ListAccountsResponse>(absl::StrCat(kAccounts, "ListAccounts"), list);
      ASSERT_OK(page);
      for (const v1::Account& a : page->accounts()) {
        EXPECT_TRUE(seen.insert(a.name()).second) << order << " repeats " << a.name();
        sorted.push_back(a.display_name());
      }
      list.set_page_token(page->next_page_token());
    } while (!list.page_token().empty());
    EXPECT_THAT(seen, SizeIs(25)) << order;
    if (order == "display_name") {
      EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
    }
    if (order == "display_name desc") {
      EXPECT_TRUE(std::is_sorted(sorted.rbegin(), sorted.rend()));
    }
  }
}

TEST_F(PipelineTest, SixtyFourWritersWithOneEtagLoseNoUpdate) {
  MakeAccount("a");
  std::vector<std::thread> threads;
  std::atomic<int> won = 0, aborted = 0, other = 0;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      v1::UpdateAccountRequest update;
      update.mutable_account()->set_name("accounts/a");
      update.mutable_account()->set_etag("1");
      update.mutable_account()->set_region(absl::StrCat("region ", i));
      auto result = Call<v1::Account>(absl::StrCat(kAccounts, "UpdateAccount"), update);
      if (result.ok()) {
        ++won;
      } else if (result.status().code() == absl::StatusCode::kAborted) {
        ++aborted;
      } else {
        ++other;
        ADD_FAILURE() << result.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(aborted, 63);
  EXPECT_EQ(Count("account_history"), 2);
}

TEST_F(PipelineTest, OneRequestIdHasOneEffectAndOneAnswer) {
  v1::CreateAccountRequest create;
  create.mutable_account()->set_display_name("Once");
  create.set_request_id(base::GenerateUuid());
  std::vector<std::thread> threads;
  std::vector<std::string> answers(64);
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      auto result = Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create);
      answers[i] = result.ok() ? result->SerializeAsString() : result.status().ToString();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(std::set<std::string>(answers.begin(), answers.end()), SizeIs(1));
  EXPECT_EQ(Count("account"), 1);
  EXPECT_EQ(Count("outbox"), 1);
  auto own = Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create, "somebody-else");
  ASSERT_OK(own);
  EXPECT_EQ(Count("account"), 2);
  create.mutable_account()->set_display_name("Twice");
  EXPECT_THAT(Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create),
              HasViolation("request_id", "REQUEST_ID_REUSED"));
}

TEST_F(PipelineTest, ValidateOnlyShowsTheResultAndStoresNothing) {
  v1::CreateAccountRequest create;
  create.mutable_account()->set_display_name("Try");
  create.set_validate_only(true);
  create.set_request_id(base::GenerateUuid());
  auto tried = Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create);
  ASSERT_OK(tried);
  EXPECT_EQ(tried->display_name(), "Try");
  EXPECT_EQ(Count("account"), 0);
  EXPECT_EQ(Count("request"), 0);
  create.set_validate_only(false);
  ASSERT_OK(Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create));
}

TEST_F(PipelineTest, ABatchIsAllOrNothing) {
  MakeAccount("taken");
  v1::BatchCreateAccountsRequest batch;
  for (const char* id : {"new1", "taken", "new2"}) {
    v1::CreateAccountRequest* one = batch.add_requests();
    one->set_account_id(id);
    one->mutable_account()->set_display_name(id);
  }
  EXPECT_THAT(
      Call<v1::BatchCreateAccountsResponse>(absl::StrCat(kAccounts, "BatchCreateAccounts"), batch),
      StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(Count("account"), 1);
  EXPECT_EQ(Count("outbox"), 1);
}

TEST_F(PipelineTest, ALimitedCallerSeesAndWritesOnlyItsRows) {
  MakeProcess();
  MakeOpportunity("mine", "s1");
  MakeOpportunity("theirs", "s2");
  MakeOpportunity("foreign", "s3");
  auto names = [&](const std::string& user) {
    std::vector<std::string> names;
    auto list = Call<v1::ListOpportunitiesResponse>(
        absl::StrCat(kOpportunities, "ListOpportunities"), v1::ListOpportunitiesRequest(), user);
    EXPECT_TRUE(list.ok()) << list.status();
    if (list.ok()) {
      for (const auto& o : list->opportunities()) names.push_back(o.name());
    }
    return names;
  };
  EXPECT_THAT(names("s1"), ElementsAre("opportunities/mine"));
  EXPECT_THAT(names("boss"), ElementsAre("opportunities/mine", "opportunities/theirs"));
  EXPECT_THAT(names("admin"), SizeIs(3));

  v1::GetOpportunityRequest get;
  get.set_name("opportunities/foreign");
  const auto foreign =
      Call<v1::Opportunity>(absl::StrCat(kOpportunities, "GetOpportunity"), get, "s1");
  get.set_name("opportunities/absent");
  const auto absent =
      Call<v1::Opportunity>(absl::StrCat(kOpportunities, "GetOpportunity"), get, "s1");
  EXPECT_THAT(foreign, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(absent, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Call<v1::Opportunity>(absl::StrCat(kOpportunities, "GetOpportunity"), get),
              StatusIs(absl::StatusCode::kNotFound));

  v1::AssignOpportunityRequest assign;
  assign.set_name("opportunities/mine");
  assign.set_owner("sellers/s3");
  EXPECT_THAT(
      Call<v1::Opportunity>(absl::StrCat(kOpportunities, "AssignOpportunity"), assign, "boss"),
      StatusIs(absl::StatusCode::kPermissionDenied));
  assign.set_owner("sellers/s2");
  EXPECT_OK(
      Call<v1::Opportunity>(absl::StrCat(kOpportunities, "AssignOpportunity"), assign, "boss"));

  v1::CreateOpportunityRequest create;
  create.mutable_opportunity()->set_display_name("own");
  auto own = Call<v1::Opportunity>(absl::StrCat(kOpportunities, "CreateOpportunity"), create, "s1");
  ASSERT_OK(own);
  EXPECT_EQ(own->owner(), "sellers/s1");
  create.set_opportunity_id("chosen");
  EXPECT_THAT(
      Call<v1::Opportunity>(absl::StrCat(kOpportunities, "CreateOpportunity"), create, "s1"),
      StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(PipelineTest, ADealMovesThroughItsProcessAndItsHistoryIsKept) {
  MakeProcess();
  v1::Opportunity o = MakeOpportunity("d", "s1", "1200.50");
  EXPECT_EQ(o.stage(), "lead");
  EXPECT_EQ(o.process_version(), "salesProcesses/direct/versions/v1");

  v1::AdvanceOpportunityRequest advance;
  advance.set_name(o.name());
  advance.set_stage("offer");
  auto advanced =
      Call<v1::Opportunity>(absl::StrCat(kOpportunities, "AdvanceOpportunity"), advance);
  ASSERT_OK(advanced);
  EXPECT_EQ(advanced->stage(), "offer");
  EXPECT_THAT(Call<v1::Opportunity>(absl::StrCat(kOpportunities, "AdvanceOpportunity"), advance),
              AllOf(StatusIs(absl::StatusCode::kFailedPrecondition), HasReason("WRONG_STAGE")));

  v1::WinOpportunityRequest win;
  win.set_name(o.name());
  win.set_reason("price");
  *win.mutable_close_date() = salesops::api::ToDate(base::CivilDay(2999, 1, 1));
  auto won = Call<v1::Opportunity>(absl::StrCat(kOpportunities, "WinOpportunity"), win);
  ASSERT_OK(won);
  EXPECT_EQ(won->state(), v1::Opportunity::STATE_WON);

  v1::ListStageTransitionsRequest list;
  list.set_parent(o.name());
  auto transitions = Call<v1::ListStageTransitionsResponse>(
      absl::StrCat(kOpportunities, "ListStageTransitions"), list);
  ASSERT_OK(transitions);
  std::vector<std::string> moves;
  for (const auto& t : transitions->stage_transitions()) {
    moves.push_back(absl::StrCat(t.from_stage(), ">", t.to_stage()));
  }
  EXPECT_THAT(moves, ElementsAre(">lead", "lead>offer", "offer>won"));
  v1::GetStageTransitionRequest get;
  get.set_name(transitions->stage_transitions(1).name());
  EXPECT_THAT(Call<v1::StageTransition>(absl::StrCat(kOpportunities, "GetStageTransition"), get),
              IsOkAndHolds(EqualsProto(transitions->stage_transitions(1))));

  const std::vector<events::v1::Event> facts = Facts();
  ASSERT_FALSE(facts.empty());
  EXPECT_EQ(facts.back().type(), "salesops.pipeline.v1.OpportunityWon");
  v1::OpportunityWon payload;
  ASSERT_TRUE(payload.ParseFromString(facts.back().payload()));
  EXPECT_THAT(payload.opportunity(), EqualsProto(*won));
  EXPECT_EQ(payload.stage_transition().to_stage(), "won");
}

TEST_F(PipelineTest, AccountsAreFoundByPartsOfTheirNames) {
  const auto make = [&](const std::string& id, const std::string& name,
                        const std::string& owner = "") {
    v1::CreateAccountRequest request;
    request.set_account_id(id);
    request.mutable_account()->set_display_name(name);
    if (!owner.empty()) request.mutable_account()->set_owner("sellers/" + owner);
    ASSERT_OK(Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), request));
  };
  make("huawei", "华为技术有限公司", "s1");
  make("huawei-cloud", "深圳市华为云计算", "s3");
  make("tencent", "腾讯科技（深圳）有限公司");
  make("acme", "Acme Corp.");
  make("acme-de", "Société ACME", "s3");
  make("percent", "100% Pure_Water");
  const auto find = [&](const std::string& query, const std::string& user = "admin",
                        bool show_archived = false, int size = 0) {
    v1::SearchAccountsRequest request;
    request.set_query(query);
    request.set_show_archived(show_archived);
    request.set_page_size(size);
    auto response =
        Call<v1::SearchAccountsResponse>(absl::StrCat(kAccounts, "SearchAccounts"), request, user);
    EXPECT_OK(response);
    std::string found;
    if (!response.ok()) return found;
    for (const auto& result : response->results()) {
      absl::StrAppend(&found, result.account().name().substr(9), ":", result.fit(), " ");
    }
    return found + (response->truncated() ? "…" : "");
  };
  EXPECT_EQ(find("华为"), "huawei:2 huawei-cloud:4 ");
  EXPECT_EQ(find("acme"), "acme:2 acme-de:3 ");
  EXPECT_EQ(find("societe"), "acme-de:2 ");
  EXPECT_EQ(find("acme corp"), "acme:1 ");
  EXPECT_EQ(find("深圳 有限"), "tencent:3 ");
  EXPECT_EQ(find("限 深"), "tencent:4 ");
  EXPECT_EQ(find("公司"), "huawei:4 tencent:4 ");
  EXPECT_EQ(find("云"), "huawei-cloud:4 ");
  EXPECT_EQ(find("算"), "huawei-cloud:4 ");
  EXPECT_EQ(find("100%"), "percent:2 ");
  EXPECT_EQ(find("e_w"), "percent:4 ");  // "e" and "w"
  EXPECT_EQ(find("no such"), "");
  EXPECT_EQ(find("acme", "admin", false, 1), "acme:2 …");
  // Only what the caller may see.
  EXPECT_EQ(find("华为", "s1"), "huawei:2 ");
  v1::SearchAccountsRequest nothing;
  nothing.set_query("?!");
  EXPECT_THAT(
      Call<v1::SearchAccountsResponse>(absl::StrCat(kAccounts, "SearchAccounts"), nothing),
      AllOf(StatusIs(absl::StatusCode::kInvalidArgument), HasViolation("query", "EMPTY_QUERY")));

  // A new name is found at once, the old one no more, an archived one on demand.
  v1::UpdateAccountRequest update;
  update.mutable_account()->set_name("accounts/acme");
  update.mutable_account()->set_display_name("Zenith Works");
  update.mutable_update_mask()->add_paths("display_name");
  ASSERT_OK(Call<v1::Account>(absl::StrCat(kAccounts, "UpdateAccount"), update));
  EXPECT_EQ(find("acme"), "acme-de:3 ");
  EXPECT_EQ(find("zenith"), "acme:2 ");
  v1::ArchiveAccountRequest archive;
  archive.set_name("accounts/acme");
  ASSERT_OK(Call<v1::Account>(absl::StrCat(kAccounts, "ArchiveAccount"), archive));
  EXPECT_EQ(find("zenith"), "");
  EXPECT_EQ(find("zenith", "admin", true), "acme:2 ");
}

TEST_F(PipelineTest, NamesWrittenBeforeTheIndexAreFound) {
  v1::CreateAccountRequest create;
  create.set_account_id("old");
  create.mutable_account()->set_display_name("华为 OLD");
  ASSERT_OK(Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create));
  // As if the account had been there before the migration.
  schema_.Execute("DELETE FROM account_name_gram");
  v1::SearchAccountsRequest search;
  search.set_query("old");
  const std::string method = absl::StrCat(kAccounts, "SearchAccounts");
  auto found = Call<v1::SearchAccountsResponse>(method, search);
  ASSERT_OK(found);
  EXPECT_THAT(found->results(), IsEmpty());
  schema_.Execute(mysql::SplitStatements(PipelineMigrations().migrations[7].sql).back());
  // Nor the text of their names in it, as processes of the release before write them.
  found = Call<v1::SearchAccountsResponse>(method, search);
  ASSERT_OK(found);
  EXPECT_THAT(found->results(), SizeIs(1));
  const auto write_texts = [this] {
    for (const int number : {15, 16}) {
      schema_.Execute(mysql::SplitStatements(PipelineMigrations().migrations[number].sql).back());
    }
  };
  write_texts();
  found = Call<v1::SearchAccountsResponse>(method, search);
  ASSERT_OK(found);
  EXPECT_THAT(found->results(), SizeIs(1));

  // A name that the server folds less well than the service was found before, and still is.
  create.set_account_id("cafe");
  create.mutable_account()->set_display_name("Café ＡＢＣ");
  ASSERT_OK(Call<v1::Account>(absl::StrCat(kAccounts, "CreateAccount"), create));
  schema_.Execute("UPDATE account_name_gram SET folded_name = ''");
  write_texts();
  for (const char* query : {"cafe", "abc"}) {
    search.set_query(query);
    found = Call<v1::SearchAccountsResponse>(method, search);
    ASSERT_OK(found);
    EXPECT_THAT(found->results(), SizeIs(1)) << query;
  }
}

TEST_F(PipelineTest, AsOfReadsAnswerWhatWasKnown) {
  MakeProcess();
  MakeOpportunity("d");
  Facts();  // sequences
  const absl::Time before = absl::Now();
  absl::SleepFor(absl::Milliseconds(5));
  v1::AdvanceOpportunityRequest advance;
  advance.set_name("opportunities/d");
  advance.set_stage("offer");
  ASSERT_OK(Call<v1::Opportunity>(absl::StrCat(kOpportunities, "AdvanceOpportunity"), advance));
  MakeOpportunity("later");

  v1::GetOpportunityRequest get;
  get.set_name("opportunities/d");
  *get.mutable_as_of_time() = salesops::api::ToTimestamp(before);
  auto then = Call<v1::Opportunity>(absl::StrCat(kOpportunities, "GetOpportunity"), get);
  ASSERT_OK(then);
  EXPECT_EQ(then->stage(), "lead");
  EXPECT_EQ(then->etag(), "1");

  v1::ListOpportunitiesRequest list;
  *list.mutable_as_of_time() = salesops::api::ToTimestamp(before);
  for (int i = 0; i < 2; ++i) {
    auto listed = Call<v1::ListOpportunitiesResponse>(
        absl::StrCat(kOpportunities, "ListOpportunities"), list);
    ASSERT_OK(listed);
    ASSERT_THAT(listed->opportunities(), SizeIs(1));
    EXPECT_THAT(listed->opportunities(0), EqualsProto(*then));
  }
  v1::ListStageTransitionsRequest transitions;
  transitions.set_parent("opportunities/d");
  *transitions.mutable_as_of_time() = salesops::api::ToTimestamp(before);
  auto known = Call<v1::ListStageTransitionsResponse>(
      absl::StrCat(kOpportunities, "ListStageTransitions"), transitions);
  ASSERT_OK(known);
  EXPECT_THAT(known->stage_transitions(), SizeIs(1));
}

// A transaction that began before the read and commits after it has a smaller outbox seq than what
// was read; it must not turn up in the same read asked again.
TEST_F(PipelineTest, AnAsOfReadIsNotChangedByASlowCommit) {
  MakeAccount("early");
  std::promise<void> written, read;
  std::thread slow([&] {
    const base::DeadlineContext ctx(absl::Now() + absl::Seconds(20));
    const absl::Status committed =
        schema_.database().RunInTransaction(ctx, [&](mysql::Transaction& tx) -> absl::Status {
          domain::Account account;
          account.id = "slow";
          account.display_name = "Slow";
          account.meta.version = 1;
          account.meta.create_time = account.meta.update_time = absl::Now();
          v1::AccountCreated fact;
          fact.mutable_account()->set_name("accounts/slow");
          const absl::Status appended = events::Append(
              tx, absl::Now(), "", {events::MakeFact("account", "accounts/slow", fact)});
          if (!appended.ok()) return appended;
          const absl::Status inserted = store::Accounts().Insert(tx, {account});
          if (!inserted.ok()) return inserted;
          written.set_value();
          read.get_future().wait();
          return absl::OkStatus();
        });
    EXPECT_OK(committed);
  });
  written.get_future().wait();
  MakeAccount("fast");  // commits at once, with a later seq
  Facts();
  v1::ListAccountsRequest list;
  *list.mutable_as_of_time() = salesops::api::ToTimestamp(absl::Now());
  auto first = Call<v1::ListAccountsResponse>(absl::StrCat(kAccounts, "ListAccounts"), list);
  read.set_value();
  slow.join();
  Facts();
  ASSERT_OK(first);
  EXPECT_THAT(first->accounts(), SizeIs(2));
  EXPECT_THAT(Call<v1::ListAccountsResponse>(absl::StrCat(kAccounts, "ListAccounts"), list),
              IsOkAndHolds(EqualsProto(*first)));
  auto now = Call<v1::ListAccountsResponse>(absl::StrCat(kAccounts, "ListAccounts"),
                                            v1::ListAccountsRequest());
  ASSERT_OK(now);
  EXPECT_THAT(now->accounts(), SizeIs(3));
}

TEST_F(PipelineTest, AggregationCountsAndSumsExactly) {
  MakeProcess();
  MakeOpportunity("a", "s1", "0.10");
  MakeOpportunity("b", "s1", "0.20");
  MakeOpportunity("c", "s3", "5");
  MakeOpportunity("d", "s2");
  v1::AggregateOpportunitiesRequest request;
  request.add_group_by("team");
  request.add_group_by("state");
  auto response = Call<v1::AggregateOpportunitiesResponse>(
      absl::StrCat(kOpportunities, "AggregateOpportunities"), request);
  ASSERT_OK(response);
  ASSERT_THAT(response->groups(), SizeIs(2));
  EXPECT_EQ(response->groups(0).values(0).value(), "teams/t1");
  EXPECT_EQ(response->groups(0).values(1).value(), "OPEN");
  EXPECT_EQ(response->groups(0).count(), 3);
  ASSERT_THAT(response->groups(0).amounts(), SizeIs(1));
  EXPECT_EQ(salesops::api::FromMoney(response->groups(0).amounts(0)).amount.ToString(), "0.30");
  EXPECT_EQ(response->groups(1).count(), 1);

  request.Clear();
  request.set_filter("team = \"teams/t2\"");
  response = Call<v1::AggregateOpportunitiesResponse>(
      absl::StrCat(kOpportunities, "AggregateOpportunities"), request);
  ASSERT_OK(response);
  ASSERT_THAT(response->groups(), SizeIs(1));
  EXPECT_EQ(response->groups(0).count(), 1);
}

TEST_F(PipelineTest, AnAmountIsComparedInItsCurrency) {
  MakeProcess();
  MakeOpportunity("small", "s1", "10");
  MakeOpportunity("large", "s1", "5000");
  MakeOpportunity("unknown", "s1");
  v1::ListOpportunitiesRequest list;
  list.set_filter("amount.currency_code = \"CNY\" AND amount >= 1000");
  auto listed =
      Call<v1::ListOpportunitiesResponse>(absl::StrCat(kOpportunities, "ListOpportunities"), list);
  ASSERT_OK(listed);
  ASSERT_THAT(listed->opportunities(), SizeIs(1));
  EXPECT_EQ(listed->opportunities(0).name(), "opportunities/large");
}

TEST_F(PipelineTest, AnImportTakesGoodRowsReportsBadOnesAndRepeatsNothing) {
  MakeProcess();
  auto run = [&](bool dry_run) {
    std::vector<v1::ImportOpportunitiesResponse> replies;
    int part = 0;
    auto next = [&](google::protobuf::Message* m) {
      auto& request = static_cast<v1::ImportOpportunitiesRequest&>(*m);
      request.Clear();
      if (part == 0) {
        request.mutable_options()->set_source("crm");
        request.mutable_options()->set_dry_run(dry_run);
      } else if (part == 1) {
        for (int i = 1; i <= 4; ++i) {
          v1::ImportedOpportunity* row = request.mutable_batch()->add_rows();
          row->set_row_number(i);
          v1::Opportunity& o = *row->mutable_opportunity();
          o.set_display_name(i == 3 ? "" : absl::StrCat("Deal ", i));
          o.set_owner("sellers/s1");
          o.set_stage(i == 2 ? "won" : i == 4 ? "moon" : "offer");
          *o.mutable_open_date() = salesops::api::ToDate(base::CivilDay(2017, 1, 2));
          if (i == 2) *o.mutable_close_date() = salesops::api::ToDate(base::CivilDay(2017, 3, 1));
          v1::ExternalKey* key = o.add_external_keys();
          key->set_source("crm");
          key->set_key(absl::StrCat("K", i));
        }
      } else {
        return false;
      }
      ++part;
      return true;
    };
    const absl::Status status = server_->channel().Exchange(
        absl::StrCat(kOpportunities, "ImportOpportunities"), next,
        v1::ImportOpportunitiesRequest::default_instance(),
        v1::ImportOpportunitiesResponse::default_instance(), testing::InProcessServer::As("admin"),
        [&](const google::protobuf::Message& m) {
          replies.push_back(static_cast<const v1::ImportOpportunitiesResponse&>(m));
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    return replies.empty() ? v1::ImportOpportunitiesResponse() : replies.back();
  };
  auto reply = run(/*dry_run=*/true);
  EXPECT_EQ(reply.created_count(), 2);
  EXPECT_EQ(Count("opportunity"), 0);
  reply = run(false);
  EXPECT_EQ(reply.created_count(), 2);
  EXPECT_EQ(reply.failed_count(), 2);
  std::map<int64_t, std::string> failures;
  for (const auto& f : reply.failures()) failures[f.row_number()] = f.field() + " " + f.reason();
  EXPECT_EQ(failures[3], "opportunity.display_name REQUIRED");
  EXPECT_EQ(failures[4], "opportunity.stage UNKNOWN_STAGE");
  EXPECT_EQ(Count("opportunity"), 2);
  EXPECT_EQ(Count("stage_transition"), 3);  // one created, one created and won
  reply = run(false);
  EXPECT_EQ(reply.unchanged_count(), 2);
  EXPECT_EQ(reply.created_count() + reply.updated_count(), 0);
  EXPECT_EQ(Count("opportunity_history"), 2);
}

TEST_F(PipelineTest, APublishedVersionIsTheDefaultAndNeverChanges) {
  MakeProcess();
  v1::GetSalesProcessRequest get;
  get.set_name("salesProcesses/direct");
  auto process = Call<v1::SalesProcess>(absl::StrCat(kProcesses, "GetSalesProcess"), get);
  ASSERT_OK(process);
  EXPECT_EQ(process->default_version(), "salesProcesses/direct/versions/v1");
  v1::UpdateSalesProcessVersionRequest update;
  update.mutable_sales_process_version()->set_name("salesProcesses/direct/versions/v1");
  for (const char* id : {"a", "b", "c"}) {
    v1::Stage* stage = update.mutable_sales_process_version()->add_stages();
    stage->set_id(id);
    stage->set_display_name(id);
    stage->set_kind(v1::Stage::KIND_OPEN);
  }
  EXPECT_THAT(
      Call<v1::SalesProcessVersion>(absl::StrCat(kProcesses, "UpdateSalesProcessVersion"), update),
      AllOf(StatusIs(absl::StatusCode::kFailedPrecondition), HasReason("VERSION_PUBLISHED")));
}

}  // namespace
}  // namespace salesops::pipeline
