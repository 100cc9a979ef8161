#include "services/organization/domain/manager_chain.h"

#include <algorithm>
#include <utility>

namespace salesops::organization::domain {
namespace {

// Follows the lines above one assignment, the primary assignments first.
class Climb {
 public:
  Climb(const AssignmentsBySeller& assignments, base::CivilDay day, ManagerChain* chain)
      : assignments_(assignments), day_(day), chain_(chain) {}

  void Start(bool primary) {
    path_ = {chain_->assignment.assignment.seller_id};
    Step(chain_->assignment, primary);
  }

 private:
  void Step(const CountedAssignment& by, bool primary) {
    const std::string& manager = by.assignment.manager_id;
    if (manager.empty()) return;
    auto on_path = std::find(path_.begin(), path_.end(), manager);
    if (on_path != path_.end()) {
      if (chain_->cycle.empty()) chain_->cycle.assign(on_path, path_.end());
      return;
    }
    if (reached_.count(manager) > 0) return;
    const int level = static_cast<int>(path_.size());
    if (level > kMostLevels) {
      chain_->truncated = true;
      return;
    }
    reached_.insert(manager);
    chain_->links.push_back(
        {manager, by.assignment.seller_id, by.assignment.id, by.share, primary, level});
    auto own = assignments_.find(manager);
    if (own == assignments_.end()) return;
    path_.push_back(manager);
    bool first = true;
    for (const CountedAssignment& next : CountedOn(own->second, day_)) {
      Step(next, first);
      first = false;
    }
    path_.pop_back();
  }

  const AssignmentsBySeller& assignments_;
  const base::CivilDay day_;
  ManagerChain* const chain_;
  std::vector<std::string> path_;
  std::set<std::string> reached_;
};

}  // namespace

std::vector<ManagerChain> ManagerChains(const std::string& seller_id,
                                        const AssignmentsBySeller& assignments,
                                        base::CivilDay day) {
  std::vector<ManagerChain> chains;
  auto own = assignments.find(seller_id);
  if (own == assignments.end()) return chains;
  for (CountedAssignment& assignment : CountedOn(own->second, day)) {
    ManagerChain chain;
    chain.assignment = std::move(assignment);
    Climb(assignments, day, &chain).Start(chains.empty());
    chains.push_back(std::move(chain));
  }
  return chains;
}

ReportLevels::ReportLevels(const std::string& manager_id)
    : open_({manager_id}), level_of_({{manager_id, 0}}) {}

void ReportLevels::Add(const std::vector<Assignment>& reports) {
  open_.clear();
  ++level_;
  for (const Assignment& report : reports) {
    if (level_of_.emplace(report.seller_id, level_).second) open_.insert(report.seller_id);
  }
  if (level_ == kMostLevels) open_.clear();
}

}  // namespace salesops::organization::domain
