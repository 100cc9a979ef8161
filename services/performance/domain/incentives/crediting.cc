#include "services/performance/domain/incentives/crediting.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/line_match.h"
#include "shared/base/money.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;

constexpr int kShareDigits = 10;
constexpr int kQuantityDigits = 6;

// Whole numbers in proportion to what each payee gets, so that thirds are exact too.
using Weights = std::map<std::string, Decimal>;  // by payee, which settles ties

// A share as a whole number of 10^-10.
Decimal UnitsOf(const Decimal& share) {
  return Decimal::FromUnscaled(
      share.Round(kShareDigits, base::Rounding::kHalfAwayFromZero).unscaled(), 0);
}

bool HasMoreDigits(const Decimal& value, int digits) {
  return value.Round(digits, base::Rounding::kDown) != value;
}

void CheckDigits(const Decimal& value, int digits, const std::string& field,
                 base::Violations* violations) {
  if (HasMoreDigits(value, digits)) {
    violations->Add(field, "TOO_MANY_DIGITS",
                    absl::StrCat("must have at most ", digits, " digits after the point"));
  }
}

// Whatever would keep the fact's lines from being split to the last minor unit.
void CheckFact(const Fact& fact, base::Violations* violations) {
  CheckSplits(fact.splits, violations);
  const std::optional<int> digits = base::MinorDigits(fact.currency);
  if (!digits) {
    violations->Add("currency", "BAD_CURRENCY", "must be an ISO 4217 code such as CNY");
    return;
  }
  for (size_t i = 0; i < fact.lines.size(); ++i) {
    const FactLine& line = fact.lines[i];
    const std::string field = absl::StrCat("lines[", i, "].");
    CheckDigits(line.quantity, kQuantityDigits, field + "quantity", violations);
    CheckDigits(line.amount, *digits, field + "amount", violations);
    if (line.cost) CheckDigits(*line.cost, *digits, field + "cost", violations);
    CheckDigits(line.recurring, *digits, field + "recurring", violations);
  }
}

// Direct managers by day.
class Managers {
 public:
  explicit Managers(const std::vector<ManagedDays>& managed) {
    for (const ManagedDays& edge : managed) {
      if (edge.manager != edge.report) above_[edge.report].push_back(&edge);
    }
  }

  std::set<std::string> Of(const std::string& report, CivilDay day) const {
    std::set<std::string> managers;
    const auto found = above_.find(report);
    if (found == above_.end()) return managers;
    for (const ManagedDays* edge : found->second) {
      if (edge->days.Contains(day)) managers.insert(edge->manager);
    }
    return managers;
  }

 private:
  std::map<std::string, std::vector<const ManagedDays*>> above_;
};

// The declared splits of a fact that are no overlays, in whole numbers.
Weights DeclaredWeights(const Fact& fact) {
  Weights weights;
  for (const DeclaredSplit& split : fact.splits) {
    if (!split.overlay) weights[split.seller] += UnitsOf(split.share);
  }
  return weights;
}

// The splits handed up to the managers of each day. `kept` is whose part nobody took.
struct HandedUp {
  Weights managers;
  Weights kept;
  Decimal scale;  // by how much all weights grew, so that each splits evenly
};

HandedUp HandUp(const Weights& declared, const Managers& managers, CivilDay day) {
  std::map<std::string, std::set<std::string>> above;
  int64_t scale = 1;
  for (const auto& [seller, weight] : declared) {
    above[seller] = managers.Of(seller, day);
    if (!above[seller].empty()) {
      scale = std::lcm(scale, static_cast<int64_t>(above[seller].size()));
    }
  }
  HandedUp result;
  result.scale = Decimal::FromInt(scale);
  for (const auto& [seller, weight] : declared) {
    const std::set<std::string>& names = above[seller];
    if (names.empty()) {
      result.kept[seller] += weight * result.scale;
      continue;
    }
    const Decimal part = Decimal::FromInt(scale / static_cast<int64_t>(names.size()));
    for (const std::string& name : names) result.managers[name] += weight * part;
  }
  return result;
}

void AddScaled(const Weights& from, const Decimal& factor, Weights* to) {
  if (factor.is_zero()) return;
  for (const auto& [payee, weight] : from) (*to)[payee] += weight * factor;
}

