#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/exact_product.h"
#include "services/performance/domain/incentives/line_match.h"
#include "services/performance/domain/incentives/measures.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

constexpr size_t kNoRule = static_cast<size_t>(-1);

std::vector<const LineMatch*> MatchesOf(const Commission& commission) {
  std::vector<const LineMatch*> matches;
  matches.reserve(commission.rules.size());
  for (const RateRule& rule : commission.rules) matches.push_back(&rule.match);
  return matches;
}

std::string TierNote(const RateTable& table, size_t tier) {
  if (table.tiers.size() == 1) return "";
  return absl::StrCat("tier ", tier + 1, " of ", table.tiers.size(), ": from ",
                      table.basis == TierBasis::kAttainment ? "attainment " : "",
                      table.tiers[tier].from.ToCanonicalString(),
                      table.method == TierMethod::kWhole ? ", for all" : "");
}

// One rate rule made ready: where its tiers begin for the payee at hand.
struct ReadyRule {
  const RateRule* rule = nullptr;
  std::vector<Decimal> from;  // amounts
  std::vector<std::string> notes;

  bool is_by_attainment() const { return rule->table.basis == TierBasis::kAttainment; }
  bool is_whole() const { return rule->table.method == TierMethod::kWhole; }
};

// The commission of one payee after the other. Amounts that tiers are looked up by are kept in
// slots: one for each rule, and a last one for all lines, which attainments look at.
class Earner {
 public:
  Earner(const Measures& measures, const Commission& commission, base::Violations* violations)
      : measures_(measures),
        commission_(commission),
        violations_(violations),
        choices_(MatchesOf(commission)),
        totals_(commission.rules.size() + 1),
        positions_(commission.rules.size() + 1) {
    for (const RateRule& rule : commission.rules) {
      ReadyRule ready{&rule, {}, {}};
      for (size_t i = 0; i < rule.table.tiers.size(); ++i) {
        ready.from.push_back(rule.table.tiers[i].from);
        ready.notes.push_back(TierNote(rule.table, i));
      }
      rules_.push_back(std::move(ready));
    }
  }

  void Earn(const std::string& payee, std::vector<Earned>* earned) {
    payee_ = &payee;
    earned_ = earned;
    lines_ = measures_.CountedOf(payee, commission_.measure, violations_);
    if (lines_.empty()) return;
    ChooseRules();
    if (!ReadQuota()) return;
    OrderByGroup();
    for (size_t begin = 0; begin < lines_.size();) {
      const size_t end = EndOfGroup(begin);
      EarnGroup(begin, end);
      begin = end;
    }
  }

 private:
  void ChooseRules() {
    rule_of_.assign(lines_.size(), kNoRule);
    for (size_t i = 0; i < lines_.size(); ++i) {
      const Credit& credit = *lines_[i].credit;
      const LineChoice choice = choices_.ChoiceFor(TraitsOf(credit));
      if (!choice.rule) continue;
      rule_of_[i] = *choice.rule;
      if (choice.tied) {
        violations_->Add(
            credit.fact, "RULES_TIE",
            absl::StrCat("is matched by the rate rules ", rules_[*choice.rule].rule->id, " and ",
                         rules_[*choice.tied].rule->id, " in line ", credit.line,
                         ", which are equally specific; give one of them another condition"));
      }
    }
  }

  // False if an attainment is needed and there is no quota.
  bool ReadQuota() {
    by_attainment_ = false;
    for (const size_t rule : rule_of_) {
      by_attainment_ = by_attainment_ || (rule != kNoRule && rules_[rule].is_by_attainment());
    }
    if (!by_attainment_) return true;
    quota_ = measures_.QuotaOf(*payee_, commission_.measure);
    if (!quota_ || quota_->is_zero()) {
      violations_->Add(*payee_, "QUOTA_MISSING",
                       absl::StrCat("has no quota of ", NameOf(commission_.measure),
                                    " for the period; add one and calculate again"));
      return false;
    }
    for (ReadyRule& rule : rules_) {
      if (!rule.is_by_attainment()) continue;
      for (size_t i = 0; i < rule.from.size(); ++i) {
        const std::optional<Decimal> from = ProductOf(rule.rule->table.tiers[i].from, *quota_);
        if (!from) {
          AddOutOfRange(*payee_);
          return false;
        }
        rule.from[i] = *from;
      }
    }
    return true;
  }

  void OrderByGroup() {
    if (commission_.per != Per::kOrder) {
      sequence_.clear();
      return;
    }
    sequence_.resize(lines_.size());
    for (size_t i = 0; i < sequence_.size(); ++i) sequence_[i] = i;
    std::stable_sort(sequence_.begin(), sequence_.end(), [&](size_t a, size_t b) {
      return OrderOf(*lines_[a].credit) < OrderOf(*lines_[b].credit);
    });
  }

  size_t At(size_t place) const { return sequence_.empty() ? place : sequence_[place]; }

  size_t EndOfGroup(size_t begin) const {
    if (commission_.per == Per::kLine) return begin + 1;
    if (commission_.per != Per::kOrder) return lines_.size();
    size_t end = begin + 1;
    const std::string& order = OrderOf(*lines_[At(begin)].credit);
    while (end < lines_.size() && OrderOf(*lines_[At(end)].credit) == order) ++end;
    return end;
  }

