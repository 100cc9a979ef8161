#include "services/performance/domain/incentive_plan.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

std::string NameOf(const IncentivePlanVersion& version) {
  return absl::StrCat("incentivePlans/", version.plan_id, "/versions/", version.id);
}

absl::Status Refuse(const IncentivePlanVersion& version, const char* reason,
                    const std::string& message) {
  return status::FailedPrecondition(reason, NameOf(version), message);
}

bool IsApproved(const IncentivePlanVersion& version) {
  return version.state >= PlanState::kApproved;
}

bool IsLinted(const IncentivePlanVersion& version) {
  return version.state == PlanState::kLinted || version.state == PlanState::kSimulated;
}

absl::Status RefuseApproved(const IncentivePlanVersion& version) {
  return Refuse(version, "VERSION_APPROVED",
                "an approved version never changes; create a new version");
}

// What approval waits for: the version was looked over and nothing that was found blocks.
absl::Status CheckLinted(const IncentivePlanVersion& version) {
  if (IsApproved(version)) return RefuseApproved(version);
  if (IsLinted(version)) return absl::OkStatus();
  const auto blocks = [](const Finding& finding) { return finding.blocks; };
  const auto blocking = std::find_if(version.findings.begin(), version.findings.end(), blocks);
  if (blocking == version.findings.end()) {
    return Refuse(version, "NOT_LINTED",
                  "it was not looked over since its last change; use the verb lint");
  }
  return Refuse(version, "NOT_LINTED",
                absl::StrCat("what was found blocks it, first of all ", blocking->field, ": ",
                             blocking->message, "; change it and lint it again"));
}

absl::Status CheckAcknowledged(const IncentivePlanVersion& version,
                               const std::vector<std::string>& acknowledged) {
  std::vector<status::Precondition> unmet;
  for (const Finding& finding : version.findings) {
    const std::string id = IdOf(finding);
    if (std::find(acknowledged.begin(), acknowledged.end(), id) != acknowledged.end()) continue;
    unmet.push_back(
        {"FINDINGS_NOT_ACKNOWLEDGED", absl::StrCat(id, " ", finding.field), finding.message});
  }
  if (unmet.empty()) return absl::OkStatus();
  return status::FailedPrecondition(
      "FINDINGS_NOT_ACKNOWLEDGED", NameOf(version),
      absl::StrCat(unmet.size(),
                   " findings are not named in acknowledged_findings; name the id of "
                   "each, or change the plan"),
      unmet);
}

// FNV-1a with 64 bits; a separator between the parts keeps "ab","c" from "a","bc".
class Fingerprint {
 public:
  void Add(const std::string& text) {
    for (const char c : text) AddByte(static_cast<unsigned char>(c));
    AddByte(0);
  }
  uint64_t value() const { return value_; }

 private:
  void AddByte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3; }
  uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

bool SaysTheSame(const IncentivePlanVersion& a, const IncentivePlanVersion& b) {
  return a.start_date == b.start_date && a.rules == b.rules && a.description == b.description &&
         a.external_keys == b.external_keys;
}

void Begin(IncentivePlanVersion& version, const std::string& author) {
  version.state = PlanState::kDraft;
  version.findings.clear();
  version.approvals.clear();
  version.lint_time.reset();
  version.simulate_time.reset();
  version.activate_time.reset();
  version.retire_time.reset();
  const auto place = std::lower_bound(version.authors.begin(), version.authors.end(), author);
  if (place == version.authors.end() || *place != author) version.authors.insert(place, author);
}

void KeepLife(const IncentivePlanVersion& before, IncentivePlanVersion* version) {
  version->state = before.state;
  version->authors = before.authors;
  version->findings = before.findings;
  version->lint_time = before.lint_time;
  version->approvals = before.approvals;
  version->simulate_time = before.simulate_time;
  version->activate_time = before.activate_time;
  version->retire_time = before.retire_time;
}

std::string IdOf(const Finding& finding) {
  Fingerprint fingerprint;
  fingerprint.Add(absl::StrCat(static_cast<int>(finding.kind), finding.blocks ? "!" : ""));
  fingerprint.Add(finding.field);
  fingerprint.Add(finding.message);
  return absl::StrFormat("%016x", fingerprint.value());
}

absl::Status Lint(IncentivePlanVersion& version, const std::vector<Finding>& findings,
                  absl::Time now) {
  if (IsApproved(version)) return RefuseApproved(version);
  if (version.lint_time && version.findings == findings) return absl::OkStatus();
  const bool blocked =
      std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.blocks; });
  version.findings = findings;
  version.lint_time = now;
  version.approvals.clear();
  version.simulate_time.reset();
  version.state = blocked ? PlanState::kDraft : PlanState::kLinted;
  return absl::OkStatus();
}

absl::Status Simulate(IncentivePlanVersion& version, absl::Time now) {
  RETURN_IF_ERROR(CheckLinted(version));
  version.state = PlanState::kSimulated;
  version.simulate_time = now;
  return absl::OkStatus();
}

absl::Status Approve(IncentivePlanVersion& version, const PlanApproval& approval,
                     const std::vector<std::string>& acknowledged) {
  RETURN_IF_ERROR(CheckLinted(version));
  const std::vector<std::string>& authors = version.authors;
  if (std::find(authors.begin(), authors.end(), approval.approver) != authors.end()) {
    return Refuse(version, "SELF_APPROVAL", "somebody who did not write it must approve it");
  }
  for (const PlanApproval& earlier : version.approvals) {
    if (earlier.approver != approval.approver) continue;
    return Refuse(version, "SAME_APPROVER",
                  "you approved it already; another person must approve it too");
  }
  RETURN_IF_ERROR(CheckAcknowledged(version, acknowledged));
  version.approvals.push_back(approval);
  if (version.approvals.size() >= kPlanApprovers) version.state = PlanState::kApproved;
  return absl::OkStatus();
}

absl::Status Activate(IncentivePlanVersion& version, absl::Time now) {
  if (version.state == PlanState::kActive) return absl::OkStatus();
  if (version.state == PlanState::kRetired) {
    return Refuse(version, "RETIRED", "it was retired for good; create a new version");
  }
  if (version.state != PlanState::kApproved) {
    return Refuse(version, "NOT_APPROVED", "two persons must approve it first");
  }
  version.state = PlanState::kActive;
  version.activate_time = now;
  return absl::OkStatus();
}

absl::Status Retire(IncentivePlanVersion& version, absl::Time now) {
  if (version.state == PlanState::kRetired) return absl::OkStatus();
  if (!IsApproved(version)) {
    return Refuse(version, "NOT_APPROVED",
                  "only an approved version can be retired; archive a draft instead");
  }
  version.state = PlanState::kRetired;
  version.retire_time = now;
  return absl::OkStatus();
}

}  // namespace salesops::performance::domain
