#include "services/performance/domain/incentives/plan_linter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/line_match.h"
#include "services/performance/domain/incentives/line_space.h"
#include "services/performance/domain/incentives/pay_curve.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

// The limit of what is told of; see the header.
Exact Tenth(const Exact& pay) { return pay / 10; }

std::string At(const std::string& list, size_t i) { return absl::StrCat(list, "[", i, "]"); }

// How the two sides of a component's curve are written down.
struct Axes {
  Exact quota = 1;             // what attainment of 100 % is
  bool quota_known = false;    // else amounts sold are shares of the quota
  bool in_shares = false;      // amounts sold are shares of a quota that is not known
  bool pay_in_shares = false;  // and so is the pay
  bool units = false;          // what is sold is counted
  bool sold = true;            // one sells more of it; not so of imported measures
};

// What a component pays per period (or order or line) as a function of what is sold.
struct ComponentPay {
  PayCurve plain;    // without cap and floor
  PayCurve bounded;  // with those of the component and the plan's cap
  Axes axes;
  bool of_period = true;   // of what is sold in the whole period
  Exact least_factor = 1;  // above 0, of the multipliers that the curve is without
};

class Lint {
 public:
  Lint(const PlanRules& plan, const LintContext& context)
      : plan_(plan),
        context_(context),
        money_digits_(base::MinorDigits(plan.currency).value_or(2)) {}

  std::vector<Finding> Run() {
    LookAtCalendar();
    for (size_t i = 0; i < plan_.components.size(); ++i) {
      component_ = &plan_.components[i];
      path_ = At("rules.components", i);
      const size_t first = findings_.size();
      LookAtComponent(i);
      // Stable: kind first, then multipliers, then the cap.
      std::stable_sort(findings_.begin() + static_cast<std::ptrdiff_t>(first), findings_.end(),
                       [&](const Finding& a, const Finding& b) { return RankOf(a) < RankOf(b); });
    }
    LookAtPlanCap();
    return findings_;
  }

 private:
  // -------------------------------------------------------------------------------------- words
  void Add(FindingKind kind, bool blocks, const std::string& field, const std::string& message) {
    findings_.push_back({kind, blocks, field, message});
  }
  int RankOf(const Finding& finding) const {
    if (absl::StartsWith(finding.field, path_ + ".multipliers")) return 1;
    return finding.field == path_ + ".cap" ? 2 : 0;
  }
  static std::string Percent(const Exact& share) {
    return absl::StrCat(ToDecimal(share * 100, 2).ToCanonicalString(), " %");
  }
  std::string Money(const Exact& amount) const {
    return absl::StrCat(ToDecimal(amount, money_digits_).ToString(), " ", plan_.currency);
  }
  std::string Pay(const Exact& pay, const Axes& axes) const {
    return axes.pay_in_shares ? absl::StrCat(Percent(pay), " of the quota") : Money(pay);
  }
  std::string Sold(const Exact& sold, const Axes& axes) const {
    if (axes.in_shares) return absl::StrCat("an attainment of ", Percent(sold));
    const std::string amount =
        axes.units ? absl::StrCat(ToDecimal(sold, 6).ToCanonicalString(), " units") : Money(sold);
    return axes.quota_known
               ? absl::StrCat(amount, " (an attainment of ", Percent(sold / axes.quota), ")")
               : amount;
  }

  // ----------------------------------------------------------------------------------- calendar
  void LookAtCalendar() {
    if (plan_.fiscal_calendar.empty()) {
      Add(FindingKind::kMissingCalendar, true, "rules.fiscal_calendar",
          "no calendar says what a period is, so the plan cannot be computed; name one, such as "
          "fiscalCalendars/gregorian");
    } else if (!context_.calendar_known) {
      Add(FindingKind::kMissingCalendar, true, "rules.fiscal_calendar",
          absl::StrCat(plan_.fiscal_calendar,
                       " does not exist or has no periods of this level; name another or define "
                       "its periods"));
    }
  }

