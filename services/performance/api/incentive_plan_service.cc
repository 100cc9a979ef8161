#include "services/performance/api/incentive_plan_service.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/performance/api/plan_convert.h"
#include "services/performance/domain/incentives/plan_linter.h"
#include "services/performance/domain/incentives/plan_rules.h"
#include "services/performance/store/incentive_plan_store.h"
#include "shared/api/convert.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::api {
namespace {

using domain::IncentivePlan;
using domain::IncentivePlanVersion;
using domain::PlanState;
using resource::Changed;
using resource::NameOf;
using resource::Write;

std::string VersionName(const IncentivePlanVersion& version) {
  return absl::StrCat("incentivePlans/", version.plan_id, "/versions/", version.id);
}

// A path into the rules as the contract names its fields.
std::string ContractField(std::string field) {
  if (field == "rules.currency") return "rules.currency_code";
  if (absl::EndsWith(field, ".imported")) field += "_measure";
  return field;
}

void CheckRules(const domain::PlanRules& rules, base::Violations* violations) {
  base::Violations found;
  domain::CheckPlan(rules, &found);
  for (const base::Violation& violation : found.list()) {
    violations->Add(ContractField(violation.field), violation.reason, violation.message);
  }
}

absl::Status Archived(const std::string& name) {
  return status::FailedPrecondition("ARCHIVED", name, "it is archived; unarchive it first");
}

// A new version needs a plan that exists and is not archived.
absl::Status CheckPlanOf(const std::map<std::string, bool>& plans,
                         const IncentivePlanVersion& version) {
  const std::string name = NameOf("incentivePlans", version.plan_id);
  const auto plan = plans.find(version.plan_id);
  if (plan == plans.end()) return status::NotFound(name);
  return plan->second ? Archived(name) : absl::OkStatus();
}

// What Create, Update and imports may do to a version that is there; verbs say the same as before.
absl::Status CheckChange(const IncentivePlanVersion& before, IncentivePlanVersion* after,
                         const std::string& author) {
  if (domain::SaysTheSame(before, *after)) {
    const bool archived = after->meta.archive_time && !before.meta.archive_time;
    if (archived && after->state == PlanState::kActive) {
      return status::FailedPrecondition("VERSION_ACTIVE", VersionName(*after),
                                        "it is in force; retire it first");
    }
    return absl::OkStatus();
  }
  domain::KeepLife(before, after);
  if (before.state >= PlanState::kApproved) {
    return status::FailedPrecondition("VERSION_APPROVED", VersionName(*after),
                                      "an approved version never changes; create a new version");
  }
  domain::Begin(*after, author);
  return absl::OkStatus();
}

absl::Status CheckVersions(rpc::CallContext& ctx, mysql::Transaction& tx,
                           std::vector<Changed<IncentivePlanVersion>>& changes) {
  std::vector<std::string> plan_ids;
  for (const auto& change : changes) {
    if (change.before == nullptr) plan_ids.push_back(change.after->plan_id);
  }
  ASSIGN_OR_RETURN(const auto plans, store::FindPlans(tx, plan_ids));
  const std::string author = ctx.principal().ToString();
  for (auto& change : changes) {
    if (change.before == nullptr) {
      change.write->refused = CheckPlanOf(plans, *change.after);
      change.after->authors.clear();
      domain::Begin(*change.after, author);
    } else {
      change.write->refused = CheckChange(*change.before, change.after, author);
    }
    if (change.before == nullptr || change.before->rules != change.after->rules) {
      CheckRules(change.after->rules, change.violations);
    }
  }
  return absl::OkStatus();
}

resource::Kind<v1::IncentivePlan, IncentivePlan> PlanKind() {
  resource::Kind<v1::IncentivePlan, IncentivePlan> kind;
  kind.table = &store::IncentivePlans();
  kind.to_proto = [](const IncentivePlan& p, v1::IncentivePlan* proto) { ToProto(p, proto); };
  kind.from_proto = [](const v1::IncentivePlan& proto, IncentivePlan* p) { FromProto(proto, p); };
  return kind;
}

resource::Kind<v1::IncentivePlanVersion, IncentivePlanVersion> VersionKind() {
  resource::Kind<v1::IncentivePlanVersion, IncentivePlanVersion> kind;
  kind.table = &store::IncentivePlanVersions();
  kind.to_proto = [](const IncentivePlanVersion& v, v1::IncentivePlanVersion* proto) {
    ToProto(v, proto);
  };
  kind.from_proto = [](const v1::IncentivePlanVersion& proto, IncentivePlanVersion* v) {
    FromProto(proto, v);
  };
  kind.key = {&IncentivePlanVersion::plan_id, &IncentivePlanVersion::id};
  // No two active versions of a plan begin on one day: changes of its versions wait for each other.
  kind.lock_first = [](rpc::CallContext&, mysql::Transaction& tx,
                       const std::vector<std::vector<std::string>>& keys) {
    std::vector<std::string> plans;
    for (const std::vector<std::string>& key : keys) plans.push_back(key[0]);
    return store::LockPlans(tx, plans);
  };
  kind.check = CheckVersions;
  return kind;
}

}  // namespace

