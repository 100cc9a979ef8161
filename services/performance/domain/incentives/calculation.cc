#include "services/performance/domain/incentives/calculation.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/exact_product.h"
#include "services/performance/domain/incentives/measures.h"
#include "shared/base/money.h"
#include "shared/base/violation.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using base::Rounding;
using base::Violations;

// ---- refusals

// The same whatever the order in which the reasons were found.
absl::Status Refuse(const Violations& violations) {
  std::vector<base::Violation> list = violations.list();
  const auto key = [](const base::Violation& v) { return std::tie(v.field, v.reason, v.message); };
  std::sort(list.begin(), list.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  list.erase(std::unique(list.begin(), list.end()), list.end());
  std::vector<status::Precondition> unmet;
  unmet.reserve(list.size());
  for (const base::Violation& v : list) unmet.push_back({v.reason, v.field, v.message});
  return status::FailedPrecondition(
      "NOT_CALCULABLE", list.front().field,
      absl::StrCat("the plan cannot be calculated for ", list.size(),
                   list.size() == 1 ? " reason: " : " reasons, the first: ", list.front().field,
                   ": ", list.front().message),
      unmet);
}

// ---- components

std::vector<Earned> Earn(const CalculationInput& input, const Measures& measures,
                         const Component& component, Violations* violations) {
  switch (component.kind) {
    case ComponentKind::kCommission:
      return EarnCommission(input, measures, component.commission, violations);
    case ComponentKind::kQuotaBonus:
      return EarnQuotaBonus(input, measures, component.quota_bonus, violations);
    case ComponentKind::kSpiff:
      return EarnSpiff(input, measures, component.spiff, violations);
    case ComponentKind::kContest:
      return EarnContest(input, measures, component.contest, violations);
    case ComponentKind::kOverride:
      return EarnOverride(input, measures, component.override, violations);
    case ComponentKind::kTeamPool:
      return EarnTeamPool(input, measures, component.team_pool, violations);
    case ComponentKind::kUnset:
      break;
  }
  return {};
}

// What a component earned, by payee, taken from the front.
class EarnedByPayee {
 public:
  explicit EarnedByPayee(std::vector<Earned> earned) : earned_(std::move(earned)) {
    const auto before = [](const Earned& a, const Earned& b) { return a.payee < b.payee; };
    if (!std::is_sorted(earned_.begin(), earned_.end(), before)) {
      std::stable_sort(earned_.begin(), earned_.end(), before);
    }
  }

  size_t size() const { return earned_.size(); }
  // Each payee once.
  void AddPayeesTo(std::set<std::string>* payees) const {
    for (size_t i = 0; i < earned_.size(); ++i) {
      if (i == 0 || earned_[i].payee != earned_[i - 1].payee) payees->insert(earned_[i].payee);
    }
  }
  // The next one of this payee; nullptr = no more. Payees must be asked for in order.
  Earned* TakeOf(const std::string& payee) {
    if (next_ == earned_.size() || earned_[next_].payee != payee) return nullptr;
    return &earned_[next_++];
  }

 private:
  std::vector<Earned> earned_;
  size_t next_ = 0;
};

// ---- trees

// Adds entries so that every amount above a leaf is the sum of what is below it.
class TreeWriter {
 public:
  TreeWriter(int minor_digits, Violations* violations)
      : minor_digits_(minor_digits), violations_(violations) {}

  void Reserve(size_t entries) { entries_.reserve(entries); }
  std::vector<Entry> Take() { return std::move(entries_); }
  const Decimal& AmountOf(int place) const { return entries_[static_cast<size_t>(place)].amount; }

  int AddParent(int parent, EntryKind kind, const std::string& payee,
                const std::string& component) {
    Entry entry;
    entry.parent = parent;
    entry.kind = kind;
    entry.payee = payee;
    entry.component = component;
    entry.amount = Decimal::FromUnscaled(0, minor_digits_);
    entries_.push_back(std::move(entry));
    return static_cast<int>(entries_.size()) - 1;
  }

  // Requires `unrounded`; payee and component are those of the parent. The rounded amount.
  Decimal AddLeaf(int parent, Entry leaf) {
    if (IsOutOfRange(*leaf.unrounded)) {
      violations_->Add(
          entries_[static_cast<size_t>(parent)].payee, "AMOUNT_OUT_OF_RANGE",
          absl::StrCat("has an amount of ", leaf.unrounded->ToCanonicalString(),
                       ", which is beyond what can be paid; correct what it is made of"));
      return Decimal();
    }
    leaf.parent = parent;
    leaf.payee = entries_[static_cast<size_t>(parent)].payee;
    leaf.component = entries_[static_cast<size_t>(parent)].component;
    leaf.amount = leaf.unrounded->Round(minor_digits_, Rounding::kHalfAwayFromZero);
    const Decimal amount = leaf.amount;
    entries_.push_back(std::move(leaf));
    for (int above = parent; above >= 0;) {
      Entry& entry = entries_[static_cast<size_t>(above)];
      entry.amount += amount;
      above = entry.parent;
    }
    return amount;
  }

 private:
  const int minor_digits_;
  Violations* const violations_;
  std::vector<Entry> entries_;
};

Entry LeafOf(Earned&& earned) {
  Entry leaf;
  leaf.kind = EntryKind::kEarning;
  leaf.rule = std::move(earned.rule);
  leaf.fact = std::move(earned.fact);
  leaf.line = std::move(earned.line);
  leaf.base = earned.base;
  leaf.rate = earned.rate;
  leaf.unrounded = earned.unrounded;
  leaf.note = std::move(earned.note);
  // A ledger names facts; of an order as a whole only the words can tell.
  if (leaf.fact.empty() && !earned.order.empty()) {
    leaf.note = absl::StrCat("order ", earned.order, leaf.note.empty() ? "" : ": ", leaf.note);
  }
  return leaf;
}

Entry AdjustmentOf(EntryKind kind, const Decimal& base, const Decimal& unrounded,
                   std::string note) {
  Entry leaf;
  leaf.kind = kind;
  leaf.base = base;
  leaf.unrounded = unrounded;
  leaf.note = std::move(note);
  return leaf;
}

// One run, payee by payee.
class Run {
 public:
  Run(const CalculationInput& input, int minor_digits, Violations* violations)
      : input_(input),
        minor_digits_(minor_digits),
        violations_(violations),
        measures_(input, violations),
        tree_(minor_digits, violations) {}

  CalculationResult Execute() {
    EarnAll();
    result_.draw_balances = OwedBefore();
    for (const std::string& payee : Payees()) AddPayee(payee);
    std::erase_if(result_.draw_balances, [](const auto& owed) { return owed.second.is_zero(); });
    AddAttainments();
    result_.entries = tree_.Take();
    return std::move(result_);
  }

 private:
  void EarnAll() {
    size_t leaves = 0;
    for (const Component& component : input_.plan.components) {
      earned_.emplace_back(Earn(input_, measures_, component, violations_));
      leaves += earned_.back().size();
    }
    // A payout and, of each component, itself and a few adjustments.
    tree_.Reserve(leaves + measures_.members().size() * (1 + 2 * input_.plan.components.size()));
  }

  std::map<std::string, Decimal> OwedBefore() {
    for (const auto& [payee, balance] : input_.draw_balances) {
      if (balance.is_negative() || IsOutOfRange(balance) ||
          balance != balance.Round(minor_digits_, Rounding::kDown)) {
        violations_->Add(payee, "DRAW_BALANCE_OUT_OF_RANGE",
                         "must owe an amount of the plan's currency, at least 0 and below 10^15");
      }
    }
    return input_.draw_balances;
  }

  std::set<std::string> Payees() const {
    std::set<std::string> payees;
    for (const PlanMember* member : measures_.members()) {
      payees.insert(payees.end(), member->payee);
    }
    for (const EarnedByPayee& earned : earned_) earned.AddPayeesTo(&payees);
    return payees;
  }

  void AddPayee(const std::string& payee) {
    const int root = tree_.AddParent(-1, EntryKind::kPayout, payee, "");
    const bool is_member = measures_.IsMember(payee);
    for (size_t i = 0; i < earned_.size(); ++i) AddComponent(root, payee, i, is_member);
    const std::optional<Decimal> floor = is_member ? input_.plan.floor : std::nullopt;
    Bound(root, payee, input_.plan.cap, floor);
    if (input_.plan.draw && is_member) AddDraw(root, payee, *input_.plan.draw);
  }

  void AddComponent(int root, const std::string& payee, size_t place, bool is_member) {
    const Component& component = input_.plan.components[place];
    const std::optional<Decimal> floor = is_member ? component.floor : std::nullopt;
    Earned* earned = earned_[place].TakeOf(payee);
    if (earned == nullptr && !floor) return;
    const int parent = tree_.AddParent(root, EntryKind::kComponent, payee, component.id);
    for (; earned != nullptr; earned = earned_[place].TakeOf(payee)) {
      tree_.AddLeaf(parent, LeafOf(std::move(*earned)));
    }
    for (const Multiplier& multiplier : component.multipliers) Multiply(parent, payee, multiplier);
    Bound(parent, payee, component.cap, floor);
  }

  struct Factor {
    Decimal factor;
    std::string note;
  };

  Factor FactorOf(const std::string& payee, const Multiplier& multiplier) const {
    const std::optional<Decimal> value =
        multiplier.by_attainment ? measures_.AttainmentOf(payee, multiplier.measure, violations_)
                                 : measures_.ValueOf(payee, multiplier.measure, violations_);
    const Decimal without = Decimal::FromInt(multiplier.neutral_without ? 1 : 0);
    const std::string name =
        absl::StrCat(multiplier.by_attainment ? "attainment of " : "", NameOf(multiplier.measure));
    if (!value) return {without, absl::StrCat(name, " is not known")};
    const FactorStep* reached = nullptr;
    for (const FactorStep& step : multiplier.steps) {
      if (step.from <= *value) reached = &step;
    }
    const std::string is = absl::StrCat(name, " is ", value->ToCanonicalString());
    if (reached == nullptr) return {without, absl::StrCat(is, ", below the first step")};
    return {reached->factor, absl::StrCat(is, ", from ", reached->from.ToCanonicalString())};
  }

  // Each on what is there so far, so that a gate leaves nothing at all.
  void Multiply(int parent, const std::string& payee, const Multiplier& multiplier) {
    const Decimal base = tree_.AmountOf(parent);
    if (base.is_zero()) return;
    const Factor factor = FactorOf(payee, multiplier);
    const std::optional<Decimal> change = ProductOf(base, factor.factor - Decimal::FromInt(1));
    if (!change) {
      violations_->Add(payee, "AMOUNT_OUT_OF_RANGE",
                       absl::StrCat("has more than can be computed with by the multiplier ",
                                    multiplier.id, "; correct the plan"));
      return;
    }
    if (change->is_zero()) return;
    Entry leaf =
        AdjustmentOf(EntryKind::kMultiplier, base, *change,
                     absl::StrCat(factor.note, ": factor ", factor.factor.ToCanonicalString()));
    leaf.rule = multiplier.id;
    leaf.rate = factor.factor;
    tree_.AddLeaf(parent, std::move(leaf));
  }

  void Bound(int parent, const std::string& payee, const std::optional<Decimal>& cap,
             const std::optional<Decimal>& floor) {
    const Decimal before = tree_.AmountOf(parent);
    if (cap && *cap < before) {
      tree_.AddLeaf(parent, AdjustmentOf(EntryKind::kCap, before, *cap - before,
                                         absl::StrCat("cap ", cap->ToCanonicalString())));
    }
    if (!floor) return;
    const Decimal least = measures_.Prorated(payee, *floor);
    const Decimal reached = tree_.AmountOf(parent);
    if (reached < least) {
      tree_.AddLeaf(parent, AdjustmentOf(EntryKind::kFloor, reached, least - reached,
                                         absl::StrCat("floor ", least.ToCanonicalString())));
    }
  }

  void AddDraw(int root, const std::string& payee, const Draw& draw) {
    const Decimal amount = measures_.Prorated(payee, draw.amount);
    const Decimal earned = tree_.AmountOf(root);
    if (earned < amount) {
      const Decimal paid = tree_.AddLeaf(
          root, AdjustmentOf(EntryKind::kDraw, earned, amount - earned,
                             absl::StrCat(draw.recoverable ? "recoverable" : "not recoverable",
                                          " draw up to ", amount.ToCanonicalString())));
      if (draw.recoverable) result_.draw_balances[payee] += paid;
      return;
    }
    const auto owed = result_.draw_balances.find(payee);
    if (!draw.recoverable || owed == result_.draw_balances.end()) return;
    Recover(root, earned - amount, draw.recovery_limit, &owed->second);
  }

  void Recover(int root, const Decimal& above, const Decimal& limit, Decimal* owed) {
    const std::optional<Decimal> most = ProductOf(above, limit);
    const Decimal kept = most && *most < *owed ? *most : *owed;
    if (kept.is_zero()) return;
    Entry leaf = AdjustmentOf(EntryKind::kRecovery, above, -kept,
                              absl::StrCat("of ", owed->ToCanonicalString(), " owed"));
    leaf.rate = limit;
    *owed += tree_.AddLeaf(root, std::move(leaf));
  }

  void AddAttainments() {
    const std::vector<MeasureRef> used = MeasuresOf(input_.plan);
    for (const PlanMember* member : measures_.members()) {
      for (const MeasureRef& measure : used) {
        const std::optional<Decimal> value = measures_.ValueOf(member->payee, measure, violations_);
        if (!value) continue;
        const std::optional<Decimal> quota = measures_.QuotaOf(member->payee, measure);
        result_.attainments.push_back({member->payee, measure, *value, quota,
                                       quota ? AttainmentAt(*value, *quota) : std::nullopt});
      }
    }
  }

  const CalculationInput& input_;
  const int minor_digits_;
  Violations* const violations_;
  const Measures measures_;
  TreeWriter tree_;
  std::vector<EarnedByPayee> earned_;  // of each component
  CalculationResult result_;
};

}  // namespace

absl::StatusOr<CalculationResult> Calculate(const CalculationInput& input) {
  Violations violations;
  const std::optional<int> minor_digits = base::MinorDigits(input.plan.currency);
  if (!minor_digits) {
    violations.Add("plan.currency", "BAD_CURRENCY", "must be a code of ISO 4217 such as CNY");
  }
  if (!input.period.end || input.period.IsEmpty()) {
    violations.Add("period", "BAD_PERIOD", "must have an end after its start");
  }
  if (!violations.empty()) return Refuse(violations);
  CalculationResult result = Run(input, *minor_digits, &violations).Execute();
  if (!violations.empty()) return Refuse(violations);
  return result;
}

}  // namespace salesops::performance::domain
