// The hierarchy of accounts: who may belong to whom, whole groups in filters, what was above whom
// at a moment, and changes of many callers at once.
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/resource/message_fields.h"
#include "shared/status/status.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasReason;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::StatusIs;

class AccountHierarchy : public PipelineServerTest {
 protected:
  using Answer = absl::StatusOr<v1::Account>;

  // "accounts/b" as text of a field; empty = none.
  static std::string Parent(const std::string& id) {
    return id.empty() ? "" : absl::StrCat("parent: 'accounts/", id, "' ");
  }
  Answer Create(const std::string& id, const std::string& parent = "",
                const std::string& more = "") {
    return pipeline_.Call<v1::Account>(
        "AccountService/CreateAccount",
        absl::StrCat("account_id: '", id, "' account { display_name: '", id, "' ", Parent(parent),
                     more, " }"));
  }
  Answer Move(const std::string& id, const std::string& parent, const std::string& user = "admin") {
    return pipeline_.Call<v1::Account>(
        "AccountService/UpdateAccount",
        absl::StrCat("account { name: 'accounts/", id, "' ", Parent(parent),
                     "} update_mask { paths: 'parent' }"),
        user);
  }
  // group over north and south, north over n1.
  void MakeGroup() {
    ASSERT_OK(Create("group"));
    ASSERT_OK(Create("north", "group"));
    ASSERT_OK(Create("south", "group"));
    ASSERT_OK(Create("n1", "north"));
    ASSERT_OK(Create("other"));
  }
  std::vector<std::string> Filtered(const std::string& filter, const std::string& more = "") {
    const auto listed = pipeline_.Call<v1::ListAccountsResponse>(
        "AccountService/ListAccounts", absl::StrCat("filter: '", filter, "' ", more));
    EXPECT_OK(listed);
    std::vector<std::string> ids;
    if (!listed.ok()) return ids;
    for (const v1::Account& a : listed->accounts()) ids.push_back(a.name().substr(9));
    return ids;
  }
  std::vector<std::string> Ancestors(const std::string& id, const std::string& more = "",
                                     const std::string& user = "admin") {
    const auto listed = pipeline_.Call<v1::ListAccountAncestorsResponse>(
        "AccountService/ListAccountAncestors", absl::StrCat("name: 'accounts/", id, "' ", more),
        user);
    EXPECT_OK(listed);
    std::vector<std::string> ids;
    if (!listed.ok()) return ids;
    for (const v1::Account& a : listed->accounts()) ids.push_back(a.name().substr(9));
    return ids;
  }
};

TEST_F(AccountHierarchy, AParentExistsAndIsNotArchivedWhenItIsNamed) {
  ASSERT_OK(Create("group"));
  ASSERT_OK_AND_ASSIGN(const v1::Account made, Create("a", "group"));
  EXPECT_EQ(made.parent(), "accounts/group");
  EXPECT_THAT(Create("b", "absent"), HasViolation("account.parent", "BAD_REFERENCE"));
  ASSERT_OK(pipeline_.Call<v1::Account>("AccountService/ArchiveAccount", "name: 'accounts/group'"));
  EXPECT_THAT(Create("b", "group"), HasViolation("account.parent", "ARCHIVED"));
  // What belonged to it before may change otherwise, and leave it.
  ASSERT_OK(pipeline_.Call<v1::Account>("AccountService/UpdateAccount",
                                        "account { name: 'accounts/a' grade: 'A' }"));
  ASSERT_OK_AND_ASSIGN(const v1::Account left, Move("a", ""));
  EXPECT_EQ(left.parent(), "");
}

TEST_F(AccountHierarchy, ACycleIsRefusedWithItsPath) {
  MakeGroup();
  const Answer moved = Move("group", "n1");
  EXPECT_THAT(moved, AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("ACCOUNT_CYCLE")));
  EXPECT_TRUE(absl::StrContains(moved.status().message(),
                                "accounts/group below accounts/n1 below accounts/north below "
                                "accounts/group"))
      << moved.status();
  EXPECT_THAT(Move("n1", "n1"), HasReason("ACCOUNT_CYCLE"));
  EXPECT_OK(Move("n1", "south"));
  EXPECT_OK(Move("north", "n1"));
}

TEST_F(AccountHierarchy, ATreeHasAtMostTwentyLevels) {
  ASSERT_OK(Create("l1"));
  for (int i = 2; i <= 20; ++i) ASSERT_OK(Create(absl::StrCat("l", i), absl::StrCat("l", i - 1)));
  EXPECT_THAT(Create("l21", "l20"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("TOO_DEEP")));
  // A tree that moves brings its own levels.
  ASSERT_OK(Create("top"));
  EXPECT_THAT(Move("l1", "top"), HasReason("TOO_DEEP"));
  EXPECT_OK(Move("l2", "top"));
  EXPECT_THAT(Ancestors("l20"), ::testing::SizeIs(19));
}

