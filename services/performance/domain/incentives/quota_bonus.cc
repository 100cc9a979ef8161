#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/exact_product.h"
#include "services/performance/domain/incentives/measures.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using base::Rounding;

struct Payout {
  Decimal share;
  std::string note;
};

std::string PointNote(const QuotaBonus& bonus, size_t point) {
  return absl::StrCat("point ", point + 1, " of ", bonus.points.size(), ": ",
                      bonus.points[point].payout.ToCanonicalString(), " from attainment ",
                      bonus.points[point].attainment.ToCanonicalString());
}

// On the straight line from `a` to `b`, with 10 digits, half away from zero; nullopt = beyond what
// can be computed with.
std::optional<Decimal> Between(const CurvePoint& a, const CurvePoint& b,
                               const Decimal& attainment) {
  const std::optional<Decimal> rise = ProductOf(attainment - a.attainment, b.payout - a.payout);
  if (!rise) return std::nullopt;
  const absl::StatusOr<Decimal> above = rise->CheckedDivide(
      b.attainment - a.attainment, kAttainmentDigits, Rounding::kHalfAwayFromZero);
  if (!above.ok()) return std::nullopt;
  return a.payout + *above;
}

std::optional<Payout> PayoutAt(const QuotaBonus& bonus, const Decimal& attainment) {
  const std::string reached = absl::StrCat("attainment ", attainment.ToCanonicalString(), "; ");
  size_t next = 0;  // the first point that is not reached
  while (next < bonus.points.size() && bonus.points[next].attainment <= attainment) ++next;
  if (next == 0) return Payout{Decimal(), absl::StrCat(reached, "below the first point")};
  const bool on_slope = bonus.shape == CurveShape::kLinear && next < bonus.points.size();
  if (!on_slope) {
    return Payout{bonus.points[next - 1].payout, absl::StrCat(reached, PointNote(bonus, next - 1))};
  }
  const std::optional<Decimal> share =
      Between(bonus.points[next - 1], bonus.points[next], attainment);
  if (!share) return std::nullopt;
  return Payout{*share, absl::StrCat(reached, "between ", PointNote(bonus, next - 1), " and ",
                                     PointNote(bonus, next))};
}

// Why there is no attainment; what is out of range has been told.
void AddMissing(const Measures& measures, const std::string& payee, const MeasureRef& measure,
                base::Violations* violations) {
  const std::optional<Decimal> quota = measures.QuotaOf(payee, measure);
  if (!quota || quota->is_zero()) {
    violations->Add(payee, "QUOTA_MISSING",
                    absl::StrCat("has no quota of ", NameOf(measure),
                                 " for the period; add one and calculate again"));
  } else if (!measures.ValueOf(payee, measure, violations)) {
    violations->Add(payee, "VALUE_MISSING",
                    absl::StrCat("has no value of ", NameOf(measure),
                                 " for the period; import one and calculate again"));
  }
}

}  // namespace

std::vector<Earned> EarnQuotaBonus(const CalculationInput&, const Measures& measures,
                                   const QuotaBonus& bonus, base::Violations* violations) {
  std::vector<Earned> earned;
  for (const PlanMember* member : measures.members()) {
    const std::string& payee = member->payee;
    const std::optional<Decimal> attainment =
        measures.AttainmentOf(payee, bonus.measure, violations);
    if (!attainment) {
      AddMissing(measures, payee, bonus.measure, violations);
      continue;
    }
    const Decimal target = measures.Prorated(payee, bonus.target_amount);
    const std::optional<Payout> payout = PayoutAt(bonus, *attainment);
    const std::optional<Decimal> unrounded =
        payout ? ProductOf(target, payout->share) : std::nullopt;
    if (!unrounded) {
      violations->Add(
          payee, "AMOUNT_OUT_OF_RANGE",
          "has a target and a payout that give more than can be computed with; correct the plan");
      continue;
    }
    earned.push_back({payee, "", "", "", "", target, payout->share, *unrounded, payout->note});
  }
  return earned;
}

}  // namespace salesops::performance::domain
