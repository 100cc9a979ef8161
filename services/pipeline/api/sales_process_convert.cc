#include "services/pipeline/api/sales_process_convert.h"

#include <algorithm>

#include "services/pipeline/api/opportunity_convert.h"
#include "shared/api/convert.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::Criterion;
using domain::ProcessRules;
using domain::Requirement;
using salesops::api::FromDuration;
using salesops::api::FromTimestamp;
using salesops::api::ToDuration;
using salesops::api::ToTimestamp;

void ToProto(const Criterion& c, v1::Criterion* proto) {
  proto->set_id(c.id);
  proto->set_message(c.message);
  proto->set_module(c.module);
  switch (c.requirement) {
    case Requirement::kField:
      proto->set_field(c.subject);
      break;
    case Requirement::kCondition:
      proto->set_condition(c.subject);
      break;
    case Requirement::kStep:
      proto->set_step(c.subject);
      break;
    case Requirement::kApproval:
      proto->set_approval(c.subject);
      break;
    case Requirement::kActivity: {
      v1::ActivityRequirement* activity = proto->mutable_activity();
      for (domain::ActivityKind kind : c.activity_kinds) {
        activity->add_kinds(static_cast<v1::Activity::Kind>(kind));
      }
      activity->set_min_count(c.min_count);
      activity->set_in_stage(c.in_stage);
      break;
    }
    case Requirement::kNone:
      break;
  }
}

Criterion FromProto(const v1::Criterion& proto) {
  Criterion c;
  c.id = proto.id();
  c.message = proto.message();
  c.module = proto.module();
  switch (proto.requirement_case()) {
    case v1::Criterion::kField:
      c.requirement = Requirement::kField;
      c.subject = proto.field();
      break;
    case v1::Criterion::kCondition:
      c.requirement = Requirement::kCondition;
      c.subject = proto.condition();
      break;
    case v1::Criterion::kStep:
      c.requirement = Requirement::kStep;
      c.subject = proto.step();
      break;
    case v1::Criterion::kApproval:
      c.requirement = Requirement::kApproval;
      c.subject = proto.approval();
      break;
    case v1::Criterion::kActivity:
      c.requirement = Requirement::kActivity;
      for (int kind : proto.activity().kinds()) {
        c.activity_kinds.push_back(static_cast<domain::ActivityKind>(kind));
      }
      c.min_count = std::max(1, proto.activity().min_count());
      c.in_stage = proto.activity().in_stage();
      break;
    case v1::Criterion::REQUIREMENT_NOT_SET:
      break;
  }
  return c;
}

void ToProto(const domain::Step& step, v1::Step* proto) {
  proto->set_id(step.id);
  proto->set_display_name(step.display_name);
  proto->set_instruction(step.instruction);
  proto->set_module(step.module);
  if (step.target_duration) *proto->mutable_target_duration() = ToDuration(*step.target_duration);
  proto->set_evidence_required(step.evidence_required);
}

domain::Step FromProto(const v1::Step& proto) {
  domain::Step step;
  step.id = proto.id();
  step.display_name = proto.display_name();
  step.instruction = proto.instruction();
  step.module = proto.module();
  if (proto.has_target_duration()) step.target_duration = FromDuration(proto.target_duration());
  step.evidence_required = proto.evidence_required();
  return step;
}

void ToProto(const domain::Stage& stage, v1::Stage* proto) {
  proto->set_id(stage.id);
  proto->set_display_name(stage.display_name);
  proto->set_kind(static_cast<v1::Stage::Kind>(stage.kind));
  proto->set_description(stage.description);
  proto->set_module(stage.module);
  if (stage.target_duration) *proto->mutable_target_duration() = ToDuration(*stage.target_duration);
  for (const domain::Step& step : stage.steps) ToProto(step, proto->add_steps());
  for (const Criterion& c : stage.entry_criteria) ToProto(c, proto->add_entry_criteria());
  for (const Criterion& c : stage.exit_criteria) ToProto(c, proto->add_exit_criteria());
}

