#include "services/pipeline/domain/sales_process.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/pipeline/domain/deal_fields.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

template <class List>
auto FindById(const List& list, const std::string& id) {
  return std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.id == id; });
}

absl::Status Refuse(const SalesProcessVersion& version, const char* reason, const char* message) {
  return status::FailedPrecondition(
      reason, absl::StrCat("salesProcesses/", version.process_id, "/versions/", version.id),
      message);
}

std::string At(const std::string& list, size_t i) { return absl::StrCat(list, "[", i, "]"); }

// Checks the rules of one version and collects every violation.
class RulesCheck {
 public:
  RulesCheck(const ProcessRules& rules, const ConditionFault& fault, base::Violations* violations)
      : rules_(rules), fault_(fault), violations_(violations) {}

  void Run() {
    CheckModules();
    CheckApprovalRules();
    CheckOrder();
    std::set<std::string> stage_ids, step_ids;
    for (size_t i = 0; i < rules_.stages.size(); ++i) {
      const std::string field = At("stages", i);
      CheckId(rules_.stages[i].id, field, &stage_ids);
      CheckStage(rules_.stages[i], field, &step_ids);
    }
    CheckMappings();
  }

 private:
  void Add(const std::string& field, const char* reason, const std::string& message) {
    violations_->Add(field, reason, message);
  }
  void CheckId(const std::string& id, const std::string& field, std::set<std::string>* ids) {
    if (!ids->insert(id).second) {
      Add(field + ".id", "NOT_UNIQUE", "stands twice in this version; choose another id");
    }
  }
  void CheckModule(const std::string& module, const std::string& field) {
    if (module.empty() || FindById(rules_.modules, module) != rules_.modules.end()) return;
    Add(field + ".module", "UNKNOWN_MODULE",
        absl::StrCat("must be declared in `modules`; \"", module, "\" is not"));
  }
  void CheckCondition(const std::string& condition, const std::string& field) {
    const std::string fault = fault_(condition);
    if (!fault.empty()) Add(field, "BAD_CONDITION", fault);
  }
  void CheckField(const std::string& name, const std::string& field) {
    if (IsDealField(name)) return;
    Add(field, "UNKNOWN_FIELD",
        absl::StrCat("is \"", name, "\", which cannot be asked for; ", DealFieldsInWords()));
  }
  void CheckTarget(const std::optional<absl::Duration>& target, const std::string& field) {
    if (target && *target <= absl::ZeroDuration()) {
      Add(field + ".target_duration", "OUT_OF_RANGE", "must be above zero");
    }
  }

  void CheckModules() {
    std::set<std::string> ids;
    for (size_t i = 0; i < rules_.modules.size(); ++i) {
      const std::string field = At("modules", i);
      CheckId(rules_.modules[i].id, field, &ids);
      CheckCondition(rules_.modules[i].condition, field + ".condition");
    }
  }

  void CheckApprovalRules() {
    std::set<std::string> ids;
    for (size_t i = 0; i < rules_.approval_rules.size(); ++i) {
      const std::string field = At("approval_rules", i);
      const ApprovalRule& rule = rules_.approval_rules[i];
      CheckId(rule.id, field, &ids);
      for (size_t k = 0; k < rule.fields.size(); ++k) {
        CheckField(rule.fields[k], field + "." + At("fields", k));
      }
    }
  }

  void CheckOrder() {
    int open = 0, won = 0, lost = 0;
    for (size_t i = 0; i < rules_.stages.size(); ++i) {
      const StageKind kind = rules_.stages[i].kind;
      if (kind == StageKind::kOpen) {
        if (open == 0 && !rules_.stages[i].module.empty()) {
          Add(At("stages", i) + ".module", "FIRST_STAGE",
              "must be empty: every deal begins in the first open stage");
        }
        ++open;
        if (won + lost > 0) {
          Add(At("stages", i) + ".kind", "WRONG_ORDER",
              "must not be open after a won or lost stage; open stages come first");
        }
      }
      won += kind == StageKind::kWon ? 1 : 0;
      lost += kind == StageKind::kLost ? 1 : 0;
    }
    if (open == 0) Add("stages", "NO_OPEN_STAGE", "needs at least one open stage");
    if (won != 1) Add("stages", "NOT_ONE_WON_STAGE", "needs exactly one won stage");
    if (lost != 1) Add("stages", "NOT_ONE_LOST_STAGE", "needs exactly one lost stage");
  }

  void CheckStage(const Stage& stage, const std::string& field, std::set<std::string>* step_ids) {
    CheckModule(stage.module, field);
    CheckTarget(stage.target_duration, field);
    for (size_t i = 0; i < stage.steps.size(); ++i) {
      const std::string step_field = field + "." + At("steps", i);
      CheckId(stage.steps[i].id, step_field, step_ids);
      CheckModule(stage.steps[i].module, step_field);
      CheckTarget(stage.steps[i].target_duration, step_field);
    }
    CheckCriteria(stage.entry_criteria, field + ".entry_criteria");
    CheckCriteria(stage.exit_criteria, field + ".exit_criteria");
    if (stage.kind == StageKind::kOpen || stage.kind == StageKind::kUnspecified) return;
    if (!stage.module.empty()) {
      Add(field + ".module", "CLOSED_STAGE", "must be empty: every deal may be won or lost");
    }
    if (!stage.exit_criteria.empty()) {
      Add(field + ".exit_criteria", "CLOSED_STAGE", "must be empty: no gate leads out of it");
    }
  }