  // ---------------------------------------------------------------------------------- component
  void LookAtComponent(size_t i) {
    switch (component_->kind) {
      case ComponentKind::kCommission:
        LookAtRules(i);
        for (size_t k = 0; k < component_->commission.rules.size(); ++k) {
          LookAtPay(PayOfRule(k));
        }
        break;
      case ComponentKind::kQuotaBonus:
        LookAtBonus();
        break;
      case ComponentKind::kContest:
        LookAtAwards();
        break;
      default:
        break;  // straight lines without conditions
    }
    LookAtOtherMultipliers();
    LookAtCap();
  }

  const MeasureRef* MeasureOf(const Component& component) const {
    switch (component.kind) {
      case ComponentKind::kCommission:
        return &component.commission.measure;
      case ComponentKind::kQuotaBonus:
        return &component.quota_bonus.measure;
      default:
        return nullptr;
    }
  }

  Axes AxesOf(const MeasureRef& measure, bool by_attainment) const {
    Axes axes;
    const auto quota = context_.typical_quota.find(measure);
    axes.quota_known = quota != context_.typical_quota.end() && quota->second > base::Decimal();
    if (axes.quota_known) axes.quota = ToExact(quota->second);
    axes.in_shares = by_attainment && !axes.quota_known;
    axes.units = measure.measure == Measure::kUnits || measure.measure == Measure::kImported;
    axes.sold = measure.measure != Measure::kImported;
    return axes;
  }

  // Whether a multiplier is a function of the very amount that the curve is over.
  bool IsOver(const Multiplier& multiplier, const ComponentPay& pay,
              const Component& component) const {
    return pay.of_period && multiplier.measure == *MeasureOf(component) &&
           (pay.axes.quota_known || pay.axes.in_shares == multiplier.by_attainment);
  }

  ComponentPay Finish(const Component& component, const std::string& path, ComponentPay pay) const {
    for (size_t i = 0; i < component.multipliers.size(); ++i) {
      const Multiplier& multiplier = component.multipliers[i];
      const std::vector<ExactStep> steps = StepsOf(
          multiplier, multiplier.by_attainment && !pay.axes.quota_known ? Exact(1) : pay.axes.quota,
          At(path + ".multipliers", i));
      if (IsOver(multiplier, pay, component)) {
        pay.plain = pay.plain.Times(steps);
        continue;
      }
      pay.least_factor *= LeastFactor(multiplier);
    }
    pay.bounded = pay.plain;
    if (pay.of_period && !pay.axes.pay_in_shares) {
      if (component.floor) {
        pay.bounded = pay.bounded.AtLeast(ToExact(*component.floor), path + ".floor");
      }
      if (const std::optional<Exact> cap = CapOf(component)) {
        pay.bounded = pay.bounded.CappedAt(*cap, path + ".cap");
      }
    }
    return pay;
  }

  static Exact LeastFactor(const Multiplier& multiplier) {
    std::optional<Exact> least;
    if (multiplier.neutral_without) least = 1;
    for (const FactorStep& step : multiplier.steps) {
      if (step.factor.is_zero()) continue;
      const Exact factor = ToExact(step.factor);
      if (!least || factor < *least) least = factor;
    }
    return least.value_or(1);
  }

  // The lower of the caps of the component and of the plan.
  std::optional<Exact> CapOf(const Component& component) const {
    std::optional<Exact> cap;
    if (component.cap) cap = ToExact(*component.cap);
    if (plan_.cap && (!cap || ToExact(*plan_.cap) < *cap)) cap = ToExact(*plan_.cap);
    return cap;
  }

