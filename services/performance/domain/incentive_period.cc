#include "services/performance/domain/incentive_period.h"

#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

constexpr int kMostDays = 400;

absl::Status Refused(const IncentivePeriod& period, const char* reason, const char* message) {
  return status::FailedPrecondition(reason, NameOf(period), message);
}

}  // namespace

std::string NameOf(const IncentivePeriod& period) {
  return absl::StrCat("incentivePlans/", period.plan_id, "/periods/", period.id);
}

void CheckPeriod(const IncentivePeriod& period, base::Violations* violations) {
  if (period.end_date <= period.start_date) {
    violations->Add("end_date", "BAD_RANGE", "must be after start_date");
  } else if (period.end_date - period.start_date > kMostDays) {
    violations->Add("end_date", "BAD_RANGE",
                    absl::StrCat("must be at most ", kMostDays, " days after start_date"));
  }
}

const IncentivePeriod* FindOverlapping(const IncentivePeriod& period,
                                       const std::vector<IncentivePeriod>& others) {
  if (period.meta.archive_time) return nullptr;
  for (const IncentivePeriod& other : others) {
    if (other.meta.archive_time || other.id == period.id || other.plan_id != period.plan_id) {
      continue;
    }
    if (other.start_date < period.end_date && period.start_date < other.end_date) return &other;
  }
  return nullptr;
}

absl::Status MayCalculate(const IncentivePeriod& period) {
  if (period.state >= PeriodState::kClosed) {
    return Refused(period, "PERIOD_REVIEWED", "it is closed; nothing of it changes any more");
  }
  if (period.state >= PeriodState::kReviewed) {
    return Refused(period, "PERIOD_REVIEWED", "it was reviewed; reopen it first");
  }
  return absl::OkStatus();
}

absl::Status Calculated(IncentivePeriod& period, const PeriodCalculation& calculation) {
  RETURN_IF_ERROR(MayCalculate(period));
  period.state = PeriodState::kCalculated;
  period.calculation = calculation;
  return absl::OkStatus();
}

absl::Status Review(IncentivePeriod& period, const PeriodSignature& signature) {
  if (period.state >= PeriodState::kReviewed) {
    return Refused(period, "PERIOD_REVIEWED", "it was reviewed already");
  }
  if (period.state < PeriodState::kCalculated) {
    return Refused(period, "NOT_CALCULATED", "nothing was calculated yet; calculate it first");
  }
  if (signature.signer == period.calculation->calculator) {
    return Refused(period, "SELF_REVIEW",
                   "whoever calculated it must not review it; ask somebody else");
  }
  period.state = PeriodState::kReviewed;
  period.review = signature;
  return absl::OkStatus();
}

absl::Status Approve(IncentivePeriod& period, const PeriodSignature& signature) {
  if (period.state >= PeriodState::kApproved) {
    return Refused(period, "PERIOD_APPROVED", "it was approved already");
  }
  if (period.state < PeriodState::kReviewed) {
    return Refused(period, "NOT_REVIEWED", "nobody reviewed it; have it reviewed first");
  }
  if (signature.signer == period.calculation->calculator) {
    return Refused(period, "SELF_APPROVAL",
                   "whoever calculated it must not approve it; ask somebody else");
  }
  if (signature.signer == period.review->signer) {
    return Refused(period, "SAME_APPROVER",
                   "whoever reviewed it must not approve it too; ask somebody else");
  }
  period.state = PeriodState::kApproved;
  period.approval = signature;
  return absl::OkStatus();
}

absl::Status Reopen(IncentivePeriod& period, const PeriodSignature& signature) {
  if (period.state >= PeriodState::kClosed) {
    return Refused(period, "PERIOD_CLOSED", "it is closed; nothing of it changes any more");
  }
  if (period.state < PeriodState::kReviewed) {
    return Refused(period, "NOT_REVIEWED", "it was not reviewed; calculate it again as it is");
  }
  period.state = PeriodState::kCalculated;
  period.review.reset();
  period.approval.reset();
  period.reopening = signature;
  return absl::OkStatus();
}

absl::Status Close(IncentivePeriod& period, absl::Time now) {
  if (period.state >= PeriodState::kClosed) return absl::OkStatus();
  if (period.state < PeriodState::kApproved) {
    return Refused(period, "NOT_APPROVED", "it is not approved; have it approved first");
  }
  period.state = PeriodState::kClosed;
  period.close_time = now;
  return absl::OkStatus();
}

absl::Status Pay(IncentivePeriod& period, const std::string& reference, absl::Time now) {
  if (period.state >= PeriodState::kPaid) return absl::OkStatus();
  if (period.state < PeriodState::kClosed) {
    return Refused(period, "NOT_CLOSED", "it is not closed; close it first");
  }
  period.state = PeriodState::kPaid;
  period.pay_time = now;
  period.payment_reference = reference;
  return absl::OkStatus();
}

}  // namespace salesops::performance::domain
