#include "services/organization/domain/manager_chain.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const CivilDay kDay(2026, 3, 1);

class Company {
 public:
  Assignment& Assign(const std::string& seller, const std::string& id, const std::string& manager,
                     const char* share = "1") {
    Assignment& assignment = by_seller_[seller].emplace_back();
    assignment.seller_id = seller;
    assignment.id = id;
    assignment.team_id = "t";
    assignment.manager_id = manager;
    assignment.share = Decimal::Parse(share).value();
    assignment.start_date = CivilDay(2026, 1, 1);
    return assignment;
  }
  std::vector<ManagerChain> ChainsOf(const std::string& seller, CivilDay day = kDay) const {
    return ManagerChains(seller, by_seller_, day);
  }
  std::map<std::string, int> Below(const std::string& manager) const {
    ReportLevels levels(manager);
    while (!levels.open().empty()) {
      std::vector<Assignment> reports;
      for (const auto& [seller, list] : by_seller_) {
        for (const Assignment& assignment : list) {
          if (assignment.days().Contains(kDay) && levels.open().count(assignment.manager_id) > 0) {
            reports.push_back(assignment);
          }
        }
      }
      levels.Add(reports);
    }
    return levels.level_of();
  }

 private:
  AssignmentsBySeller by_seller_;
};

// "b 1" = b, one step above; "!" = not by the primary assignment.
std::vector<std::string> Shown(const ManagerChain& chain) {
  std::vector<std::string> shown;
  for (const ManagerLink& link : chain.links) {
    shown.push_back(absl::StrCat(link.manager_id, " ", link.level, link.primary ? "" : "!"));
  }
  return shown;
}

TEST(ManagerChains, FromTheDirectManagerToTheTop) {
  Company company;
  company.Assign("a", "x", "b", "0.5");
  company.Assign("b", "y", "c");
  company.Assign("c", "z", "");
  const auto chains = company.ChainsOf("a");
  ASSERT_THAT(chains, SizeIs(1));
  EXPECT_EQ(chains[0].assignment.assignment.id, "x");
  EXPECT_THAT(Shown(chains[0]), ElementsAre("b 1", "c 2"));
  EXPECT_EQ(chains[0].links[0].report_id, "a");
  EXPECT_EQ(chains[0].links[0].assignment_id, "x");
  EXPECT_EQ(chains[0].links[0].share, Decimal::Parse("0.5").value());
  EXPECT_EQ(chains[0].links[1].assignment_id, "y");
  EXPECT_THAT(company.ChainsOf("nobody"), IsEmpty());
  EXPECT_THAT(company.ChainsOf("a", CivilDay(2025, 12, 31)), IsEmpty());
}

TEST(ManagerChains, OneForEachAssignmentThePrimaryFirst) {
  Company company;
  company.Assign("a", "small", "b", "0.3");
  company.Assign("a", "large", "c", "0.7");
  const auto chains = company.ChainsOf("a");
  ASSERT_THAT(chains, SizeIs(2));
  EXPECT_THAT(Shown(chains[0]), ElementsAre("c 1"));
  EXPECT_THAT(Shown(chains[1]), ElementsAre("b 1!"));
}

TEST(ManagerChains, ASecondmentMakesWhatItLeavesOfTheHomeSmaller) {
  Company company;
  company.Assign("a", "home", "b", "1");
  Assignment& lent = company.Assign("a", "lent", "c", "0.6");
  lent.kind = AssignmentKind::kSecondment;
  lent.home_seller_id = "a";
  lent.home_id = "home";
  lent.start_date = kDay;
  lent.end_date = kDay + 1;
  const auto chains = company.ChainsOf("a");
  ASSERT_THAT(chains, SizeIs(2));
  EXPECT_EQ(chains[0].assignment.assignment.id, "lent");
  EXPECT_EQ(chains[1].assignment.share, Decimal::Parse("0.4").value());
  EXPECT_THAT(Shown(company.ChainsOf("a", kDay + 1)[0]), ElementsAre("b 1"));
}