  ComponentPay PayOf(const Component& component, const std::string& path, const RateRule& rule,
                     const std::string& field) const {
    const Commission& commission = component.commission;
    const bool by_attainment = rule.table.basis == TierBasis::kAttainment;
    ComponentPay pay{PayCurve({}), PayCurve({}), AxesOf(commission.measure, by_attainment)};
    pay.axes.pay_in_shares = pay.axes.in_shares;
    pay.of_period = commission.per == Per::kPeriod || rule.table.tiers.size() == 1;
    if (commission.per != Per::kPeriod)
      pay.axes.quota_known = pay.of_period && pay.axes.quota_known;
    pay.plain = CurveOf(rule.table, pay.axes.quota, field + ".table");
    return Finish(component, path, pay);
  }
  ComponentPay PayOf(const Component& component, const std::string& path,
                     const QuotaBonus& bonus) const {
    ComponentPay pay{PayCurve({}), PayCurve({}), AxesOf(bonus.measure, true)};
    pay.plain = CurveOf(bonus, pay.axes.quota, path + ".quota_bonus");
    return Finish(component, path, pay);
  }
  ComponentPay PayOfRule(size_t k) const {
    return PayOf(*component_, path_, component_->commission.rules[k],
                 At(path_ + ".commission.rules", k));
  }

  // ----------------------------------------------------------------------- rules and their lines
  void LookAtRules(size_t i) {
    LookForGap(i);
    const std::vector<RateRule>& rules = component_->commission.rules;
    std::vector<const LineMatch*> matches;
    for (const RateRule& rule : rules) matches.push_back(&rule.match);
    const LineSpace space(matches);
    std::vector<LineBox> boxes;
    for (const LineMatch* match : matches) boxes.push_back(space.Of(*match));
    const auto more_specific = [&](size_t k) {
      std::vector<LineBox> above;
      for (size_t n = 0; n < rules.size(); ++n) {
        if (SpecificityOf(*matches[n]) > SpecificityOf(*matches[k])) above.push_back(boxes[n]);
      }
      return above;
    };
    for (size_t k = 0; k < rules.size(); ++k) {
      const std::string field = At(path_ + ".commission.rules", k);
      const std::vector<LineBox> above = more_specific(k);
      const LinePart own = space.Outside(boxes[k], above);
      if (!own.box && !own.gave_up) {
        Add(FindingKind::kUnreachableTier, false, field,
            absl::StrCat("rule \"", rules[k].id, "\" never holds: each line it matches (",
                         space.Describe(boxes[k]),
                         ") is also matched by a rule with more conditions; remove it or narrow "
                         "the others"));
      }
      for (size_t n = 0; n < k; ++n) {
        if (SpecificityOf(*matches[n]) != SpecificityOf(*matches[k])) continue;
        const std::optional<LineBox> both = LineSpace::Intersect(boxes[n], boxes[k]);
        if (!both) continue;
        const LinePart tie = space.Outside(*both, above);
        if (!tie.box && !tie.gave_up) continue;
        Add(FindingKind::kOverlap, true, field + ".match",
            absl::StrCat("rules \"", rules[n].id, "\" and \"", rules[k].id,
                         "\" both match lines of ", space.Describe(tie.box ? *tie.box : *both),
                         " with ", SpecificityOf(*matches[k]),
                         " conditions each, so neither holds; give one of them another condition"));
      }
    }
  }

  // Lines that no commission of this component's measure is for; told at the first of them.
  void LookForGap(size_t i) {
    const MeasureRef& measure = component_->commission.measure;
    std::vector<const LineMatch*> matches;
    size_t commissions = 0;
    for (size_t n = 0; n < plan_.components.size(); ++n) {
      const Component& other = plan_.components[n];
      if (other.kind != ComponentKind::kCommission || other.commission.measure != measure) continue;
      if (n < i) return;
      ++commissions;
      for (const RateRule& rule : other.commission.rules) matches.push_back(&rule.match);
    }
    const LineSpace space(matches);
    std::vector<LineBox> boxes;
    for (const LineMatch* match : matches) boxes.push_back(space.Of(*match));
    const LinePart gap = space.Outside(space.All(), boxes);
    if (!gap.box) return;
    Add(FindingKind::kGap, false, path_ + ".commission.rules",
        absl::StrCat("none of the ", matches.size(), " rules",
                     commissions > 1 ? absl::StrCat(" of ", commissions, " commissions") : "",
                     " matches lines of ", space.Describe(*gap.box),
                     ", which earn nothing; add a rule for them, or one without conditions"));
  }

