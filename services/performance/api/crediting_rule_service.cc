#include "services/performance/api/crediting_rule_service.h"

#include <string>
#include <vector>

#include "services/performance/api/plan_convert.h"
#include "services/performance/api/references.h"
#include "services/performance/store/crediting_rule_store.h"
#include "shared/api/convert.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"

namespace salesops::performance::api {
namespace {

using domain::CreditingRuleRecord;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using resource::Write;

void RuleToProto(const CreditingRuleRecord& rule, v1::CreditingRule* proto) {
  proto->set_display_name(rule.display_name);
  proto->set_reason(rule.reason);
  *proto->mutable_start_date() = salesops::api::ToDate(rule.start_date);
  if (rule.end_date) *proto->mutable_end_date() = salesops::api::ToDate(*rule.end_date);
  for (const domain::FactKind kind : rule.kinds) {
    proto->add_fact_kinds(static_cast<v1::FactKind>(kind));
  }
  if (rule.match != domain::LineMatch()) ToProto(rule.match, proto->mutable_match());
  proto->set_credit_to(static_cast<v1::CreditingRule::CreditTo>(rule.to));
  proto->set_seller(NameOf("sellers", rule.seller_id));
  *proto->mutable_share() = salesops::api::ToDecimal(rule.share);
  proto->set_overlay(rule.overlay);
  proto->set_state(static_cast<v1::CreditingRule::State>(rule.state));
  for (const std::string& author : rule.authors) proto->add_authors(author);
  proto->set_approver(rule.approver);
  if (rule.approve_time) {
    *proto->mutable_approve_time() = salesops::api::ToTimestamp(*rule.approve_time);
  }
  proto->set_approval_note(rule.approval_note);
  resource::ToProto(rule.external_keys, proto->mutable_external_keys());
}

void RuleFromProto(const v1::CreditingRule& proto, CreditingRuleRecord* rule) {
  rule->display_name = proto.display_name();
  rule->reason = proto.reason();
  rule->start_date = salesops::api::FromDate(proto.start_date());
  if (proto.has_end_date()) rule->end_date = salesops::api::FromDate(proto.end_date());
  for (const int kind : proto.fact_kinds()) {
    rule->kinds.push_back(static_cast<domain::FactKind>(kind));
  }
  rule->match = FromProto(proto.match());
  rule->to = static_cast<domain::CreditTo>(proto.credit_to());
  rule->seller_id = IdOf(proto.seller());
  rule->share = salesops::api::FromDecimal(proto.share());
  rule->overlay = proto.overlay();
  rule->state = proto.state() == v1::CreditingRule::STATE_UNSPECIFIED
                    ? domain::CreditingState::kDraft
                    : static_cast<domain::CreditingState>(proto.state());
  rule->authors.assign(proto.authors().begin(), proto.authors().end());
  rule->approver = proto.approver();
  if (proto.has_approve_time()) {
    rule->approve_time = salesops::api::FromTimestamp(proto.approve_time());
  }
  rule->approval_note = proto.approval_note();
  rule->external_keys = resource::FromProto(proto.external_keys());
}

void CheckSeller(const roster::Roster& roster, const Changed<CreditingRuleRecord>& change) {
  const std::string& seller = change.after->seller_id;
  if (change.before != nullptr && change.before->seller_id == seller) return;
  CheckPayee(roster, NameOf("sellers", seller), "seller", change.violations);
}

void CheckRules(const roster::Roster& roster, const std::string& author,
                std::vector<Changed<CreditingRuleRecord>>& changes) {
  for (auto& change : changes) {
    if (change.before == nullptr) {
      change.after->authors.clear();
      domain::Begin(*change.after, author);
    } else if (change.write->verb == "Updated") {
      // An imported row may say how far its rule was where it comes from.
      domain::KeepLife(*change.before, change.after);
      if (!domain::CountAlike(*change.before, *change.after)) {
        domain::Begin(*change.after, author);
      }
    }
    domain::CheckCreditingRule(*change.after, change.violations);
    CheckSeller(roster, change);
  }
}

resource::Kind<v1::CreditingRule, CreditingRuleRecord> RuleKind(const roster::Roster* roster) {
  resource::Kind<v1::CreditingRule, CreditingRuleRecord> kind;
  kind.table = &store::CreditingRules();
  kind.to_proto = RuleToProto;
  kind.from_proto = RuleFromProto;
  kind.check = [roster](rpc::CallContext& ctx, mysql::Transaction&,
                        std::vector<Changed<CreditingRuleRecord>>& changes) {
    CheckRules(*roster, ctx.principal().ToString(), changes);
    return absl::OkStatus();
  };
  return kind;
}

}  // namespace

CreditingRuleService::CreditingRuleService(const resource::Environment& environment,
                                           const roster::Roster* roster)
    : rules_(environment, RuleKind(roster)) {}

rpc::Binding CreditingRuleService::Bind() {
  rpc::Binding binding("salesops.performance.v1.CreditingRuleService");
  binding.Unary("ApproveCreditingRule", this, &CreditingRuleService::Approve);
  rules_.BindTo(binding);
  return binding;
}

absl::StatusOr<v1::CreditingRule> CreditingRuleService::Approve(
    rpc::CallContext& ctx, const v1::ApproveCreditingRuleRequest& request) {
  return rules_.Change(ctx, request, request.name(), request.etag(), "Approved",
                       [&](mysql::Transaction&, CreditingRuleRecord& rule, Write&) {
                         return domain::Approve(rule, ctx.principal().ToString(), request.note(),
                                                ctx.start_time());
                       });
}

}  // namespace salesops::performance::api
