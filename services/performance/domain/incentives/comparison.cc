#include "services/performance/domain/incentives/comparison.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/delta.h"
#include "services/performance/domain/incentives/smallest_cover.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

// Facts of others may move what a team or a contest pays to one; beyond so many they are not asked.
constexpr size_t kMostFactsOfOthers = 64;

// What a ledger holds at all.
struct Present {
  std::set<std::string> payees, components, facts;
  std::set<std::pair<std::string, std::string>> credited;  // payee and fact

  explicit Present(const std::vector<Entry>& entries) {
    components.insert("");  // what is above components is always there
    for (const Entry& entry : entries) {
      payees.insert(entry.payee);
      if (!entry.component.empty()) components.insert(entry.component);
      if (entry.fact.empty()) continue;
      facts.insert(entry.fact);
      credited.insert({entry.payee, entry.fact});
    }
  }
};

// One payee's amounts of one thing, in both ledgers.
struct Group {
  std::vector<const Entry*> before, after;
  Change change;
  std::vector<int> own;        // what may explain it directly, the likelier first
  std::vector<int> inherited;  // what may explain that it follows others
  bool is_earned() const {
    return change.kind == EntryKind::kEarning || change.kind == EntryKind::kClawback;
  }
  Decimal difference() const { return change.after - change.before; }
};

using GroupKey =
    std::tuple<std::string, bool, std::string, int, std::string, std::string, std::string>;

Decimal SumOf(const std::vector<const Entry*>& leaves) {
  Decimal sum;
  for (const Entry* leaf : leaves) sum += leaf->amount;
  return sum;
}

std::optional<Decimal> BaseOf(const std::vector<const Entry*>& leaves) {
  Decimal sum;
  for (const Entry* leaf : leaves) {
    if (!leaf->base) return std::nullopt;
    sum += *leaf->base;
  }
  return sum;
}

std::set<std::string> RulesOf(const std::vector<const Entry*>& leaves) {
  std::set<std::string> rules;
  for (const Entry* leaf : leaves) rules.insert(leaf->rule);
  return rules;
}

// Whether a tier, told by its rule and words, has another rate.
bool HasNewRate(const Group& group) {
  std::map<std::pair<std::string, std::string>, std::optional<Decimal>> rates;
  for (const Entry* leaf : group.before) rates[{leaf->rule, leaf->note}] = leaf->rate;
  return std::any_of(group.after.begin(), group.after.end(), [&](const Entry* leaf) {
    const auto same = rates.find({leaf->rule, leaf->note});
    return same != rates.end() && same->second != leaf->rate;
  });
}

bool HasSameRates(const Group& group) {
  std::multiset<std::optional<Decimal>> before, after;
  for (const Entry* leaf : group.before) before.insert(leaf->rate);
  for (const Entry* leaf : group.after) after.insert(leaf->rate);
  return before == after;
}

bool HasSameNotes(const Group& group) {
  std::multiset<std::string> before, after;
  for (const Entry* leaf : group.before) before.insert(leaf->note);
  for (const Entry* leaf : group.after) after.insert(leaf->note);
  return before == after;
}

// Whether two multipliers looked at the same value: their notes say "what is value, from step: …".
bool HasSameValue(const Group& group) {
  const auto value = [](const Entry& leaf) { return leaf.note.substr(0, leaf.note.rfind(", ")); };
  return value(*group.before[0]) == value(*group.after[0]);
}

using Measured = std::map<std::pair<std::string, MeasureRef>,
                          std::pair<Decimal, std::optional<Decimal>>>;  // value and quota

Measured MeasuredOf(const std::vector<Attainment>& attainments) {
  Measured measured;
  for (const Attainment& a : attainments) measured[{a.payee, a.measure}] = {a.value, a.quota};
  return measured;
}

