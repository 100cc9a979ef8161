#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/measures.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;
using testing::ElementsAre;
using testing::IsEmpty;

const DayRange kQuarter{CivilDay(2026, 1, 1), CivilDay(2026, 4, 1)};
const DayRange kAlways{CivilDay(2020, 1, 1), std::nullopt};
const CivilDay kDay(2026, 2, 1);

Decimal D(const char* text) { return Decimal::Parse(text).value(); }

class Company {
 public:
  Company() {
    input.period = kQuarter;
    input.plan.currency = "CNY";
    input.plan.rate_date = RateDate::kFactDate;
  }
  Company& Member(const std::string& payee, DayRange days = kQuarter) {
    input.members.push_back({payee, {days}});
    return *this;
  }
  Company& Manages(const std::string& manager, const std::string& report, DayRange days = kAlways) {
    input.managed.push_back({manager, report, days});
    return *this;
  }
  Credit& Sells(const std::string& payee, const std::string& fact, const char* amount,
                CivilDay day = kDay) {
    Credit& credit = input.credits.emplace_back();
    credit.payee = payee;
    credit.fact = fact;
    credit.line = "1";
    credit.order = absl::StrCat("order of ", fact);
    credit.kind = FactKind::kBooking;
    credit.date = day;
    credit.currency = "CNY";
    credit.amount = D(amount);
    return credit;
  }

  CalculationInput input;
};

Override Rate(const char* rate, int levels = 0, bool subtract_lower = false) {
  return {{Measure::kBookings}, D(rate), levels, subtract_lower};
}

std::vector<Earned> Earn(const CalculationInput& input, const Override& override) {
  base::Violations violations;
  const Measures measures(input, &violations);
  const std::vector<Earned> earned = EarnOverride(input, measures, override, &violations);
  EXPECT_TRUE(violations.empty());
  return earned;
}

// "b t1 3": payee, fact, amount.
std::vector<std::string> Shown(const std::vector<Earned>& earned) {
  std::vector<std::string> shown;
  for (const Earned& leaf : earned) {
    shown.push_back(
        absl::StrCat(leaf.payee, " ", leaf.fact, " ", leaf.unrounded.ToCanonicalString()));
  }
  return shown;
}

// a is below b, b below c, c below d.
Company Line() {
  Company company;
  company.Member("b").Member("c").Member("d");
  company.Manages("b", "a").Manages("c", "b").Manages("d", "c");
  return company;
}

TEST(EarnOverride, EverybodyAboveHasTheRate) {
  Company company = Line();
  company.Sells("a", "t1", "100");
  company.Sells("b", "t2", "50");
  const auto earned = Earn(company.input, Rate("0.03"));
  EXPECT_THAT(Shown(earned), ElementsAre("b t1 3", "c t1 3", "c t2 1.5", "d t1 3", "d t2 1.5"));
  EXPECT_EQ(earned[0].base, D("100"));
  EXPECT_EQ(earned[0].rate, D("0.03"));
  EXPECT_EQ(earned[0].order, "order of t1");
  EXPECT_EQ(earned[0].line, "1");
}

TEST(EarnOverride, AsManyLevelsAsThePlanSays) {
  Company company = Line();
  company.Sells("a", "t1", "100");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.03", 1))), ElementsAre("b t1 3"));
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.03", 2))), ElementsAre("b t1 3", "c t1 3"));
}

// What b got, c and d do not get again. If b is not in the plan, c is the first who gets.
TEST(EarnOverride, LessWhatManagersBelowGot) {
  Company company = Line();
  company.Sells("a", "t1", "100");
  company.Sells("b", "t2", "50");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.03", 0, true))), ElementsAre("b t1 3", "c t2 1.5"));
  company.input.members.erase(company.input.members.begin());
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.03", 0, true))), ElementsAre("c t1 3", "c t2 1.5"));
  company.Sells("a", "t3", "-40");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.03", 0, true))),
              ElementsAre("c t1 3", "c t2 1.5", "c t3 -1.2"));
}

