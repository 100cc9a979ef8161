#include "services/performance/domain/incentives/measures.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/exact_product.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;
using base::Rounding;

// So many values below 10^15 cannot sum to 10^20.
constexpr size_t kSafeCount = 100'000;

// The order of a payee's credits of one day.
bool IsBefore(const Credit& a, const Credit& b) {
  if (const int order = a.fact.compare(b.fact); order != 0) return order < 0;
  if (const int order = a.line.compare(b.line); order != 0) return order < 0;
  // Overlays may credit the same line to the same payee more than once.
  return std::tie(a.overlay, a.amount, a.quantity, a.recurring, a.margin) <
         std::tie(b.overlay, b.amount, b.quantity, b.recurring, b.margin);
}

bool CountsFor(Measure measure, FactKind kind) {
  switch (measure) {
    case Measure::kBookings:
    case Measure::kUnits:
    case Measure::kRecurring:
      return kind == FactKind::kBooking || kind == FactKind::kCancellation;
    case Measure::kInvoiced:
    case Measure::kMargin:
      return kind == FactKind::kInvoice || kind == FactKind::kCreditNote;
    case Measure::kCollected:
      return kind == FactKind::kPayment || kind == FactKind::kRefund;
    case Measure::kUnset:
    case Measure::kImported:
      return false;
  }
  return false;
}

// In the credit's own currency, or in units; nullptr = a margin that is not known.
const Decimal* OwnValueOf(const Credit& credit, Measure measure) {
  switch (measure) {
    case Measure::kUnits:
      return &credit.quantity;
    case Measure::kRecurring:
      return &credit.recurring;
    case Measure::kMargin:
      return credit.margin ? &*credit.margin : nullptr;
    default:
      return &credit.amount;
  }
}

void AddOutOfRange(const std::string& subject, base::Violations* violations) {
  violations->Add(
      subject, "AMOUNT_OUT_OF_RANGE",
      "must have amounts below 10^15, also in the plan's currency; correct the amount or the "
      "exchange rate");
}

bool IsAnyOutOfRange(const Credit& credit) {
  return IsOutOfRange(credit.amount) || IsOutOfRange(credit.quantity) ||
         IsOutOfRange(credit.recurring) || (credit.margin && IsOutOfRange(*credit.margin));
}

bool SumIsInRange(const std::vector<Counted>& counted) {
  const Decimal limit = Decimal::FromInt(100'000) * Decimal::FromInt(1'000'000'000'000'000);
  Decimal sum;
  for (const Counted& one : counted) {
    const absl::StatusOr<Decimal> next =
        Decimal::CheckedAdd(sum, one.value.is_negative() ? -one.value : one.value);
    if (!next.ok() || *next >= limit) return false;
    sum = *next;
  }
  return true;
}

std::string RangeText(const DayRange& days) {
  return absl::StrCat(base::FormatDay(days.start), " … ",
                      days.end ? base::FormatDay(*days.end - 1) : "open");
}

}  // namespace

std::optional<Decimal> AttainmentAt(const Decimal& value, const Decimal& quota) {
  if (quota.is_zero() || quota.is_negative()) return std::nullopt;
  const absl::StatusOr<Decimal> attainment =
      value.CheckedDivide(quota, kAttainmentDigits, Rounding::kHalfAwayFromZero);
  if (!attainment.ok() || IsOutOfRange(*attainment)) return std::nullopt;
  return *attainment;
}

std::string NameOf(const MeasureRef& measure) {
  switch (measure.measure) {
    case Measure::kBookings:
      return "bookings";
    case Measure::kInvoiced:
      return "invoiced";
    case Measure::kCollected:
      return "collected";
    case Measure::kMargin:
      return "margin";
    case Measure::kUnits:
      return "units";
    case Measure::kRecurring:
      return "recurring";
    case Measure::kImported:
      return measure.imported;
    case Measure::kUnset:
      break;
  }
  return "unset";
}