std::set<std::string> PayeesWithOtherMeasures(const CalculationResult& before,
                                              const CalculationResult& after) {
  const Measured old_ones = MeasuredOf(before.attainments);
  const Measured new_ones = MeasuredOf(after.attainments);
  std::set<std::string> payees;
  for (const auto& [key, value] : old_ones) {
    const auto found = new_ones.find(key);
    if (found == new_ones.end() || found->second != value) payees.insert(key.first);
  }
  for (const auto& [key, value] : new_ones) {
    if (!old_ones.contains(key)) payees.insert(key.first);
  }
  return payees;
}

class Explanation {
 public:
  Explanation(const std::vector<Entry>& before, const std::vector<Entry>& after,
              std::optional<std::set<std::string>> measured)
      : before_leaves_(NetLeaves(before)),
        after_leaves_(NetLeaves(after)),
        was_(Holding(before, before_leaves_)),
        is_(Holding(after, after_leaves_)),
        measured_(std::move(measured)) {
    for (const Entry& leaf : before_leaves_) {
      if (leaf.kind == EntryKind::kEarning) {
        old_tiers_.insert({leaf.component, leaf.rule, leaf.note});
      }
    }
  }

  Comparison Run() {
    Comparison comparison;
    for (const Entry& leaf : before_leaves_) comparison.before += leaf.amount;
    for (const Entry& leaf : after_leaves_) comparison.after += leaf.amount;
    comparison.difference = comparison.after - comparison.before;
    MakeGroups();
    ExplainEarned();
    ExplainMoved();
    ExplainOthers(EntryKind::kMultiplier, true);
    ExplainBounds(true);
    ExplainOthers(EntryKind::kMultiplier, false);
    ExplainBounds(false);
    ExplainOthers(EntryKind::kDraw, false);
    ExplainOthers(EntryKind::kRecovery, false);
    for (Group& group : groups_) {
      if (group.own.empty() && group.inherited.empty()) group.own.push_back(RuleOf(group.change));
    }
    comparison.causes = Chosen();
    return comparison;
  }

 private:
  using CauseName = std::pair<CauseKind, std::string>;

  // A payee or component that earned nothing is there all the same; facts that were taken back
  // entirely are not.
  static Present Holding(const std::vector<Entry>& entries, const std::vector<Entry>& leaves) {
    Present present(leaves);
    for (const Entry& entry : entries) {
      if (entry.kind == EntryKind::kPayout) present.payees.insert(entry.payee);
      if (entry.kind == EntryKind::kComponent) present.components.insert(entry.component);
    }
    return present;
  }

  // ------------------------------------------------------------------------------------- groups
  static GroupKey KeyOf(const Entry& leaf) {
    // Rules replace each other for a line, but multipliers stand side by side.
    const bool by_rule = leaf.kind == EntryKind::kMultiplier;
    return {
        leaf.payee, leaf.component.empty(),  leaf.component, static_cast<int>(leaf.kind), leaf.fact,
        leaf.line,  by_rule ? leaf.rule : ""};
  }

  void MakeGroups() {
    std::map<GroupKey, Group> groups;
    for (const Entry& leaf : before_leaves_) groups[KeyOf(leaf)].before.push_back(&leaf);
    for (const Entry& leaf : after_leaves_) groups[KeyOf(leaf)].after.push_back(&leaf);
    for (auto& [key, group] : groups) {
      const Decimal before = SumOf(group.before), after = SumOf(group.after);
      if (before == after) continue;
      const Entry& any = group.after.empty() ? *group.before[0] : *group.after[0];
      group.change = {any.payee, any.component, any.kind, any.fact,
                      any.line,  any.rule,      before,   after};
      groups_.push_back(group);
    }
  }

  // ------------------------------------------------------------------------------------- causes
  int NumberOf(CauseKind kind, const std::string& subject) {
    const CauseName name{kind, subject};
    const auto [place, added] = numbers_.insert({name, static_cast<int>(names_.size())});
    if (added) names_.push_back(name);
    return place->second;
  }
  int RuleOf(const Change& change) {
    return NumberOf(
        CauseKind::kRuleChanged,
        change.rule.empty() ? change.component : absl::StrCat(change.component, "/", change.rule));
  }