// Two managers of a under one above: the upper one has a's sale once; with subtraction what is
// taken is never more than the line, so that nobody has less than nothing.
TEST(EarnOverride, SeveralWaysUpCountOnce) {
  Company company;
  company.Member("b").Member("c").Member("top");
  company.Manages("b", "a").Manages("c", "a").Manages("top", "b").Manages("top", "c");
  company.Manages("top", "c", {kDay, kDay + 1});
  company.Sells("a", "t1", "100");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1"))),
              ElementsAre("b t1 10", "c t1 10", "top t1 10"));
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1", 0, true))), ElementsAre("b t1 10", "c t1 10"));
  // The shorter way decides of the level.
  company.Manages("top", "a");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1", 1))),
              ElementsAre("b t1 10", "c t1 10", "top t1 10"));
}

// c is above a by another way than b, so that what b got is not c's to lose.
TEST(EarnOverride, OnlyManagersBelowAreSubtracted) {
  Company company;
  company.Member("b").Member("c").Member("d");
  company.Manages("b", "a").Manages("x", "a").Manages("c", "x").Manages("d", "b");
  company.Sells("a", "t1", "100");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1", 0, true))), ElementsAre("b t1 10", "c t1 10"));
}

// b and c are both a's direct managers, and c is below b: what c got is less for b.
TEST(EarnOverride, AManagerBelowIsSubtractedWhateverTheLevels) {
  Company company;
  company.Member("b").Member("c").Manages("b", "a").Manages("c", "a").Manages("b", "c");
  company.Sells("a", "t1", "100");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1", 0, true))), ElementsAre("c t1 10"));
}

TEST(EarnOverride, DaysWithoutAManagerAreNobodys) {
  Company company;
  company.Member("b");
  company.Manages("b", "a", {kDay, kDay + 1}).Manages("b", "a", {kDay + 2, std::nullopt});
  company.Sells("a", "t1", "100", kDay);
  company.Sells("a", "t2", "100", kDay + 1);
  company.Sells("a", "t3", "100", kDay + 2);
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1"))), ElementsAre("b t1 10", "b t3 10"));
}

TEST(EarnOverride, ACircleCountsNobodyTwiceAndNobodyForOneself) {
  Company company;
  company.Member("a").Member("b").Member("c");
  company.Manages("b", "a").Manages("c", "b").Manages("b", "c").Manages("a", "c");
  company.Manages("a", "a");
  company.Sells("a", "t1", "100");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1"))), ElementsAre("b t1 10", "c t1 10"));
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1", 0, true))), ElementsAre("b t1 10"));
  company.Sells("c", "t2", "10");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1"))),
              ElementsAre("a t2 1", "b t1 10", "b t2 1", "c t1 10"));
}

TEST(EarnOverride, ByTheRosterAndTheAssignmentOfTheLinesDay) {
  Company company;
  company.Member("old").Member("new", {CivilDay(2026, 2, 15), CivilDay(2026, 4, 1)});
  company.Manages("old", "a", {CivilDay(2025, 1, 1), kDay});
  company.Manages("new", "a", {kDay, std::nullopt});
  company.Sells("a", "t1", "100", kDay - 1);
  company.Sells("a", "t2", "100", kDay);
  company.Sells("a", "t3", "100", CivilDay(2026, 2, 14));
  company.Sells("a", "t4", "100", CivilDay(2026, 2, 15));
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1"))), ElementsAre("new t4 10", "old t1 10"));
}

// a and b share the line: the manager has it whole, in one leaf that is rounded once.
TEST(EarnOverride, ALineSplitAmongReportsIsOneLeaf) {
  Company company;
  company.Member("m").Manages("m", "a").Manages("m", "b");
  company.Sells("a", "t1", "0.34");
  company.Sells("b", "t1", "0.33");
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.5"))), ElementsAre("m t1 0.335"));
}

TEST(EarnOverride, OverlaysCountOnlyWhereNobodyBelowHasTheLineItself) {
  Company company;
  company.Member("m").Member("n").Manages("m", "a").Manages("m", "b").Manages("n", "b");
  company.Manages("n", "c");
  company.Sells("a", "t1", "100");
  company.Sells("b", "t1", "40").overlay = true;
  company.Sells("c", "t1", "50").overlay = true;
  EXPECT_THAT(Shown(Earn(company.input, Rate("0.1"))), ElementsAre("m t1 10", "n t1 5"));
}

