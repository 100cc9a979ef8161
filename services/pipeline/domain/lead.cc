#include "services/pipeline/domain/lead.h"

#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

absl::Status Refuse(const Lead& lead, const char* reason, const char* message) {
  return status::FailedPrecondition(reason, "leads/" + lead.id, message);
}

}  // namespace

absl::Status CheckOpen(const Lead& lead) {
  switch (lead.outcome.state) {
    case LeadState::kQualified:
      return Refuse(lead, "NOT_OPEN", "it is qualified; go on with what it was qualified into");
    case LeadState::kDisqualified:
      return Refuse(lead, "NOT_OPEN", "it is disqualified; reopen it first");
    default:
      return absl::OkStatus();
  }
}

absl::Status Qualify(Lead& lead, const std::string& account_id, const std::string& contact_id,
                     const std::string& opportunity_id, const std::string& reason,
                     absl::Time time) {
  RETURN_IF_ERROR(CheckOpen(lead));
  lead.outcome = {LeadState::kQualified, reason, time, account_id, contact_id, opportunity_id};
  return absl::OkStatus();
}

absl::Status Disqualify(Lead& lead, const std::string& reason, absl::Time time) {
  RETURN_IF_ERROR(CheckOpen(lead));
  lead.outcome = {LeadState::kDisqualified, reason, time, "", "", ""};
  return absl::OkStatus();
}

absl::Status Reopen(Lead& lead) {
  switch (lead.outcome.state) {
    case LeadState::kOpen:
      return Refuse(lead, "ALREADY_OPEN",
                    "it is open already; only a disqualified lead is reopened");
    case LeadState::kQualified:
      return Refuse(
          lead, "ALREADY_QUALIFIED",
          "a qualified lead is not reopened, as others go on with what it was qualified into");
    default:
      lead.outcome = LeadOutcome();
      return absl::OkStatus();
  }
}

}  // namespace salesops::pipeline::domain
