#pragma once

// Incentive plans, their versions and what rules are made of: domain <-> messages. Own fields only.
//
// Thread-safety: pure functions.

#include "salesops/performance/v1/common.pb.h"
#include "salesops/performance/v1/incentive_plan.pb.h"
#include "services/performance/domain/incentive_plan.h"

namespace salesops::performance::api {

void ToProto(const domain::IncentivePlan& plan, v1::IncentivePlan* proto);
void FromProto(const v1::IncentivePlan& proto, domain::IncentivePlan* plan);
void ToProto(const domain::IncentivePlanVersion& version, v1::IncentivePlanVersion* proto);
void FromProto(const v1::IncentivePlanVersion& proto, domain::IncentivePlanVersion* version);

void ToProto(const domain::PlanRules& rules, v1::PlanRules* proto);
domain::PlanRules FromProto(const v1::PlanRules& proto);
void ToProto(const domain::LineMatch& match, v1::LineMatch* proto);
domain::LineMatch FromProto(const v1::LineMatch& proto);
// Which measure a message names, and the other way round.
domain::MeasureRef PlanMeasureOf(const v1::MeasureRef& proto);
void SetMeasure(const domain::MeasureRef& ref, v1::MeasureRef* proto);

}  // namespace salesops::performance::api
