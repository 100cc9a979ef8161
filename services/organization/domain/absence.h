#pragma once

// Absences (请假): days, or a part of each, on which a seller who is employed does not work.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

enum class AbsenceKind {
  kUnset = 0,
  kAnnual = 1,
  kSick = 2,
  kParental = 3,
  kUnpaid = 4,
  kTraining = 5,
  kOther = 6,
};

struct Absence {
  std::string seller_id;
  std::string id;
  records::Meta meta;

  AbsenceKind kind = AbsenceKind::kUnset;  // personal
  base::Decimal share;                     // part of each day that is missed, in (0, 1]
  base::CivilDay start_date;
  std::optional<base::CivilDay> end_date;
  std::vector<base::ExternalKey> external_keys;

  base::DayRange days() const { return {start_date, end_date}; }
};

// A range that is not empty (BAD_RANGE).
void CheckAbsence(const Absence& absence, base::Violations* violations);

// The first day on which the shares of one seller's absences sum to more than 1.
struct AbsentOnDay {
  base::CivilDay day;
  base::Decimal total;
};
std::optional<AbsentOnDay> FirstDayAbsentAboveOne(const std::vector<Absence>& absences);

}  // namespace salesops::organization::domain
