#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "services/performance/domain/incentives/components.h"
#include "services/performance/domain/incentives/exact_product.h"
#include "services/performance/domain/incentives/measures.h"
#include "services/performance/domain/incentives/sold_lines.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;

constexpr size_t kNoMember = static_cast<size_t>(-1);

// Somebody above a seller. `level` is the shortest way up, 1 = a direct manager, so that several
// ways and circles count once.
struct Above {
  size_t member = kNoMember;  // place among the plan's members
  int level = 0;
  std::vector<size_t> below;  // places in the chain, before this one, of those between: above the
                              // seller and below this
  friend bool operator==(const Above&, const Above&) = default;
};
using Chain = std::vector<Above>;  // whoever is below another comes first

// Who is above whom, cut into days on which it does not change.
class Roster {
 public:
  Roster(const CalculationInput& input, const Measures& measures) {
    std::set<CivilDay> borders = {input.period.start, *input.period.end};
    for (const ManagedDays& edge : input.managed) {
      const std::optional<DayRange> days = base::Intersect(edge.days, input.period);
      if (!days) continue;
      managers_of_[edge.report].push_back(&edge);
      borders.insert(days->start);
      borders.insert(*days->end);
    }
    for (auto day = borders.begin(), next = std::next(day); next != borders.end(); ++day, ++next) {
      segments_.push_back({*day, *next});
    }
    const std::vector<const PlanMember*>& members = measures.members();
    for (size_t i = 0; i < members.size(); ++i) places_.emplace(members[i]->payee, i);
  }

  bool HasManager(const std::string& payee) const { return managers_of_.count(payee) > 0; }

  struct ChainDays {
    DayRange days;
    Chain chain;
  };

  // The chains of a seller that are not empty, each as long as it lasts.
  std::vector<ChainDays> ChainsOf(const std::string& seller) const {
    std::vector<ChainDays> chains;
    for (const DayRange& segment : segments_) {
      Chain chain = ChainOn(seller, segment.start);
      if (chain.empty()) continue;
      if (!chains.empty() && chains.back().days.end == segment.start &&
          chains.back().chain == chain) {
        chains.back().days.end = segment.end;
        continue;
      }
      chains.push_back({segment, chain});
    }
    return chains;
  }

 private:
  using Levels = std::map<std::string, int>;

  // Everybody above somebody on a day, with the shortest way up.
  Levels LevelsAbove(const std::string& from, CivilDay day) const {
    Levels levels;
    std::set<std::string> open = {from};
    for (int level = 1; !open.empty(); ++level) {
      std::set<std::string> next;
      for (const std::string& report : open) {
        const auto edges = managers_of_.find(report);
        if (edges == managers_of_.end()) continue;
        for (const ManagedDays* edge : edges->second) {
          if (!edge->days.Contains(day) || edge->manager == from) continue;
          if (levels.emplace(edge->manager, level).second) next.insert(edge->manager);
        }
      }
      open.swap(next);
    }
    return levels;
  }

  Chain ChainOn(const std::string& seller, CivilDay day) const {
    struct Person {
      std::string name;
      int level = 0;
      Levels over;    // everybody above
      int under = 0;  // how many of the chain are below, or the same
    };
    std::vector<Person> people;
    for (const auto& [name, level] : LevelsAbove(seller, day)) {
      people.push_back({name, level, LevelsAbove(name, day)});
    }
    for (Person& person : people) {
      for (const Person& other : people) {
        if (person.name == other.name || other.over.count(person.name) > 0) ++person.under;
      }
    }
    // Who is above another has more below; those in a circle have as many, and it is cut where it
    // comes back to a level.
    std::sort(people.begin(), people.end(), [](const Person& a, const Person& b) {
      return std::tie(a.under, a.level, a.name) < std::tie(b.under, b.level, b.name);
    });
    Chain chain;
    for (const Person& person : people) {
      const auto place = places_.find(person.name);
      Above above{place == places_.end() ? kNoMember : place->second, person.level, {}};
      for (size_t lower = 0; lower < chain.size(); ++lower) {
        if (people[lower].over.count(person.name) == 0) continue;
        const bool circle = person.over.count(people[lower].name) > 0;
        if (!circle || people[lower].level < person.level) above.below.push_back(lower);
      }
      chain.push_back(above);
    }
    return chain;
  }

