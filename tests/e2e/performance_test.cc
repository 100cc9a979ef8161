// Performance within the suite: what is won in pipeline reaches it once, through its own crash too,
// and whoever is paid sees what is theirs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/stack/stack.h"

namespace salesops::stack {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

json Day(int year, int month, int day) { return {{"year", year}, {"month", month}, {"day", day}}; }

class PerformanceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    stack_ = new Stack(Stack::Options{.performance_addresses = {"127.0.0.1"}});
    stack_->MakeSalesProcess("direct", {"lead", "offer"});
    for (const std::string id : {"ann", "ben"}) {
      Post("/organization/v1/sellers?seller_id=" + id,
           {{"displayName", id},
            {"subject", id},
            {"employments", {{{"startDate", Day(2020, 1, 1)}}}}});
    }
  }
  static void TearDownTestSuite() {
    delete stack_;
    stack_ = nullptr;
  }

  // What names a seller is taken once the service has heard of the seller; a service that was just
  // started again is asked again, as RetryInfo says.
  static void Post(const std::string& target, const json& body) {
    HttpClient::Response answer;
    EXPECT_TRUE(Eventually(absl::Seconds(10), [&] {
      answer = stack_->Http().Send("POST", target, body);
      return answer.code != 400 && answer.code != 503;
    }));
    EXPECT_EQ(answer.code, 200) << target << " " << answer.body;
  }

  static void Win(const std::string& id, int units) {
    Post("/pipeline/v1/opportunities?opportunity_id=" + id,
         {{"displayName", id},
          {"owner", "sellers/ann"},
          {"openDate", Day(2024, 1, 8)},
          {"processVersion", "salesProcesses/direct/versions/v1"}});
    Post("/pipeline/v1/opportunities/" + id + ":win",
         {{"closeDate", Day(2024, 2, 2)},
          {"amount", {{"currencyCode", "CNY"}, {"units", absl::StrCat(units)}}}});
  }

  // Number, kind (1 = booking, 5 = cancellation), day of bookings and currency of each.
  static std::vector<std::string> FactsOf(const std::string& deal) {
    return stack_->Rows("performance",
                        absl::StrCat("SELECT CONCAT_WS(' ', number, kind, IF(kind = 1, fact_date, "
                                     "'-'), currency_code) FROM deal_fact WHERE opportunity_id = '",
                                     deal, "' ORDER BY number"));
  }

  static bool HasFacts(const std::string& deal, size_t count) {
    return Eventually(absl::Seconds(20), [&] { return FactsOf(deal).size() >= count; });
  }

  static std::vector<std::string> QuotasSeenBy(const HttpClient& http) {
    std::vector<std::string> names;
    const json answer = http.Get("/performance/v1/quotas").Json();
    for (const json& quota : answer.value("quotas", json::array())) {
      names.push_back(quota.value("name", ""));
    }
    return names;
  }

  static Stack* stack_;
};

Stack* PerformanceTest::stack_ = nullptr;

TEST_F(PerformanceTest, AWonDealIsAFactAndAReopenedOneIsCancelled) {
  Win("reopened", 1000);
  ASSERT_TRUE(HasFacts("reopened", 1));
  EXPECT_THAT(FactsOf("reopened"), ElementsAre("1 1 2024-02-02 CNY"));
  Post("/pipeline/v1/opportunities/reopened:reopen", {{"stage", "offer"}, {"reason", "mistake"}});
  ASSERT_TRUE(HasFacts("reopened", 2));
  EXPECT_THAT(FactsOf("reopened"), ElementsAre("1 1 2024-02-02 CNY", "2 5 - CNY"));
}

TEST_F(PerformanceTest, WhatIsWonWhileItIsDownIsAFactOnce) {
  for (int round = 0; round < 3; ++round) {
    const std::string before = absl::StrCat("before-", round);
    const std::string down = absl::StrCat("down-", round);
    Win(before, 100);
    stack_->performance().Kill();
    Win(down, 200);
    stack_->StartPerformance();
    EXPECT_TRUE(HasFacts(before, 1));
    EXPECT_TRUE(HasFacts(down, 1));
  }
  // All in the order of pipeline's facts: after the last one no other comes.
  Win("last", 300);
  ASSERT_TRUE(HasFacts("last", 1));
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(FactsOf(absl::StrCat("before-", round)).size(), 1u);
    EXPECT_EQ(FactsOf(absl::StrCat("down-", round)).size(), 1u);
  }
  // Each was told once to those who follow performance, too.
  EXPECT_EQ(
      stack_->Number("performance", "SELECT COUNT(*) FROM outbox WHERE type LIKE '%DealFact%'"),
      stack_->Number("performance", "SELECT COUNT(*) FROM deal_fact"));
}