  // ------------------------------------------------------------------------------- pay functions
  void LookAtPay(const ComponentPay& pay) {
    LookForJumps(pay, 1);
    LookForUnreachable(pay);
    LookForShift(pay);
  }

  void LookAtBonus() {
    const QuotaBonus& bonus = component_->quota_bonus;
    const ComponentPay pay = PayOf(*component_, path_, bonus);
    const bool gap = LookForCurveGap(bonus, pay);
    LookForJumps(pay, gap ? 2 : 1);
    LookForUnreachable(pay);
    LookForShift(pay);
  }

  bool LookForCurveGap(const QuotaBonus& bonus, const ComponentPay& pay) {
    const CurvePoint& first = bonus.points[0];
    const std::string field = path_ + ".quota_bonus.points[0]";
    const Exact from = ToExact(first.attainment);
    if (from > 1) {
      Add(FindingKind::kGap, false, field,
          absl::StrCat("the curve begins at an attainment of ", Percent(from),
                       ": below it, at 100 % too, nothing is paid of the target amount ",
                       Money(ToExact(bonus.target_amount)),
                       "; add points from where pay should begin"));
      return true;
    }
    const Exact paid = ToExact(first.payout) * ToExact(bonus.target_amount);
    if (bonus.shape != CurveShape::kLinear || from == 0 ||
        paid <= Tenth(std::max(paid, TargetOf(pay).value_or(0)))) {
      return false;
    }
    Add(FindingKind::kGap, false, field,
        absl::StrCat("the curve begins at an attainment of ", Percent(from), " with ", Money(paid),
                     ", and below it nothing is paid; begin with a payout of 0, or with a point "
                     "at 0"));
    return true;
  }

  // What attainment of 100 % of the typical quota pays; nullopt = not known.
  static std::optional<Exact> TargetOf(const ComponentPay& pay) {
    if (!pay.of_period || (!pay.axes.quota_known && !pay.axes.in_shares)) return std::nullopt;
    return pay.plain.At(pay.axes.quota);
  }

  // Where pay jumps or falls, from a piece on.
  void LookForJumps(const ComponentPay& pay, size_t first) {
    const std::vector<PayPiece>& pieces = pay.bounded.pieces();
    const Exact target = TargetOf(pay).value_or(0);
    for (size_t i = 0; i < pieces.size(); ++i) {
      const PayPiece& piece = pieces[i];
      if (i > 0) {
        const Exact below = pay.bounded.Below(piece.from);
        if (piece.value < below) {
          TellFall(pay, piece, below);
        } else if (i >= first && pay.axes.sold &&
                   piece.value - below > Tenth(std::max(piece.value, target))) {
          Add(FindingKind::kCliff, false, piece.field,
              absl::StrCat("pay jumps from ", Pay(below, pay.axes), " to ",
                           Pay(piece.value, pay.axes), " at ", Sold(piece.from, pay.axes), ", by ",
                           Pay(piece.value - below, pay.axes),
                           " for the last cent sold; let the new rate hold for the slice above it "
                           "only, or put smaller steps between"));
        }
      }
      if (piece.slope < 0) {
        const bool last = i + 1 == pieces.size();
        Add(FindingKind::kNonMonotone, true, last ? piece.field : pieces[i + 1].field,
            absl::StrCat(
                "pay falls from ", Pay(piece.value, pay.axes), " at ", Sold(piece.from, pay.axes),
                last ? std::string(" on")
                     : absl::StrCat(" to ", Pay(pay.bounded.Below(pieces[i + 1].from), pay.axes),
                                    " at ", Sold(pieces[i + 1].from, pay.axes)),
                ": selling more pays less; let payouts rise with attainment"));
      }
    }
  }

