#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/performance/domain/incentives/calculation.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;

// One line of fields. Text has its length before it, so that no two rows are the same text.
class Row {
 public:
  explicit Row(absl::string_view kind) : text_(kind) {}

  Row& operator<<(absl::string_view text) {
    absl::StrAppend(&text_, " ", text.size(), ":", text);
    return *this;
  }
  Row& operator<<(const std::string& text) { return *this << absl::string_view(text); }
  Row& operator<<(const Decimal& value) {
    absl::StrAppend(&text_, " ", value.ToCanonicalString());
    return *this;
  }
  Row& operator<<(CivilDay day) {
    absl::StrAppend(&text_, " ", base::FormatDay(day));
    return *this;
  }
  Row& operator<<(bool value) { return *this << (value ? 1 : 0); }
  Row& operator<<(int value) {
    absl::StrAppend(&text_, " ", value);
    return *this;
  }
  template <typename E>
    requires std::is_enum_v<E>
  Row& operator<<(E value) {
    return *this << static_cast<int>(value);
  }
  template <typename T>
  Row& operator<<(const std::optional<T>& value) {
    if (value) return *this << *value;
    text_ += " -";
    return *this;
  }
  template <typename T>
  Row& operator<<(const std::vector<T>& values) {
    *this << static_cast<int>(values.size());
    for (const T& value : values) *this << value;
    return *this;
  }
  Row& operator<<(const DayRange& days) { return *this << days.start << days.end; }
  Row& operator<<(const TeamDays& in) { return *this << in.team << in.days; }
  Row& operator<<(const MeasureRef& m) { return *this << m.measure << m.imported; }
  Row& operator<<(const Tier& tier) { return *this << tier.from << tier.rate; }
  Row& operator<<(const CurvePoint& point) { return *this << point.attainment << point.payout; }
  Row& operator<<(const FactorStep& step) { return *this << step.from << step.factor; }
  // Of a list whose order means nothing.
  Row& AddSet(std::vector<std::string> values) {
    std::sort(values.begin(), values.end());
    return *this << values;
  }
  Row& operator<<(const LineMatch& match) {
    AddSet(match.products).AddSet(match.product_categories).AddSet(match.accounts);
    *this << match.attribute;
    return AddSet(match.attribute_values) << match.discount_from << match.discount_to;
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

using Rows = std::vector<std::string>;

// ---- the plan

void AddCommission(const Commission& commission, Rows* rows) {
  rows->push_back((Row("commission") << commission.measure << commission.per).Take());
  for (const RateRule& rule : commission.rules) {
    rows->push_back((Row("rate_rule") << rule.id << rule.match << rule.table.method
                                      << rule.table.basis << rule.table.tiers)
                        .Take());
  }
}

// Only the part of the component's own kind means anything.
void AddKind(const Component& component, Rows* rows) {
  switch (component.kind) {
    case ComponentKind::kCommission:
      AddCommission(component.commission, rows);
      break;
    case ComponentKind::kQuotaBonus: {
      const QuotaBonus& bonus = component.quota_bonus;
      rows->push_back((Row("quota_bonus")
                       << bonus.measure << bonus.target_amount << bonus.shape << bonus.points)
                          .Take());
      break;
    }
    case ComponentKind::kSpiff: {
      const Spiff& spiff = component.spiff;
      rows->push_back((Row("spiff") << spiff.measure << spiff.match << spiff.amount).Take());
      break;
    }
    case ComponentKind::kContest: {
      const Contest& contest = component.contest;
      rows->push_back(
          (Row("contest") << contest.measure << contest.awards << contest.minimum << contest.ties)
              .Take());
      break;
    }
    case ComponentKind::kOverride: {
      const Override& override = component.override;
      rows->push_back((Row("override") << override.measure << override.rate << override.levels
                                       << override.subtract_lower)
                          .Take());
      break;
    }
    case ComponentKind::kTeamPool: {
      const TeamPool& pool = component.team_pool;
      rows->push_back((Row("team_pool") << pool.measure << pool.rate << pool.share).Take());
      break;
    }
    case ComponentKind::kUnset:
      break;
  }
}

void AddPlan(const PlanRules& plan, Rows* rows) {
  rows->push_back((Row("plan") << plan.currency << plan.level << plan.rate_date << plan.cap
                               << plan.floor << plan.prorate)
                      .Take());
  if (plan.draw) {
    rows->push_back((Row("plan_draw")
                     << plan.draw->amount << plan.draw->recoverable << plan.draw->recovery_limit)
                        .Take());
  }
  const Clawback& clawback = plan.clawback;
  rows->push_back((Row("plan_clawback")
                   << clawback.on_credit_note << clawback.on_cancellation
                   << clawback.unpaid_after_days << clawback.leaver_within_days)
                      .Take());
  for (const Component& component : plan.components) {
    rows->push_back(
        (Row("component") << component.id << component.kind << component.cap << component.floor)
            .Take());
    AddKind(component, rows);
    for (const Multiplier& m : component.multipliers) {
      rows->push_back((Row("multiplier")
                       << m.id << m.measure << m.by_attainment << m.steps << m.neutral_without)
                          .Take());
    }
  }
}

// ---- whose inputs

bool HasKind(const PlanRules& plan, ComponentKind kind) {
  return std::any_of(plan.components.begin(), plan.components.end(),
                     [&](const Component& component) { return component.kind == kind; });
}

// Everybody whose inputs the plan looks at for the payee.
class Subjects {
 public:
  Subjects(const CalculationInput& input, const std::string& payee) : names_{payee} {
    everybody_ = HasKind(input.plan, ComponentKind::kContest);
    if (HasKind(input.plan, ComponentKind::kTeamPool)) AddTeamsOf(input, payee);
    if (HasKind(input.plan, ComponentKind::kOverride)) AddThoseBelow(input);
  }

  bool Contains(const std::string& name) const { return everybody_ || names_.contains(name); }

 private:
  // The teams of the payee and everybody who is in one of them on any day.
  void AddTeamsOf(const CalculationInput& input, const std::string& payee) {
    std::set<std::string> teams;
    for (const PlanMember& member : input.members) {
      if (member.payee != payee) continue;
      for (const TeamDays& in : member.teams) teams.insert(in.team);
    }
    for (const PlanMember& member : input.members) {
      for (const TeamDays& in : member.teams) {
        if (teams.contains(in.team)) names_.insert(member.payee);
      }
    }
    names_.insert(teams.begin(), teams.end());
  }

  void AddThoseBelow(const CalculationInput& input) {
    for (bool grew = true; grew;) {
      grew = false;
      for (const ManagedDays& managed : input.managed) {
        if (names_.contains(managed.manager)) grew |= names_.insert(managed.report).second;
      }
    }
  }

  std::set<std::string> names_;
  bool everybody_ = false;
};

// ---- inputs

std::string CreditRow(const Credit& credit) {
  Row row("credit");
  row << credit.payee << credit.date << credit.fact << credit.line << credit.overlay << credit.kind
      << credit.order << credit.currency << credit.account << credit.product
      << credit.product_category << credit.discount << credit.quantity << credit.amount
      << credit.margin << credit.recurring << static_cast<int>(credit.attributes.size());
  for (const auto& [name, value] : credit.attributes) row << name << value;
  return row.Take();
}

std::string MemberRow(const PlanMember& member) {
  return (Row("member") << member.payee << member.days << member.teams << member.left).Take();
}

// Rows of a kind in the order of their text, whatever the order of the input.
void AddSorted(Rows some, Rows* rows) {
  std::sort(some.begin(), some.end());
  rows->insert(rows->end(), some.begin(), some.end());
}

void AddInputs(const CalculationInput& input, const std::string& payee, Rows* rows) {
  const Subjects subjects(input, payee);
  Rows some;
  for (const PlanMember& member : input.members) {
    if (subjects.Contains(member.payee)) some.push_back(MemberRow(member));
  }
  for (const ManagedDays& managed : input.managed) {
    if (!subjects.Contains(managed.manager)) continue;
    some.push_back((Row("managed") << managed.manager << managed.report << managed.days).Take());
  }
  for (const QuotaAmount& quota : input.quotas) {
    if (!subjects.Contains(quota.payee)) continue;
    some.push_back((Row("quota") << quota.payee << quota.measure << quota.amount).Take());
  }
  for (const MeasureValue& value : input.values) {
    if (!subjects.Contains(value.subject)) continue;
    some.push_back(
        (Row("value") << value.subject << value.measure << value.days << value.value).Take());
  }
  std::set<std::string> currencies;
  for (const Credit& credit : input.credits) {
    if (!input.period.Contains(credit.date) || !subjects.Contains(credit.payee)) continue;
    some.push_back(CreditRow(credit));
    currencies.insert(credit.currency);
  }
  for (const DayRate& rate : input.rates) {
    const bool is_used = rate.to == input.plan.currency && rate.from != rate.to &&
                         currencies.contains(rate.from) && input.period.Contains(rate.date);
    if (is_used) {
      some.push_back((Row("rate") << rate.from << rate.to << rate.date << rate.rate).Take());
    }
  }
  if (const auto owed = input.draw_balances.find(payee);
      owed != input.draw_balances.end() && !owed->second.is_zero()) {
    some.push_back((Row("owed_before") << owed->second).Take());
  }
  AddSorted(std::move(some), rows);
}

// ---- the result

void AddResult(const CalculationResult& result, const std::string& payee, Rows* rows) {
  int first = -1;  // places are counted from the payee's own root
  for (size_t i = 0; i < result.entries.size(); ++i) {
    const Entry& entry = result.entries[i];
    if (entry.payee != payee) continue;
    if (entry.parent < 0) first = static_cast<int>(i);
    rows->push_back((Row("entry") << (entry.parent < 0 ? -1 : entry.parent - first) << entry.kind
                                  << entry.component << entry.rule << entry.fact << entry.line
                                  << entry.base << entry.rate << entry.unrounded << entry.amount)
                        .Take());
  }
  Rows attainments;
  for (const Attainment& a : result.attainments) {
    if (a.payee != payee) continue;
    attainments.push_back(
        (Row("attainment") << a.measure << a.value << a.quota << a.attainment).Take());
  }
  AddSorted(std::move(attainments), rows);
  if (const auto owed = result.draw_balances.find(payee); owed != result.draw_balances.end()) {
    rows->push_back((Row("owed_after") << owed->second).Take());
  }
}

}  // namespace

std::string CanonicalStatement(const CalculationInput& input, const CalculationResult& result,
                               const std::string& payee) {
  Rows rows;
  rows.push_back((Row("statement") << kEngineVersion << payee << input.period).Take());
  AddPlan(input.plan, &rows);
  AddInputs(input, payee, &rows);
  AddResult(result, payee, &rows);
  std::string text;
  for (const std::string& row : rows) absl::StrAppend(&text, row, "\n");
  return text;
}

}  // namespace salesops::performance::domain