const Decimal kOne = Decimal::FromInt(10'000'000'000);  // a share of 1 in whole numbers

// Who gets how much of a line; what the weights leave of `whole` nobody gets.
struct Shares {
  Weights weights;
  Decimal whole;
};

Decimal SumOf(const Weights& weights) {
  Decimal sum;
  for (const auto& [payee, weight] : weights) sum += weight;
  return sum;
}

// Of a rule that is no overlay: the weights are all of the line.
Weights WeightsOfRule(const CreditingRule& rule, const Weights& declared, const Managers& managers,
                      CivilDay day) {
  const Decimal share = UnitsOf(rule.share);
  Weights weights;
  switch (rule.to) {
    case CreditTo::kUnset:
    case CreditTo::kSplits:
      return declared;
    case CreditTo::kSeller:
      AddScaled(declared, kOne - share, &weights);
      weights[rule.seller] += share * kOne;
      return weights;
    case CreditTo::kManager: {
      const HandedUp up = HandUp(declared, managers, day);
      AddScaled(up.managers, share, &weights);
      AddScaled(up.kept, share, &weights);
      AddScaled(declared, (kOne - share) * up.scale, &weights);
      return weights;
    }
  }
  return weights;
}

Shares SharesOfOverlay(const CreditingRule& rule, const Weights& declared, const Managers& managers,
                       CivilDay day) {
  const Decimal share = UnitsOf(rule.share);
  Shares shares{{}, kOne * kOne};
  switch (rule.to) {
    case CreditTo::kUnset:
      break;
    case CreditTo::kSplits:
      AddScaled(declared, share, &shares.weights);
      break;
    case CreditTo::kSeller:
      shares.weights[rule.seller] = share * kOne;
      break;
    case CreditTo::kManager: {
      const HandedUp up = HandUp(declared, managers, day);
      AddScaled(up.managers, share, &shares.weights);
      shares.whole = shares.whole * up.scale;
      break;
    }
  }
  return shares;
}

// Splits amounts of lines by the same shares.
class Splitter {
 public:
  explicit Splitter(const Shares& shares) {
    for (const auto& [payee, weight] : shares.weights) {
      payees_.push_back(payee);
      weights_.push_back(weight);
    }
    const Decimal rest = shares.whole - SumOf(shares.weights);
    if (!rest.is_zero()) weights_.push_back(rest);
  }

  const std::vector<std::string>& payees() const { return payees_; }

  // In the order of the payees; perhaps with the rest behind them.
  std::vector<Decimal> Split(const Decimal& total, int digits) const {
    if (weights_.size() == 1) return {total.Round(digits, base::Rounding::kDown)};
    return base::SplitByLargestRemainder(total, digits, weights_);
  }

 private:
  std::vector<std::string> payees_;  // by name
  std::vector<Decimal> weights_;
};

// Everything of a credit but whose it is and how much.
Credit CreditOf(const Fact& fact, const FactLine& line, bool overlay) {
  Credit credit;
  credit.fact = fact.name;
  credit.line = line.id;
  credit.overlay = overlay;
  credit.kind = fact.kind;
  credit.date = fact.date;
  credit.order = fact.order;
  credit.currency = fact.currency;
  credit.account = fact.account;
  credit.attributes = fact.attributes;
  credit.product = line.product;
  credit.product_category = line.product_category;
  credit.discount = line.discount;
  return credit;
}

using CreditsByPayee = std::map<std::string, Credit>;

void AddSplit(const Fact& fact, const FactLine& line, bool overlay, const Splitter& splitter,
              CreditsByPayee* credits) {
  const std::vector<std::string>& payees = splitter.payees();
  if (payees.empty()) return;
  const int digits = *base::MinorDigits(fact.currency);
  const std::vector<Decimal> quantities = splitter.Split(line.quantity, kQuantityDigits);
  const std::vector<Decimal> amounts = splitter.Split(line.amount, digits);
  const std::vector<Decimal> recurring = splitter.Split(line.recurring, digits);
  std::vector<Decimal> margins;
  if (line.cost) margins = splitter.Split(line.amount - *line.cost, digits);
  for (size_t i = 0; i < payees.size(); ++i) {
    const auto [place, is_new] = credits->try_emplace(payees[i]);
    Credit& credit = place->second;
    if (is_new) {
      credit = CreditOf(fact, line, overlay);
      credit.payee = payees[i];
    }
    credit.quantity += quantities[i];
    credit.amount += amounts[i];
    credit.recurring += recurring[i];
    if (line.cost) credit.margin = credit.margin.value_or(Decimal()) + margins[i];
  }
}

void MoveCredits(CreditsByPayee* by_payee, std::vector<Credit>* credits) {
  for (auto& [payee, credit] : *by_payee) credits->push_back(std::move(credit));
}

// The rules of one day and kind of fact.
class RulesOfDay {
 public:
  RulesOfDay(const std::vector<const CreditingRule*>& rules, FactKind kind, CivilDay day) {
    for (const CreditingRule* rule : rules) {
      if (!rule->days.Contains(day)) continue;
      const bool names_kind =
          std::find(rule->kinds.begin(), rule->kinds.end(), kind) != rule->kinds.end();
      if (!names_kind && !rule->kinds.empty()) continue;
      (rule->overlay ? overlays_ : holders_).push_back(rule);
    }
  }

  const std::vector<const CreditingRule*>& overlays() const { return overlays_; }

  // The rules that hold for a line: none, one, or two that tie.
  std::vector<const CreditingRule*> HoldersFor(const LineTraits& line) const {
    std::vector<const CreditingRule*> best;
    int reached = -1;
    for (const CreditingRule* rule : holders_) {
      const int specificity = SpecificityOf(rule->match) + (rule->kinds.empty() ? 0 : 1);
      if (specificity < reached || (specificity == reached && best.size() == 2)) continue;
      if (!Matches(rule->match, line)) continue;
      if (specificity > reached) best.clear();
      reached = specificity;
      best.push_back(rule);
    }
    return best;
  }

 private:
  std::vector<const CreditingRule*> holders_;  // by name
  std::vector<const CreditingRule*> overlays_;
};

class Crediting {
 public:
  Crediting(const std::vector<CreditingRule>& rules, const std::vector<ManagedDays>& managed)
      : managers_(managed) {
    for (const CreditingRule& rule : rules) rules_.push_back(&rule);
    std::sort(rules_.begin(), rules_.end(),
              [](const CreditingRule* a, const CreditingRule* b) { return a->name < b->name; });
  }

  void Add(const Fact& fact) {
    base::Violations violations;
    CheckFact(fact, &violations);
    if (!violations.empty()) {
      Refuse(fact, violations);
      return;
    }
    const Weights declared = DeclaredWeights(fact);
    const Splitter by_splits(Shares{declared, SumOf(declared)});
    const RulesOfDay& rules = RulesOf(fact);
    SplittersByRule splitters;
    for (const FactLine* line : InOrder(fact)) {
      const LineTraits traits = TraitsOf(fact, *line);
      const std::vector<const CreditingRule*> holders = rules.HoldersFor(traits);
      if (holders.size() > 1) {
        RefuseTie(fact, *line, *holders[0], *holders[1]);
        continue;
      }
      CreditsByPayee primary;
      AddSplit(fact, *line, false,
               holders.empty() ? by_splits : OfHolder(*holders[0], fact, declared, &splitters),
               &primary);
      MoveCredits(&primary, &credits_);
      CreditsByPayee overlays;
      for (const DeclaredSplit& split : fact.splits) {
        if (!split.overlay) continue;
        AddSplit(fact, *line, true, Splitter({{{split.seller, UnitsOf(split.share)}}, kOne}),
                 &overlays);
      }
      for (const CreditingRule* rule : rules.overlays()) {
        if (!Matches(rule->match, traits)) continue;
        AddSplit(fact, *line, true, OfOverlay(*rule, fact, declared, &splitters), &overlays);
      }
      MoveCredits(&overlays, &credits_);
    }
  }

  absl::StatusOr<std::vector<Credit>> Finish() && {
    if (unmet_.empty()) return std::move(credits_);
    return status::FailedPrecondition(
        "NOT_CREDITED", unmet_.front().subject,
        absl::StrCat("not every fact can be credited: ", unmet_.front().subject, " ",
                     unmet_.front().description,
                     unmet_.size() == 1 ? std::string()
                                        : absl::StrCat(", and ", unmet_.size() - 1, " more")),
        unmet_);
  }

 private:
  using SplittersByRule = std::map<const CreditingRule*, Splitter>;

  static std::vector<const FactLine*> InOrder(const Fact& fact) {
    std::vector<const FactLine*> lines;
    for (const FactLine& line : fact.lines) lines.push_back(&line);
    std::sort(lines.begin(), lines.end(),
              [](const FactLine* a, const FactLine* b) { return a->id < b->id; });
    return lines;
  }

  const RulesOfDay& RulesOf(const Fact& fact) {
    const std::pair key(fact.kind, fact.date);
    const auto found = by_day_.find(key);
    if (found != by_day_.end()) return found->second;
    return by_day_.emplace(key, RulesOfDay(rules_, fact.kind, fact.date)).first->second;
  }

  const Splitter& OfHolder(const CreditingRule& rule, const Fact& fact, const Weights& declared,
                           SplittersByRule* splitters) const {
    const auto found = splitters->find(&rule);
    if (found != splitters->end()) return found->second;
    Weights weights = WeightsOfRule(rule, declared, managers_, fact.date);
    const Decimal whole = SumOf(weights);
    return splitters->emplace(&rule, Splitter({weights, whole})).first->second;
  }

  const Splitter& OfOverlay(const CreditingRule& rule, const Fact& fact, const Weights& declared,
                            SplittersByRule* splitters) const {
    const auto found = splitters->find(&rule);
    if (found != splitters->end()) return found->second;
    const Shares shares = SharesOfOverlay(rule, declared, managers_, fact.date);
    return splitters->emplace(&rule, Splitter(shares)).first->second;
  }

  void Refuse(const Fact& fact, const base::Violations& violations) {
    for (const base::Violation& violation : violations.list()) {
      unmet_.push_back(
          {violation.reason, fact.name, absl::StrCat(violation.field, " ", violation.message)});
    }
  }

  void RefuseTie(const Fact& fact, const FactLine& line, const CreditingRule& one,
                 const CreditingRule& other) {
    if (!ties_.insert({one.name, other.name}).second) return;
    unmet_.push_back(
        {"RULES_TIE", fact.name,
         absl::StrCat("is credited in line ", line.id, " by ", one.name, " and ", other.name,
                      ", which are equally specific; give one of them another condition")});
  }

  Managers managers_;
  std::vector<const CreditingRule*> rules_;  // by name
  std::map<std::pair<FactKind, CivilDay>, RulesOfDay> by_day_;
  std::vector<Credit> credits_;
  std::vector<status::Precondition> unmet_;
  std::set<std::pair<std::string, std::string>> ties_;
};

}  // namespace

