#include "services/performance/api/plan_convert.h"

#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/repeated_field.h"
#include "shared/api/convert.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::performance::api {
namespace {

using base::Decimal;
using salesops::api::FromDate;
using salesops::api::FromDecimal;
using salesops::api::FromTimestamp;
using salesops::api::ToDate;
using salesops::api::ToDecimal;
using salesops::api::ToTimestamp;

// --- To messages ----------------------------------------------------------------------------

void SetTable(const domain::RateTable& table, v1::RateTable* proto) {
  proto->set_method(static_cast<v1::RateTable::Method>(table.method));
  proto->set_basis(static_cast<v1::RateTable::Basis>(table.basis));
  for (const domain::Tier& tier : table.tiers) {
    v1::Tier* item = proto->add_tiers();
    *item->mutable_from() = ToDecimal(tier.from);
    *item->mutable_rate() = ToDecimal(tier.rate);
  }
}

// Without a condition there is no match in the message.
template <class Message>
void SetMatch(const domain::LineMatch& match, Message* message) {
  if (match != domain::LineMatch()) ToProto(match, message->mutable_match());
}

void SetPart(const domain::Commission& commission, v1::Commission* proto) {
  SetMeasure(commission.measure, proto->mutable_measure());
  proto->set_per(static_cast<v1::Commission::Per>(commission.per));
  for (const domain::RateRule& rule : commission.rules) {
    v1::RateRule* item = proto->add_rules();
    item->set_id(rule.id);
    SetMatch(rule.match, item);
    SetTable(rule.table, item->mutable_table());
  }
}

void SetPart(const domain::QuotaBonus& bonus, v1::QuotaBonus* proto) {
  SetMeasure(bonus.measure, proto->mutable_measure());
  *proto->mutable_target_amount() = ToDecimal(bonus.target_amount);
  proto->set_shape(static_cast<v1::QuotaBonus::Shape>(bonus.shape));
  for (const domain::CurvePoint& point : bonus.points) {
    v1::CurvePoint* item = proto->add_points();
    *item->mutable_attainment() = ToDecimal(point.attainment);
    *item->mutable_payout() = ToDecimal(point.payout);
  }
}

void SetPart(const domain::Spiff& spiff, v1::Spiff* proto) {
  SetMeasure(spiff.measure, proto->mutable_measure());
  SetMatch(spiff.match, proto);
  *proto->mutable_amount() = ToDecimal(spiff.amount);
}

void SetPart(const domain::Contest& contest, v1::Contest* proto) {
  SetMeasure(contest.measure, proto->mutable_measure());
  for (const Decimal& award : contest.awards) *proto->add_awards() = ToDecimal(award);
  if (contest.minimum) *proto->mutable_minimum() = ToDecimal(*contest.minimum);
  proto->set_ties(static_cast<v1::Contest::Ties>(contest.ties));
}

void SetPart(const domain::Override& part, v1::Override* proto) {
  SetMeasure(part.measure, proto->mutable_measure());
  *proto->mutable_rate() = ToDecimal(part.rate);
  proto->set_levels(part.levels);
  proto->set_subtract_lower(part.subtract_lower);
}

void SetPart(const domain::TeamPool& pool, v1::TeamPool* proto) {
  SetMeasure(pool.measure, proto->mutable_measure());
  *proto->mutable_rate() = ToDecimal(pool.rate);
  proto->set_share(static_cast<v1::TeamPool::Share>(pool.share));
}

void SetMultiplier(const domain::Multiplier& multiplier, v1::Multiplier* proto) {
  proto->set_id(multiplier.id);
  SetMeasure(multiplier.measure, proto->mutable_measure());
  proto->set_by_attainment(multiplier.by_attainment);
  for (const domain::FactorStep& step : multiplier.steps) {
    v1::FactorStep* item = proto->add_steps();
    *item->mutable_from() = ToDecimal(step.from);
    *item->mutable_factor() = ToDecimal(step.factor);
  }
  proto->set_neutral_without(multiplier.neutral_without);
}

void SetComponent(const domain::Component& component, v1::PlanComponent* proto) {
  proto->set_id(component.id);
  proto->set_display_name(component.display_name);
  switch (component.kind) {
    case domain::ComponentKind::kCommission:
      SetPart(component.commission, proto->mutable_commission());
      break;
    case domain::ComponentKind::kQuotaBonus:
      SetPart(component.quota_bonus, proto->mutable_quota_bonus());
      break;
    case domain::ComponentKind::kSpiff:
      SetPart(component.spiff, proto->mutable_spiff());
      break;
    case domain::ComponentKind::kContest:
      SetPart(component.contest, proto->mutable_contest());
      break;
    case domain::ComponentKind::kOverride:
      SetPart(component.override, proto->mutable_override());
      break;
    case domain::ComponentKind::kTeamPool:
      SetPart(component.team_pool, proto->mutable_team_pool());
      break;
    case domain::ComponentKind::kUnset:
      break;
  }
  for (const domain::Multiplier& multiplier : component.multipliers) {
    SetMultiplier(multiplier, proto->add_multipliers());
  }
  if (component.cap) *proto->mutable_cap() = ToDecimal(*component.cap);
  if (component.floor) *proto->mutable_floor() = ToDecimal(*component.floor);
}

void SetFinding(const domain::Finding& finding, v1::PlanFinding* proto) {
  proto->set_id(domain::IdOf(finding));
  proto->set_kind(static_cast<v1::PlanFinding::Kind>(finding.kind));
  proto->set_blocks(finding.blocks);
  proto->set_field(finding.field);
  proto->set_message(finding.message);
}

// --- From messages --------------------------------------------------------------------------

std::vector<std::string> ListOf(const google::protobuf::RepeatedPtrField<std::string>& list) {
  return {list.begin(), list.end()};
}

domain::RateTable TableOf(const v1::RateTable& proto) {
  domain::RateTable table;
  table.method = static_cast<domain::TierMethod>(proto.method());
  table.basis = static_cast<domain::TierBasis>(proto.basis());
  for (const v1::Tier& tier : proto.tiers()) {
    table.tiers.push_back({FromDecimal(tier.from()), FromDecimal(tier.rate())});
  }
  return table;
}

void ReadPart(const v1::Commission& proto, domain::Commission* commission) {
  commission->measure = PlanMeasureOf(proto.measure());
  commission->per = static_cast<domain::Per>(proto.per());
  for (const v1::RateRule& rule : proto.rules()) {
    commission->rules.push_back({rule.id(), FromProto(rule.match()), TableOf(rule.table())});
  }
}

void ReadPart(const v1::QuotaBonus& proto, domain::QuotaBonus* bonus) {
  bonus->measure = PlanMeasureOf(proto.measure());
  bonus->target_amount = FromDecimal(proto.target_amount());
  bonus->shape = static_cast<domain::CurveShape>(proto.shape());
  for (const v1::CurvePoint& point : proto.points()) {
    bonus->points.push_back({FromDecimal(point.attainment()), FromDecimal(point.payout())});
  }
}

void ReadPart(const v1::Spiff& proto, domain::Spiff* spiff) {
  spiff->measure = PlanMeasureOf(proto.measure());
  spiff->match = FromProto(proto.match());
  spiff->amount = FromDecimal(proto.amount());
}

void ReadPart(const v1::Contest& proto, domain::Contest* contest) {
  contest->measure = PlanMeasureOf(proto.measure());
  for (const auto& award : proto.awards()) contest->awards.push_back(FromDecimal(award));
  if (proto.has_minimum()) contest->minimum = FromDecimal(proto.minimum());
  contest->ties = static_cast<domain::TieRule>(proto.ties());
}

void ReadPart(const v1::Override& proto, domain::Override* part) {
  part->measure = PlanMeasureOf(proto.measure());
  part->rate = FromDecimal(proto.rate());
  part->levels = proto.levels();
  part->subtract_lower = proto.subtract_lower();
}

void ReadPart(const v1::TeamPool& proto, domain::TeamPool* pool) {
  pool->measure = PlanMeasureOf(proto.measure());
  pool->rate = FromDecimal(proto.rate());
  pool->share = static_cast<domain::PoolShare>(proto.share());
}

domain::Multiplier MultiplierOf(const v1::Multiplier& proto) {
  domain::Multiplier multiplier;
  multiplier.id = proto.id();
  multiplier.measure = PlanMeasureOf(proto.measure());
  multiplier.by_attainment = proto.by_attainment();
  for (const v1::FactorStep& step : proto.steps()) {
    multiplier.steps.push_back({FromDecimal(step.from()), FromDecimal(step.factor())});
  }
  multiplier.neutral_without = proto.neutral_without();
  return multiplier;
}

void ReadKind(const v1::PlanComponent& proto, domain::Component* component) {
  using domain::ComponentKind;
  switch (proto.kind_case()) {
    case v1::PlanComponent::kCommission:
      component->kind = ComponentKind::kCommission;
      return ReadPart(proto.commission(), &component->commission);
    case v1::PlanComponent::kQuotaBonus:
      component->kind = ComponentKind::kQuotaBonus;
      return ReadPart(proto.quota_bonus(), &component->quota_bonus);
    case v1::PlanComponent::kSpiff:
      component->kind = ComponentKind::kSpiff;
      return ReadPart(proto.spiff(), &component->spiff);
    case v1::PlanComponent::kContest:
      component->kind = ComponentKind::kContest;
      return ReadPart(proto.contest(), &component->contest);
    case v1::PlanComponent::kOverride:
      component->kind = ComponentKind::kOverride;
      return ReadPart(proto.override(), &component->override);
    case v1::PlanComponent::kTeamPool:
      component->kind = ComponentKind::kTeamPool;
      return ReadPart(proto.team_pool(), &component->team_pool);
    case v1::PlanComponent::KIND_NOT_SET:
      return;
  }
}

domain::Component ComponentOf(const v1::PlanComponent& proto) {
  domain::Component component;
  component.id = proto.id();
  component.display_name = proto.display_name();
  ReadKind(proto, &component);
  for (const v1::Multiplier& multiplier : proto.multipliers()) {
    component.multipliers.push_back(MultiplierOf(multiplier));
  }
  if (proto.has_cap()) component.cap = FromDecimal(proto.cap());
  if (proto.has_floor()) component.floor = FromDecimal(proto.floor());
  return component;
}

domain::Clawback ClawbackOf(const v1::Clawback& proto) {
  domain::Clawback clawback;
  if (proto.has_on_credit_note()) clawback.on_credit_note = proto.on_credit_note();
  if (proto.has_on_cancellation()) clawback.on_cancellation = proto.on_cancellation();
  clawback.unpaid_after_days = proto.unpaid_after_days();
  clawback.leaver_within_days = proto.leaver_within_days();
  return clawback;
}

}  // namespace

