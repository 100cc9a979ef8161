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
  *proto->mutable_create_time() = ToTimestamp(t.meta.create_time);
}

void FromProto(const v1::StageTransition& proto, domain::StageTransition* t) {
  t->from_stage = proto.from_stage();
  t->to_stage = proto.to_stage();
  t->kind = static_cast<domain::TransitionKind>(proto.kind());
  t->transition_time = FromTimestamp(proto.transition_time());
  t->actor = proto.actor();
  t->reason = proto.reason();
}

}  // namespace salesops::pipeline::api
