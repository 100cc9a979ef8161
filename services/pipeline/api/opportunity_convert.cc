#include "services/pipeline/api/opportunity_convert.h"

#include "absl/strings/str_cat.h"
#include "services/pipeline/api/deal_parts.h"
#include "shared/api/resource_name.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {

using resource::IdOf;
using resource::NameOf;
using salesops::api::FromDate;
using salesops::api::FromMoney;
using salesops::api::FromTimestamp;
using salesops::api::ToDate;
using salesops::api::ToMoney;
using salesops::api::ToTimestamp;

namespace {

void ToProto(const domain::StepCompletion& done, v1::StepCompletion* proto) {
  proto->set_step(done.step);
  proto->set_actor(done.actor);
  *proto->mutable_complete_time() = ToTimestamp(done.complete_time);
  proto->set_evidence(done.evidence);
}

void ToProto(const domain::Approval& approval, v1::Approval* proto) {
  proto->set_rule(approval.rule);
  proto->set_state(static_cast<v1::Approval::State>(approval.state));
  proto->set_requester(approval.requester);
  *proto->mutable_request_time() = ToTimestamp(approval.request_time);
  proto->set_request_note(approval.request_note);
  proto->set_decider(approval.decider);
  if (approval.decide_time) *proto->mutable_decide_time() = ToTimestamp(*approval.decide_time);
  proto->set_decision_note(approval.decision_note);
  proto->mutable_basis()->insert(approval.basis.begin(), approval.basis.end());
}

domain::Approval FromProto(const v1::Approval& proto) {
  domain::Approval approval;
  approval.rule = proto.rule();
  approval.state = static_cast<domain::ApprovalState>(proto.state());
  approval.requester = proto.requester();
  approval.request_time = FromTimestamp(proto.request_time());
  approval.request_note = proto.request_note();
  approval.decider = proto.decider();
  if (proto.has_decide_time()) approval.decide_time = FromTimestamp(proto.decide_time());
  approval.decision_note = proto.decision_note();
  approval.basis.insert(proto.basis().begin(), proto.basis().end());
  return approval;
}

}  // namespace

std::pair<std::string, std::string> VersionIds(const std::string& name) {
  static const auto* pattern =
      new salesops::api::NamePattern("salesProcesses/{sales_process}/versions/{version}");
  const auto ids = pattern->Parse(name);
  return ids ? std::make_pair((*ids)[0], (*ids)[1]) : std::pair<std::string, std::string>();
}

std::string VersionName(const std::string& process_id, const std::string& version_id) {
  if (process_id.empty()) return "";
  return absl::StrCat("salesProcesses/", process_id, "/versions/", version_id);
}

void ToProto(const domain::Opportunity& o, v1::Opportunity* proto) {
  proto->set_display_name(o.display_name);
  proto->set_account(NameOf("accounts", o.account_id));
  proto->set_owner(NameOf("sellers", o.owner_id));
  proto->set_process_version(VersionName(o.process_id, o.version_id));
  proto->set_stage(o.stage);
  proto->set_state(static_cast<v1::Opportunity::State>(o.state));
  if (o.amount) *proto->mutable_amount() = ToMoney(*o.amount);
  if (o.open_date != base::CivilDay()) *proto->mutable_open_date() = ToDate(o.open_date);
  if (o.expected_close_date) {
    *proto->mutable_expected_close_date() = ToDate(*o.expected_close_date);
  }
  if (o.close_date) *proto->mutable_close_date() = ToDate(*o.close_date);
  proto->set_source(o.source);
  proto->set_outcome_reason(o.outcome_reason);
  *proto->mutable_stage_entered_time() = ToTimestamp(o.stage_entered_time);
  resource::ToProto(o.external_keys, proto->mutable_external_keys());
  resource::ToProto(o.attributes, proto->mutable_attributes());
  for (const domain::StepCompletion& done : o.step_completions) {
    ToProto(done, proto->add_step_completions());
  }
  for (const domain::Approval& approval : o.approvals) ToProto(approval, proto->add_approvals());
  PartsToProto(o, proto);
}

void FromProto(const v1::Opportunity& proto, domain::Opportunity* o) {
  o->display_name = proto.display_name();
  o->account_id = IdOf(proto.account());
  o->owner_id = IdOf(proto.owner());
  std::tie(o->process_id, o->version_id) = VersionIds(proto.process_version());
  o->stage = proto.stage();
  o->state = proto.state() == v1::Opportunity::STATE_UNSPECIFIED
                 ? domain::OpportunityState::kOpen
                 : static_cast<domain::OpportunityState>(proto.state());
  if (proto.has_amount()) o->amount = FromMoney(proto.amount());
  if (proto.has_open_date()) o->open_date = FromDate(proto.open_date());
  if (proto.has_expected_close_date()) {
    o->expected_close_date = FromDate(proto.expected_close_date());
  }
  if (proto.has_close_date()) o->close_date = FromDate(proto.close_date());
  o->source = proto.source();
  o->outcome_reason = proto.outcome_reason();
  if (proto.has_stage_entered_time()) {
    o->stage_entered_time = FromTimestamp(proto.stage_entered_time());
  }
  o->external_keys = resource::FromProto(proto.external_keys());
  o->attributes = resource::FromProto(proto.attributes());
  for (const v1::StepCompletion& done : proto.step_completions()) {
    o->step_completions.push_back(
        {done.step(), done.actor(), FromTimestamp(done.complete_time()), done.evidence()});
  }
  for (const v1::Approval& approval : proto.approvals()) {
    o->approvals.push_back(FromProto(approval));
  }
  PartsFromProto(proto, o);
}

void ToProto(const domain::StageTransition& t, v1::StageTransition* proto) {
  proto->set_name(absl::StrCat("opportunities/", t.opportunity_id, "/transitions/", t.id));
  proto->set_from_stage(t.from_stage);
  proto->set_to_stage(t.to_stage);
  proto->set_kind(static_cast<v1::StageTransition::Kind>(t.kind));
  *proto->mutable_transition_time() = ToTimestamp(t.transition_time);
  proto->set_actor(t.actor);
  proto->set_reason(t.reason);
  proto->set_override_reason(t.override_reason);
  for (const std::string& criterion : t.unmet_criteria) proto->add_unmet_criteria(criterion);
  *proto->mutable_create_time() = ToTimestamp(t.meta.create_time);
}

void FromProto(const v1::StageTransition& proto, domain::StageTransition* t) {
  t->from_stage = proto.from_stage();
  t->to_stage = proto.to_stage();
  t->kind = static_cast<domain::TransitionKind>(proto.kind());
  t->transition_time = FromTimestamp(proto.transition_time());
  t->actor = proto.actor();
  t->reason = proto.reason();
  t->override_reason = proto.override_reason();
  t->unmet_criteria = {proto.unmet_criteria().begin(), proto.unmet_criteria().end()};
}

}  // namespace salesops::pipeline::api