  std::map<std::string, std::vector<const ManagedDays*>> managers_of_;
  std::vector<DayRange> segments_;
  std::map<std::string, size_t> places_;  // of members
};

bool IsAssigned(const PlanMember& member, CivilDay day) {
  return std::any_of(member.days.begin(), member.days.end(),
                     [&](const DayRange& days) { return days.Contains(day); });
}

// What is left of `value` when others got `taken` of it: nothing at least, whatever its sign.
Decimal Less(const Decimal& value, const Decimal& taken) {
  const Decimal left = value - taken;
  return left.is_zero() || left.is_negative() == value.is_negative() ? left : Decimal();
}

// What of one credit counts for each manager of a chain, 0 for whoever gets nothing.
void AddCounted(const Override& override, const std::vector<const PlanMember*>& members,
                const Chain& chain, const Counted& counted, std::vector<GroupCredit>* credits) {
  std::vector<Decimal> got(chain.size());
  for (size_t i = 0; i < chain.size(); ++i) {
    const Above& above = chain[i];
    if (override.levels > 0 && above.level > override.levels) continue;
    if (above.member == kNoMember) continue;
    if (!IsAssigned(*members[above.member], counted.credit->date)) continue;
    got[i] = counted.value;
    if (override.subtract_lower) {
      Decimal taken;
      for (size_t lower : above.below) taken += got[lower];
      got[i] = Less(counted.value, taken);
    }
    credits->push_back({above.member, counted.credit, got[i]});
  }
}

std::set<std::string> SellersOf(const CalculationInput& input) {
  std::set<std::string> sellers;
  std::unordered_set<std::string_view> seen;  // looking a name up here is cheaper
  for (const Credit& credit : input.credits) {
    if (seen.insert(credit.payee).second) sellers.insert(credit.payee);
  }
  return sellers;
}

bool ReachesAMember(const Chain& chain, int levels) {
  return std::any_of(chain.begin(), chain.end(), [&](const Above& above) {
    return above.member != kNoMember && (levels == 0 || above.level <= levels);
  });
}

}  // namespace

std::vector<Earned> EarnOverride(const CalculationInput& input, const Measures& measures,
                                 const Override& override, base::Violations* violations) {
  const Roster roster(input, measures);
  const std::vector<const PlanMember*>& members = measures.members();
  std::vector<GroupCredit> credits;
  for (const std::string& seller : SellersOf(input)) {
    if (!roster.HasManager(seller)) continue;
    for (const auto& [days, chain] : roster.ChainsOf(seller)) {
      if (!ReachesAMember(chain, override.levels)) continue;
      for (const Counted& counted :
           measures.CountedOn(seller, override.measure, days, violations)) {
        AddCounted(override, members, chain, counted, &credits);
      }
    }
  }

  const std::vector<GroupLine> lines = SoldLinesOf(input.credits, credits);
  std::vector<Earned> earned;
  earned.reserve(lines.size());
  for (const GroupLine& line : lines) {
    if (line.value.is_zero()) continue;
    const std::optional<Decimal> unrounded = ProductOf(line.value, override.rate);
    if (!unrounded) {
      violations->Add(
          line.credit->fact, "AMOUNT_OUT_OF_RANGE",
          "has an amount and a rate that give more than can be computed with; correct one of them");
      continue;
    }
    Earned leaf;
    leaf.payee = members[line.group]->payee;
    leaf.fact = line.credit->fact;
    leaf.line = line.credit->line;
    leaf.order = line.credit->order;
    leaf.base = line.value;
    leaf.rate = override.rate;
    leaf.unrounded = *unrounded;
    leaf.note =
        override.subtract_lower ? "sold below, less what managers between got" : "sold below";
    earned.push_back(std::move(leaf));
  }
  return earned;
}

}  // namespace salesops::performance::domain
