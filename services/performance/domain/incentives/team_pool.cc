#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/exact_product.h"
#include "services/performance/domain/incentives/measures.h"
#include "services/performance/domain/incentives/sold_lines.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::DayRange;
using base::Decimal;

struct Mate {
  int64_t days = 0;  // in the team, with the plan assigned, within the period
  Decimal value;     // the own measure on these days
};

struct PoolTeam {
  std::map<std::string, Mate> mates;  // by payee, which settles ties
  std::optional<Decimal> value;       // of the team
};
using PoolTeams = std::map<std::string, PoolTeam>;  // by team

void AddOutOfRange(const std::string& team, base::Violations* violations) {
  violations->Add(
      team, "AMOUNT_OUT_OF_RANGE",
      "has sold more than can be computed with; correct the amounts or the exchange rates");
}

bool Add(const Decimal& value, Decimal* sum) {
  const absl::StatusOr<Decimal> next = Decimal::CheckedAdd(*sum, value);
  if (next.ok()) *sum = *next;
  return next.ok();
}

// The days of a member in a team on which the plan is assigned too.
std::vector<DayRange> DaysIn(const CalculationInput& input, const PlanMember& member,
                             const TeamDays& team) {
  std::vector<DayRange> days;
  const std::optional<DayRange> in_team = base::Intersect(team.days, input.period);
  if (!in_team) return days;
  for (const DayRange& assigned : member.days) {
    const std::optional<DayRange> both = base::Intersect(assigned, *in_team);
    if (both) days.push_back(*both);
  }
  return days;
}

// Teams, their members and, of a measure that is not imported, what they sold.
PoolTeams TeamsOf(const CalculationInput& input, const Measures& measures, const TeamPool& pool,
                  base::Violations* violations) {
  PoolTeams teams;
  std::map<std::string, std::vector<GroupCredit>> credits;
  for (const PlanMember* member : measures.members()) {
    for (const TeamDays& in_team : member->teams) {
      for (const DayRange& days : DaysIn(input, *member, in_team)) {
        Mate& mate = teams[in_team.team].mates[member->payee];
        mate.days += *days.end - days.start;
        for (const Counted& counted :
             measures.CountedOn(member->payee, pool.measure, days, violations)) {
          credits[in_team.team].push_back({0, counted.credit, counted.value});
          if (!Add(counted.value, &mate.value)) AddOutOfRange(in_team.team, violations);
        }
      }
    }
  }
  for (auto& [name, team] : teams) {
    if (pool.measure.measure == Measure::kImported) {
      team.value = measures.ValueOf(name, pool.measure, violations);
      for (auto& [payee, mate] : team.mates) {
        mate.value = measures.ValueOf(payee, pool.measure, violations).value_or(Decimal());
      }
      continue;
    }
    Decimal sum;
    for (const GroupLine& line : SoldLinesOf(input.credits, credits[name])) {
      if (!Add(line.value, &sum)) {
        AddOutOfRange(name, violations);
        break;
      }
    }
    team.value = sum;
  }
  return teams;
}

struct Weighed {
  std::vector<Decimal> weights;  // in the order of the mates
  bool by_days = false;
};

Weighed WeightsOf(const PoolTeam& team, PoolShare share) {
  Weighed weighed;
  if (share == PoolShare::kByMeasure) {
    bool has_any = false;
    for (const auto& [payee, mate] : team.mates) {
      weighed.weights.push_back(std::max(mate.value, Decimal()));
      has_any |= !weighed.weights.back().is_zero();
    }
    if (has_any) return weighed;
    weighed.weights.clear();
  }
  weighed.by_days = true;
  for (const auto& [payee, mate] : team.mates) {
    weighed.weights.push_back(Decimal::FromInt(mate.days));
  }
  return weighed;
}

}  // namespace

std::vector<Earned> EarnTeamPool(const CalculationInput& input, const Measures& measures,
                                 const TeamPool& pool, base::Violations* violations) {
  const int digits = base::MinorDigits(input.plan.currency).value_or(2);
  std::vector<Earned> earned;
  for (const auto& [name, team] : TeamsOf(input, measures, pool, violations)) {
    if (!team.value) continue;
    const std::optional<Decimal> exact = ProductOf(*team.value, pool.rate);
    if (!exact || IsOutOfRange(*exact)) {
      AddOutOfRange(name, violations);
      continue;
    }
    const Decimal amount = exact->Round(digits, base::Rounding::kHalfAwayFromZero);
    const Weighed weighed = WeightsOf(team, pool.share);
    const std::vector<Decimal> parts =
        base::SplitByLargestRemainder(amount, digits, weighed.weights);
    Decimal sum;
    if (!std::all_of(weighed.weights.begin(), weighed.weights.end(),
                     [&](const Decimal& weight) { return Add(weight, &sum); })) {
      AddOutOfRange(name, violations);
      continue;
    }
    size_t i = 0;
    for (const auto& [payee, mate] : team.mates) {
      const Decimal& part = parts[i];
      const Decimal& weight = weighed.weights[i++];
      if (part.is_zero()) continue;
      Earned leaf;
      leaf.payee = payee;
      leaf.rule = name;
      leaf.base = *team.value;
      leaf.rate = pool.rate;
      leaf.unrounded = part;
      leaf.note =
          absl::StrCat("part of the pool of ", amount.ToString(), ": ", weight.ToCanonicalString(),
                       " of ", sum.ToCanonicalString(), weighed.by_days ? " days" : " sold");
      earned.push_back(leaf);
    }
  }
  std::stable_sort(earned.begin(), earned.end(),
                   [](const Earned& a, const Earned& b) { return a.payee < b.payee; });
  return earned;
}

}  // namespace salesops::performance::domain
