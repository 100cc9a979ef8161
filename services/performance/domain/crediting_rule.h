#pragma once

// Crediting rules (业绩归属规则) as records: a rule of incentives/crediting.h, why there is one,
// and who approved it. One that nobody approved does not count.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/performance/domain/incentives/crediting.h"
#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::performance::domain {

enum class CreditingState : int { kUnspecified = 0, kDraft = 1, kApproved = 2 };

struct CreditingRuleRecord {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string reason;
  base::CivilDay start_date;
  std::optional<base::CivilDay> end_date;
  std::vector<FactKind> kinds;  // empty = all
  LineMatch match;
  CreditTo to = CreditTo::kUnset;
  std::string seller_id;  // of kSeller
  base::Decimal share;
  bool overlay = false;
  std::vector<base::ExternalKey> external_keys;

  CreditingState state = CreditingState::kDraft;
  std::vector<std::string> authors;  // everybody who created or changed it, sorted
  std::string approver;
  std::optional<absl::Time> approve_time;
  std::string approval_note;

  base::DayRange days() const { return {start_date, end_date}; }
};

// The rule as crediting takes it.
CreditingRule RuleOf(const CreditingRuleRecord& record);

// BAD_RANGE of days and discounts, REQUIRED and NOT_ALLOWED of the seller, REQUIRED of a kind, an
// attribute or its values.
void CheckCreditingRule(const CreditingRuleRecord& record, base::Violations* violations);
// The same for the lines that any rule is for; fields begin with `prefix`, such as "match.".
void CheckLineMatch(const LineMatch& match, const std::string& prefix,
                    base::Violations* violations);

// Whether two records count alike, so that an approval of one holds for the other.
bool CountAlike(const CreditingRuleRecord& a, const CreditingRuleRecord& b);

// It awaits approval. `author` is added to those of before.
void Begin(CreditingRuleRecord& record, const std::string& author);
// Puts everything that only approval moves to what it was in `before`.
void KeepLife(const CreditingRuleRecord& before, CreditingRuleRecord* record);
// One that is approved already stays as it is. FAILED_PRECONDITION: SELF_APPROVAL.
absl::Status Approve(CreditingRuleRecord& record, const std::string& approver,
                     const std::string& note, absl::Time now);

}  // namespace salesops::performance::domain
