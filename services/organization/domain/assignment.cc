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
  for (const Assignment& assignment : assignments) {
    if (assignment.days().IsEmpty()) continue;
    steps[assignment.start_date] += assignment.share;
    if (assignment.end_date) steps[*assignment.end_date] -= assignment.share;
  }
  return steps;
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
}

std::vector<DatedEdge> ManagerEdges(const Assignment& assignment) {
  if (assignment.manager_id.empty() || assignment.days().IsEmpty()) return {};
  return {{assignment.seller_id, assignment.manager_id, assignment.days()}};
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
                   const std::vector<Assignment>& given) {
  Correction correction;
  for (const Assignment& assignment : assignments) {
    const std::vector<DayRange> left = base::Subtract(assignment.days(), {days});
    if (left == std::vector<DayRange>{assignment.days()}) continue;  // does not touch the range
    if (left.empty()) {
      correction.withdrawn.push_back(assignment);
      continue;
    }
    Correction::Cut cut{assignment, assignment};
    cut.after.start_date = left[0].start;
    cut.after.end_date = left[0].end;
    correction.cut.push_back(cut);
    if (left.size() == 1) continue;
    Assignment rest = assignment;
    rest.id.clear();
    rest.meta = records::Meta{};
    rest.external_keys.clear();
    rest.start_date = left[1].start;
    rest.end_date = left[1].end;
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
