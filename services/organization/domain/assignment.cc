#include "services/organization/domain/assignment.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;

// By how much the sum of shares changes on a day.
using ShareSteps = std::map<CivilDay, Decimal>;

ShareSteps StepsOf(const std::vector<Assignment>& assignments) {
  ShareSteps steps;
  for (const DayShare& counted : CountedShares(assignments)) {
    steps[counted.days.start] += counted.share;
    if (counted.days.end) steps[*counted.days.end] -= counted.share;
  }
  return steps;
}

bool IsSecondment(const Assignment& assignment) {
  return assignment.kind == AssignmentKind::kSecondment;
}

// The secondments from an assignment.
std::vector<DayShare> SecondmentsFrom(const Assignment& home,
                                      const std::vector<Assignment>& assignments) {
  std::vector<DayShare> covers;
  if (IsSecondment(home)) return covers;
  for (const Assignment& assignment : assignments) {
    if (IsSecondment(assignment) && assignment.home_id == home.id) {
      covers.push_back({assignment.days(), assignment.share});
    }
  }
  return covers;
}

// Adds a gap, joined to the one before it if nothing lies between them.
void Append(const Gap& gap, std::vector<Gap>* gaps) {
  if (!gaps->empty()) {
    Gap& last = gaps->back();
    if (last.missing_share == gap.missing_share && last.days.end == gap.days.start) {
      last.days.end = gap.days.end;
      return;
    }
  }
  gaps->push_back(gap);
}

}  // namespace

void CheckAssignment(const Assignment& assignment, base::Violations* violations) {
  if (assignment.days().IsEmpty()) {
    violations->Add("end_date", "BAD_RANGE", "must be after start_date");
  }
  if (!assignment.manager_id.empty() && assignment.manager_id == assignment.seller_id) {
    violations->Add("manager", "SELF_REFERENCE", "must be another seller");
  }
  if (IsSecondment(assignment) == assignment.home_id.empty()) {
    if (assignment.home_id.empty()) {
      violations->Add("home_assignment", "REQUIRED", "must be set, as a secondment needs one");
    } else {
      violations->Add("home_assignment", "NOT_A_SECONDMENT",
                      "must be empty, as only a secondment has one");
    }
  } else if (!assignment.home_id.empty() && assignment.home_seller_id != assignment.seller_id) {
    violations->Add("home_assignment", "BAD_REFERENCE", "must be of the same seller");
  }
}

std::vector<DatedEdge> ManagerEdges(const Assignment& assignment) {
  if (assignment.manager_id.empty() || assignment.days().IsEmpty()) return {};
  return {{assignment.seller_id, assignment.manager_id, assignment.days()}};
}

std::vector<CountedAssignment> CountedOn(const std::vector<Assignment>& assignments, CivilDay day) {
  std::vector<CountedAssignment> counted;
  for (const Assignment& assignment : assignments) {
    if (!assignment.days().Contains(day)) continue;
    Decimal share = assignment.share;
    for (const DayShare& cover : SecondmentsFrom(assignment, assignments)) {
      if (cover.days.Contains(day)) share -= cover.share;
    }
    counted.push_back({assignment, std::max(share, Decimal())});
  }
  std::sort(counted.begin(), counted.end(),
            [](const CountedAssignment& a, const CountedAssignment& b) {
              return std::tie(b.share, a.assignment.team_id, a.assignment.id) <
                     std::tie(a.share, b.assignment.team_id, b.assignment.id);
            });
  return counted;
}

std::vector<DayShare> CountedShares(const std::vector<Assignment>& assignments) {
  std::vector<DayShare> counted;
  for (const Assignment& assignment : assignments) {
    const std::vector<DayShare> pieces =
        Uncovered({assignment.days(), assignment.share}, SecondmentsFrom(assignment, assignments));
    counted.insert(counted.end(), pieces.begin(), pieces.end());
  }
  return counted;
}

const Assignment* FindOutsideHome(const std::vector<Assignment>& assignments) {
  std::map<std::string, const Assignment*> by_id;
  for (const Assignment& assignment : assignments) by_id[assignment.id] = &assignment;
  for (const auto& [id, assignment] : by_id) {
    if (!IsSecondment(*assignment)) continue;
    auto home = by_id.find(assignment->home_id);
    if (home == by_id.end() || IsSecondment(*home->second)) return assignment;
    if (!base::Subtract(assignment->days(), {home->second->days()}).empty()) return assignment;
  }
  return nullptr;
}

std::optional<ShareOnDay> FirstDayAboveOne(const std::vector<Assignment>& assignments) {
  const Decimal one = Decimal::FromInt(1);
  Decimal total;
  for (const auto& [day, step] : StepsOf(assignments)) {
    total += step;
    if (total > one) return ShareOnDay{day, total};
  }
  return std::nullopt;
}

std::vector<Gap> FindGaps(const std::vector<DayRange>& employments,
                          const std::vector<Assignment>& assignments, const DayRange& window) {
  const Decimal one = Decimal::FromInt(1);
  const ShareSteps steps = StepsOf(assignments);
  std::vector<Gap> gaps;
  for (const DayRange& employment : employments) {
    const std::optional<DayRange> days = base::Intersect(employment, window);
    if (!days) continue;
    Decimal total;
    auto step = steps.begin();
    for (; step != steps.end() && step->first <= days->start; ++step) total += step->second;
    CivilDay start = days->start;
    for (; step != steps.end() && (!days->end || step->first < *days->end); ++step) {
      if (total < one) Append({{start, step->first}, one - total}, &gaps);
      total += step->second;
      start = step->first;
    }
    if (total < one) Append({{start, days->end}, one - total}, &gaps);
  }
  return gaps;
}

Correction Correct(const std::vector<Assignment>& assignments, const DayRange& days,
                   const std::vector<Assignment>& given,
                   const std::function<std::string()>& new_id) {
  Correction correction;
  std::map<std::string, std::string> rest_of;  // split assignment -> its part after the range
  for (const Assignment& assignment : assignments) {
    if (base::Subtract(assignment.days(), {days}).size() == 2) rest_of[assignment.id] = new_id();
  }
  // A part that lies after the range is lent by what lies after the range.
  auto follow_home = [&](Assignment* part) {
    auto rest = rest_of.find(part->home_id);
    if (rest != rest_of.end() && part->start_date >= *days.end) part->home_id = rest->second;
  };
  for (const Assignment& assignment : assignments) {
    const std::vector<DayRange> left = base::Subtract(assignment.days(), {days});
    if (left.empty()) {
      correction.withdrawn.push_back(assignment);
      continue;
    }
    Correction::Cut cut{assignment, assignment};
    cut.after.start_date = left[0].start;
    cut.after.end_date = left[0].end;
    follow_home(&cut.after);
    if (left[0] != assignment.days() || cut.after.home_id != assignment.home_id) {
      correction.cut.push_back(cut);
    }
    if (left.size() == 1) continue;
    Assignment rest = assignment;
    rest.id = rest_of[assignment.id];
    rest.meta = records::Meta{};
    rest.external_keys.clear();
    rest.start_date = left[1].start;
    rest.end_date = left[1].end;
    follow_home(&rest);
    correction.added.push_back(std::move(rest));
  }
  correction.added.insert(correction.added.end(), given.begin(), given.end());
  return correction;
}

void SortByStart(std::vector<Assignment>* assignments) {
  std::sort(assignments->begin(), assignments->end(), [](const Assignment& a, const Assignment& b) {
    return std::tie(a.start_date, a.id) < std::tie(b.start_date, b.id);
  });
}

}  // namespace salesops::organization::domain
