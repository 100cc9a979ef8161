#include "services/performance/domain/crediting_rule.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {

CreditingRule RuleOf(const CreditingRuleRecord& record) {
  CreditingRule rule;
  rule.name = "creditingRules/" + record.id;
  rule.days = record.days();
  rule.kinds = record.kinds;
  rule.match = record.match;
  rule.to = record.to;
  if (!record.seller_id.empty()) rule.seller = "sellers/" + record.seller_id;
  rule.share = record.share;
  rule.overlay = record.overlay;
  return rule;
}

void CheckLineMatch(const LineMatch& match, const std::string& prefix,
                    base::Violations* violations) {
  if (match.attribute.empty() && !match.attribute_values.empty()) {
    violations->Add(prefix + "attribute", "REQUIRED", "must say whose values they are");
  }
  if (!match.attribute.empty() && match.attribute_values.empty()) {
    violations->Add(prefix + "attribute_values", "REQUIRED",
                    "must name at least one value of the attribute");
  }
  if (match.discount_from && match.discount_to && *match.discount_to <= *match.discount_from) {
    violations->Add(prefix + "discount_to", "BAD_RANGE", "must be above discount_from");
  }
}

void CheckCreditingRule(const CreditingRuleRecord& record, base::Violations* violations) {
  if (record.days().IsEmpty()) {
    violations->Add("end_date", "BAD_RANGE", "must be after start_date");
  }
  if (record.to == CreditTo::kSeller && record.seller_id.empty()) {
    violations->Add("seller", "REQUIRED", "must say who is credited");
  }
  if (record.to != CreditTo::kSeller && !record.seller_id.empty()) {
    violations->Add("seller", "NOT_ALLOWED", "must be empty unless credit_to is CREDIT_TO_SELLER");
  }
  for (size_t i = 0; i < record.kinds.size(); ++i) {
    if (record.kinds[i] != FactKind::kUnset) continue;
    violations->Add(absl::StrCat("fact_kinds[", i, "]"), "REQUIRED", "must be a kind of facts");
  }
  CheckLineMatch(record.match, "match.", violations);
}

bool CountAlike(const CreditingRuleRecord& a, const CreditingRuleRecord& b) {
  return a.reason == b.reason && a.days() == b.days() && a.kinds == b.kinds && a.match == b.match &&
         a.to == b.to && a.seller_id == b.seller_id && a.share == b.share && a.overlay == b.overlay;
}

void Begin(CreditingRuleRecord& record, const std::string& author) {
  record.state = CreditingState::kDraft;
  record.approver.clear();
  record.approve_time.reset();
  record.approval_note.clear();
  const auto place = std::lower_bound(record.authors.begin(), record.authors.end(), author);
  if (place == record.authors.end() || *place != author) record.authors.insert(place, author);
}

void KeepLife(const CreditingRuleRecord& before, CreditingRuleRecord* record) {
  record->state = before.state;
  record->authors = before.authors;
  record->approver = before.approver;
  record->approve_time = before.approve_time;
  record->approval_note = before.approval_note;
}

absl::Status Approve(CreditingRuleRecord& record, const std::string& approver,
                     const std::string& note, absl::Time now) {
  if (record.state == CreditingState::kApproved) return absl::OkStatus();
  if (std::find(record.authors.begin(), record.authors.end(), approver) != record.authors.end()) {
    return status::FailedPrecondition("SELF_APPROVAL", "creditingRules/" + record.id,
                                      "somebody who did not write it must approve it");
  }
  record.state = CreditingState::kApproved;
  record.approver = approver;
  record.approve_time = now;
  record.approval_note = note;
  return absl::OkStatus();
}

}  // namespace salesops::performance::domain
