#pragma once

// Approvals of a deal: requested by one person, granted or refused by another. An approval is about
// values (its basis): when one of them changes, it counts no more.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/pipeline/domain/account.h"
#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::domain {

// The latest request of a rule; nullptr: none.
const Approval* FindApproval(const Opportunity& deal, const std::string& rule_id);

// What changed since it was requested, such as "amount was CNY 100.00, is CNY 90.00".
std::vector<std::string> ChangedBasis(const Approval& approval, const Opportunity& deal,
                                      const Account* account);

// INVALID_ARGUMENT: UNKNOWN_APPROVAL. FAILED_PRECONDITION: NOT_OPEN.
absl::Status RequestApproval(Opportunity& deal, const Account* account,
                             const SalesProcessVersion& process, const std::string& rule_id,
                             const Move& now);

// INVALID_ARGUMENT: UNKNOWN_APPROVAL. FAILED_PRECONDITION: NOT_OPEN, NOT_REQUESTED, SELF_APPROVAL,
// APPROVAL_STALE.
absl::Status DecideApproval(Opportunity& deal, const Account* account,
                            const SalesProcessVersion& process, const std::string& rule_id,
                            bool granted, const Move& now);

}  // namespace salesops::pipeline::domain