  void TellFall(const ComponentPay& pay, const PayPiece& piece, const Exact& below) {
    const Exact back = pay.bounded.FirstReaching(below, piece.from);
    Add(FindingKind::kNonMonotone, true, piece.field,
        absl::StrCat("pay falls from ", Pay(below, pay.axes), " to ", Pay(piece.value, pay.axes),
                     " at ", Sold(piece.from, pay.axes), ", and ",
                     back < 0 ? std::string("never comes back")
                              : absl::StrCat("is back only at ", Sold(back, pay.axes)),
                     ": selling more pays less; let it not fall, or let the new rate hold for the "
                     "slice above only"));
  }

  // The first tier or point that begins where pay is at the cap already.
  void LookForUnreachable(const ComponentPay& pay) {
    const std::optional<Exact> cap = CapOf(*component_);
    if (!cap || pay.axes.pay_in_shares) return;
    const std::vector<PayPiece>& pieces = pay.plain.pieces();
    for (size_t i = 1; i < pieces.size(); ++i) {
      if (!pay.plain.StaysAtLeast(*cap / pay.least_factor, pieces[i].from)) continue;
      const bool own = component_->cap && ToExact(*component_->cap) == *cap;
      Add(FindingKind::kUnreachableTier, false, pieces[i].field,
          absl::StrCat("never changes pay: at ", Sold(pieces[i].from, pay.axes),
                       ", where it begins, ", Money(pay.plain.Below(pieces[i].from)),
                       " has been earned, and the ", own ? "component's" : "plan's", " cap is ",
                       Money(*cap), "; raise the cap or remove what begins here and above"));
      return;
    }
  }

  void LookForShift(const ComponentPay& pay) {
    const Measure measure = MeasureOf(*component_)->measure;
    // The deal is an amount; its margin and units are not known.
    const bool comparable = measure == Measure::kBookings || measure == Measure::kInvoiced ||
                            measure == Measure::kCollected || measure == Measure::kRecurring;
    if (!comparable || !pay.of_period || pay.axes.in_shares ||
        context_.typical_deal <= base::Decimal()) {
      return;
    }
    const Exact deal = ToExact(context_.typical_deal);
    const DealWorth worth = WorthOf(pay.bounded, deal);
    const Exact gain = worth.most.worth - worth.least.worth;
    const Exact usual = pay.axes.quota_known ? pay.bounded.At(pay.axes.quota)
                                             : pay.bounded.At(pay.bounded.pieces().back().from);
    if (gain <= Tenth(usual)) return;
    Add(FindingKind::kPeriodShift, false, path_,
        absl::StrCat("a deal of ", Money(deal), " earns ", Told(worth.least, pay.axes), " and ",
                     Told(worth.most, pay.axes), ": moving it across the period's end gains up to ",
                     Money(gain), ", ",
                     usual == 0 ? std::string("while a usual period pays nothing")
                                : absl::StrCat(Percent(gain / usual), " of the usual pay"),
                     "; smooth the steps, raise the cap, or take longer periods"));
  }

  std::string Told(const DealWorth::Extreme& extreme, const Axes& axes) const {
    return absl::StrCat(Money(extreme.worth), " after ", extreme.below ? "just below " : "",
                        Sold(extreme.before, axes));
  }

  // --------------------------------------------------------------------------------- the others
  void LookAtAwards() {
    const std::vector<base::Decimal>& awards = component_->contest.awards;
    for (size_t i = 1; i < awards.size(); ++i) {
      if (awards[i] <= awards[i - 1]) continue;
      Add(FindingKind::kNonMonotone, true, At(path_ + ".contest.awards", i),
          absl::StrCat("place ", i + 1, " gets ", Money(ToExact(awards[i])), ", more than place ",
                       i, " with ", Money(ToExact(awards[i - 1])),
                       ": selling more pays less; let awards fall from place to place"));
    }
  }