TEST(EarnOverride, NothingWithoutManagersInThePlan) {
  Company company;
  company.Member("a").Manages("x", "a");
  company.Sells("a", "t1", "100");
  EXPECT_THAT(Earn(company.input, Rate("0.1")), IsEmpty());
}

// --- Laws ---

Company AnyCompany() {
  Company company;
  for (int i = 0; i < 6; ++i) {
    if (*rc::gen::inRange(0, 4) > 0) company.Member(absl::StrCat("s", i));
  }
  for (int i = *rc::gen::inRange(0, 10); i > 0; --i) {
    company.Manages(absl::StrCat("s", *rc::gen::inRange(0, 6)),
                    absl::StrCat("s", *rc::gen::inRange(0, 6)),
                    {kDay - *rc::gen::inRange(0, 3), kDay + *rc::gen::inRange(1, 5)});
  }
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
    const std::string amount = absl::StrCat(*rc::gen::inRange(-100, 101));
    Credit& credit = company.Sells(absl::StrCat("s", *rc::gen::inRange(0, 6)),
                                   absl::StrCat("t", *rc::gen::inRange(0, 4)), amount.c_str(),
                                   kDay + *rc::gen::inRange(0, 4));
    credit.line = absl::StrCat(i);
  }
  return company;
}

RC_GTEST_PROP(OverrideProperty, OrderChangesNothing, ()) {
  Company company = AnyCompany();
  const Override override = Rate("0.07", *rc::gen::inRange(0, 4), *rc::gen::arbitrary<bool>());
  const std::vector<Earned> expected = Earn(company.input, override);
  std::minstd_rand random(*rc::gen::arbitrary<unsigned>());
  for (int i = 0; i < 30; ++i) {
    std::shuffle(company.input.members.begin(), company.input.members.end(), random);
    std::shuffle(company.input.credits.begin(), company.input.credits.end(), random);
    std::shuffle(company.input.managed.begin(), company.input.managed.end(), random);
    RC_ASSERT(Earn(company.input, override) == expected);
  }
}

// Whoever is above, by whichever ways, has each line below once: reachability day by day.
RC_GTEST_PROP(OverrideProperty, AgreesWithReachability, ()) {
  const Company company = AnyCompany();
  std::vector<std::string> expected;
  for (int m = 0; m < 6; ++m) {
    const std::string manager = absl::StrCat("s", m);
    if (std::none_of(company.input.members.begin(), company.input.members.end(),
                     [&](const PlanMember& member) { return member.payee == manager; })) {
      continue;
    }
    for (const Credit& credit : company.input.credits) {
      std::set<std::string> below = {manager};
      for (bool grew = true; grew;) {
        grew = false;
        for (const ManagedDays& edge : company.input.managed) {
          if (below.count(edge.manager) > 0 && edge.days.Contains(credit.date)) {
            grew |= below.insert(edge.report).second;
          }
        }
      }
      if (credit.payee == manager || below.count(credit.payee) == 0) continue;
      if (credit.amount.is_zero()) continue;
      expected.push_back(absl::StrCat(manager, " ", credit.fact, " ",
                                      (credit.amount * D("0.5")).ToCanonicalString()));
    }
  }
  std::vector<std::string> shown = Shown(Earn(company.input, Rate("0.5")));
  std::sort(shown.begin(), shown.end());
  std::sort(expected.begin(), expected.end());
  RC_ASSERT(shown == expected);
}

// With subtraction no line pays more than its rate along one line of managers.
RC_GTEST_PROP(OverrideProperty, SubtractedAlongOneLineALinePaysOnce, ()) {
  Company company;
  const int people = *rc::gen::inRange(2, 8);
  for (int i = 1; i < people; ++i) {
    company.Manages(absl::StrCat("s", i), absl::StrCat("s", i - 1));
    if (*rc::gen::arbitrary<bool>()) company.Member(absl::StrCat("s", i));
  }
  const std::string amount = absl::StrCat(*rc::gen::inRange(1, 1000));
  company.Sells("s0", "t", amount.c_str());
  const std::vector<Earned> earned = Earn(company.input, Rate("0.01", 0, true));
  RC_ASSERT(earned.size() == (company.input.members.empty() ? 0U : 1U));
  if (!earned.empty()) RC_ASSERT(earned[0].base == D(amount.c_str()));
}

}  // namespace
}  // namespace salesops::performance::domain
