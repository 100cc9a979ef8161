#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/measures.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;
using testing::ElementsAre;
using testing::IsEmpty;

const DayRange kQuarter{CivilDay(2026, 1, 1), CivilDay(2026, 4, 1)};  // 90 days
const CivilDay kTransfer(2026, 2, 1);                                 // 31 days before, 59 from it
const DayRange kBefore{kQuarter.start, kTransfer};
const DayRange kAfter{kTransfer, kQuarter.end};

Decimal D(const char* text) { return Decimal::Parse(text).value(); }

class Company {
 public:
  explicit Company(const char* currency = "CNY") {
    input.period = kQuarter;
    input.plan.currency = currency;
    input.plan.rate_date = RateDate::kFactDate;
  }
  Company& Member(const std::string& payee, std::vector<TeamDays> teams, DayRange days = kQuarter) {
    input.members.push_back({payee, {days}, std::move(teams)});
    return *this;
  }
  Credit& Sells(const std::string& payee, const Decimal& amount, CivilDay day = kQuarter.start) {
    Credit& credit = input.credits.emplace_back();
    credit.payee = payee;
    credit.fact = absl::StrCat("t", input.credits.size());
    credit.line = "1";
    credit.kind = FactKind::kBooking;
    credit.date = day;
    credit.currency = input.plan.currency;
    credit.amount = amount;
    return credit;
  }

  CalculationInput input;
};

TeamPool Pool(const char* rate, PoolShare share) { return {{Measure::kBookings}, D(rate), share}; }

std::vector<Earned> Earn(const CalculationInput& input, const TeamPool& pool) {
  base::Violations violations;
  const Measures measures(input, &violations);
  const std::vector<Earned> earned = EarnTeamPool(input, measures, pool, &violations);
  EXPECT_TRUE(violations.empty());
  return earned;
}

// "a north 33.34": payee, team, amount.
std::vector<std::string> Shown(const std::vector<Earned>& earned) {
  std::vector<std::string> shown;
  for (const Earned& leaf : earned) {
    shown.push_back(
        absl::StrCat(leaf.payee, " ", leaf.rule, " ", leaf.unrounded.ToCanonicalString()));
  }
  return shown;
}

// 2 % of 5000 are 100.00: in three equal parts 33.34, 33.33, 33.33; by measure 3 : 2 : 0.
TEST(EarnTeamPool, PartsSumToThePool) {
  Company company;
  for (const char* payee : {"c", "b", "a"}) company.Member(payee, {{"north", kQuarter}});
  company.Sells("a", D("3000"));
  company.Sells("b", D("2000"));
  const auto equal = Earn(company.input, Pool("0.02", PoolShare::kEqual));
  EXPECT_THAT(Shown(equal), ElementsAre("a north 33.34", "b north 33.33", "c north 33.33"));
  EXPECT_EQ(equal[0].base, D("5000"));
  EXPECT_EQ(equal[0].rate, D("0.02"));
  EXPECT_EQ(equal[0].note, "part of the pool of 100.00: 90 of 270 days");
  const auto by_measure = Earn(company.input, Pool("0.02", PoolShare::kByMeasure));
  EXPECT_THAT(Shown(by_measure), ElementsAre("a north 60", "b north 40"));
  EXPECT_EQ(by_measure[1].note, "part of the pool of 100.00: 2000 of 5000 sold");
}

// a moves from north to south on 1 February. By hand, at 10 %: north sold 1000 (a, January) + 500
// (b) = 1500, pool 150.00 for 31 + 90 days: a 150 × 31/121 = 38.4297…, b 111.5702…; floors 38.42
// and 111.57, the cent left to a (0.97 > 0.02). South sold 2000 (a, February) + 0, pool 200.00
// for 59 + 90 days: a 79.1946…, c 120.8053…; the cent left to c.
TEST(EarnTeamPool, ATransferInMidPeriodIsByDaysAndSales) {
  Company company;
  company.Member("a", {{"north", kBefore}, {"south", kAfter}});
  company.Member("b", {{"north", kQuarter}}).Member("c", {{"south", kQuarter}});
  company.Sells("a", D("1000"), kTransfer - 1);
  company.Sells("a", D("2000"), kTransfer);
  company.Sells("b", D("500"));
  EXPECT_THAT(Shown(Earn(company.input, Pool("0.1", PoolShare::kEqual))),
              ElementsAre("a north 38.43", "a south 79.19", "b north 111.57", "c south 120.81"));
  EXPECT_THAT(Shown(Earn(company.input, Pool("0.1", PoolShare::kByMeasure))),
              ElementsAre("a north 100", "a south 200", "b north 50"));
}

// Only days on which the plan is assigned count: a 59 of 149 days of 149.00.
TEST(EarnTeamPool, DaysAreThoseOfTeamAndAssignment) {
  Company company;
  company.Member("a", {{"north", kQuarter}}, kAfter).Member("b", {{"north", {kQuarter.start, {}}}});
  company.Sells("a", D("99999"), kTransfer - 1);
  company.Sells("b", D("1490"));
  EXPECT_THAT(Shown(Earn(company.input, Pool("0.1", PoolShare::kEqual))),
              ElementsAre("a north 59", "b north 90"));
}