  // Multipliers by something that is sold, other than what the component's own curve is over.
  void LookAtOtherMultipliers() {
    for (size_t i = 0; i < component_->multipliers.size(); ++i) {
      const Multiplier& multiplier = component_->multipliers[i];
      if (multiplier.measure.measure == Measure::kImported || IsInCurve(multiplier)) continue;
      const Axes axes = AxesOf(multiplier.measure, multiplier.by_attainment);
      const std::vector<ExactStep> steps =
          StepsOf(multiplier, axes.quota, At(path_ + ".multipliers", i));
      for (size_t k = 1; k < steps.size(); ++k) {
        const Exact before = steps[k - 1].factor, after = steps[k].factor;
        const std::string jump = absl::StrCat(
            "the factor goes from ", ToDecimal(before, 10).ToCanonicalString(), " to ",
            ToDecimal(after, 10).ToCanonicalString(), " at ", Sold(steps[k].from, axes));
        if (after < before) {
          Add(FindingKind::kNonMonotone, true, steps[k].field,
              jump + ": selling more pays less; let factors rise");
        } else if (after - before > Tenth(after)) {
          Add(FindingKind::kCliff, false, steps[k].field,
              absl::StrCat(jump,
                           ", so that one cent more sold changes all of the component's pay "
                           "by ",
                           Percent((after - before) / after), "; put smaller steps between"));
        }
      }
    }
  }

  bool IsInCurve(const Multiplier& multiplier) const {
    if (component_->kind == ComponentKind::kQuotaBonus) {
      return IsOver(multiplier, PayOf(*component_, path_, component_->quota_bonus), *component_);
    }
    if (component_->kind != ComponentKind::kCommission) return false;
    for (size_t k = 0; k < component_->commission.rules.size(); ++k) {
      if (!IsOver(multiplier, PayOfRule(k), *component_)) return false;
    }
    return true;
  }

  // What the component pays at 100 % of the typical quota, without caps: of a commission by its
  // most general rule.
  std::optional<Exact> TargetOf(const Component& component, const std::string& path) const {
    std::optional<ComponentPay> pay;
    if (component.kind == ComponentKind::kQuotaBonus) {
      pay = PayOf(component, path, component.quota_bonus);
    } else if (component.kind == ComponentKind::kCommission) {
      const std::vector<RateRule>& rules = component.commission.rules;
      const auto general =
          std::min_element(rules.begin(), rules.end(), [](const RateRule& a, const RateRule& b) {
            return SpecificityOf(a.match) < SpecificityOf(b.match);
          });
      pay = PayOf(component, path, *general, path);
    }
    if (!pay || pay->axes.pay_in_shares) return std::nullopt;
    return TargetOf(*pay);
  }

  void LookAtCap() {
    if (!component_->cap) return;
    const std::optional<Exact> target = TargetOf(*component_, path_);
    const Exact cap = ToExact(*component_->cap);
    if (!target || cap >= *target) return;
    Add(FindingKind::kCapBelowTarget, false, path_ + ".cap",
        absl::StrCat("the cap of ", Money(cap), " is below the ", Money(*target),
                     " that an attainment of 100 % earns, so that a payee who reaches the quota "
                     "loses ",
                     Money(*target - cap), "; raise it to ", Money(*target), " at least"));
  }

  void LookAtPlanCap() {
    if (!plan_.cap) return;
    Exact sum = 0;
    for (size_t i = 0; i < plan_.components.size(); ++i) {
      const Component& component = plan_.components[i];
      const std::optional<Exact> target = TargetOf(component, At("rules.components", i));
      if (!target) continue;
      const Exact bounded = component.cap ? std::min(*target, ToExact(*component.cap)) : *target;
      sum += component.floor ? std::max(bounded, ToExact(*component.floor)) : bounded;
    }
    const Exact cap = ToExact(*plan_.cap);
    if (cap >= sum) return;
    Add(FindingKind::kCapBelowTarget, false, "rules.cap",
        absl::StrCat("the plan's cap of ", Money(cap), " is below the ", Money(sum),
                     " that its components together pay at an attainment of 100 %; raise it to ",
                     Money(sum), " at least"));
  }

  const PlanRules& plan_;
  const LintContext& context_;
  const int money_digits_;
  const Component* component_ = nullptr;  // that is looked at, and its path
  std::string path_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> LintPlan(const PlanRules& plan, const LintContext& context) {
  return Lint(plan, context).Run();
}

}  // namespace salesops::performance::domain
