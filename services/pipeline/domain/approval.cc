#include "services/pipeline/domain/approval.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/pipeline/domain/deal_fields.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

absl::StatusOr<const ApprovalRule*> RuleOf(const SalesProcessVersion& process,
                                           const std::string& rule_id) {
  const ApprovalRule* rule = process.FindApprovalRule(rule_id);
  if (rule != nullptr) return rule;
  return status::InvalidField(
      "rule", "UNKNOWN_APPROVAL",
      absl::StrCat("must be an approval rule of the deal's process version; \"", rule_id,
                   "\" is none"));
}

Approval* Find(Opportunity& deal, const std::string& rule_id) {
  for (Approval& approval : deal.approvals) {
    if (approval.rule == rule_id) return &approval;
  }
  return nullptr;
}

absl::Status Refuse(const Opportunity& deal, const char* reason, const std::string& message) {
  return status::FailedPrecondition(reason, "opportunities/" + deal.id, message);
}

std::string Shown(const std::string& value) { return value.empty() ? "nothing" : value; }

}  // namespace

const Approval* FindApproval(const Opportunity& deal, const std::string& rule_id) {
  for (const Approval& approval : deal.approvals) {
    if (approval.rule == rule_id) return &approval;
  }
  return nullptr;
}

std::vector<std::string> ChangedBasis(const Approval& approval, const Opportunity& deal,
                                      const Account* account) {
  std::vector<std::string> changed;
  for (const auto& [field, value] : approval.basis) {
    const std::string now = TextOf(deal, account, field);
    if (now != value) {
      changed.push_back(absl::StrCat(field, " was ", Shown(value), ", is ", Shown(now)));
    }
  }
  return changed;
}

absl::Status RequestApproval(Opportunity& deal, const Account* account,
                             const SalesProcessVersion& process, const std::string& rule_id,
                             const Move& now) {
  ASSIGN_OR_RETURN(const ApprovalRule* rule, RuleOf(process, rule_id));
  RETURN_IF_ERROR(CheckOpen(deal));
  Approval request;
  request.rule = rule_id;
  request.requester = now.actor;
  request.request_time = now.time;
  request.request_note = now.reason;
  for (const std::string& field : rule->fields) {
    request.basis[field] = TextOf(deal, account, field);
  }
  if (Approval* earlier = Find(deal, rule_id)) {
    *earlier = request;
    return absl::OkStatus();
  }
  const auto place = std::find_if(deal.approvals.begin(), deal.approvals.end(),
                                  [&](const Approval& a) { return a.rule > rule_id; });
  deal.approvals.insert(place, request);
  return absl::OkStatus();
}

absl::Status DecideApproval(Opportunity& deal, const Account* account,
                            const SalesProcessVersion& process, const std::string& rule_id,
                            bool granted, const Move& now) {
  RETURN_IF_ERROR(RuleOf(process, rule_id).status());
  RETURN_IF_ERROR(CheckOpen(deal));
  Approval* approval = Find(deal, rule_id);
  if (approval == nullptr || approval->state != ApprovalState::kRequested) {
    return Refuse(deal, "NOT_REQUESTED",
                  absl::StrCat("nobody waits for a decision on \"", rule_id,
                               "\"; request it with the verb requestApproval"));
  }
  if (approval->requester == now.actor) {
    return Refuse(deal, "SELF_APPROVAL", "somebody else than who requested it must decide");
  }
  const std::vector<std::string> changed = ChangedBasis(*approval, deal, account);
  if (!changed.empty()) {
    return Refuse(deal, "APPROVAL_STALE",
                  absl::StrCat("it was requested for other values: ", absl::StrJoin(changed, "; "),
                               "; request it again"));
  }
  approval->state = granted ? ApprovalState::kGranted : ApprovalState::kRefused;
  approval->decider = now.actor;
  approval->decide_time = now.time;
  approval->decision_note = now.reason;
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::domain
