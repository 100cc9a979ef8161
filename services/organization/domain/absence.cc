#include "services/organization/domain/absence.h"

#include <map>

namespace salesops::organization::domain {

using base::CivilDay;
using base::Decimal;

void CheckAbsence(const Absence& absence, base::Violations* violations) {
  if (absence.days().IsEmpty()) {
    violations->Add("end_date", "BAD_RANGE", "must be after start_date");
  }
}

std::optional<AbsentOnDay> FirstDayAbsentAboveOne(const std::vector<Absence>& absences) {
  std::map<CivilDay, Decimal> steps;
  for (const Absence& absence : absences) {
    if (absence.days().IsEmpty()) continue;
    steps[absence.start_date] += absence.share;
    if (absence.end_date) steps[*absence.end_date] -= absence.share;
  }
  Decimal total;
  for (const auto& [day, step] : steps) {
    total += step;
    if (total > Decimal::FromInt(1)) return AbsentOnDay{day, total};
  }
  return std::nullopt;
}

}  // namespace salesops::organization::domain