  // Whole components and payees that came or went.
  void AddBroad(Group* group) {
    const Change& change = group->change;
    if (!change.component.empty() && group->before.empty() &&
        !was_.components.contains(change.component)) {
      group->own.push_back(NumberOf(CauseKind::kComponentAdded, change.component));
    }
    if (!change.component.empty() && group->after.empty() &&
        !is_.components.contains(change.component)) {
      group->own.push_back(NumberOf(CauseKind::kComponentRemoved, change.component));
    }
    if (group->before.empty() && !was_.payees.contains(change.payee)) {
      group->own.push_back(NumberOf(CauseKind::kPayeeAdded, change.payee));
    }
    if (group->after.empty() && !is_.payees.contains(change.payee)) {
      group->own.push_back(NumberOf(CauseKind::kPayeeRemoved, change.payee));
    }
  }

  void AddFactCause(int cause, const Change& change) {
    facts_of_payee_[change.payee].insert(cause);
    all_facts_.insert(cause);
  }

  // Amounts of a fact that tell by themselves what happened to it.
  void ExplainEarned() {
    for (Group& group : groups_) {
      if (!group.is_earned() || group.change.fact.empty()) continue;
      if (group.before.empty() || group.after.empty()) {
        ExplainPresence(&group);
      } else if (BaseOf(group.before) != BaseOf(group.after)) {
        const int cause = NumberOf(CauseKind::kFactChanged, group.change.fact);
        group.own.push_back(cause);
        AddFactCause(cause, group.change);
      }
      AddBroad(&group);
    }
  }

  void ExplainPresence(Group* group) {
    const Change& change = group->change;
    const bool added = group->before.empty();
    const Present& other = added ? was_ : is_;
    if (!other.facts.contains(change.fact)) {
      const int cause =
          NumberOf(added ? CauseKind::kFactAdded : CauseKind::kFactRemoved, change.fact);
      group->own.push_back(cause);
      AddFactCause(cause, change);
      return;
    }
    // The fact is there before and after: others are credited, or another rule holds; not so if the
    // whole component came or went.
    if (!other.components.contains(change.component)) return;
    if (!other.credited.contains({change.payee, change.fact})) {
      const int cause = NumberOf(CauseKind::kFactChanged, change.fact);
      group->own.push_back(cause);
      AddFactCause(cause, change);
    }
    group->own.push_back(RuleOf(change));
  }

  // Amounts whose rate may have changed because the rule did, or because others moved the tiers.
  void ExplainMoved() {
    for (Group& group : groups_) {
      if (!group.is_earned()) continue;
      if (group.change.fact.empty()) {
        ExplainPeriod(&group);
        AddBroad(&group);
        if (group.own.empty()) group.own.push_back(RuleOf(group.change));
      } else if (group.own.empty()) {
        const bool moved = RulesOf(group.before) == RulesOf(group.after) && !HasNewRate(group);
        if (moved) {
          InheritFacts(&group);
          AddMeasured(&group);
        }
        const bool explained = !group.own.empty() || !group.inherited.empty();
        if (!explained || !HasOldTiersOnly(group)) group.own.push_back(RuleOf(group.change));
      }
    }
  }

  // Whether every tier that pays after was there before, for somebody: then the table need not
  // have changed.
  bool HasOldTiersOnly(const Group& group) const {
    return std::all_of(group.after.begin(), group.after.end(), [&](const Entry* leaf) {
      return old_tiers_.contains({leaf->component, leaf->rule, leaf->note});
    });
  }

