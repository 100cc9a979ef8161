#pragma once

// Payout statements (薪酬结算单): what one payee gets by one plan for one period.
//
// Thread-safety: values.

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/performance/domain/incentives/calculation.h"
#include "shared/base/decimal.h"
#include "shared/records/meta.h"

namespace salesops::performance::domain {

struct PayoutStatement {
  std::string plan_id;
  std::string period_id;
  std::string id;  // the payee's, a seller
  records::Meta meta;

  base::Decimal amount;
  std::string currency;
  base::Decimal draw_balance;           // owed after the period, >= 0
  std::vector<Attainment> attainments;  // the payee's, by measure
  int run = 0;                          // of the period, that made it what it is
  absl::Time input_time;                // what was known then is what it was calculated from
  std::string hash;
  int engine_version = 0;
};

}  // namespace salesops::performance::domain