TEST(EarnTeamPool, ALineCountsOnceWithItsOverlays) {
  Company company;
  company.Member("a", {{"north", kQuarter}}).Member("b", {{"north", kQuarter}});
  company.Member("c", {{"experts", kQuarter}}).Member("d", {{"experts", kQuarter}});
  company.Sells("a", D("100"));
  for (const char* payee : {"b", "c", "d"}) {
    Credit& overlay = company.Sells(payee, D("50"));
    overlay.fact = "t1";
    overlay.overlay = true;
  }
  EXPECT_THAT(Shown(Earn(company.input, Pool("1", PoolShare::kEqual))),
              ElementsAre("a north 50", "b north 50", "c experts 25", "d experts 25"));
}

TEST(EarnTeamPool, NegativeMeasuresWeighNothingAndAPoolBelowNothingIsShared) {
  Company company;
  company.Member("a", {{"north", kQuarter}}).Member("b", {{"north", kQuarter}});
  company.Sells("a", D("-300"));
  company.Sells("b", D("500"));
  EXPECT_THAT(Shown(Earn(company.input, Pool("0.1", PoolShare::kByMeasure))),
              ElementsAre("b north 20"));
  company.Sells("b", D("-500"));
  EXPECT_THAT(Shown(Earn(company.input, Pool("0.1", PoolShare::kByMeasure))),
              ElementsAre("a north -15", "b north -15"));
}

TEST(EarnTeamPool, AnImportedMeasureIsTheTeams) {
  Company company;
  company.Member("a", {{"teams/3", kQuarter}}).Member("b", {{"teams/3", kQuarter}});
  TeamPool pool = Pool("100", PoolShare::kByMeasure);
  pool.measure = {Measure::kImported, "referrals"};
  EXPECT_THAT(Earn(company.input, pool), IsEmpty());
  company.input.values = {{"teams/3", "referrals", kQuarter, D("4")},
                          {"b", "referrals", kQuarter, D("1")},
                          {"a", "referrals", kQuarter, D("3")}};
  EXPECT_THAT(Shown(Earn(company.input, pool)), ElementsAre("a teams/3 300", "b teams/3 100"));
}

// --- Laws ---

Company AnyCompany(const std::string& currency) {
  Company company(currency.c_str());
  const int digits = *base::MinorDigits(currency);
  for (int i = 0; i < 5; ++i) {
    const CivilDay moves = kQuarter.start + *rc::gen::inRange(1, 89);
    company.Member(absl::StrCat("s", i),
                   {{"north", {kQuarter.start, moves}},
                    {*rc::gen::element<std::string>("north", "south"), {moves, kQuarter.end}}});
  }
  for (int i = *rc::gen::inRange(0, 10); i > 0; --i) {
    company.Sells(absl::StrCat("s", *rc::gen::inRange(0, 5)),
                  Decimal::FromUnscaled(*rc::gen::inRange(-100'000, 1'000'000), digits),
                  kQuarter.start + *rc::gen::inRange(0, 90));
  }
  return company;
}

RC_GTEST_PROP(TeamPoolProperty, PoolsSumToTheRateOfWhatWasSold, ()) {
  const std::string currency = *rc::gen::element<std::string>("JPY", "CNY", "BHD");
  const Company company = AnyCompany(currency);
  const TeamPool pool = Pool("0.037", *rc::gen::element(PoolShare::kEqual, PoolShare::kByMeasure));
  std::map<std::string, Decimal> paid;
  std::map<std::string, Decimal> sold;
  for (const Earned& leaf : Earn(company.input, pool)) {
    paid[leaf.rule] += leaf.unrounded;
    RC_ASSERT(base::MakeMoney(currency, leaf.unrounded).ok());
  }
  for (const Credit& credit : company.input.credits) {
    for (const PlanMember& member : company.input.members) {
      if (member.payee != credit.payee) continue;
      for (const TeamDays& team : member.teams) {
        if (team.days.Contains(credit.date)) sold[team.team] += credit.amount;
      }
    }
  }
  for (const char* team : {"north", "south"}) {
    RC_ASSERT(paid[team] ==
              (sold[team] * pool.rate)
                  .Round(*base::MinorDigits(currency), base::Rounding::kHalfAwayFromZero));
  }
}

RC_GTEST_PROP(TeamPoolProperty, OrderChangesNothing, ()) {
  Company company = AnyCompany("CNY");
  const TeamPool pool = Pool("0.037", *rc::gen::element(PoolShare::kEqual, PoolShare::kByMeasure));
  const std::vector<Earned> expected = Earn(company.input, pool);
  std::minstd_rand random(*rc::gen::arbitrary<unsigned>());
  for (int i = 0; i < 30; ++i) {
    std::shuffle(company.input.members.begin(), company.input.members.end(), random);
    std::shuffle(company.input.credits.begin(), company.input.credits.end(), random);
    for (PlanMember& member : company.input.members) {
      std::shuffle(member.teams.begin(), member.teams.end(), random);
    }
    RC_ASSERT(Earn(company.input, pool) == expected);
  }
}

}  // namespace
}  // namespace salesops::performance::domain