  // A bonus, award or share of the period.
  void ExplainPeriod(Group* group) {
    const std::string& payee = group->change.payee;
    if (!was_.components.contains(group->change.component) ||
        !is_.components.contains(group->change.component)) {
      return;
    }
    const bool same_measures = measured_ && !measured_->contains(payee);
    // At the same attainment, and of the same base, only the rule can pay differently; a share of a
    // team or a place among others may move with what others sold.
    const bool told = !group->before.empty() && !group->after.empty();
    if (!same_measures || !told || BaseOf(group->before) != BaseOf(group->after)) {
      InheritFacts(group);
      if (all_facts_.size() <= kMostFactsOfOthers) {
        group->inherited.insert(group->inherited.end(), all_facts_.begin(), all_facts_.end());
      }
    }
    AddMeasured(group);
    // Where a value or quota changed, pay changes without any rule.
    if (group->own.empty()) group->own.push_back(RuleOf(group->change));
  }

  void InheritFacts(Group* group) {
    const auto facts = facts_of_payee_.find(group->change.payee);
    if (facts == facts_of_payee_.end()) return;
    group->inherited.insert(group->inherited.end(), facts->second.begin(), facts->second.end());
  }
  void AddMeasured(Group* group) {
    if (measured_ && measured_->contains(group->change.payee)) {
      group->own.push_back(NumberOf(CauseKind::kMeasureChanged, group->change.payee));
    }
  }

  // Everything that explains other changes of the payee: of the component, or above them.
  void InheritFrom(Group* group) {
    const auto& sources = causes_of_[{group->change.payee, group->change.component}];
    group->inherited.insert(group->inherited.end(), sources.begin(), sources.end());
    if (!group->change.component.empty()) return;
    for (auto place = causes_of_.lower_bound({group->change.payee, ""});
         place != causes_of_.end() && place->first.first == group->change.payee; ++place) {
      group->inherited.insert(group->inherited.end(), place->second.begin(), place->second.end());
    }
  }
  void Publish(const Group& group) {
    std::set<int>& causes = causes_of_[{group.change.payee, group.change.component}];
    causes.insert(group.own.begin(), group.own.end());
    causes.insert(group.inherited.begin(), group.inherited.end());
  }

  void ExplainBounds(bool of_component) {
    ExplainOthers(EntryKind::kCap, of_component);
    ExplainOthers(EntryKind::kFloor, of_component);
  }

  // What is computed of what was earned: it follows it, unless its own terms changed.
  void ExplainOthers(EntryKind kind, bool of_component) {
    if (!earned_published_) {
      for (const Group& group : groups_) {
        if (group.is_earned()) Publish(group);
      }
      earned_published_ = true;
    }
    for (Group& group : groups_) {
      if (group.change.kind != kind || group.change.component.empty() == of_component) continue;
      const bool both = !group.before.empty() && !group.after.empty();
      const bool is_multiplier = kind == EntryKind::kMultiplier;
      const bool same_terms = both && (is_multiplier ? HasSameRates(group) : HasSameNotes(group));
      const bool other_steps = is_multiplier && both && !same_terms && HasSameValue(group);
      if (!other_steps) InheritFrom(&group);
      if (is_multiplier && !same_terms && !other_steps) AddMeasured(&group);
      const bool measured = both && !group.own.empty();
      const bool explained = same_terms ? !group.inherited.empty() : measured;
      if (!explained) group.own.push_back(TermsOf(group.change));
      AddBroad(&group);
    }
    for (const Group& group : groups_) {
      if (group.change.kind == kind && group.change.component.empty() != of_component) {
        Publish(group);
      }
    }
  }

  int TermsOf(const Change& change) {
    switch (change.kind) {
      case EntryKind::kMultiplier:
        return NumberOf(CauseKind::kMultiplierChanged,
                        absl::StrCat(change.component, "/", change.rule));
      case EntryKind::kCap:
        return NumberOf(CauseKind::kCapChanged, change.component);
      case EntryKind::kFloor:
        return NumberOf(CauseKind::kFloorChanged, change.component);
      default:
        return NumberOf(CauseKind::kDrawChanged, "");
    }
  }