IncentivePlanService::IncentivePlanService(const resource::Environment& environment,
                                           CalendarKnown calendar_known)
    : calendar_known_(std::move(calendar_known)),
      plans_(environment, PlanKind()),
      versions_(environment, VersionKind()) {}

rpc::Binding IncentivePlanService::Bind() {
  rpc::Binding binding("salesops.performance.v1.IncentivePlanService");
  binding.Unary("LintIncentivePlanVersion", this, &IncentivePlanService::Lint);
  binding.Unary("ApproveIncentivePlanVersion", this, &IncentivePlanService::Approve);
  binding.Unary("ActivateIncentivePlanVersion", this, &IncentivePlanService::Activate);
  binding.Unary("RetireIncentivePlanVersion", this, &IncentivePlanService::Retire);
  plans_.BindTo(binding);
  versions_.BindTo(binding);
  return binding;
}

absl::StatusOr<domain::LintContext> IncentivePlanService::ContextOf(
    mysql::Connection& c, const domain::PlanRules& rules,
    const v1::LintIncentivePlanVersionRequest& request) const {
  domain::LintContext context;
  if (rules.fiscal_calendar.empty()) {
    context.calendar_known = false;
  } else if (calendar_known_) {
    ASSIGN_OR_RETURN(context.calendar_known, calendar_known_(c, rules.fiscal_calendar));
  }
  for (int i = 0; i < request.typical_quotas_size(); ++i) {
    const v1::TypicalQuota& quota = request.typical_quotas(i);
    const auto amount = salesops::api::FromDecimal(quota.amount());
    if (!context.typical_quota.emplace(PlanMeasureOf(quota.measure()), amount).second) {
      return status::InvalidField(absl::StrCat("typical_quotas[", i, "].measure"), "NOT_UNIQUE",
                                  "must be another measure than that of the quotas before");
    }
  }
  if (request.has_typical_deal_amount()) {
    context.typical_deal = salesops::api::FromDecimal(request.typical_deal_amount());
  }
  return context;
}

absl::StatusOr<v1::IncentivePlanVersion> IncentivePlanService::Lint(
    rpc::CallContext& ctx, const v1::LintIncentivePlanVersionRequest& request) {
  return versions_.Change(
      ctx, request, request.name(), request.etag(), "Linted",
      [&](mysql::Transaction& tx, IncentivePlanVersion& version, Write&) -> absl::Status {
        ASSIGN_OR_RETURN(const domain::LintContext context, ContextOf(tx, version.rules, request));
        std::vector<domain::Finding> findings = domain::LintPlan(version.rules, context);
        for (domain::Finding& finding : findings) finding.field = ContractField(finding.field);
        return domain::Lint(version, findings, ctx.start_time());
      });
}

absl::StatusOr<v1::IncentivePlanVersion> IncentivePlanService::Approve(
    rpc::CallContext& ctx, const v1::ApproveIncentivePlanVersionRequest& request) {
  const std::vector<std::string> acknowledged(request.acknowledged_findings().begin(),
                                              request.acknowledged_findings().end());
  return versions_.Change(
      ctx, request, request.name(), request.etag(), "Approved",
      [&](mysql::Transaction&, IncentivePlanVersion& version, Write&) -> absl::Status {
        const domain::PlanApproval approval{ctx.principal().ToString(), ctx.start_time(),
                                            request.note()};
        return domain::Approve(version, approval, acknowledged);
      });
}

absl::StatusOr<v1::IncentivePlanVersion> IncentivePlanService::Activate(
    rpc::CallContext& ctx, const v1::ActivateIncentivePlanVersionRequest& request) {
  return versions_.Change(
      ctx, request, request.name(), request.etag(), "Activated",
      [&](mysql::Transaction& tx, IncentivePlanVersion& version, Write&) -> absl::Status {
        RETURN_IF_ERROR(domain::Activate(version, ctx.start_time()));
        ASSIGN_OR_RETURN(const auto plans, store::FindPlans(tx, {version.plan_id}));
        RETURN_IF_ERROR(CheckPlanOf(plans, version));
        ASSIGN_OR_RETURN(const std::string other, store::OtherActiveOn(tx, version));
        if (other.empty()) return absl::OkStatus();
        return status::FailedPrecondition(
            "START_DATE_TAKEN", VersionName(version),
            absl::StrCat(other, " is active and begins on the same day, ",
                         base::FormatDay(version.start_date), "; retire it first"));
      });
}

absl::StatusOr<v1::IncentivePlanVersion> IncentivePlanService::Retire(
    rpc::CallContext& ctx, const v1::RetireIncentivePlanVersionRequest& request) {
  return versions_.Change(
      ctx, request, request.name(), request.etag(), "Retired",
      [&](mysql::Transaction&, IncentivePlanVersion& version, Write&) -> absl::Status {
        return domain::Retire(version, ctx.start_time());
      });
}

}  // namespace salesops::performance::api
