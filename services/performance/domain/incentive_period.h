#pragma once

// Incentive periods (结算期): the days of a plan that are calculated, reviewed, approved, closed
// and paid together.
//
//   open -> calculated -> reviewed -> approved -> closed -> paid
//
// Thread-safety: values and pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::performance::domain {

enum class PeriodState : int {
  kUnspecified = 0,
  kOpen = 1,
  kCalculated = 2,
  kReviewed = 3,
  kApproved = 4,
  kClosed = 5,
  kPaid = 6,
};

// A calculation that ended well.
struct PeriodCalculation {
  int run = 0;  // its number in the period
  std::string version_id;
  std::string calculator;  // "user:alice"
  absl::Time as_of_time;   // what was known then is what it was calculated from
  absl::Time end_time;
  int engine_version = 0;
  int64_t fact_count = 0;
  int64_t statement_count = 0;
  int64_t entry_count = 0;  // that it added to the ledger
  base::Decimal total_amount;
  std::string currency;
  friend bool operator==(const PeriodCalculation&, const PeriodCalculation&) = default;
};

struct PeriodSignature {
  std::string signer;  // "user:alice"
  absl::Time sign_time;
  std::string note;
  friend bool operator==(const PeriodSignature&, const PeriodSignature&) = default;
};

struct IncentivePeriod {
  std::string plan_id;
  std::string id;
  records::Meta meta;

  base::CivilDay start_date;
  base::CivilDay end_date;  // exclusive
  std::string description;
  std::vector<base::ExternalKey> external_keys;

  PeriodState state = PeriodState::kOpen;
  std::optional<PeriodCalculation> calculation;  // the last one
  std::optional<PeriodSignature> review;
  std::optional<PeriodSignature> approval;
  std::optional<PeriodSignature> reopening;
  std::optional<absl::Time> close_time;
  std::optional<absl::Time> pay_time;
  std::string payment_reference;

  base::DayRange days() const { return {start_date, end_date}; }
};

std::string NameOf(const IncentivePeriod& period);

// BAD_RANGE.
void CheckPeriod(const IncentivePeriod& period, base::Violations* violations);

// The first of `others` that has a day in common with `period` and is not the same one; nullptr if
// there is none. Archived ones do not count, on either side.
const IncentivePeriod* FindOverlapping(const IncentivePeriod& period,
                                       const std::vector<IncentivePeriod>& others);

// FAILED_PRECONDITION: PERIOD_REVIEWED from its review on.
absl::Status MayCalculate(const IncentivePeriod& period);
// As MayCalculate. What was calculated before is no more.
absl::Status Calculated(IncentivePeriod& period, const PeriodCalculation& calculation);
// FAILED_PRECONDITION: NOT_CALCULATED, PERIOD_REVIEWED, SELF_REVIEW.
absl::Status Review(IncentivePeriod& period, const PeriodSignature& signature);
// FAILED_PRECONDITION: NOT_REVIEWED, PERIOD_APPROVED, SELF_APPROVAL, SAME_APPROVER.
absl::Status Approve(IncentivePeriod& period, const PeriodSignature& signature);
// FAILED_PRECONDITION: NOT_REVIEWED, PERIOD_CLOSED.
absl::Status Reopen(IncentivePeriod& period, const PeriodSignature& signature);
// One that is closed already stays as it is. FAILED_PRECONDITION: NOT_APPROVED.
absl::Status Close(IncentivePeriod& period, absl::Time now);
// One that is paid already stays as it is. FAILED_PRECONDITION: NOT_CLOSED.
absl::Status Pay(IncentivePeriod& period, const std::string& reference, absl::Time now);

}  // namespace salesops::performance::domain