std::vector<MeasureRef> MeasuresOf(const PlanRules& plan) {
  std::set<MeasureRef> measures;
  for (const Component& component : plan.components) {
    switch (component.kind) {
      case ComponentKind::kCommission:
        measures.insert(component.commission.measure);
        break;
      case ComponentKind::kQuotaBonus:
        measures.insert(component.quota_bonus.measure);
        break;
      case ComponentKind::kSpiff:
        measures.insert(component.spiff.measure);
        break;
      case ComponentKind::kContest:
        measures.insert(component.contest.measure);
        break;
      case ComponentKind::kOverride:
        measures.insert(component.override.measure);
        break;
      case ComponentKind::kTeamPool:
        measures.insert(component.team_pool.measure);
        break;
      case ComponentKind::kUnset:
        break;
    }
    for (const Multiplier& multiplier : component.multipliers) measures.insert(multiplier.measure);
  }
  return {measures.begin(), measures.end()};
}

Measures::Measures(const CalculationInput& input, base::Violations* violations)
    : input_(input), period_days_(*input.period.end - input.period.start) {
  ReadMembers(violations);
  ReadRates(violations);
  ReadCredits(violations);
  ReadQuotas(violations);
  ReadValues(violations);
}

void Measures::ReadMembers(base::Violations* violations) {
  for (const PlanMember& member : input_.members) {
    if (!member_of_.emplace(member.payee, &member).second) {
      violations->Add(member.payee, "MEMBER_TWICE",
                      "must be a member of the plan by one entry with all its days");
      continue;
    }
    if (!member.days.empty()) members_.push_back(&member);
  }
  std::sort(members_.begin(), members_.end(),
            [](const PlanMember* a, const PlanMember* b) { return a->payee < b->payee; });
}

void Measures::ReadRates(base::Violations* violations) {
  for (const DayRate& rate : input_.rates) {
    if (rate.to != input_.plan.currency) continue;
    const auto [found, added] = rates_.try_emplace({rate.from, rate.date}, rate.rate);
    if (!added && found->second != rate.rate) {
      violations->Add(absl::StrCat(rate.from, "/", rate.to), "RATE_AMBIGUOUS",
                      absl::StrCat("has two exchange rates for ", base::FormatDay(rate.date),
                                   "; there must be one"));
    }
  }
}

void Measures::ReadCredits(base::Violations* violations) {
  credits_.reserve(input_.credits.size());
  std::set<std::pair<std::string, CivilDay>> missing;
  for (const Credit& credit : input_.credits) {
    if (!input_.period.Contains(credit.date)) continue;
    if (IsAnyOutOfRange(credit)) {
      AddOutOfRange(credit.fact, violations);
      continue;
    }
    const Decimal* rate = nullptr;
    if (credit.currency != input_.plan.currency) {
      const CivilDay day =
          input_.plan.rate_date == RateDate::kPeriodEnd ? *input_.period.end - 1 : credit.date;
      const auto found = rates_.find({credit.currency, day});
      if (found == rates_.end()) {
        missing.insert({credit.currency, day});
        continue;
      }
      rate = &found->second;
    }
    credits_.push_back({&credit, rate});
  }
  for (const auto& [currency, day] : missing) {
    violations->Add(absl::StrCat(currency, "/", input_.plan.currency), "RATE_MISSING",
                    absl::StrCat("has no exchange rate for ", base::FormatDay(day),
                                 "; add one and calculate again"));
  }
  OrderCredits();
}

// Facts mostly come in the order of their names, so what is left is to order by day and payee:
// both are few, so places are counted instead of names compared.
void Measures::OrderCredits() {
  const auto before = [](const Ready& a, const Ready& b) { return IsBefore(*a.credit, *b.credit); };
  if (!std::is_sorted(credits_.begin(), credits_.end(), before)) {
    std::sort(credits_.begin(), credits_.end(), before);
  }
  std::map<std::string_view, size_t> ranks;
  for (const Ready& ready : credits_) {
    if (credits_of_.try_emplace(ready.credit->payee).second) ranks[ready.credit->payee] = 0;
  }
  size_t next = 0;
  for (auto& [payee, rank] : ranks) {
    rank = next++;
    credits_of_[payee].begin = rank;
  }
  std::vector<Placed> placed;
  placed.reserve(credits_.size());
  for (const Ready& ready : credits_) {
    placed.push_back({credits_of_.find(ready.credit->payee)->second.begin,
                      static_cast<size_t>(ready.credit->date - input_.period.start), ready});
  }
  OrderBy(&Placed::day, &placed);
  OrderBy(&Placed::payee, &placed);
  for (size_t i = 0; i < placed.size();) {
    const size_t begin = i;
    while (i < placed.size() && placed[i].payee == placed[begin].payee) ++i;
    credits_of_[placed[begin].ready.credit->payee] = Span{begin, i};
  }
  for (size_t i = 0; i < placed.size(); ++i) credits_[i] = placed[i].ready;
}