  size_t SlotOf(size_t rule) const {
    return rules_[rule].is_by_attainment() ? rules_.size() : rule;
  }

  void EarnGroup(size_t begin, size_t end) {
    SumGroup(begin, end);
    for (size_t place = begin; place < end; ++place) {
      const Counted& line = lines_[At(place)];
      const size_t rule = rule_of_[At(place)];
      if (rule != kNoRule) {
        const size_t slot = SlotOf(rule);
        if (rules_[rule].is_whole()) {
          EarnSlice(line, rules_[rule], TierOfAll(rules_[rule], totals_[slot]), line.value);
        } else {
          EarnMarginal(line, rules_[rule], positions_[slot]);
        }
        positions_[rule] += line.value;
      }
      if (by_attainment_) positions_.back() += line.value;
    }
  }

  void SumGroup(size_t begin, size_t end) {
    totals_.back() = Decimal();
    positions_.back() = Decimal();
    for (size_t place = begin; place < end; ++place) {
      const size_t rule = rule_of_[At(place)];
      if (rule == kNoRule) continue;
      totals_[rule] = Decimal();
      positions_[rule] = Decimal();
    }
    for (size_t place = begin; place < end; ++place) {
      const size_t rule = rule_of_[At(place)];
      const Decimal& value = lines_[At(place)].value;
      if (rule != kNoRule) totals_[rule] += value;
      if (by_attainment_) totals_.back() += value;
    }
  }

  // The tier that a sum has reached; attainments are compared as they are shown, with 10 digits.
  size_t TierOfAll(const ReadyRule& rule, const Decimal& total) {
    const std::vector<Tier>& tiers = rule.rule->table.tiers;
    Decimal reached = total;
    if (rule.is_by_attainment()) {
      const std::optional<Decimal> attainment = AttainmentAt(total, *quota_);
      if (!attainment) {
        AddOutOfRange(*payee_);
        return 0;
      }
      reached = *attainment;
    }
    size_t tier = tiers.size() - 1;
    while (tier > 0 && reached < tiers[tier].from) --tier;
    return tier;
  }

  // What `line` adds to what lies at `start` already, cut at the tiers. What takes back does so
  // from above; below zero the first tier holds.
  void EarnMarginal(const Counted& line, const ReadyRule& rule, const Decimal& start) {
    const Decimal end = start + line.value;
    Decimal at = start;
    size_t tier = rule.from.size() - 1;
    if (line.value.is_negative()) {
      while (tier > 0 && at <= rule.from[tier]) --tier;
      for (; tier > 0 && end < rule.from[tier]; --tier) {
        EarnSlice(line, rule, tier, rule.from[tier] - at);
        at = rule.from[tier];
      }
    } else {
      while (tier > 0 && at < rule.from[tier]) --tier;
      for (; tier + 1 < rule.from.size() && rule.from[tier + 1] < end; ++tier) {
        EarnSlice(line, rule, tier, rule.from[tier + 1] - at);
        at = rule.from[tier + 1];
      }
    }
    EarnSlice(line, rule, tier, end - at);
  }

  void EarnSlice(const Counted& line, const ReadyRule& rule, size_t tier, const Decimal& slice) {
    if (slice.is_zero()) return;
    const Decimal& rate = rule.rule->table.tiers[tier].rate;
    const std::optional<Decimal> unrounded = ProductOf(slice, rate);
    if (!unrounded) return AddOutOfRange(line.credit->fact);
    const Credit& credit = *line.credit;
    earned_->push_back({*payee_, rule.rule->id, credit.fact, credit.line, credit.order, slice, rate,
                        *unrounded, rule.notes[tier]});
  }

  void AddOutOfRange(const std::string& subject) {
    violations_->Add(
        subject, "AMOUNT_OUT_OF_RANGE",
        "has a rate and an amount that give more than can be computed with; correct one of them");
  }

  const Measures& measures_;
  const Commission& commission_;
  base::Violations* const violations_;
  const LineRules choices_;
  std::vector<ReadyRule> rules_;
  // Of the payee at hand.
  const std::string* payee_ = nullptr;
  std::vector<Earned>* earned_ = nullptr;
  std::vector<Counted> lines_;
  std::vector<size_t> rule_of_;   // of each line
  std::vector<size_t> sequence_;  // the lines, order by order; empty = as they are
  bool by_attainment_ = false;
  std::optional<Decimal> quota_;
  // Of the group at hand, by slot.
  std::vector<Decimal> totals_;
  std::vector<Decimal> positions_;
};

}  // namespace

std::vector<Earned> EarnCommission(const CalculationInput& input, const Measures& measures,
                                   const Commission& commission, base::Violations* violations) {
  std::vector<Earned> earned;
  earned.reserve(input.credits.size());
  Earner earner(measures, commission, violations);
  for (const PlanMember* member : measures.members()) earner.Earn(member->payee, &earned);
  return earned;
}

}  // namespace salesops::performance::domain
