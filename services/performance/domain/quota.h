#pragma once

// Quotas (业绩指标): what a seller or a team is to reach of a measure in a fiscal period.
//
// Thread-safety: values and pure functions.

#include <string>
#include <vector>

#include "services/performance/domain/incentives/plan.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::performance::domain {

// From its day until the next step's, `share` of the amount is expected.
struct RampStep {
  base::CivilDay start_date;
  base::Decimal share;  // [0, 1]
  friend bool operator==(const RampStep&, const RampStep&) = default;
};

struct Quota {
  std::string id;
  records::Meta meta;

  std::string payee;      // "sellers/7" or "teams/3"
  std::string seller_id;  // the payee's if it is a seller, else empty; row scope goes by it
  Measure measure = Measure::kUnset;
  std::string imported_measure;  // of kImported: which
  std::string calendar_id;       // fiscal calendar
  PeriodLevel level = PeriodLevel::kUnset;
  int fiscal_year = 0;
  int number = 0;  // of its level in the year, from 1
  base::CivilDay start_date;
  base::CivilDay end_date;  // exclusive
  base::Decimal amount;
  std::string currency;        // empty = units
  std::vector<RampStep> ramp;  // ordered; empty = all from the first day
  std::vector<base::ExternalKey> external_keys;
};

// Rules over one quota. Reasons: REQUIRED, NOT_ALLOWED (imported measure, currency), BAD_CURRENCY,
// OUT_OF_RANGE (number, a ramp that leaves nothing), BAD_RANGE (days, steps outside them),
// NOT_ORDERED, TOO_PRECISE.
void CheckQuota(const Quota& quota, base::Violations* violations);

// What the ramp leaves of the amount: amount × Σ share × days / days of the period, rounded once,
// half away from zero, to the currency's minor unit, or to 6 digits without a currency. The amount
// if there is no ramp, or none that CheckQuota accepts.
base::Decimal RampedAmount(const Quota& quota);

}  // namespace salesops::performance::domain
