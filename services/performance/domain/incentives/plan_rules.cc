#include "services/performance/domain/incentives/plan_rules.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/base/decimal.h"
#include "shared/base/id.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

constexpr int kRateDigits = 10;   // of rates, shares, attainments, factors
constexpr int kUnitDigits = 6;    // of quantities and values of measures that are no money
constexpr int kMaxDays = 36'600;  // a century
constexpr int kMaxLevels = 100;
constexpr char kCalendarPrefix[] = "fiscalCalendars/";

std::string At(const std::string& list, size_t i) { return absl::StrCat(list, "[", i, "]"); }

bool HasAtMostDigits(const Decimal& value, int digits) {
  const absl::StatusOr<Decimal> cut = value.CheckedRound(digits, base::Rounding::kDown);
  return !cut.ok() || *cut == value;
}

// Money of the plan's currency, as opposed to units and imported values.
bool IsMoney(Measure measure) {
  switch (measure) {
    case Measure::kBookings:
    case Measure::kInvoiced:
    case Measure::kCollected:
    case Measure::kMargin:
    case Measure::kRecurring:
      return true;
    case Measure::kUnset:
    case Measure::kUnits:
    case Measure::kImported:
      return false;
  }
  return false;
}

// Checks one plan and collects every violation.
class PlanCheck {
 public:
  PlanCheck(const PlanRules& plan, base::Violations* violations)
      : plan_(plan),
        money_digits_(base::MinorDigits(plan.currency).value_or(kRateDigits)),
        violations_(violations) {}

  void Run() {
    CheckHead();
    std::set<std::string> ids;
    for (size_t i = 0; i < plan_.components.size(); ++i) {
      const std::string field = At("rules.components", i);
      CheckId(plan_.components[i].id, field, "plan", &ids);
      CheckComponent(plan_.components[i], field);
    }
    CheckBounds(plan_.cap, plan_.floor, "rules");
    if (plan_.draw) CheckDraw(*plan_.draw, "rules.draw");
    CheckDays(plan_.clawback.unpaid_after_days, "rules.clawback.unpaid_after_days");
    CheckDays(plan_.clawback.leaver_within_days, "rules.clawback.leaver_within_days");
  }

 private:
  void Add(const std::string& field, const char* reason, const std::string& message) {
    violations_->Add(field, reason, message);
  }

  void CheckHead() {
    if (plan_.currency.empty()) {
      Add("rules.currency", "REQUIRED", "must be the currency that the plan pays in, such as CNY");
    } else if (!base::MinorDigits(plan_.currency)) {
      Add("rules.currency", "UNKNOWN_CURRENCY",
          absl::StrCat("must be an ISO 4217 code such as CNY; \"", plan_.currency, "\" is none"));
    }
    if (!plan_.fiscal_calendar.empty() &&
        !(absl::StartsWith(plan_.fiscal_calendar, kCalendarPrefix) &&
          base::IsValidId(plan_.fiscal_calendar.substr(sizeof kCalendarPrefix - 1)))) {
      Add("rules.fiscal_calendar", "BAD_NAME",
          absl::StrCat("must be a name such as fiscalCalendars/gregorian; \"",
                       plan_.fiscal_calendar, "\" is none"));
    }
    if (plan_.level == PeriodLevel::kUnset) {
      Add("rules.level", "REQUIRED",
          "must be the level of periods that the plan is computed over, such as QUARTER");
    }
    if (plan_.rate_date == RateDate::kUnset) {
      Add("rules.rate_date", "REQUIRED", "must say of which day exchange rates are");
    }
    if (plan_.components.empty()) {
      Add("rules.components", "REQUIRED", "needs at least one component");
    }
  }

  void CheckId(const std::string& id, const std::string& field, const char* where,
               std::set<std::string>* ids) {
    if (!base::IsValidId(id)) {
      Add(field + ".id", "BAD_ID",
          "must be 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit");
    } else if (!ids->insert(id).second) {
      Add(field + ".id", "NOT_UNIQUE",
          absl::StrCat("stands twice in this ", where, "; choose another id"));
    }
  }