void SetMeasure(const domain::MeasureRef& ref, v1::MeasureRef* proto) {
  proto->set_measure(static_cast<v1::Measure>(ref.measure));
  proto->set_imported_measure(ref.imported);
}

domain::MeasureRef PlanMeasureOf(const v1::MeasureRef& proto) {
  return {static_cast<domain::Measure>(proto.measure()), proto.imported_measure()};
}

void ToProto(const domain::LineMatch& match, v1::LineMatch* proto) {
  for (const std::string& product : match.products) proto->add_products(product);
  for (const std::string& category : match.product_categories) {
    proto->add_product_categories(category);
  }
  for (const std::string& account : match.accounts) proto->add_accounts(account);
  proto->set_attribute(match.attribute);
  for (const std::string& value : match.attribute_values) proto->add_attribute_values(value);
  if (match.discount_from) *proto->mutable_discount_from() = ToDecimal(*match.discount_from);
  if (match.discount_to) *proto->mutable_discount_to() = ToDecimal(*match.discount_to);
}

domain::LineMatch FromProto(const v1::LineMatch& proto) {
  domain::LineMatch match;
  match.products = ListOf(proto.products());
  match.product_categories = ListOf(proto.product_categories());
  match.accounts = ListOf(proto.accounts());
  match.attribute = proto.attribute();
  match.attribute_values = ListOf(proto.attribute_values());
  if (proto.has_discount_from()) match.discount_from = FromDecimal(proto.discount_from());
  if (proto.has_discount_to()) match.discount_to = FromDecimal(proto.discount_to());
  return match;
}