domain::Stage FromProto(const v1::Stage& proto) {
  domain::Stage stage;
  stage.id = proto.id();
  stage.display_name = proto.display_name();
  stage.kind = static_cast<domain::StageKind>(proto.kind());
  stage.description = proto.description();
  stage.module = proto.module();
  if (proto.has_target_duration()) stage.target_duration = FromDuration(proto.target_duration());
  for (const v1::Step& step : proto.steps()) stage.steps.push_back(FromProto(step));
  for (const v1::Criterion& c : proto.entry_criteria()) {
    stage.entry_criteria.push_back(FromProto(c));
  }
  for (const v1::Criterion& c : proto.exit_criteria()) stage.exit_criteria.push_back(FromProto(c));
  return stage;
}

void ExtrasToProto(const ProcessRules& rules, const std::string& process_id,
                   v1::SalesProcessVersion* proto) {
  for (const domain::ProcessModule& module : rules.modules) {
    v1::ProcessModule* out = proto->add_modules();
    out->set_id(module.id);
    out->set_display_name(module.display_name);
    out->set_condition(module.condition);
  }
  for (const domain::ApprovalRule& rule : rules.approval_rules) {
    v1::ApprovalRule* out = proto->add_approval_rules();
    out->set_id(rule.id);
    out->set_display_name(rule.display_name);
    out->set_description(rule.description);
    out->set_permission(rule.permission);
    for (const std::string& field : rule.fields) out->add_fields(field);
  }
  for (const domain::VersionMapping& mapping : rules.mappings) {
    v1::VersionMapping* out = proto->add_mappings();
    out->set_from_version(VersionName(process_id, mapping.from_version_id));
    out->mutable_stages()->insert(mapping.stages.begin(), mapping.stages.end());
    out->mutable_steps()->insert(mapping.steps.begin(), mapping.steps.end());
  }
}

void ExtrasFromProto(const v1::SalesProcessVersion& proto, ProcessRules* rules) {
  for (const v1::ProcessModule& module : proto.modules()) {
    rules->modules.push_back({module.id(), module.display_name(), module.condition()});
  }
  for (const v1::ApprovalRule& rule : proto.approval_rules()) {
    rules->approval_rules.push_back({rule.id(),
                                     rule.display_name(),
                                     rule.description(),
                                     rule.permission(),
                                     {rule.fields().begin(), rule.fields().end()}});
  }
  for (const v1::VersionMapping& mapping : proto.mappings()) {
    domain::VersionMapping& out = rules->mappings.emplace_back();
    out.from_version_id = VersionIds(mapping.from_version()).second;
    out.stages.insert(mapping.stages().begin(), mapping.stages().end());
    out.steps.insert(mapping.steps().begin(), mapping.steps().end());
  }
}

}  // namespace

void ToProto(const domain::SalesProcess& process, v1::SalesProcess* proto) {
  proto->set_display_name(process.display_name);
  proto->set_description(process.description);
  if (!process.default_version_id.empty()) {
    proto->set_default_version(VersionName(process.id, process.default_version_id));
  }
  resource::ToProto(process.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::SalesProcess& proto, domain::SalesProcess* process) {
  process->display_name = proto.display_name();
  process->description = proto.description();
  process->default_version_id = VersionIds(proto.default_version()).second;
  process->external_keys = resource::FromProto(proto.external_keys());
}

void ToProto(const domain::SalesProcessVersion& version, v1::SalesProcessVersion* proto) {
  for (const domain::Stage& stage : version.rules.stages) ToProto(stage, proto->add_stages());
  ExtrasToProto(version.rules, version.process_id, proto);
  proto->set_state(static_cast<v1::SalesProcessVersion::State>(version.state));
  if (version.publish_time) *proto->mutable_publish_time() = ToTimestamp(*version.publish_time);
  if (version.retire_time) *proto->mutable_retire_time() = ToTimestamp(*version.retire_time);
  resource::ToProto(version.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::SalesProcessVersion& proto, domain::SalesProcessVersion* version) {
  for (const v1::Stage& stage : proto.stages()) version->rules.stages.push_back(FromProto(stage));
  ExtrasFromProto(proto, &version->rules);
  version->state = proto.state() == v1::SalesProcessVersion::STATE_UNSPECIFIED
                       ? domain::VersionState::kDraft
                       : static_cast<domain::VersionState>(proto.state());
  if (proto.has_publish_time()) version->publish_time = FromTimestamp(proto.publish_time());
  if (proto.has_retire_time()) version->retire_time = FromTimestamp(proto.retire_time());
  version->external_keys = resource::FromProto(proto.external_keys());
}

}  // namespace salesops::pipeline::api