  // At least `low` (or above it, if `open`), at most `high`, with at most `digits` after the point.
  void CheckNumber(const Decimal& value, const Decimal& low, bool open, const Decimal& high,
                   int digits, const std::string& field) {
    if (value < low || (open && value == low) || value > high) {
      Add(field, "OUT_OF_RANGE",
          absl::StrCat("must be ", open ? "above " : "at least ", low.ToCanonicalString(),
                       " and at most ", high.ToCanonicalString(), "; it is ",
                       value.ToCanonicalString()));
    }
    if (!HasAtMostDigits(value, digits)) {
      Add(field, "TOO_PRECISE",
          absl::StrCat("must have at most ", digits, " digits after the point; it is ",
                       value.ToCanonicalString()));
    }
  }
  void CheckAmount(const Decimal& amount, bool above_zero, const std::string& field) {
    CheckNumber(amount, Decimal(), above_zero, AmountLimit(), money_digits_, field);
  }
  void CheckShare(const Decimal& share, bool above_zero, const std::string& field) {
    CheckNumber(share, Decimal(), above_zero, Decimal::FromInt(1), kRateDigits, field);
  }
  void CheckRate(const Decimal& rate, Measure measure, bool above_zero, const std::string& field) {
    CheckNumber(rate, Decimal(), above_zero, IsMoney(measure) ? RateLimit() : AmountLimit(),
                kRateDigits, field);
  }
  void CheckDays(int days, const std::string& field) {
    if (days < 0 || days > kMaxDays) {
      Add(field, "OUT_OF_RANGE",
          absl::StrCat("must be 0 (never) to ", kMaxDays, " days; it is ", days));
    }
  }

  void CheckMeasure(const MeasureRef& ref, const std::string& field) {
    if (ref.measure == Measure::kUnset) {
      Add(field, "REQUIRED", "must say what is measured");
    } else if (ref.measure == Measure::kImported && ref.imported.empty()) {
      Add(field + ".imported", "REQUIRED", "must name the imported measure");
    } else if (ref.measure != Measure::kImported && !ref.imported.empty()) {
      Add(field + ".imported", "NOT_ALLOWED", "must be empty unless the measure is imported");
    }
  }
  // A measure that lines of facts have, so that a rate can be applied to each of them.
  void CheckLineMeasure(const MeasureRef& ref, const std::string& field) {
    CheckMeasure(ref, field);
    if (ref.measure == Measure::kImported) {
      Add(field, "NOT_OF_LINES",
          "must be a measure of what was sold; an imported one can be a quota's or a multiplier's");
    }
  }

