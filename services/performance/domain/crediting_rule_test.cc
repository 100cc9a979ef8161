#include "services/performance/domain/crediting_rule.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CreditingRuleRecord HouseAccounts() {
  CreditingRuleRecord record;
  record.id = "house";
  record.display_name = "House accounts";
  record.reason = "They are served by one person.";
  record.start_date = base::CivilDay(2026, 1, 1);
  record.kinds = {FactKind::kBooking, FactKind::kCancellation};
  record.match.accounts = {"accounts/1"};
  record.to = CreditTo::kSeller;
  record.seller_id = "s1";
  record.share = base::Decimal::FromInt(1);
  Begin(record, "user:alice");
  return record;
}

std::vector<std::string> FaultsOf(const CreditingRuleRecord& record) {
  base::Violations violations;
  CheckCreditingRule(record, &violations);
  std::vector<std::string> faults;
  for (const base::Violation& v : violations.list()) faults.push_back(v.field + " " + v.reason);
  return faults;
}

TEST(CreditingRuleTest, AWholeOneHasNoFault) { EXPECT_THAT(FaultsOf(HouseAccounts()), IsEmpty()); }

TEST(CreditingRuleTest, EveryFaultIsTold) {
  CreditingRuleRecord record = HouseAccounts();
  record.end_date = record.start_date;
  record.seller_id = "";
  record.kinds.push_back(FactKind::kUnset);
  record.match.attribute = "grade";
  record.match.discount_from = base::Decimal::FromInt(0);
  record.match.discount_to = base::Decimal::FromInt(0);
  EXPECT_THAT(FaultsOf(record),
              ElementsAre("end_date BAD_RANGE", "seller REQUIRED", "fact_kinds[2] REQUIRED",
                          "match.attribute_values REQUIRED", "match.discount_to BAD_RANGE"));
  record = HouseAccounts();
  record.to = CreditTo::kManager;
  record.match.attribute_values = {"A"};
  EXPECT_THAT(FaultsOf(record), ElementsAre("seller NOT_ALLOWED", "match.attribute REQUIRED"));
}

TEST(CreditingRuleTest, SomebodyElseApprovesIt) {
  CreditingRuleRecord record = HouseAccounts();
  EXPECT_EQ(status::Reason(Approve(record, "user:alice", "", absl::UnixEpoch())), "SELF_APPROVAL");
  EXPECT_EQ(record.state, CreditingState::kDraft);
  ASSERT_EQ(Approve(record, "user:bob", "agreed", absl::UnixEpoch()), absl::OkStatus());
  EXPECT_EQ(record.state, CreditingState::kApproved);
  EXPECT_EQ(record.approver, "user:bob");
  ASSERT_EQ(Approve(record, "user:carol", "", absl::UnixEpoch() + absl::Hours(1)),
            absl::OkStatus());
  EXPECT_EQ(record.approver, "user:bob") << "it is approved already";
}

TEST(CreditingRuleTest, AChangeAwaitsApprovalAgain) {
  CreditingRuleRecord record = HouseAccounts();
  ASSERT_EQ(Approve(record, "user:bob", "agreed", absl::UnixEpoch()), absl::OkStatus());
  Begin(record, "user:bob");
  EXPECT_EQ(record.state, CreditingState::kDraft);
  EXPECT_EQ(record.approver, "");
  EXPECT_EQ(record.approve_time, std::nullopt);
  EXPECT_EQ(record.approval_note, "");
  EXPECT_THAT(record.authors, ElementsAre("user:alice", "user:bob"));
  EXPECT_EQ(status::Reason(Approve(record, "user:bob", "", absl::UnixEpoch())), "SELF_APPROVAL");
}

TEST(CreditingRuleTest, ANameDoesNotCountAndEverythingElseDoes) {
  const CreditingRuleRecord record = HouseAccounts();
  std::vector<CreditingRuleRecord> others(9, record);
  others[0].reason += "!";
  others[1].start_date += 1;
  others[2].end_date = base::CivilDay(2027, 1, 1);
  others[3].kinds.clear();
  others[4].match.products = {"products/1"};
  others[5].to = CreditTo::kManager;
  others[6].seller_id = "s2";
  others[7].share = base::Decimal::Parse("0.5").value();
  others[8].overlay = true;
  for (const CreditingRuleRecord& other : others) EXPECT_FALSE(CountAlike(record, other));
  CreditingRuleRecord renamed = record;
  renamed.display_name = "Ours";
  renamed.external_keys = {{"erp", "7"}};
  EXPECT_TRUE(CountAlike(record, renamed));
}

TEST(CreditingRuleTest, CreditingTakesItByItsNames) {
  const CreditingRule rule = RuleOf(HouseAccounts());
  EXPECT_EQ(rule.name, "creditingRules/house");
  EXPECT_EQ(rule.seller, "sellers/s1");
  EXPECT_EQ(rule.days, (base::DayRange{base::CivilDay(2026, 1, 1), std::nullopt}));
  EXPECT_EQ(rule.kinds, HouseAccounts().kinds);
  EXPECT_EQ(rule.match, HouseAccounts().match);
  EXPECT_EQ(rule.to, CreditTo::kSeller);
  EXPECT_EQ(rule.share, base::Decimal::FromInt(1));
  EXPECT_FALSE(rule.overlay);
}

}  // namespace
}  // namespace salesops::performance::domain
