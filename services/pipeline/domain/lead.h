#pragma once

// Leads (线索): somebody who may want to buy, and how that is decided.
//
// The rules change the lead, or return the precondition that is not met and leave it as it was.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

enum class LeadState : int { kUnspecified = 0, kOpen = 1, kQualified = 2, kDisqualified = 3 };

// How it was decided; empty while the lead is open.
struct LeadOutcome {
  LeadState state = LeadState::kOpen;
  std::string reason;
  std::optional<absl::Time> time;
  std::string account_id;      // of a qualified one
  std::string contact_id;      // empty = none
  std::string opportunity_id;  // empty = none
};

struct Lead {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string company;
  std::string contact_display_name;
  std::string phone;  // personal
  std::string email;  // personal
  std::string need;
  std::string source;
  std::string campaign;
  std::string owner_id;  // seller; empty = nobody
  LeadOutcome outcome;
  std::vector<base::ExternalKey> external_keys;
  base::Attributes attributes;
  std::optional<absl::Time> erase_time;  // of who it is; nullopt = it was not
};

// FAILED_PRECONDITION, reason NOT_OPEN.
absl::Status CheckOpen(const Lead& lead);
absl::Status Qualify(Lead& lead, const std::string& account_id, const std::string& contact_id,
                     const std::string& opportunity_id, const std::string& reason, absl::Time time);
absl::Status Disqualify(Lead& lead, const std::string& reason, absl::Time time);
// FAILED_PRECONDITION, reasons ALREADY_OPEN and ALREADY_QUALIFIED.
absl::Status Reopen(Lead& lead);

}  // namespace salesops::pipeline::domain