TEST_F(PerformanceTest, ASellerSeesOwnQuotasAndFinanceAll) {
  for (const std::string id : {"ann", "ben"}) {
    Post("/performance/v1/quotas?quota_id=of-" + id,
         {{"payee", "sellers/" + id},
          {"measure", {{"measure", "MEASURE_BOOKINGS"}}},
          {"fiscalCalendar", "fiscalCalendars/gregorian"},
          {"level", "PERIOD_LEVEL_QUARTER"},
          {"fiscalYear", 2024},
          {"number", 1},
          {"startDate", Day(2024, 1, 1)},
          {"endDate", Day(2024, 4, 1)},
          {"amount", {{"value", "500000"}}},
          {"currencyCode", "CNY"}});
  }
  // As the generated company has them (tools/company).
  Post("/organization/v1/accessRoles?access_role_id=payee",
       {{"displayName", "Payee"}, {"permissions", json::array({"performance.quotas.read"})}});
  Post("/organization/v1/accessRoles?access_role_id=finance",
       {{"displayName", "Finance"}, {"permissions", json::array({"performance.*"})}});
  Post("/organization/v1/grants?grant_id=payees", {{"accessRole", "accessRoles/payee"},
                                                   {"member", "group:sellers"},
                                                   {"scope", "SCOPE_OWN_AND_REPORTS"}});
  Post(
      "/organization/v1/grants?grant_id=finance",
      {{"accessRole", "accessRoles/finance"}, {"member", "group:finance"}, {"scope", "SCOPE_ALL"}});
  const HttpClient ann = stack_->Http().As(stack_->Token("ann", "sellers"));
  const HttpClient finance = stack_->Http().As(stack_->Token("fin", "finance"));
  ASSERT_TRUE(Eventually(absl::Seconds(5), [&] {
    return ann.Get("/performance/v1/quotas").code == 200 &&
           finance.Get("/performance/v1/quotas").code == 200;
  }));
  EXPECT_THAT(QuotasSeenBy(ann), ElementsAre("quotas/of-ann"));
  EXPECT_THAT(QuotasSeenBy(finance), UnorderedElementsAre("quotas/of-ann", "quotas/of-ben"));
  // What is another's and what is not there look the same.
  EXPECT_EQ(ann.Get("/performance/v1/quotas/of-ben").code, 403);
  EXPECT_EQ(ann.Get("/performance/v1/quotas/of-nobody").code, 403);
  // And nobody raises or lowers an own quota.
  EXPECT_EQ(ann.Send("PATCH", "/performance/v1/quotas/of-ann?update_mask=amount",
                     json{{"amount", {{"value", "1"}}}})
                .code,
            403);
  // Who may read performance need not read pipeline.
  EXPECT_EQ(finance.Get("/pipeline/v1/opportunities").code, 403);
}

