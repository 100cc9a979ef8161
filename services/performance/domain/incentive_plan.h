#pragma once

// Incentive plans (激励方案) and their versions: what a version goes through until people are paid
// by it.
//
//   draft -> linted -> (simulated) -> approved by two persons -> active -> retired
//
// A change of what a version says makes it a draft again; from its approval on nothing changes it.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/performance/domain/incentives/plan.h"
#include "services/performance/domain/incentives/plan_linter.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/records/meta.h"

namespace salesops::performance::domain {

struct IncentivePlan {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  std::vector<base::ExternalKey> external_keys;
};

enum class PlanState : int {
  kUnspecified = 0,
  kDraft = 1,
  kLinted = 2,
  kSimulated = 3,
  kApproved = 4,
  kActive = 5,
  kRetired = 6,
};

struct PlanApproval {
  std::string approver;  // "user:alice"
  absl::Time approve_time;
  std::string note;
  friend bool operator==(const PlanApproval&, const PlanApproval&) = default;
};

// Persons who must approve a version, none of whom wrote it.
inline constexpr int kPlanApprovers = 2;

struct IncentivePlanVersion {
  std::string plan_id;
  std::string id;
  records::Meta meta;

  base::CivilDay start_date;
  PlanRules rules;
  std::string description;
  std::vector<base::ExternalKey> external_keys;

  PlanState state = PlanState::kDraft;
  std::vector<std::string> authors;  // everybody who created or changed it, sorted
  std::vector<Finding> findings;     // of the last look
  std::optional<absl::Time> lint_time;
  std::vector<PlanApproval> approvals;
  std::optional<absl::Time> simulate_time;
  std::optional<absl::Time> activate_time;
  std::optional<absl::Time> retire_time;
};

// Whether two versions say the same, whatever became of them.
bool SaysTheSame(const IncentivePlanVersion& a, const IncentivePlanVersion& b);

// It begins, or begins anew: a draft without findings and approvals. `author` is added to those of
// before.
void Begin(IncentivePlanVersion& version, const std::string& author);
// Puts everything that only verbs move to what it was in `before`.
void KeepLife(const IncentivePlanVersion& before, IncentivePlanVersion* version);

// 16 hexadecimal digits made of all of a finding: equal findings have equal ids.
std::string IdOf(const Finding& finding);

// Notes what was found: a draft again if any of it blocks, else linted. What was found before and
// stands for a version that is linted changes nothing. FAILED_PRECONDITION: VERSION_APPROVED.
absl::Status Lint(IncentivePlanVersion& version, const std::vector<Finding>& findings,
                  absl::Time now);
// Notes that it was calculated what it would have paid. FAILED_PRECONDITION: NOT_LINTED,
// VERSION_APPROVED.
absl::Status Simulate(IncentivePlanVersion& version, absl::Time now);
// Adds the approval of one person, who has seen the findings with the given ids.
// FAILED_PRECONDITION: NOT_LINTED, VERSION_APPROVED, SELF_APPROVAL, SAME_APPROVER,
// FINDINGS_NOT_ACKNOWLEDGED.
absl::Status Approve(IncentivePlanVersion& version, const PlanApproval& approval,
                     const std::vector<std::string>& acknowledged);
// One that is active already stays as it is. FAILED_PRECONDITION: NOT_APPROVED, RETIRED.
absl::Status Activate(IncentivePlanVersion& version, absl::Time now);
// One that is retired already stays as it is. FAILED_PRECONDITION: NOT_APPROVED.
absl::Status Retire(IncentivePlanVersion& version, absl::Time now);

}  // namespace salesops::performance::domain