// The primary line goes to its top before another line of a manager is told.
TEST(ManagerChains, FurtherLinesOfAManagerFollowThePrimaryOne) {
  Company company;
  company.Assign("a", "x", "b");
  company.Assign("b", "main", "c", "0.8");
  company.Assign("b", "project", "d", "0.2");
  company.Assign("c", "x", "top");
  company.Assign("d", "x", "top");
  const auto chains = company.ChainsOf("a");
  ASSERT_THAT(chains, SizeIs(1));
  EXPECT_THAT(Shown(chains[0]), ElementsAre("b 1", "c 2", "top 3", "d 2!"));
}

TEST(ManagerChains, ACircleIsToldAndNotFollowed) {
  Company company;
  company.Assign("a", "x", "b");
  company.Assign("b", "x", "c");
  company.Assign("c", "x", "b");
  const auto chains = company.ChainsOf("a");
  ASSERT_THAT(chains, SizeIs(1));
  EXPECT_THAT(Shown(chains[0]), ElementsAre("b 1", "c 2"));
  EXPECT_THAT(chains[0].cycle, ElementsAre("b", "c"));
  EXPECT_THAT(company.Below("b"),
              ElementsAre(testing::Pair("a", 1), testing::Pair("b", 0), testing::Pair("c", 1)));
}

TEST(ManagerChains, EndAfterAHundredLevels) {
  Company company;
  for (int i = 0; i < 150; ++i) company.Assign(absl::StrCat(i), "x", absl::StrCat(i + 1));
  const auto chains = company.ChainsOf("0");
  ASSERT_THAT(chains, SizeIs(1));
  EXPECT_THAT(chains[0].links, SizeIs(kMostLevels));
  EXPECT_TRUE(chains[0].truncated);
  EXPECT_FALSE(company.ChainsOf("50")[0].truncated);
  EXPECT_EQ(company.Below("150").size(), 101U);
}

// --- Laws ---

// Managers have greater numbers, so that there is no circle, unless `circles`.
Company AnyCompany(int sellers, bool circles) {
  Company company;
  for (int i = 0; i < sellers; ++i) {
    for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
      const int above = *rc::gen::inRange(circles ? 0 : i + 1, sellers + 1);
      Assignment& assignment =
          company.Assign(absl::StrCat(i), absl::StrCat("a", n),
                         above == sellers || above == i ? "" : absl::StrCat(above));
      assignment.share = Decimal::FromUnscaled(*rc::gen::inRange(1, 4), 1);
      if (*rc::gen::inRange(0, 5) == 0) assignment.start_date = kDay + 1;
    }
  }
  return company;
}

std::set<std::string> ManagersIn(const std::vector<ManagerChain>& chains) {
  std::set<std::string> managers;
  for (const ManagerChain& chain : chains) {
    for (const ManagerLink& link : chain.links) managers.insert(link.manager_id);
  }
  return managers;
}

RC_GTEST_PROP(ManagerChainsProperty, NobodyIsToldTwiceAndLinksHold, ()) {
  const bool circles = *rc::gen::arbitrary<bool>();
  const Company company = AnyCompany(8, circles);
  for (int i = 0; i < 8; ++i) {
    const std::string seller = absl::StrCat(i);
    for (const ManagerChain& chain : company.ChainsOf(seller)) {
      std::map<std::string, int> level_of = {{seller, 0}};
      for (const ManagerLink& link : chain.links) {
        RC_ASSERT(level_of.count(link.report_id) == 1U);
        RC_ASSERT(link.level == level_of[link.report_id] + 1);
        RC_ASSERT(level_of.emplace(link.manager_id, link.level).second);
      }
      if (!circles) RC_ASSERT(chain.cycle.empty());
    }
  }
}

RC_GTEST_PROP(ManagerChainsProperty, ReportsAreTheInverse, ()) {
  const Company company = AnyCompany(8, *rc::gen::arbitrary<bool>());
  for (int m = 0; m < 8; ++m) {
    const std::string manager = absl::StrCat(m);
    const std::map<std::string, int> below = company.Below(manager);
    for (int i = 0; i < 8; ++i) {
      const std::string seller = absl::StrCat(i);
      if (i == m) continue;
      const std::set<std::string> managers = ManagersIn(company.ChainsOf(seller));
      RC_ASSERT((managers.count(manager) > 0) == (below.count(seller) > 0));
    }
  }
}

}  // namespace
}  // namespace salesops::organization::domain