TEST_F(PerformanceTest, AWonDealIsPaidExplainedAndReplayed) {
  Post("/organization/v1/sellers?seller_id=cid",
       {{"displayName", "cid"},
        {"subject", "cid"},
        {"employments", {{{"startDate", Day(2020, 1, 1)}}}}});
  Post("/organization/v1/accessRoles?access_role_id=paymaster",
       {{"displayName", "Paymaster"}, {"permissions", json::array({"performance.*"})}});
  Post("/organization/v1/accessRoles?access_role_id=paid",
       {{"displayName", "Paid"},
        {"permissions",
         json::array({"performance.payoutStatements.read", "performance.personal.read"})}});
  Post("/organization/v1/grants?grant_id=paymasters", {{"accessRole", "accessRoles/paymaster"},
                                                       {"member", "group:paymasters"},
                                                       {"scope", "SCOPE_ALL"}});
  Post("/organization/v1/grants?grant_id=paid", {{"accessRole", "accessRoles/paid"},
                                                 {"member", "group:paid"},
                                                 {"scope", "SCOPE_OWN_AND_REPORTS"}});
  const HttpClient alice = stack_->Http().As(stack_->Token("alice", "paymasters"));
  const HttpClient bob = stack_->Http().As(stack_->Token("bob", "paymasters"));
  const HttpClient carol = stack_->Http().As(stack_->Token("carol", "paymasters"));
  const HttpClient cid = stack_->Http().As(stack_->Token("cid", "paid"));
  const HttpClient ann = stack_->Http().As(stack_->Token("ann", "paid"));
  ASSERT_TRUE(Eventually(absl::Seconds(5),
                         [&] { return alice.Get("/performance/v1/incentivePlans").code == 200; }));
  const auto done = [](const HttpClient& as, const std::string& target, const json& body) {
    const HttpClient::Response answer = as.Send("POST", "/performance/v1/" + target, body);
    EXPECT_EQ(answer.code, 200) << target << " " << answer.body;
    return answer.body;
  };
  const json none = json::object();
  done(alice, "incentivePlans?incentive_plan_id=sales", {{"displayName", "Sales"}});
  const json table = {{"method", "METHOD_MARGINAL"},
                      {"basis", "BASIS_AMOUNT"},
                      {"tiers",
                       {{{"from", {{"value", "0"}}}, {"rate", {{"value", "0.05"}}}},
                        {{"from", {{"value", "10000"}}}, {"rate", {{"value", "0.08"}}}}}}};
  const json commission = {{"measure", {{"measure", "MEASURE_BOOKINGS"}}},
                           {"per", "PER_PERIOD"},
                           {"rules", {{{"id", "all"}, {"table", table}}}}};
  done(alice, "incentivePlans/sales/versions?incentive_plan_version_id=v1",
       {{"startDate", Day(2024, 1, 1)},
        {"rules",
         {{"currencyCode", "CNY"},
          {"fiscalCalendar", "fiscalCalendars/gregorian"},
          {"level", "PERIOD_LEVEL_QUARTER"},
          {"rateDate", "RATE_DATE_FACT_DATE"},
          {"components",
           {{{"id", "bookings"}, {"displayName", "Bookings"}, {"commission", commission}}}}}}});
  done(alice, "incentivePlans/sales/versions/v1:lint", none);
  done(bob, "incentivePlans/sales/versions/v1:approve", none);
  done(carol, "incentivePlans/sales/versions/v1:approve", none);
  done(alice, "incentivePlans/sales/versions/v1:activate", none);
  Post("/performance/v1/planAssignments", {{"incentivePlan", "incentivePlans/sales"},
                                           {"payee", "sellers/cid"},
                                           {"startDate", Day(2024, 1, 1)}});
  Post("/pipeline/v1/opportunities?opportunity_id=paid",
       {{"displayName", "paid"},
        {"owner", "sellers/cid"},
        {"openDate", Day(2024, 1, 8)},
        {"processVersion", "salesProcesses/direct/versions/v1"}});
  Post("/pipeline/v1/opportunities/paid:win",
       {{"closeDate", Day(2024, 2, 2)}, {"amount", {{"currencyCode", "CNY"}, {"units", "12000"}}}});
  ASSERT_TRUE(HasFacts("paid", 1));

  const std::string period = "incentivePlans/sales/periods/2024q1";
  done(alice, "incentivePlans/sales/periods?incentive_period_id=2024q1",
       {{"startDate", Day(2024, 1, 1)}, {"endDate", Day(2024, 4, 1)}});
  EXPECT_THAT(done(alice, period + ":calculate", none), ::testing::HasSubstr("STAGE_DONE"));

  const std::string statement = "/performance/v1/" + period + "/statements/cid";
  const json why = cid.Get(statement + ":explain").Json().value("payoutStatement", json::object());
  EXPECT_EQ(why["amount"]["value"], "660") << why.dump(1);  // 10,000 × 5 % + 2,000 × 8 %
  EXPECT_EQ(why["entries"].size(), 4u) << why.dump(1);
  EXPECT_EQ(why["entries"][2]["fact"], "opportunities/paid/facts/1");
  EXPECT_EQ(ann.Get(statement).code, 403);
  EXPECT_EQ(cid.Get("/performance/v1/" + period).code, 403);
  EXPECT_THAT(alice.Get(statement + ":replay").body, ::testing::HasSubstr("\"matches\":true"));

  EXPECT_EQ(alice.Send("POST", "/performance/v1/" + period + ":review", none).code, 400);
  done(bob, period + ":review", none);
  done(carol, period + ":approve", none);
  done(alice, period + ":close", none);
  EXPECT_EQ(alice.Send("POST", "/performance/v1/" + period + ":calculate", none).code, 400);
  done(alice, period + ":pay", {{"paymentReference", "payroll 4"}});
  EXPECT_EQ(alice.Get("/performance/v1/" + period).Json().value("state", ""), "STATE_PAID");
  // What was paid is read again after the process was killed, and replays.
  stack_->performance().Kill();
  stack_->StartPerformance();
  EXPECT_TRUE(Eventually(absl::Seconds(10), [&] {
    return absl::StrContains(alice.Get(statement + ":replay").body, "\"matches\":true");
  }));
}

}  // namespace
}  // namespace salesops::stack