// Those that are equal stay in their order.
void Measures::OrderBy(size_t Placed::*number, std::vector<Placed>* placed) {
  size_t numbers = 0;
  for (const Placed& one : *placed) numbers = std::max(numbers, one.*number + 1);
  std::vector<size_t> next(numbers + 1);
  for (const Placed& one : *placed) ++next[one.*number + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<Placed> ordered(placed->size());
  for (const Placed& one : *placed) ordered[next[one.*number]++] = one;
  placed->swap(ordered);
}

void Measures::ReadQuotas(base::Violations* violations) {
  for (const QuotaAmount& quota : input_.quotas) {
    if (quota.amount.is_zero() || quota.amount.is_negative() || IsOutOfRange(quota.amount)) {
      violations->Add(
          quota.payee, "QUOTA_OUT_OF_RANGE",
          absl::StrCat("must have a quota of ", NameOf(quota.measure), " above 0 and below 10^15"));
      continue;
    }
    std::vector<const QuotaAmount*>& own = quotas_of_[quota.payee];
    const bool is_new = std::none_of(own.begin(), own.end(), [&](const QuotaAmount* other) {
      return other->measure == quota.measure;
    });
    if (is_new) {
      own.push_back(&quota);
    } else {
      violations->Add(quota.payee, "QUOTA_AMBIGUOUS",
                      absl::StrCat("has two quotas of ", NameOf(quota.measure),
                                   " for the period; there must be one"));
    }
  }
}

void Measures::ReadValues(base::Violations* violations) {
  for (const MeasureValue& value : input_.values) {
    const bool contains = value.days.start <= input_.period.start &&
                          (!value.days.end || *input_.period.end <= *value.days.end);
    if (!contains) continue;
    if (IsOutOfRange(value.value)) {
      AddOutOfRange(value.subject, violations);
      continue;
    }
    std::vector<const MeasureValue*>& own = values_of_[value.subject];
    for (const MeasureValue* other : own) {
      if (other->measure == value.measure && other->days == value.days &&
          other->value != value.value) {
        violations->Add(value.subject, "VALUE_AMBIGUOUS",
                        absl::StrCat("has two values of ", value.measure, " for ",
                                     RangeText(value.days), "; there must be one"));
      }
    }
    own.push_back(&value);
  }
}

const PlanMember* Measures::MemberOf(const std::string& payee) const {
  const auto found = member_of_.find(payee);
  return found == member_of_.end() ? nullptr : found->second;
}

bool Measures::IsMember(const std::string& payee) const {
  const PlanMember* member = MemberOf(payee);
  return member != nullptr && !member->days.empty();
}

std::vector<Counted> Measures::Count(const std::string& payee, const MeasureRef& measure,
                                     const DayRange* days, size_t ranges,
                                     base::Violations* violations) const {
  std::vector<Counted> counted;
  const auto found = credits_of_.find(payee);
  if (found == credits_of_.end() || ranges == 0) return counted;
  const bool every_day = ranges == 1 && days->start <= input_.period.start &&
                         (!days->end || *input_.period.end <= *days->end);
  const Span span = found->second;
  counted.reserve(span.end - span.begin);
  for (size_t i = span.begin; i < span.end; ++i) {
    const Ready& ready = credits_[i];
    const Credit& credit = *ready.credit;
    if (!CountsFor(measure.measure, credit.kind)) continue;
    if (!every_day && std::none_of(days, days + ranges, [&](const DayRange& range) {
          return range.Contains(credit.date);
        })) {
      continue;
    }
    const Decimal* own = OwnValueOf(credit, measure.measure);
    if (own == nullptr) {
      violations->Add(
          credit.fact, "COST_MISSING",
          absl::StrCat("has no cost in line ", credit.line, ", so its margin is unknown; ",
                       "add the cost and calculate again"));
      continue;
    }
    if (ready.rate == nullptr || measure.measure == Measure::kUnits) {
      counted.push_back({&credit, *own});
      continue;
    }
    const std::optional<Decimal> converted = ProductOf(*own, *ready.rate);
    if (!converted || IsOutOfRange(*converted)) {
      AddOutOfRange(credit.fact, violations);
      return {};
    }
    counted.push_back({&credit, *converted});
  }
  if (counted.size() > kSafeCount && !SumIsInRange(counted)) {
    AddOutOfRange(payee, violations);
    return {};
  }
  return counted;
}

std::vector<Counted> Measures::CountedOf(const std::string& payee, const MeasureRef& measure,
                                         base::Violations* violations) const {
  const PlanMember* member = MemberOf(payee);
  if (member == nullptr) return {};
  return Count(payee, measure, member->days.data(), member->days.size(), violations);
}

std::vector<Counted> Measures::CountedOn(const std::string& payee, const MeasureRef& measure,
                                         const DayRange& days, base::Violations* violations) const {
  return Count(payee, measure, &days, 1, violations);
}

std::optional<Decimal> Measures::ImportedOf(const std::string& payee,
                                            const std::string& name) const {
  const auto found = values_of_.find(payee);
  if (found == values_of_.end()) return std::nullopt;
  const MeasureValue* best = nullptr;
  // Of two that are as long, the later one.
  const auto is_shorter = [](const DayRange& a, const DayRange& b) {
    const auto length = [](const DayRange& r) {
      return r.end ? *r.end - r.start : std::numeric_limits<absl::civil_diff_t>::max();
    };
    return std::pair(length(a), b.start) < std::pair(length(b), a.start);
  };
  for (const MeasureValue* value : found->second) {
    if (value->measure != name) continue;
    if (best == nullptr || is_shorter(value->days, best->days)) best = value;
  }
  if (best == nullptr) return std::nullopt;
  return best->value;
}

std::optional<Decimal> Measures::ValueOf(const std::string& payee, const MeasureRef& measure,
                                         base::Violations* violations) const {
  if (measure.measure == Measure::kImported) return ImportedOf(payee, measure.imported);
  Decimal sum;
  for (const Counted& counted : CountedOf(payee, measure, violations)) sum += counted.value;
  return sum;
}

int64_t Measures::AssignedDaysOf(const std::string& payee) const {
  const PlanMember* member = MemberOf(payee);
  if (member == nullptr) return 0;
  int64_t days = 0;
  for (const DayRange& range : member->days) {
    const std::optional<DayRange> within = base::Intersect(range, input_.period);
    if (within) days += *within->end - within->start;
  }
  return days;
}

Decimal Measures::ProrationOf(const std::string& payee) const {
  if (!input_.plan.prorate) return Decimal::FromInt(1);
  return Decimal::FromInt(AssignedDaysOf(payee))
      .Divide(Decimal::FromInt(period_days_), kAttainmentDigits, Rounding::kHalfAwayFromZero);
}

Decimal Measures::Prorated(const std::string& payee, const Decimal& amount) const {
  if (!input_.plan.prorate) return amount;
  const int64_t days = AssignedDaysOf(payee);
  if (days == period_days_) return amount;
  return (amount * Decimal::FromInt(days))
      .Divide(Decimal::FromInt(period_days_), kProratedDigits, Rounding::kHalfAwayFromZero);
}

std::optional<Decimal> Measures::QuotaOf(const std::string& payee,
                                         const MeasureRef& measure) const {
  const auto found = quotas_of_.find(payee);
  if (found == quotas_of_.end()) return std::nullopt;
  for (const QuotaAmount* quota : found->second) {
    if (quota->measure == measure) return Prorated(payee, quota->amount);
  }
  return std::nullopt;
}

std::optional<Decimal> Measures::AttainmentOf(const std::string& payee, const MeasureRef& measure,
                                              base::Violations* violations) const {
  const std::optional<Decimal> quota = QuotaOf(payee, measure);
  if (!quota || quota->is_zero()) return std::nullopt;
  const std::optional<Decimal> value = ValueOf(payee, measure, violations);
  if (!value) return std::nullopt;
  const std::optional<Decimal> attainment = AttainmentAt(*value, *quota);
  if (!attainment) AddOutOfRange(payee, violations);
  return attainment;
}

}  // namespace salesops::performance::domain