  // ------------------------------------------------------------------------------------- choice
  // Causes in the order of kind and subject, which is that in which they are preferred.
  std::vector<int> Ranks() const {
    std::vector<int> ranks(names_.size());
    int rank = 0;
    for (const auto& [name, number] : numbers_) ranks[static_cast<size_t>(number)] = rank++;
    return ranks;
  }

  std::vector<Cause> Chosen() {
    const std::vector<int> ranks = Ranks();
    const auto ranked = [&](const std::vector<int>& numbers, std::vector<int>* out) {
      for (const int number : numbers) out->push_back(ranks[static_cast<size_t>(number)]);
    };
    std::set<std::vector<int>> observations;
    for (const Group& group : groups_) {
      std::vector<int> observation;
      ranked(group.own, &observation);
      ranked(group.inherited, &observation);
      std::sort(observation.begin(), observation.end());
      observation.erase(std::unique(observation.begin(), observation.end()), observation.end());
      observations.insert(observation);
    }
    std::map<int, Cause> causes;  // by rank
    std::vector<CauseName> by_rank;
    for (const auto& [name, number] : numbers_) by_rank.push_back(name);
    for (const int rank : SmallestCover({observations.begin(), observations.end()})) {
      const CauseName& name = by_rank[static_cast<size_t>(rank)];
      causes[rank].kind = name.first;
      causes[rank].subject = name.second;
    }
    Assign(ranks, &causes);
    std::vector<Cause> chosen;
    for (const auto& [rank, cause] : causes) {
      if (!cause.changes.empty()) chosen.push_back(cause);
    }
    return chosen;
  }

  // Each change goes to one chosen cause: first what explains it directly; what follows others goes
  // to the one that moved most.
  void Assign(const std::vector<int>& ranks, std::map<int, Cause>* causes) const {
    std::vector<int> cause_of(groups_.size(), -1);
    for (size_t i = 0; i < groups_.size(); ++i) {
      for (const int number : groups_[i].own) {
        const auto cause = causes->find(ranks[static_cast<size_t>(number)]);
        if (cause == causes->end()) continue;
        cause_of[i] = cause->first;
        cause->second.amount += groups_[i].difference();
        break;
      }
    }
    std::map<int, Decimal> moved;
    for (const auto& [rank, cause] : *causes) {
      moved[rank] = cause.amount.is_negative() ? -cause.amount : cause.amount;
    }
    for (size_t i = 0; i < groups_.size(); ++i) {
      if (cause_of[i] < 0) {
        for (const int number : groups_[i].inherited) {
          const int rank = ranks[static_cast<size_t>(number)];
          if (!causes->contains(rank)) continue;
          if (cause_of[i] < 0 || moved.at(rank) > moved.at(cause_of[i]) ||
              (moved.at(rank) == moved.at(cause_of[i]) && rank < cause_of[i])) {
            cause_of[i] = rank;
          }
        }
        causes->at(cause_of[i]).amount += groups_[i].difference();
      }
      causes->at(cause_of[i]).changes.push_back(groups_[i].change);
    }
  }

  const std::vector<Entry> before_leaves_, after_leaves_;
  const Present was_, is_;
  const std::optional<std::set<std::string>> measured_;  // whose changed; absent = not known
  std::set<std::tuple<std::string, std::string, std::string>> old_tiers_;  // component, rule, note
  std::vector<Group> groups_;
  std::map<CauseName, int> numbers_;
  std::vector<CauseName> names_;
  std::map<std::string, std::set<int>> facts_of_payee_;
  std::set<int> all_facts_;
  std::map<std::pair<std::string, std::string>, std::set<int>> causes_of_;  // payee, component
  bool earned_published_ = false;
};

}  // namespace

Comparison ComparePayouts(const CalculationResult& before, const CalculationResult& after) {
  return Explanation(before.entries, after.entries, PayeesWithOtherMeasures(before, after)).Run();
}

Comparison ComparePayouts(const std::vector<Entry>& before, const std::vector<Entry>& after) {
  return Explanation(before, after, std::nullopt).Run();
}

}  // namespace salesops::performance::domain