  void CheckCriteria(const std::vector<Criterion>& criteria, const std::string& list) {
    std::set<std::string> ids;
    for (size_t i = 0; i < criteria.size(); ++i) {
      const Criterion& c = criteria[i];
      const std::string field = At(list, i);
      if (!ids.insert(c.id).second) {
        Add(field + ".id", "NOT_UNIQUE", "stands twice in this gate; choose another id");
      }
      CheckModule(c.module, field);
      switch (c.requirement) {
        case Requirement::kNone:
          Add(field, "REQUIRED",
              "must ask for a field, a condition, a step, an approval or activities");
          break;
        case Requirement::kActivity:
          break;  // the contract says all there is to say
        case Requirement::kField:
          CheckField(c.subject, field + ".field");
          break;
        case Requirement::kCondition:
          CheckCondition(c.subject, field + ".condition");
          break;
        case Requirement::kStep:
          if (std::none_of(rules_.stages.begin(), rules_.stages.end(), [&](const Stage& s) {
                return FindById(s.steps, c.subject) != s.steps.end();
              })) {
            Add(field + ".step", "UNKNOWN_STEP",
                absl::StrCat("must be a step of a stage of this version; \"", c.subject,
                             "\" is none"));
          }
          break;
        case Requirement::kApproval:
          if (FindById(rules_.approval_rules, c.subject) == rules_.approval_rules.end()) {
            Add(field + ".approval", "UNKNOWN_APPROVAL",
                absl::StrCat("must be declared in `approval_rules`; \"", c.subject, "\" is not"));
          }
          break;
      }
    }
  }

  void CheckMappings() {
    std::set<std::string> from;
    for (size_t i = 0; i < rules_.mappings.size(); ++i) {
      const VersionMapping& mapping = rules_.mappings[i];
      const std::string field = At("mappings", i);
      if (!from.insert(mapping.from_version_id).second) {
        Add(field + ".from_version", "NOT_UNIQUE", "has two mappings; give it one");
      }
      for (const auto& [there, here] : mapping.stages) {
        const auto stage = FindById(rules_.stages, here);
        if (stage == rules_.stages.end() || stage->kind != StageKind::kOpen) {
          Add(absl::StrCat(field, ".stages[\"", there, "\"]"), "UNKNOWN_STAGE",
              absl::StrCat("must be an open stage of this version; \"", here, "\" is none"));
        }
      }
      for (const auto& [there, here] : mapping.steps) {
        if (std::none_of(rules_.stages.begin(), rules_.stages.end(), [&](const Stage& s) {
              return FindById(s.steps, here) != s.steps.end();
            })) {
          Add(absl::StrCat(field, ".steps[\"", there, "\"]"), "UNKNOWN_STEP",
              absl::StrCat("must be a step of a stage of this version; \"", here, "\" is none"));
        }
      }
    }
  }

  const ProcessRules& rules_;
  const ConditionFault& fault_;
  base::Violations* const violations_;
};

}  // namespace

int SalesProcessVersion::IndexOf(const std::string& stage_id) const {
  const auto found = FindById(rules.stages, stage_id);
  return found == rules.stages.end() ? -1 : static_cast<int>(found - rules.stages.begin());
}

const Stage* SalesProcessVersion::Find(const std::string& stage_id) const {
  const int index = IndexOf(stage_id);
  return index < 0 ? nullptr : &rules.stages[index];
}

const Stage* SalesProcessVersion::First(StageKind kind) const {
  for (const Stage& stage : rules.stages) {
    if (stage.kind == kind) return &stage;
  }
  return nullptr;
}

const Step* SalesProcessVersion::FindStep(const std::string& step_id) const {
  for (const Stage& stage : rules.stages) {
    const auto step = FindById(stage.steps, step_id);
    if (step != stage.steps.end()) return &*step;
  }
  return nullptr;
}

const ApprovalRule* SalesProcessVersion::FindApprovalRule(const std::string& rule_id) const {
  const auto rule = FindById(rules.approval_rules, rule_id);
  return rule == rules.approval_rules.end() ? nullptr : &*rule;
}

VersionMapping SalesProcessVersion::MappingFrom(const std::string& version_id) const {
  for (const VersionMapping& mapping : rules.mappings) {
    if (mapping.from_version_id == version_id) return mapping;
  }
  VersionMapping none;
  none.from_version_id = version_id;
  return none;
}

absl::Status Publish(SalesProcessVersion& version, absl::Time now) {
  if (version.state == VersionState::kPublished) return absl::OkStatus();
  if (version.state == VersionState::kRetired) {
    return Refuse(version, "RETIRED", "it is retired; create a new version from it");
  }
  version.state = VersionState::kPublished;
  version.publish_time = now;
  return absl::OkStatus();
}

absl::Status Retire(SalesProcessVersion& version, absl::Time now) {
  if (version.state == VersionState::kRetired) return absl::OkStatus();
  if (version.state != VersionState::kPublished) {
    return Refuse(version, "NOT_PUBLISHED", "it is a draft; publish it first");
  }
  version.state = VersionState::kRetired;
  version.retire_time = now;
  return absl::OkStatus();
}

void CheckRules(const ProcessRules& rules, const ConditionFault& fault,
                base::Violations* violations) {
  RulesCheck(rules, fault, violations).Run();
}

}  // namespace salesops::pipeline::domain