void ToProto(const domain::PlanRules& rules, v1::PlanRules* proto) {
  proto->set_currency_code(rules.currency);
  proto->set_fiscal_calendar(rules.fiscal_calendar);
  proto->set_level(static_cast<v1::PeriodLevel>(rules.level));
  proto->set_rate_date(static_cast<v1::PlanRules::RateDate>(rules.rate_date));
  for (const domain::Component& component : rules.components) {
    SetComponent(component, proto->add_components());
  }
  if (rules.cap) *proto->mutable_cap() = ToDecimal(*rules.cap);
  if (rules.floor) *proto->mutable_floor() = ToDecimal(*rules.floor);
  if (rules.draw) {
    v1::Draw* draw = proto->mutable_draw();
    *draw->mutable_amount() = ToDecimal(rules.draw->amount);
    draw->set_recoverable(rules.draw->recoverable);
    *draw->mutable_recovery_limit() = ToDecimal(rules.draw->recovery_limit);
  }
  v1::Clawback* clawback = proto->mutable_clawback();
  clawback->set_on_credit_note(rules.clawback.on_credit_note);
  clawback->set_on_cancellation(rules.clawback.on_cancellation);
  clawback->set_unpaid_after_days(rules.clawback.unpaid_after_days);
  clawback->set_leaver_within_days(rules.clawback.leaver_within_days);
  proto->set_prorate(rules.prorate);
}

