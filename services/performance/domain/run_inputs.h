#pragma once

// What a calculation uses that is kept without its history: it is stored with the run, so that the
// run can be replayed. Everything else is read again as of the run's position.
//
// Thread-safety: values.

#include <map>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/roster_spans.h"

namespace salesops::performance::domain {

struct RunInputs {
  RosterSpans roster;
  std::vector<DayRate> rates;
  std::map<std::string, base::Decimal> draw_balances;  // as in CalculationInput
};

}  // namespace salesops::performance::domain
