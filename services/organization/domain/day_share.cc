#include "services/organization/domain/day_share.h"

#include <algorithm>
#include <map>
#include <optional>

namespace salesops::organization::domain {

using base::CivilDay;
using base::DayRange;
using base::Decimal;

std::vector<DayShare> Uncovered(const DayShare& whole, const std::vector<DayShare>& covers) {
  if (whole.days.IsEmpty()) return {};
  std::map<CivilDay, Decimal> steps;  // by how much the covered share changes on a day
  for (const DayShare& cover : covers) {
    const std::optional<DayRange> days = base::Intersect(cover.days, whole.days);
    if (!days) continue;
    steps[days->start] += cover.share;
    if (days->end) steps[*days->end] -= cover.share;
  }
  std::vector<DayShare> pieces = {whole};
  Decimal covered;
  for (const auto& [day, step] : steps) {
    if (whole.days.end && day == *whole.days.end) break;
    covered += step;
    const Decimal share = std::max(whole.share - covered, Decimal());
    DayShare& last = pieces.back();
    if (last.share == share) continue;
    if (last.days.start == day) {
      last.share = share;
      continue;
    }
    last.days.end = day;
    pieces.push_back({{day, whole.days.end}, share});
  }
  return pieces;
}

}  // namespace salesops::organization::domain