domain::PlanRules FromProto(const v1::PlanRules& proto) {
  domain::PlanRules rules;
  rules.currency = proto.currency_code();
  rules.fiscal_calendar = proto.fiscal_calendar();
  rules.level = static_cast<domain::PeriodLevel>(proto.level());
  rules.rate_date = static_cast<domain::RateDate>(proto.rate_date());
  for (const v1::PlanComponent& component : proto.components()) {
    rules.components.push_back(ComponentOf(component));
  }
  if (proto.has_cap()) rules.cap = FromDecimal(proto.cap());
  if (proto.has_floor()) rules.floor = FromDecimal(proto.floor());
  if (proto.has_draw()) {
    domain::Draw& draw = rules.draw.emplace();
    draw.amount = FromDecimal(proto.draw().amount());
    draw.recoverable = proto.draw().recoverable();
    if (proto.draw().has_recovery_limit()) {
      draw.recovery_limit = FromDecimal(proto.draw().recovery_limit());
    }
  }
  rules.clawback = ClawbackOf(proto.clawback());
  if (proto.has_prorate()) rules.prorate = proto.prorate();
  return rules;
}

void ToProto(const domain::IncentivePlan& plan, v1::IncentivePlan* proto) {
  proto->set_display_name(plan.display_name);
  proto->set_description(plan.description);
  resource::ToProto(plan.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::IncentivePlan& proto, domain::IncentivePlan* plan) {
  plan->display_name = proto.display_name();
  plan->description = proto.description();
  plan->external_keys = resource::FromProto(proto.external_keys());
}

void ToProto(const domain::IncentivePlanVersion& version, v1::IncentivePlanVersion* proto) {
  *proto->mutable_start_date() = ToDate(version.start_date);
  ToProto(version.rules, proto->mutable_rules());
  proto->set_description(version.description);
  proto->set_state(static_cast<v1::IncentivePlanVersion::State>(version.state));
  for (const std::string& author : version.authors) proto->add_authors(author);
  for (const domain::Finding& finding : version.findings) {
    SetFinding(finding, proto->add_findings());
  }
  if (version.lint_time) *proto->mutable_lint_time() = ToTimestamp(*version.lint_time);
  for (const domain::PlanApproval& approval : version.approvals) {
    v1::PlanApproval* item = proto->add_approvals();
    item->set_approver(approval.approver);
    *item->mutable_approve_time() = ToTimestamp(approval.approve_time);
    item->set_note(approval.note);
  }
  if (version.simulate_time) *proto->mutable_simulate_time() = ToTimestamp(*version.simulate_time);
  if (version.activate_time) *proto->mutable_activate_time() = ToTimestamp(*version.activate_time);
  if (version.retire_time) *proto->mutable_retire_time() = ToTimestamp(*version.retire_time);
  resource::ToProto(version.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::IncentivePlanVersion& proto, domain::IncentivePlanVersion* version) {
  version->start_date = FromDate(proto.start_date());
  version->rules = FromProto(proto.rules());
  version->description = proto.description();
  version->state = proto.state() == v1::IncentivePlanVersion::STATE_UNSPECIFIED
                       ? domain::PlanState::kDraft
                       : static_cast<domain::PlanState>(proto.state());
  version->authors = ListOf(proto.authors());
  for (const v1::PlanFinding& finding : proto.findings()) {
    version->findings.push_back({static_cast<domain::FindingKind>(finding.kind()), finding.blocks(),
                                 finding.field(), finding.message()});
  }
  if (proto.has_lint_time()) version->lint_time = FromTimestamp(proto.lint_time());
  for (const v1::PlanApproval& approval : proto.approvals()) {
    version->approvals.push_back(
        {approval.approver(), FromTimestamp(approval.approve_time()), approval.note()});
  }
  if (proto.has_simulate_time()) version->simulate_time = FromTimestamp(proto.simulate_time());
  if (proto.has_activate_time()) version->activate_time = FromTimestamp(proto.activate_time());
  if (proto.has_retire_time()) version->retire_time = FromTimestamp(proto.retire_time());
  version->external_keys = resource::FromProto(proto.external_keys());
}

}  // namespace salesops::performance::api
