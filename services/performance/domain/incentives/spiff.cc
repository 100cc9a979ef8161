#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/exact_product.h"
#include "services/performance/domain/incentives/line_match.h"
#include "services/performance/domain/incentives/measures.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

std::vector<Counted> MatchingOf(const Measures& measures, const std::string& payee,
                                const Spiff& spiff, base::Violations* violations) {
  std::vector<Counted> lines = measures.CountedOf(payee, spiff.measure, violations);
  std::erase_if(lines,
                [&](const Counted& line) { return !Matches(spiff.match, TraitsOf(*line.credit)); });
  return lines;
}

void EarnUnits(const std::vector<Counted>& lines, const Spiff& spiff, base::Violations* violations,
               std::vector<Earned>* earned) {
  for (const Counted& line : lines) {
    const Credit& credit = *line.credit;
    const std::optional<Decimal> unrounded = ProductOf(line.value, spiff.amount);
    if (!unrounded) {
      violations->Add(
          credit.fact, "AMOUNT_OUT_OF_RANGE",
          "has units and an amount that give more than can be computed with; correct one of them");
      continue;
    }
    if (line.value.is_zero()) continue;
    earned->push_back({credit.payee, "", credit.fact, credit.line, credit.order, line.value,
                       spiff.amount, *unrounded, "for each unit"});
  }
}

void EarnOrders(std::vector<Counted> lines, const Spiff& spiff, std::vector<Earned>* earned) {
  std::stable_sort(lines.begin(), lines.end(), [](const Counted& a, const Counted& b) {
    return OrderOf(*a.credit) < OrderOf(*b.credit);
  });
  for (size_t begin = 0; begin < lines.size();) {
    const Credit& first = *lines[begin].credit;
    Decimal sum;
    size_t end = begin;
    for (; end < lines.size() && OrderOf(*lines[end].credit) == OrderOf(first); ++end) {
      sum += lines[end].value;
    }
    if (!sum.is_zero() && !sum.is_negative()) {
      earned->push_back({first.payee, "", first.order.empty() ? first.fact : "", "", first.order,
                         Decimal::FromInt(1), spiff.amount, spiff.amount, "for the order"});
    }
    begin = end;
  }
}

}  // namespace

std::vector<Earned> EarnSpiff(const CalculationInput&, const Measures& measures, const Spiff& spiff,
                              base::Violations* violations) {
  std::vector<Earned> earned;
  for (const PlanMember* member : measures.members()) {
    const std::vector<Counted> lines = MatchingOf(measures, member->payee, spiff, violations);
    if (spiff.measure.measure == Measure::kUnits) {
      EarnUnits(lines, spiff, violations, &earned);
    } else {
      EarnOrders(lines, spiff, &earned);
    }
  }
  return earned;
}

}  // namespace salesops::performance::domain
