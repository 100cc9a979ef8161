// Crediting rules: what they may say, and that they count once a second person approved them.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/performance/v1/crediting_rule.pb.h"
#include "services/performance/store/crediting_rule_store.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/performance_server.h"

namespace salesops::performance {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasReason;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::PartlyEqualsProto;
using testing::StatusIs;
using v1::CreditingRule;

const char kHouse[] =
    "display_name: 'House accounts' reason: 'Served by one person' "
    "start_date { year: 2026 month: 1 day: 1 } end_date { year: 2027 month: 1 day: 1 } "
    "fact_kinds: FACT_KIND_BOOKING fact_kinds: FACT_KIND_CANCELLATION "
    "match { accounts: 'accounts/1' attribute: 'grade' attribute_values: 'A' "
    "discount_from { value: '0.1' } } "
    "credit_to: CREDIT_TO_SELLER seller: 'sellers/s1' share { value: '0.3333333333' } ";

const char kManagers[] =
    "display_name: 'Managers' reason: 'They open doors' "
    "start_date { year: 2026 month: 4 day: 1 } credit_to: CREDIT_TO_MANAGER "
    "share { value: '1' } overlay: true ";

class PerformanceCreditingRules : public PerformanceServerTest {
 protected:
  absl::StatusOr<CreditingRule> Create(const std::string& id, const std::string& fields,
                                       const std::string& user = "alice") {
    return performance_.Call<CreditingRule>(
        "CreditingRuleService/CreateCreditingRule",
        absl::StrCat("crediting_rule_id: '", id, "' crediting_rule { ", fields, "}"), user);
  }
  absl::StatusOr<CreditingRule> Update(const std::string& id, const std::string& fields,
                                       const std::string& user = "alice") {
    return performance_.Call<CreditingRule>(
        "CreditingRuleService/UpdateCreditingRule",
        absl::StrCat("crediting_rule { name: 'creditingRules/", id, "' ", fields, "}"), user);
  }
  absl::StatusOr<CreditingRule> Do(const std::string& verb, const std::string& id,
                                   const std::string& user, const std::string& more = "") {
    return performance_.Call<CreditingRule>(
        absl::StrCat("CreditingRuleService/", verb, "CreditingRule"),
        absl::StrCat("name: 'creditingRules/", id, "' ", more), user);
  }
  // The names of the rules that count for facts of a range of days.
  std::vector<std::string> Counting(const base::DayRange& days) {
    std::vector<std::string> names;
    const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
    const auto rules = performance_.database().Read(
        soon, [&](mysql::Connection& c) { return store::ApprovedRules(c, days); });
    EXPECT_OK(rules);
    if (!rules.ok()) return names;
    for (const domain::CreditingRule& rule : *rules) names.push_back(rule.name);
    return names;
  }
  const base::DayRange kYear{base::CivilDay(2026, 1, 1), base::CivilDay(2027, 1, 1)};
};

TEST_F(PerformanceCreditingRules, OneCountsOnceASecondPersonApprovedIt) {
  ASSERT_OK_AND_ASSIGN(const CreditingRule made, Create("house", kHouse));
  EXPECT_THAT(made, PartlyEqualsProto("state: STATE_DRAFT authors: 'user:alice' etag: '1'"));
  EXPECT_THAT(made, PartlyEqualsProto(std::string(kHouse)));
  EXPECT_THAT(Counting(kYear), IsEmpty());
  EXPECT_THAT(Do("Approve", "house", "alice"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("SELF_APPROVAL")));
  ASSERT_OK_AND_ASSIGN(const CreditingRule approved, Do("Approve", "house", "bob", "note: 'yes'"));
  EXPECT_THAT(approved, PartlyEqualsProto("state: STATE_APPROVED approver: 'user:bob' "
                                          "approval_note: 'yes' etag: '2'"));
  EXPECT_TRUE(approved.has_approve_time());
  EXPECT_THAT(Counting(kYear), ElementsAre("creditingRules/house"));
  ASSERT_OK_AND_ASSIGN(const CreditingRule again, Do("Approve", "house", "carol"));
  EXPECT_EQ(again.etag(), "2") << "it is approved already";
  EXPECT_THAT(performance_.EventTypes(),
              ElementsAre("CreditingRuleCreated", "CreditingRuleApproved"));
}

TEST_F(PerformanceCreditingRules, AChangeAwaitsApprovalAgainButForItsName) {
  ASSERT_OK(Create("house", kHouse));
  ASSERT_OK(Do("Approve", "house", "bob"));
  ASSERT_OK_AND_ASSIGN(const CreditingRule renamed,
                       Update("house",
                              "display_name: 'Ours' external_keys { source: 'erp' key: "
                              "'1' } ",
                              "carol"));
  EXPECT_THAT(renamed, PartlyEqualsProto("state: STATE_APPROVED authors: 'user:alice'"));
  ASSERT_OK_AND_ASSIGN(const CreditingRule changed,
                       Update("house", "share { value: '0.5' } ", "bob"));
  EXPECT_THAT(changed, PartlyEqualsProto("state: STATE_DRAFT authors: 'user:alice' authors: "
                                         "'user:bob'"));
  EXPECT_EQ(changed.approver(), "");
  EXPECT_FALSE(changed.has_approve_time());
  EXPECT_THAT(Counting(kYear), IsEmpty());
  EXPECT_THAT(Do("Approve", "house", "bob"), HasReason("SELF_APPROVAL"));
  ASSERT_OK(Do("Approve", "house", "carol"));
  EXPECT_THAT(Counting(kYear), ElementsAre("creditingRules/house"));
}

TEST_F(PerformanceCreditingRules, TheyCountForFactsOfTheirDaysUnlessArchived) {
  ASSERT_OK(Create("house", kHouse));
  ASSERT_OK(Create("managers", kManagers));
  ASSERT_OK(Do("Approve", "house", "bob"));
  ASSERT_OK(Do("Approve", "managers", "bob"));
  using base::CivilDay;
  EXPECT_THAT(Counting(kYear), ElementsAre("creditingRules/house", "creditingRules/managers"));
  EXPECT_THAT(Counting({CivilDay(2026, 1, 1), CivilDay(2026, 4, 1)}),
              ElementsAre("creditingRules/house"));
  EXPECT_THAT(Counting({CivilDay(2027, 1, 1), std::nullopt}),
              ElementsAre("creditingRules/managers"));
  ASSERT_OK(Do("Archive", "house", "alice"));
  EXPECT_THAT(Counting(kYear), ElementsAre("creditingRules/managers"));
  ASSERT_OK_AND_ASSIGN(const CreditingRule back, Do("Unarchive", "house", "alice"));
  EXPECT_EQ(back.state(), CreditingRule::STATE_APPROVED);
}

TEST_F(PerformanceCreditingRules, EveryFaultIsToldWithItsField) {
  EXPECT_THAT(Create("a",
                     "display_name: 'A' reason: 'B' start_date { year: 2026 month: 1 day: 1 } "
                     "end_date { year: 2026 month: 1 day: 1 } match { attribute: 'grade' "
                     "discount_from { value: '0.2' } discount_to { value: '0.1' } } "
                     "credit_to: CREDIT_TO_SELLER share { value: '1' } "),
              AllOf(HasViolation("crediting_rule.end_date", "BAD_RANGE"),
                    HasViolation("crediting_rule.seller", "REQUIRED"),
                    HasViolation("crediting_rule.match.attribute_values", "REQUIRED"),
                    HasViolation("crediting_rule.match.discount_to", "BAD_RANGE")));
  EXPECT_THAT(Create("a",
                     "display_name: 'A' reason: 'B' start_date { year: 2026 month: 1 day: 1 } "
                     "credit_to: CREDIT_TO_SELLER seller: 'sellers/nobody' share { value: '1' } "),
              HasViolation("crediting_rule.seller", "BAD_REFERENCE"));
  EXPECT_THAT(Create("a", absl::StrCat(kManagers, "seller: 'sellers/s1' ")),
              HasViolation("crediting_rule.seller", "NOT_ALLOWED"));
  for (const char* share : {"0", "1.0000000001", "-0.1"}) {
    EXPECT_THAT(
        Create("a", absl::StrCat("display_name: 'A' reason: 'B' credit_to: CREDIT_TO_SPLITS "
                                 "start_date { year: 2026 month: 1 day: 1 } share { value: '",
                                 share, "' } ")),
        HasViolation("crediting_rule.share", "OUT_OF_RANGE"));
  }
  EXPECT_THAT(Create("a", "display_name: 'A' "),
              AllOf(HasViolation("crediting_rule.reason", "REQUIRED"),
                    HasViolation("crediting_rule.start_date", "REQUIRED"),
                    HasViolation("crediting_rule.credit_to", "REQUIRED"),
                    HasViolation("crediting_rule.share", "REQUIRED")));
  EXPECT_EQ(performance_.Count("crediting_rule"), 0);
}

TEST_F(PerformanceCreditingRules, OnlyTheFullScopeWrites) {
  EXPECT_THAT(Create("a", kManagers, "s1"), StatusIs(StatusCode::kPermissionDenied));
  ASSERT_OK(Create("a", kManagers));
  EXPECT_THAT(Do("Approve", "a", "boss"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_OK(Do("Get", "a", "s1"));
}

TEST_F(PerformanceCreditingRules, NoImportApproves) {
  const auto import = [&](const std::string& fields) {
    const auto replies = performance_.Import(
        "CreditingRuleService/ImportCreditingRules",
        {"options { source: 'erp' }",
         absl::StrCat("batch { rows { row_number: 1 crediting_rule { state: STATE_APPROVED "
                      "approver: 'user:nobody' authors: 'user:nobody' ",
                      fields, "external_keys { source: 'erp' key: '1' } } } }")});
    EXPECT_OK(replies);
    return static_cast<const v1::ImportCreditingRulesResponse&>(*replies->back());
  };
  const auto only = [&] {
    const auto page = performance_.Call<v1::ListCreditingRulesResponse>(
        "CreditingRuleService/ListCreditingRules", "");
    EXPECT_OK(page);
    return page->crediting_rules(0);
  };
  EXPECT_EQ(import(kManagers).created_count(), 1);
  EXPECT_THAT(only(), PartlyEqualsProto("state: STATE_DRAFT authors: 'user:admin'"));
  EXPECT_EQ(only().approver(), "");
  EXPECT_EQ(import(kManagers).unchanged_count(), 1);
  std::string renamed = kManagers;
  renamed.replace(renamed.find("'Managers'"), 10, "'Leaders'");
  EXPECT_EQ(import(renamed).updated_count(), 1);
  EXPECT_THAT(only(), PartlyEqualsProto("display_name: 'Leaders' state: STATE_DRAFT"));
  EXPECT_EQ(only().approver(), "");
  EXPECT_THAT(Counting(kYear), IsEmpty());
}

TEST_F(PerformanceCreditingRules, ListsFilterByStateAndDays) {
  ASSERT_OK(Create("house", kHouse));
  ASSERT_OK(Create("managers", kManagers));
  ASSERT_OK(Do("Approve", "managers", "bob"));
  const auto listed = [&](const std::string& filter) {
    std::vector<std::string> names;
    const auto page = performance_.Call<v1::ListCreditingRulesResponse>(
        "CreditingRuleService/ListCreditingRules", absl::StrCat("filter: '", filter, "'"));
    EXPECT_OK(page);
    if (!page.ok()) return names;
    for (const CreditingRule& rule : page->crediting_rules()) names.push_back(rule.display_name());
    return names;
  };
  EXPECT_THAT(listed("state = STATE_APPROVED"), ElementsAre("Managers"));
  EXPECT_THAT(listed("start_date < \"2026-04-01\""), ElementsAre("House accounts"));
  EXPECT_THAT(listed("display_name:\"manage\""), ElementsAre("Managers"));
}

}  // namespace
}  // namespace salesops::performance