TEST_F(AccountHierarchy, FiltersFindChildrenAndWholeTrees) {
  MakeGroup();
  EXPECT_THAT(Filtered("parent = \"accounts/group\""), ElementsAre("north", "south"));
  EXPECT_THAT(Filtered("NOT parent:*"), ElementsAre("group", "other"));
  EXPECT_THAT(Filtered("ancestor = \"accounts/group\""),
              ElementsAre("group", "n1", "north", "south"));
  EXPECT_THAT(Filtered("ancestor = \"accounts/group\" AND name != \"accounts/group\"",
                       "order_by: 'name desc'"),
              ElementsAre("south", "north", "n1"));
  EXPECT_THAT(Filtered("ancestor != \"accounts/north\""), ElementsAre("group", "other", "south"));
  EXPECT_THAT(Filtered("ancestor = \"accounts/absent\""), IsEmpty());
  EXPECT_THAT(pipeline_.Call<v1::ListAccountsResponse>("AccountService/ListAccounts",
                                                       "filter: 'ancestor < \"accounts/x\"'"),
              HasViolation("filter"));
}

TEST_F(AccountHierarchy, DealsOfAWholeGroupAreListedAndSummed) {
  pipeline_.MakeProcess();
  MakeGroup();
  const auto deal = [&](const std::string& id, const std::string& account) {
    return pipeline_.Call<v1::Opportunity>(
        "OpportunityService/CreateOpportunity",
        absl::StrCat("opportunity_id: '", id, "' opportunity { display_name: '", id,
                     "' owner: 'sellers/s1' account: 'accounts/", account,
                     "' amount { currency_code: 'CNY' units: 100 } }"));
  };
  for (const char* account : {"group", "n1", "south", "other"}) {
    ASSERT_OK(deal(absl::StrCat("d-", account), account));
  }
  const std::string filter = "filter: 'account_ancestor = \"accounts/group\"' ";
  const auto names = [&](const std::string& more) {
    const auto listed = pipeline_.Call<v1::ListOpportunitiesResponse>(
        "OpportunityService/ListOpportunities", filter + more);
    EXPECT_OK(listed);
    std::set<std::string> ids;
    if (listed.ok()) {
      for (const v1::Opportunity& o : listed->opportunities()) ids.insert(o.name().substr(14));
    }
    return ids;
  };
  EXPECT_THAT(names(""), ElementsAre("d-group", "d-n1", "d-south"));
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  ASSERT_OK(Move("north", ""));
  EXPECT_THAT(names(""), ElementsAre("d-group", "d-south"));
  EXPECT_THAT(names(then), ElementsAre("d-group", "d-n1", "d-south"));
  const auto count = [&](const std::string& more) -> int64_t {
    const auto sums = pipeline_.Call<v1::AggregateOpportunitiesResponse>(
        "OpportunityService/AggregateOpportunities", filter + more);
    EXPECT_OK(sums);
    return sums.ok() && sums->groups_size() == 1 ? sums->groups(0).count() : -1;
  };
  EXPECT_EQ(count(""), 2);
  EXPECT_EQ(count(then), 3);
}

