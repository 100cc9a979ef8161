#pragma once

// Sales processes (销售流程): versioned lists of stages that deals go through, with what a deal
// must show to pass each of them and the elastic modules (弹性模块) that only some deals follow.
//
// Thread-safety: values and pure functions.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/pipeline/domain/activity.h"
#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

struct SalesProcess {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  std::string default_version_id;  // newest published one; empty = none yet
  std::vector<base::ExternalKey> external_keys;
};

enum class StageKind : int { kUnspecified = 0, kOpen = 1, kWon = 2, kLost = 3 };

// What a criterion asks for.
enum class Requirement : int {
  kNone = 0,
  kField = 1,
  kCondition = 2,
  kStep = 3,
  kApproval = 4,
  kActivity = 5
};

// One thing that a deal must show at a gate.
struct Criterion {
  std::string id;
  std::string message;  // empty = made of what is asked
  std::string module;   // empty = of every deal
  Requirement requirement = Requirement::kNone;
  std::string subject;  // the field, the condition, or the id of the step or approval rule
  // Of kActivity:
  std::vector<ActivityKind> activity_kinds;  // empty = all
  int min_count = 1;
  bool in_stage = false;  // only those since the deal entered its stage
  friend bool operator==(const Criterion&, const Criterion&) = default;
};

// One step of a stage's checklist (SOP 步骤).
struct Step {
  std::string id;
  std::string display_name;
  std::string instruction;
  std::string module;
  std::optional<absl::Duration> target_duration;  // since the deal entered the stage
  bool evidence_required = false;
  friend bool operator==(const Step&, const Step&) = default;
};

struct Stage {
  std::string id;
  std::string display_name;
  StageKind kind = StageKind::kUnspecified;
  std::string description;
  std::string module;
  std::optional<absl::Duration> target_duration;
  std::vector<Step> steps;
  std::vector<Criterion> entry_criteria;
  std::vector<Criterion> exit_criteria;
  friend bool operator==(const Stage&, const Stage&) = default;
};

struct ProcessModule {
  std::string id;
  std::string display_name;
  std::string condition;  // over a deal and its account; see deal_fields.h
  friend bool operator==(const ProcessModule&, const ProcessModule&) = default;
};

struct ApprovalRule {
  std::string id;
  std::string display_name;
  std::string description;
  std::string permission;           // that the decider needs besides the method's; may be empty
  std::vector<std::string> fields;  // what it is about; see deal_fields.h
  friend bool operator==(const ApprovalRule&, const ApprovalRule&) = default;
};

// Where the deals of another version of the same process go.
struct VersionMapping {
  std::string from_version_id;
  std::map<std::string, std::string> stages;  // there to here; others keep their id
  std::map<std::string, std::string> steps;
  friend bool operator==(const VersionMapping&, const VersionMapping&) = default;
};

// Everything of a version that a draft may change and a published one never does.
struct ProcessRules {
  std::vector<Stage> stages;
  std::vector<ProcessModule> modules;
  std::vector<ApprovalRule> approval_rules;
  std::vector<VersionMapping> mappings;
  friend bool operator==(const ProcessRules&, const ProcessRules&) = default;
};

enum class VersionState : int { kUnspecified = 0, kDraft = 1, kPublished = 2, kRetired = 3 };

struct SalesProcessVersion {
  std::string process_id;
  std::string id;
  records::Meta meta;

  ProcessRules rules;
  VersionState state = VersionState::kDraft;
  std::optional<absl::Time> publish_time;
  std::optional<absl::Time> retire_time;
  std::vector<base::ExternalKey> external_keys;

  // The stage's place in the stages, or -1.
  int IndexOf(const std::string& stage_id) const;
  const Stage* Find(const std::string& stage_id) const;
  // The first stage of a kind; a version that passed CheckRules has one of each.
  const Stage* First(StageKind kind) const;
  const Step* FindStep(const std::string& step_id) const;
  const ApprovalRule* FindApprovalRule(const std::string& rule_id) const;
  // The mapping of the deals of another version; an empty one if none is declared.
  VersionMapping MappingFrom(const std::string& version_id) const;
};

// A draft becomes published; one that is published already stays as it is. FAILED_PRECONDITION,
// reason RETIRED.
absl::Status Publish(SalesProcessVersion& version, absl::Time now);
// A published one becomes retired; one that is retired already stays as it is. FAILED_PRECONDITION,
// reason NOT_PUBLISHED.
absl::Status Retire(SalesProcessVersion& version, absl::Time now);

// What is wrong with a condition, for people; empty = nothing. Its language is that of filters.
using ConditionFault = std::function<std::string(const std::string& condition)>;

// At least one open stage, the first of them for every deal, then exactly one won and one lost; no
// id twice; every module, step, approval rule, field and stage that is named exists.
void CheckRules(const ProcessRules& rules, const ConditionFault& fault,
                base::Violations* violations);

}  // namespace salesops::pipeline::domain
