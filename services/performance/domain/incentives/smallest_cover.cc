#include "services/performance/domain/incentives/smallest_cover.h"

#include <algorithm>
#include <map>
#include <set>

namespace salesops::performance::domain {
namespace {

using Observation = std::vector<int>;  // ordered

constexpr int kMostSteps = 20'000;       // of the search
constexpr size_t kMostCompared = 1'000;  // observations that are compared with each other

bool Has(const Observation& observation, int cause) {
  return std::binary_search(observation.begin(), observation.end(), cause);
}

void DropExplained(int cause, std::vector<Observation>* observations) {
  std::erase_if(*observations, [&](const Observation& o) { return Has(o, cause); });
}

// Whoever explains an observation explains those with more causes that include its own.
void DropImplied(std::vector<Observation>* observations) {
  if (observations->size() > kMostCompared) return;
  std::sort(observations->begin(), observations->end(),
            [](const Observation& a, const Observation& b) {
              return a.size() != b.size() ? a.size() < b.size() : a < b;
            });
  std::vector<Observation> kept;
  for (const Observation& o : *observations) {
    const bool implied = std::any_of(kept.begin(), kept.end(), [&](const Observation& less) {
      return std::includes(o.begin(), o.end(), less.begin(), less.end());
    });
    if (!implied) kept.push_back(o);
  }
  *observations = kept;
}

std::map<int, std::set<size_t>> ExplainedBy(const std::vector<Observation>& observations) {
  std::map<int, std::set<size_t>> explained;
  for (size_t i = 0; i < observations.size(); ++i) {
    for (const int cause : observations[i]) explained[cause].insert(i);
  }
  return explained;
}

// A cause that explains nothing which another one does not is not needed. True if there was one.
bool DropReplaceable(std::vector<Observation>* observations) {
  const std::map<int, std::set<size_t>> explained = ExplainedBy(*observations);
  if (explained.size() > kMostCompared) return false;
  std::set<int> dropped;
  for (const auto& [cause, own] : explained) {
    // Whatever replaces it explains its first observation too.
    for (const int other : (*observations)[*own.begin()]) {
      if (other == cause || dropped.contains(other)) continue;
      const std::set<size_t>& others = explained.at(other);
      const bool replaces = std::includes(others.begin(), others.end(), own.begin(), own.end());
      if (replaces && (others.size() > own.size() || other < cause)) {
        dropped.insert(cause);
        break;
      }
    }
  }
  if (dropped.empty()) return false;
  for (Observation& o : *observations) {
    std::erase_if(o, [&](int cause) { return dropped.contains(cause); });
  }
  return true;
}

class Search {
 public:
  std::vector<int> Run(const std::vector<Observation>& observations) {
    best_ = Greedy(observations);
    Look(observations);
    return best_;
  }

 private:
  static std::vector<int> Greedy(std::vector<Observation> left) {
    std::vector<int> chosen;
    while (!left.empty()) {
      std::map<int, int> counts;
      for (const Observation& o : left) {
        for (const int cause : o) ++counts[cause];
      }
      const auto most =
          std::max_element(counts.begin(), counts.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      chosen.push_back(most->first);
      DropExplained(chosen.back(), &left);
    }
    return chosen;
  }

  void Look(const std::vector<Observation>& left) {
    if (left.empty()) {
      if (chosen_.size() < best_.size()) best_ = chosen_;
      return;
    }
    if (chosen_.size() + 1 >= best_.size() || ++steps_ > kMostSteps) return;
    const auto hardest = std::min_element(
        left.begin(), left.end(),
        [](const Observation& a, const Observation& b) { return a.size() < b.size(); });
    for (const int cause : *hardest) {
      std::vector<Observation> rest = left;
      DropExplained(cause, &rest);
      chosen_.push_back(cause);
      Look(rest);
      chosen_.pop_back();
    }
  }

  std::vector<int> best_, chosen_;
  int steps_ = 0;
};

}  // namespace

std::vector<int> SmallestCover(const std::vector<std::vector<int>>& observations) {
  std::vector<Observation> left = observations;
  for (Observation& o : left) {
    std::sort(o.begin(), o.end());
    o.erase(std::unique(o.begin(), o.end()), o.end());
  }
  std::sort(left.begin(), left.end());
  left.erase(std::unique(left.begin(), left.end()), left.end());

  std::set<int> chosen;
  for (bool changed = true; changed;) {
    std::set<int> needed;
    for (const Observation& o : left) {
      if (o.size() == 1) needed.insert(o[0]);
    }
    std::erase_if(left, [&](const Observation& o) {
      return std::any_of(o.begin(), o.end(), [&](int cause) { return needed.contains(cause); });
    });
    chosen.insert(needed.begin(), needed.end());
    DropImplied(&left);
    changed = DropReplaceable(&left) && !left.empty();
  }
  const std::vector<int> rest = Search().Run(left);
  chosen.insert(rest.begin(), rest.end());
  return {chosen.begin(), chosen.end()};
}

}  // namespace salesops::performance::domain
