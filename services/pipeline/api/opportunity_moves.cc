#include "services/pipeline/api/opportunity_moves.h"

#include <memory>
#include <utility>

#include "services/pipeline/api/deal_conditions.h"
#include "services/pipeline/api/opportunity_convert.h"
#include "services/pipeline/store/sales_process_store.h"
#include "shared/base/id.h"
#include "shared/rpc/under_permission.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::api {
namespace {

constexpr char kOverride[] = "pipeline.opportunities.override";

}  // namespace

domain::Move MoveNow(const rpc::CallContext& ctx) {
  return {ctx.principal().ToString(), "", ctx.start_time()};
}

void RecordTransition(rpc::CallContext& ctx, domain::StageTransition transition,
                      resource::Write* write) {
  transition.id = base::GenerateId();
  transition.meta.create_time = ctx.start_time();
  auto part = std::make_unique<v1::StageTransition>();
  ToProto(transition, part.get());
  write->parts.push_back(std::move(part));
}

absl::StatusOr<domain::SalesProcessVersion> PinnedVersion(mysql::Connection& c,
                                                          const domain::Opportunity& o) {
  ASSIGN_OR_RETURN(std::optional<domain::SalesProcessVersion> process,
                   store::SalesProcessVersions().Find(c, {o.process_id, o.version_id}));
  if (!process) return status::Internal("pinned process version is missing: " + o.version_id);
  return *std::move(process);
}

absl::Status PassGates(rpc::CallContext& ctx, mysql::Transaction& tx,
                       const domain::SalesProcessVersion& process, const domain::Opportunity& o,
                       absl::Time entered, const std::string& override_reason,
                       domain::StageTransition* transition) {
  ASSIGN_OR_RETURN(const DealUnderGates deal, DealUnderGates::Load(tx, process, o, entered));
  const domain::DealFacts facts = deal.facts();
  const domain::Modules held = domain::HeldModules(process, facts);
  RETURN_IF_ERROR(domain::CheckStageCounts(process, facts, held, transition->to_stage));
  const std::vector<domain::CriterionResult> unmet =
      domain::Unmet(deal.Check(process, held, transition->from_stage, transition->to_stage));
  if (unmet.empty()) return absl::OkStatus();
  if (override_reason.empty()) return domain::GateNotMet(o, unmet);
  ASSIGN_OR_RETURN(const auto overriding, rpc::UnderPermission::Of(ctx, kOverride));
  if (!overriding->scope().Includes(o.owner_id)) {
    return status::PermissionDenied(kOverride, "opportunities/" + o.id);
  }
  transition->override_reason = override_reason;
  for (const domain::CriterionResult& result : unmet) {
    transition->unmet_criteria.push_back(result.criterion);
  }
  return absl::OkStatus();
}

absl::Status CheckBeginning(mysql::Transaction& tx, const domain::SalesProcessVersion& process,
                            const domain::Opportunity& o, base::Violations* violations) {
  const domain::Stage* first = process.First(domain::StageKind::kOpen);
  if (process.Find(o.stage) == nullptr || first == nullptr || o.stage == first->id) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const DealUnderGates deal,
                   DealUnderGates::Load(tx, process, o, o.stage_entered_time));
  const domain::DealFacts facts = deal.facts();
  const domain::Modules held = domain::HeldModules(process, facts);
  const absl::Status counts = domain::CheckStageCounts(process, facts, held, o.stage);
  if (!counts.ok()) violations->Add("stage", "WRONG_STAGE", std::string(counts.message()));
  for (const domain::CriterionResult& unmet :
       domain::Unmet(domain::CheckGates(process, facts, held, "", o.stage))) {
    violations->Add("stage", "GATE_NOT_MET", unmet.criterion + ": " + unmet.message);
  }
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::api
