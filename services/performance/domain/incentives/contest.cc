#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/measures.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

struct Contender {
  const std::string* payee = nullptr;
  Decimal value;
};

// Those who take part, the best first; who ties is ordered by name.
std::vector<Contender> Ranking(const Measures& measures, const Contest& contest,
                               base::Violations* violations) {
  std::vector<Contender> ranking;
  for (const PlanMember* member : measures.members()) {
    const std::optional<Decimal> value =
        measures.ValueOf(member->payee, contest.measure, violations);
    if (!value) continue;
    const bool takes_part = contest.minimum ? *contest.minimum <= *value : Decimal() < *value;
    if (takes_part) ranking.push_back({&member->payee, *value});
  }
  std::stable_sort(ranking.begin(), ranking.end(),
                   [](const Contender& a, const Contender& b) { return a.value > b.value; });
  return ranking;
}

// What each of `count` payees who take the places from `first` on gets. Shared awards sum to the
// awards of these places, to the last minor unit, the first by name having what is left.
std::vector<Decimal> AwardsOf(const Contest& contest, size_t first, size_t count, int digits) {
  if (contest.ties == TieRule::kAllGetBest) {
    return std::vector<Decimal>(count, contest.awards[first]);
  }
  Decimal sum;
  for (size_t i = first; i < std::min(first + count, contest.awards.size()); ++i) {
    sum += contest.awards[i].Round(digits, base::Rounding::kHalfAwayFromZero);
  }
  return base::SplitByLargestRemainder(sum, digits,
                                       std::vector<Decimal>(count, Decimal::FromInt(1)));
}

std::string NoteOf(size_t first, size_t count, size_t of, TieRule ties) {
  if (count == 1) return absl::StrCat("place ", first + 1, " of ", of);
  return absl::StrCat("places ", first + 1, " to ", first + count, " of ", of, ", ",
                      ties == TieRule::kAllGetBest ? "each with the award of the first of them"
                                                   : "their awards shared");
}

}  // namespace

std::vector<Earned> EarnContest(const CalculationInput& input, const Measures& measures,
                                const Contest& contest, base::Violations* violations) {
  const int digits = base::MinorDigits(input.plan.currency).value_or(2);
  const std::vector<Contender> ranking = Ranking(measures, contest, violations);
  std::vector<Earned> earned;
  for (size_t first = 0; first < ranking.size() && first < contest.awards.size();) {
    size_t end = first + 1;
    while (end < ranking.size() && ranking[end].value == ranking[first].value) ++end;
    const size_t count = end - first;
    const std::vector<Decimal> awards = AwardsOf(contest, first, count, digits);
    for (size_t i = 0; i < count; ++i) {
      Earned leaf;
      leaf.payee = *ranking[first + i].payee;
      leaf.base = ranking[first + i].value;
      leaf.unrounded = awards[i];
      leaf.note = NoteOf(first, count, ranking.size(), contest.ties);
      if (!leaf.unrounded.is_zero()) earned.push_back(leaf);
    }
    first = end;
  }
  std::sort(earned.begin(), earned.end(),
            [](const Earned& a, const Earned& b) { return a.payee < b.payee; });
  return earned;
}

}  // namespace salesops::performance::domain