void CheckSplits(const std::vector<DeclaredSplit>& splits, base::Violations* violations) {
  std::set<std::pair<bool, std::string>> seen;
  Decimal sum;
  for (size_t i = 0; i < splits.size(); ++i) {
    const DeclaredSplit& split = splits[i];
    const std::string field = absl::StrCat("splits[", i, "].");
    if (!seen.insert({split.overlay, split.seller}).second) {
      violations->Add(field + "seller", "NOT_UNIQUE",
                      "has a share already; give each seller one share");
    }
    if (split.share <= Decimal() || split.share > Decimal::FromInt(1) ||
        HasMoreDigits(split.share, kShareDigits)) {
      violations->Add(field + "share", "OUT_OF_RANGE",
                      absl::StrCat("must be above 0 and at most 1, with at most ", kShareDigits,
                                   " digits after the point"));
      continue;
    }
    if (!split.overlay) sum += split.share;
  }
  if (sum != Decimal::FromInt(1)) {
    violations->Add("splits", "SHARES_NOT_ONE",
                    absl::StrCat("must have shares that sum to 1, overlays apart; they sum to ",
                                 sum.ToCanonicalString()));
  }
}

absl::StatusOr<std::vector<Credit>> CreditFacts(const std::vector<Fact>& facts,
                                                const std::vector<CreditingRule>& rules,
                                                const std::vector<ManagedDays>& managed) {
  std::vector<const Fact*> in_order;
  in_order.reserve(facts.size());
  for (const Fact& fact : facts) in_order.push_back(&fact);
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const Fact* a, const Fact* b) { return a->name < b->name; });
  Crediting crediting(rules, managed);
  const Fact* last = nullptr;
  for (const Fact* fact : in_order) {
    if (last == nullptr || last->name != fact->name) crediting.Add(*fact);
    last = fact;
  }
  return std::move(crediting).Finish();
}

}  // namespace salesops::performance::domain