TEST_F(AccountHierarchy, AncestorsAreTheNearestFirstAndThoseThatTheCallerMaySee) {
  ASSERT_OK(Create("group", "", "owner: 'sellers/s1'"));
  ASSERT_OK(Create("north", "group", "owner: 'sellers/s3'"));
  ASSERT_OK(Create("n1", "north", "owner: 'sellers/s1'"));
  EXPECT_THAT(Ancestors("n1"), ElementsAre("north", "group"));
  EXPECT_THAT(Ancestors("n1", "", "s1"), ElementsAre("group"));
  EXPECT_THAT(Ancestors("group"), IsEmpty());
  const auto foreign = [&](const std::string& id, const std::string& user) {
    return pipeline_.Call<v1::ListAccountAncestorsResponse>(
        "AccountService/ListAccountAncestors", absl::StrCat("name: 'accounts/", id, "'"), user);
  };
  EXPECT_THAT(foreign("north", "s1"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(foreign("absent", "admin"), StatusIs(StatusCode::kNotFound));
}

TEST_F(AccountHierarchy, ALimitedCallerNamesParentsOfItsOwnAndLearnsNoOthers) {
  ASSERT_OK(Create("mine", "", "owner: 'sellers/s1'"));
  ASSERT_OK(Create("foreign", "mine", "owner: 'sellers/s3'"));
  ASSERT_OK(Create("below", "foreign", "owner: 'sellers/s1'"));
  ASSERT_OK(Create("free", "", "owner: 'sellers/s1'"));
  EXPECT_THAT(Move("free", "foreign", "s1"), HasViolation("account.parent", "BAD_REFERENCE"));
  EXPECT_OK(Move("free", "mine", "s1"));
  const Answer cycle = Move("mine", "below", "s1");
  EXPECT_THAT(cycle, HasReason("ACCOUNT_CYCLE"));
  EXPECT_FALSE(absl::StrContains(cycle.status().message(), "foreign")) << cycle.status();
}

TEST_F(AccountHierarchy, AsOfAMomentTheTreeIsWhatItWas) {
  MakeGroup();
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  ASSERT_OK(Move("north", "other"));
  ASSERT_OK(Create("later", "group"));
  EXPECT_THAT(Ancestors("n1"), ElementsAre("north", "other"));
  EXPECT_THAT(Ancestors("n1", then), ElementsAre("north", "group"));
  EXPECT_THAT(Filtered("ancestor = \"accounts/group\""), ElementsAre("group", "later", "south"));
  EXPECT_THAT(Filtered("ancestor = \"accounts/group\"", then),
              ElementsAre("group", "n1", "north", "south"));
  EXPECT_THAT(Filtered("parent = \"accounts/group\"", then), ElementsAre("north", "south"));
  const auto exported =
      pipeline_.Export("AccountService/ExportAccounts", "filter: 'ancestor = \"accounts/other\"'");
  ASSERT_OK(exported);
  EXPECT_EQ(static_cast<const v1::ExportAccountsResponse&>(*exported->front()).accounts_size(), 3);
}

TEST_F(AccountHierarchy, AnImportPlacesAccountsBelowThoseOfEarlierBatches) {
  ASSERT_OK(Create("group"));
  const auto row = [](int number, const std::string& id, const std::string& parent) {
    return absl::StrCat("rows { row_number: ", number, " account { name: 'accounts/", id,
                        "' display_name: '", id, "' ", Parent(parent), "} } ");
  };
  const auto import = [&](const std::vector<std::string>& batches) {
    std::vector<std::string> parts = {"options { source: 'crm' }"};
    for (const std::string& rows : batches) parts.push_back(absl::StrCat("batch { ", rows, "}"));
    return pipeline_.Import("AccountService/ImportAccounts", parts);
  };
  // The parent stands in the same batch: the row waits for the next one.
  const auto replies = import({row(1, "a", "group") + row(2, "b", "a"), row(3, "b", "a")});
  ASSERT_OK(replies);
  const auto& first = static_cast<const v1::ImportAccountsResponse&>(*(*replies)[1]);
  EXPECT_EQ(first.created_count(), 1);
  ASSERT_EQ(first.failures_size(), 1);
  EXPECT_EQ(first.failures(0).row_number(), 2);
  EXPECT_EQ(first.failures(0).field(), "account.parent");
  EXPECT_EQ(first.failures(0).reason(), "BAD_REFERENCE");
  EXPECT_EQ(resource::GetInt(*(*replies)[2], "created_count"), 1);
  // Of two rows that close a cycle the later one is left out.
  const auto cycle = import({row(1, "group", "b") + row(2, "b", "")});
  ASSERT_OK(cycle);
  const auto& reply = static_cast<const v1::ImportAccountsResponse&>(*(*cycle)[1]);
  EXPECT_EQ(reply.failed_count(), 1);
  EXPECT_EQ(reply.failures(0).reason(), "ACCOUNT_CYCLE");
  EXPECT_THAT(Ancestors("b"), ElementsAre("a", "group"));
}

// Eight callers move accounts below each other at random: every answer is success, a refusal for
// the cycle, or a lost race, and what is left is a forest.
TEST_F(AccountHierarchy, ManyMovesAtOnceCannotCloseACycle) {
  constexpr int kThreads = 8, kMoves = 40, kAccounts = 6;
  for (int i = 0; i < kAccounts; ++i) ASSERT_OK(Create(absl::StrCat("a", i)));
  std::atomic<int> moved{0}, refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      uint32_t random = 12345u + static_cast<uint32_t>(t);
      const auto next = [&random] { return (random = random * 1664525u + 1013904223u) >> 16; };
      for (int i = 0; i < kMoves; ++i) {
        const Answer answer =
            Move(absl::StrCat("a", next() % kAccounts), absl::StrCat("a", next() % kAccounts));
        if (answer.ok()) {
          ++moved;
        } else {
          EXPECT_EQ(status::Reason(answer.status()), "ACCOUNT_CYCLE") << answer.status();
          ++refused;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(moved, 0);
  EXPECT_GT(refused, 0);
  for (int i = 0; i < kAccounts; ++i) {
    const std::string id = absl::StrCat("a", i);
    EXPECT_THAT(Ancestors(id), ::testing::Not(::testing::Contains(id)));
  }
  const auto roots = Filtered("NOT parent:*");
  EXPECT_FALSE(roots.empty());
  size_t found = 0;
  for (const std::string& root : roots) {
    found += Filtered(absl::StrCat("ancestor = \"accounts/", root, "\"")).size();
  }
  EXPECT_EQ(found, static_cast<size_t>(kAccounts));
}

}  // namespace
}  // namespace salesops::pipeline
