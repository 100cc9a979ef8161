#pragma once

// Reads what a calculation is calculated from, part by part, all as of one position of the
// service's own log.
//
//   ASSIGN_OR_RETURN(RunInputs inputs, ReadRunInputs(tx, period, earlier));   // with the run
//   CalculationReader reader(std::move(version), period.days(), position, inputs);
//   while (!reader.done()) RETURN_IF_ERROR(reader.ReadPart(c));
//   ASSIGN_OR_RETURN(CalculationInput input, std::move(reader).Take());
//
// Thread-safety: used by one thread at a time.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/performance/domain/incentive_plan.h"
#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/incentives/crediting.h"
#include "services/performance/domain/incentives/facts.h"
#include "services/performance/domain/run_inputs.h"
#include "shared/mysql/database.h"

namespace salesops::performance::store {

// The part of a run's inputs that the roster tells, of days with an end.
absl::StatusOr<domain::RosterSpans> ReadRosterSpans(mysql::Connection& c,
                                                    const base::DayRange& days);

class CalculationReader {
 public:
  CalculationReader(domain::IncentivePlanVersion version, const base::DayRange& days,
                    int64_t position, domain::RunInputs inputs);

  bool done() const { return stage_ == Stage::kDone; }
  int64_t fact_count() const { return static_cast<int64_t>(facts_.size()); }

  // Reads on. A part that fails can be read again.
  absl::Status ReadPart(mysql::Connection& c);

  // Credits the facts. FAILED_PRECONDITION: those of CreditFacts; NOT_CALCULABLE with
  // QUOTA_CURRENCY.
  absl::StatusOr<domain::CalculationInput> Take() &&;

 private:
  enum class Stage { kRules, kTransactions, kDeals, kDone };
  absl::Status ReadRules(mysql::Connection& c);
  absl::Status ReadMembers(mysql::Connection& c);
  absl::Status ReadQuotas(mysql::Connection& c);
  absl::Status ReadValues(mysql::Connection& c);

  const domain::IncentivePlanVersion version_;
  const base::DayRange days_;
  const int64_t position_;
  domain::RunInputs inputs_;
  Stage stage_ = Stage::kRules;
  std::string after_;  // the place among the facts of the stage
  domain::CalculationInput input_;
  std::vector<domain::CreditingRule> rules_;
  std::vector<domain::Fact> facts_;
};

}  // namespace salesops::performance::store