  void CheckNames(const std::vector<std::string>& names, const std::string& list) {
    std::set<std::string> seen;
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty()) {
        Add(At(list, i), "REQUIRED", "must not be empty");
      } else if (!seen.insert(names[i]).second) {
        Add(At(list, i), "NOT_UNIQUE",
            absl::StrCat("has \"", names[i], "\" twice; leave one of them out"));
      }
    }
  }

  void CheckMatch(const LineMatch& match, const std::string& field) {
    CheckNames(match.products, field + ".products");
    CheckNames(match.product_categories, field + ".product_categories");
    CheckNames(match.accounts, field + ".accounts");
    CheckNames(match.attribute_values, field + ".attribute_values");
    if (match.attribute.empty() && !match.attribute_values.empty()) {
      Add(field + ".attribute", "REQUIRED", "must name the attribute that has these values");
    }
    if (!match.attribute.empty() && match.attribute_values.empty()) {
      Add(field + ".attribute_values", "REQUIRED",
          absl::StrCat("must list the values of \"", match.attribute, "\" that match"));
    }
    CheckDiscount(match.discount_from, field + ".discount_from");
    CheckDiscount(match.discount_to, field + ".discount_to");
    if (match.discount_from && match.discount_to && *match.discount_to <= *match.discount_from) {
      Add(field + ".discount_to", "WRONG_ORDER",
          absl::StrCat("must be above discount_from, ", match.discount_from->ToCanonicalString(),
                       ", or no line matches"));
    }
  }
  void CheckDiscount(const std::optional<Decimal>& discount, const std::string& field) {
    if (!discount) return;
    CheckNumber(*discount, -RateLimit(), false, Decimal::FromInt(1), kRateDigits, field);
  }

  // Values that must rise from one item to the next.
  template <class List, class Value>
  void CheckRising(const List& list, Value value, const char* name, const std::string& field) {
    for (size_t i = 1; i < list.size(); ++i) {
      if (value(list[i]) > value(list[i - 1])) continue;
      Add(At(field, i) + "." + name, "WRONG_ORDER",
          absl::StrCat("must be above ", value(list[i - 1]).ToCanonicalString(),
                       ", the one before; it is ", value(list[i]).ToCanonicalString()));
    }
  }

  void CheckTable(const RateTable& table, const Commission& commission, const std::string& field) {
    if (table.method == TierMethod::kUnset) {
      Add(field + ".method", "REQUIRED",
          "must say whether each slice has its own tier's rate (MARGINAL) or all has the rate of "
          "the tier that is reached (WHOLE)");
    }
    if (table.basis == TierBasis::kUnset) {
      Add(field + ".basis", "REQUIRED", "must say whether tiers begin at amounts or attainments");
    }
    const bool by_attainment = table.basis == TierBasis::kAttainment;
    if (by_attainment && commission.per != Per::kPeriod && commission.per != Per::kUnset) {
      Add(field + ".basis", "NEEDS_PERIOD",
          "must be AMOUNT unless the commission is per period: a quota is of a whole period");
    }
    if (table.tiers.empty()) {
      Add(field + ".tiers", "REQUIRED", "needs at least one tier, from 0");
      return;
    }
    if (!table.tiers[0].from.is_zero()) {
      Add(At(field + ".tiers", 0) + ".from", "OUT_OF_RANGE",
          absl::StrCat("must be 0; it is ", table.tiers[0].from.ToCanonicalString()));
    }
    const int digits = by_attainment                                   ? kRateDigits
                       : commission.measure.measure == Measure::kUnits ? kUnitDigits
                                                                       : money_digits_;
    for (size_t i = 0; i < table.tiers.size(); ++i) {
      const std::string tier = At(field + ".tiers", i);
      if (i > 0) {
        CheckNumber(table.tiers[i].from, Decimal(), false,
                    by_attainment ? RateLimit() : AmountLimit(), digits, tier + ".from");
      }
      CheckRate(table.tiers[i].rate, commission.measure.measure, false, tier + ".rate");
    }
    CheckRising(
        table.tiers, [](const Tier& tier) { return tier.from; }, "from", field + ".tiers");
  }

  void CheckCommission(const Commission& commission, const std::string& field) {
    CheckLineMeasure(commission.measure, field + ".measure");
    if (commission.per == Per::kUnset) {
      Add(field + ".per", "REQUIRED",
          "must say what tiers are looked up by: each line, each order, or the whole period");
    }
    if (commission.rules.empty()) Add(field + ".rules", "REQUIRED", "needs at least one rate rule");
    std::set<std::string> ids;
    for (size_t i = 0; i < commission.rules.size(); ++i) {
      const std::string rule = At(field + ".rules", i);
      CheckId(commission.rules[i].id, rule, "component", &ids);
      CheckMatch(commission.rules[i].match, rule + ".match");
      CheckTable(commission.rules[i].table, commission, rule + ".table");
    }
  }

  void CheckQuotaBonus(const QuotaBonus& bonus, const std::string& field) {
    CheckMeasure(bonus.measure, field + ".measure");
    CheckAmount(bonus.target_amount, true, field + ".target_amount");
    if (bonus.shape == CurveShape::kUnset) {
      Add(field + ".shape", "REQUIRED", "must say whether pay rises in STEPS or is LINEAR between");
    }
    if (bonus.points.empty()) {
      Add(field + ".points", "REQUIRED", "needs at least one point of the payout curve");
    }
    for (size_t i = 0; i < bonus.points.size(); ++i) {
      const std::string point = At(field + ".points", i);
      CheckNumber(bonus.points[i].attainment, Decimal(), false, RateLimit(), kRateDigits,
                  point + ".attainment");
      CheckNumber(bonus.points[i].payout, Decimal(), false, RateLimit(), kRateDigits,
                  point + ".payout");
    }
    CheckRising(
        bonus.points, [](const CurvePoint& point) { return point.attainment; }, "attainment",
        field + ".points");
  }

  void CheckSpiff(const Spiff& spiff, const std::string& field) {
    CheckLineMeasure(spiff.measure, field + ".measure");
    CheckMatch(spiff.match, field + ".match");
    CheckAmount(spiff.amount, true, field + ".amount");
  }

  void CheckContest(const Contest& contest, const std::string& field) {
    CheckMeasure(contest.measure, field + ".measure");
    if (contest.awards.empty()) Add(field + ".awards", "REQUIRED", "needs at least one award");
    for (size_t i = 0; i < contest.awards.size(); ++i) {
      CheckAmount(contest.awards[i], true, At(field + ".awards", i));
    }
    if (contest.minimum) {
      CheckNumber(*contest.minimum, -AmountLimit(), false, AmountLimit(), kRateDigits,
                  field + ".minimum");
    }
    if (contest.ties == TieRule::kUnset) {
      Add(field + ".ties", "REQUIRED", "must say what those get who tie");
    }
  }

  void CheckOverride(const Override& override, const std::string& field) {
    CheckLineMeasure(override.measure, field + ".measure");
    CheckRate(override.rate, override.measure.measure, true, field + ".rate");
    if (override.levels < 0 || override.levels > kMaxLevels) {
      Add(field + ".levels", "OUT_OF_RANGE",
          absl::StrCat("must be 0 (all) to ", kMaxLevels, "; it is ", override.levels));
    }
  }

  void CheckTeamPool(const TeamPool& pool, const std::string& field) {
    CheckMeasure(pool.measure, field + ".measure");  // an imported one is that of the team
    CheckRate(pool.rate, pool.measure.measure, true, field + ".rate");
    if (pool.share == PoolShare::kUnset) {
      Add(field + ".share", "REQUIRED", "must say how the pool is shared");
    }
  }

  void CheckMultipliers(const std::vector<Multiplier>& multipliers, const std::string& list) {
    std::set<std::string> ids;
    for (size_t i = 0; i < multipliers.size(); ++i) {
      const Multiplier& multiplier = multipliers[i];
      const std::string field = At(list, i);
      CheckId(multiplier.id, field, "component", &ids);
      CheckMeasure(multiplier.measure, field + ".measure");
      if (multiplier.steps.empty()) {
        Add(field + ".steps", "REQUIRED", "needs at least one step");
      }
      for (size_t k = 0; k < multiplier.steps.size(); ++k) {
        const std::string step = At(field + ".steps", k);
        CheckNumber(multiplier.steps[k].from, -AmountLimit(), false, AmountLimit(), kRateDigits,
                    step + ".from");
        CheckNumber(multiplier.steps[k].factor, Decimal(), false, RateLimit(), kRateDigits,
                    step + ".factor");
      }
      CheckRising(
          multiplier.steps, [](const FactorStep& step) { return step.from; }, "from",
          field + ".steps");
    }
  }

  void CheckBounds(const std::optional<Decimal>& cap, const std::optional<Decimal>& floor,
                   const std::string& field) {
    if (cap) CheckAmount(*cap, true, field + ".cap");
    if (floor) CheckAmount(*floor, false, field + ".floor");
    if (cap && floor && *floor > *cap) {
      Add(field + ".floor", "FLOOR_ABOVE_CAP",
          absl::StrCat("must be at most the cap, ", cap->ToCanonicalString(), "; it is ",
                       floor->ToCanonicalString()));
    }
  }

  void CheckDraw(const Draw& draw, const std::string& field) {
    CheckAmount(draw.amount, true, field + ".amount");
    if (draw.recoverable) {
      CheckShare(draw.recovery_limit, true, field + ".recovery_limit");
    } else if (!draw.recovery_limit.is_zero()) {
      Add(field + ".recovery_limit", "OUT_OF_RANGE", "must be 0 unless the draw is recoverable");
    }
  }

  void CheckComponent(const Component& component, const std::string& field) {
    switch (component.kind) {
      case ComponentKind::kUnset:
        Add(field, "REQUIRED",
            "must be a commission, quota bonus, spiff, contest, override or team pool");
        break;
      case ComponentKind::kCommission:
        CheckCommission(component.commission, field + ".commission");
        break;
      case ComponentKind::kQuotaBonus:
        CheckQuotaBonus(component.quota_bonus, field + ".quota_bonus");
        break;
      case ComponentKind::kSpiff:
        CheckSpiff(component.spiff, field + ".spiff");
        break;
      case ComponentKind::kContest:
        CheckContest(component.contest, field + ".contest");
        break;
      case ComponentKind::kOverride:
        CheckOverride(component.override, field + ".override");
        break;
      case ComponentKind::kTeamPool:
        CheckTeamPool(component.team_pool, field + ".team_pool");
        break;
    }
    CheckMultipliers(component.multipliers, field + ".multipliers");
    CheckBounds(component.cap, component.floor, field);
  }

  const PlanRules& plan_;
  const int money_digits_;
  base::Violations* const violations_;
};

}  // namespace

Decimal AmountLimit() { return Decimal::FromInt(1'000'000'000'000); }

Decimal RateLimit() { return Decimal::FromInt(100); }

void CheckPlan(const PlanRules& plan, base::Violations* violations) {
  PlanCheck(plan, violations).Run();
}

}  // namespace salesops::performance::domain
