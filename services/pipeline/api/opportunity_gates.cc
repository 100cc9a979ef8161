// OpportunityService: the checklist and approvals of deals, what their gates ask, and moving them
// to another version of their process.
#include <utility>

#include "services/pipeline/api/deal_conditions.h"
#include "services/pipeline/api/opportunity_convert.h"
#include "services/pipeline/api/opportunity_moves.h"
#include "services/pipeline/api/opportunity_service.h"
#include "services/pipeline/domain/approval.h"
#include "services/pipeline/domain/checklist.h"
#include "services/pipeline/domain/version_move.h"
#include "services/pipeline/store/opportunity_store.h"
#include "services/pipeline/store/sales_process_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/rpc/under_permission.h"

namespace salesops::pipeline::api {
namespace {

using domain::CriterionResult;
using domain::Opportunity;
using domain::SalesProcessVersion;
using resource::NameOf;
using resource::Write;

constexpr int kMovedAtOnce = 100;

void ToProto(const CriterionResult& result, v1::CriterionResult* proto) {
  proto->set_criterion(result.criterion);
  proto->set_met(result.met);
  proto->set_reason(result.reason);
  proto->set_message(result.message);
}

// The stage that a question about gates means.
absl::StatusOr<std::string> TargetOf(const SalesProcessVersion& process,
                                     const domain::Modules& held, const Opportunity& deal,
                                     const std::string& asked) {
  if (asked.empty()) return domain::NextStage(process, held, deal.stage);
  if (process.Find(asked) == nullptr) {
    return status::InvalidField("stage", "UNKNOWN_STAGE",
                                "is not a stage of the process version that the deal follows");
  }
  if (process.IndexOf(asked) <= process.IndexOf(deal.stage)) {
    return status::InvalidField("stage", "WRONG_STAGE",
                                "must come after \"" + deal.stage + "\", where the deal stands");
  }
  return asked;
}

// The permission that an approval rule asks for besides that of the method.
absl::Status CheckRulePermission(const rpc::CallContext& ctx, const SalesProcessVersion& process,
                                 const std::string& rule_id, const Opportunity& deal) {
  const domain::ApprovalRule* rule = process.FindApprovalRule(rule_id);
  if (rule == nullptr || rule->permission.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto deciding, rpc::UnderPermission::Of(ctx, rule->permission));
  if (deciding->scope().Includes(deal.owner_id)) return absl::OkStatus();
  return status::PermissionDenied(rule->permission, NameOf("opportunities", deal.id));
}

// The version that deals are moved to.
absl::StatusOr<SalesProcessVersion> TargetVersion(mysql::Connection& c, const std::string& name) {
  const auto [process_id, version_id] = VersionIds(name);
  ASSIGN_OR_RETURN(std::optional<SalesProcessVersion> version,
                   store::SalesProcessVersions().Find(c, {process_id, version_id}));
  if (!version) return status::NotFound(name);
  if (version->meta.archive_time) {
    return status::FailedPrecondition("ARCHIVED", name, "it is archived; unarchive it first");
  }
  if (version->state != domain::VersionState::kPublished) {
    return status::FailedPrecondition(
        "NOT_PUBLISHED", name,
        "deals move to a published version only; publish this one or name another");
  }
  return *std::move(version);
}

absl::Status CheckSource(mysql::Connection& c, const SalesProcessVersion& to,
                         const std::string& from_version) {
  const auto [process_id, version_id] = VersionIds(from_version);
  if (process_id != to.process_id) {
    return status::InvalidField("from_version", "OTHER_PROCESS",
                                "must be a version of the same process");
  }
  if (version_id == to.id) {
    return status::InvalidField("from_version", "SAME_VERSION",
                                "must be another version than the one that deals move to");
  }
  ASSIGN_OR_RETURN(const std::optional<SalesProcessVersion> from,
                   store::SalesProcessVersions().Find(c, {process_id, version_id}));
  if (from) return absl::OkStatus();
  return status::InvalidField("from_version", "BAD_REFERENCE",
                              "refers to a process version that does not exist");
}

}  // namespace

absl::StatusOr<v1::CheckOpportunityGatesResponse> OpportunityService::CheckGates(
    rpc::CallContext& ctx, const v1::CheckOpportunityGatesRequest& request) {
  v1::CheckOpportunityGatesResponse response;
  RETURN_IF_ERROR(environment_.db->Read(ctx, [&](mysql::Connection& c) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const resource::Item item, opportunities_.Find(ctx, c, request.name()));
    Opportunity deal;
    FromProto(static_cast<const v1::Opportunity&>(*item.proto), &deal);
    deal.id = item.key[0];
    RETURN_IF_ERROR(domain::CheckOpen(deal));
    ASSIGN_OR_RETURN(const SalesProcessVersion process, PinnedVersion(c, deal));
    ASSIGN_OR_RETURN(const DealUnderGates under,
                     DealUnderGates::Load(c, process, deal, deal.stage_entered_time));
    const domain::DealFacts facts = under.facts();
    const domain::Modules held = domain::HeldModules(process, facts);
    ASSIGN_OR_RETURN(const std::string to, TargetOf(process, held, deal, request.stage()));
    RETURN_IF_ERROR(domain::CheckStageCounts(process, facts, held, to));
    response.set_from_stage(deal.stage);
    response.set_to_stage(to);
    bool ready = true;
    for (const CriterionResult& result : under.Check(process, held, deal.stage, to)) {
      ready = ready && result.met;
      ToProto(result, response.add_criteria());
    }
    response.set_ready(ready);
    for (const std::string& module : held) response.add_modules(module);
    for (const std::string& stage : domain::StagesOnTheWay(process, held)) {
      response.add_stages(stage);
    }
    response.set_etag(static_cast<const v1::Opportunity&>(*item.proto).etag());
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::Opportunity> OpportunityService::CompleteStep(
    rpc::CallContext& ctx, const v1::CompleteOpportunityStepRequest& request) {
  return opportunities_.Change(
      ctx, request, request.name(), request.etag(), "StepCompleted",
      [&](mysql::Transaction& tx, Opportunity& deal, Write&) -> absl::Status {
        ASSIGN_OR_RETURN(const SalesProcessVersion process, PinnedVersion(tx, deal));
        ASSIGN_OR_RETURN(const DealUnderGates under,
                         DealUnderGates::Load(tx, process, deal, deal.stage_entered_time));
        return domain::CompleteStep(deal, process, domain::HeldModules(process, under.facts()),
                                    request.step(), request.evidence(), MoveNow(ctx));
      });
}

absl::StatusOr<v1::Opportunity> OpportunityService::UndoStep(
    rpc::CallContext& ctx, const v1::UndoOpportunityStepRequest& request) {
  return opportunities_.Change(
      ctx, request, request.name(), request.etag(), "StepUndone",
      [&](mysql::Transaction& tx, Opportunity& deal, Write&) -> absl::Status {
        ASSIGN_OR_RETURN(const SalesProcessVersion process, PinnedVersion(tx, deal));
        return domain::UndoStep(deal, process, request.step());
      });
}

absl::StatusOr<v1::Opportunity> OpportunityService::RequestApproval(
    rpc::CallContext& ctx, const v1::RequestOpportunityApprovalRequest& request) {
  return opportunities_.Change(
      ctx, request, request.name(), request.etag(), "ApprovalRequested",
      [&](mysql::Transaction& tx, Opportunity& deal, Write&) -> absl::Status {
        ASSIGN_OR_RETURN(const SalesProcessVersion process, PinnedVersion(tx, deal));
        ASSIGN_OR_RETURN(const DealUnderGates under,
                         DealUnderGates::Load(tx, process, deal, deal.stage_entered_time));
        domain::Move now = MoveNow(ctx);
        now.reason = request.note();
        return domain::RequestApproval(deal, under.account(), process, request.rule(), now);
      });
}

absl::StatusOr<v1::Opportunity> OpportunityService::DecideApproval(
    rpc::CallContext& ctx, const v1::DecideOpportunityApprovalRequest& request) {
  return opportunities_.Change(
      ctx, request, request.name(), request.etag(), "ApprovalDecided",
      [&](mysql::Transaction& tx, Opportunity& deal, Write&) -> absl::Status {
        ASSIGN_OR_RETURN(const SalesProcessVersion process, PinnedVersion(tx, deal));
        RETURN_IF_ERROR(CheckRulePermission(ctx, process, request.rule(), deal));
        ASSIGN_OR_RETURN(const DealUnderGates under,
                         DealUnderGates::Load(tx, process, deal, deal.stage_entered_time));
        domain::Move now = MoveNow(ctx);
        now.reason = request.note();
        return domain::DecideApproval(
            deal, under.account(), process, request.rule(),
            request.decision() == v1::DecideOpportunityApprovalRequest::DECISION_GRANT, now);
      });
}

absl::StatusOr<v1::MovedOpportunity> OpportunityService::MoveOne(
    rpc::CallContext& ctx, mysql::Transaction& tx, const SalesProcessVersion& to,
    const domain::VersionMapping& mapping, const std::string& id, bool only_ready) {
  v1::MovedOpportunity result;
  result.set_opportunity(NameOf("opportunities", id));
  const auto move = [&](mysql::Transaction&, Opportunity& deal, Write& write) -> absl::Status {
    result.set_from_stage(deal.stage);
    result.set_to_stage(domain::StageAfterMove(to, mapping, deal.stage));
    if (result.to_stage().empty()) return absl::OkStatus();
    Opportunity moved = deal;
    domain::StageTransition transition = domain::MoveToVersion(moved, to, mapping, MoveNow(ctx));
    ASSIGN_OR_RETURN(const DealUnderGates under,
                     DealUnderGates::Load(tx, to, moved, deal.stage_entered_time));
    const domain::Modules held = domain::HeldModules(to, under.facts());
    for (const CriterionResult& missed : domain::Unmet(under.Check(to, held, "", moved.stage))) {
      ToProto(missed, result.add_unmet_criteria());
    }
    if (only_ready && result.unmet_criteria_size() > 0) return absl::OkStatus();
    deal = moved;
    result.set_moved(true);
    RecordTransition(ctx, std::move(transition), &write);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(
      opportunities_.ChangeInside(ctx, tx, result.opportunity(), "", "VersionMoved", move)
          .status());
  return result;
}

absl::StatusOr<v1::MoveOpportunitiesResponse> OpportunityService::MoveToVersion(
    rpc::CallContext& ctx, const v1::MoveOpportunitiesRequest& request) {
  const int limit = request.page_size() == 0 ? kMovedAtOnce : request.page_size();
  v1::MoveOpportunitiesRequest query = request;
  query.clear_request_id();  // the next page has another
  const std::string fingerprint =
      salesops::api::QueryFingerprint(query, ctx.principal().ToString());
  std::string after;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(
        const salesops::api::PageCursor cursor,
        environment_.sealer->Open(request.page_token(), fingerprint, ctx.start_time()));
    after = std::get<std::string>(cursor.keys[0].variant());
  }
  return environment_.mutations->Run<v1::MoveOpportunitiesResponse>(
      ctx, request, [&](mysql::Transaction& tx) -> absl::StatusOr<v1::MoveOpportunitiesResponse> {
        v1::MoveOpportunitiesResponse response;
        ASSIGN_OR_RETURN(const SalesProcessVersion to, TargetVersion(tx, request.name()));
        RETURN_IF_ERROR(CheckSource(tx, to, request.from_version()));
        const std::string from = VersionIds(request.from_version()).second;
        const domain::VersionMapping mapping = to.MappingFrom(from);
        ASSIGN_OR_RETURN(std::vector<std::string> ids,
                         store::LockOpenDeals(tx, to.process_id, from, after, limit + 1));
        const bool more = static_cast<int>(ids.size()) > limit;
        if (more) ids.pop_back();
        for (const std::string& id : ids) {
          ASSIGN_OR_RETURN(*response.add_results(),
                           MoveOne(ctx, tx, to, mapping, id, request.only_ready()));
        }
        if (more) {
          response.set_next_page_token(
              environment_.sealer->Seal({.keys = {ids.back()}}, fingerprint, ctx.start_time()));
        }
        return response;
      });
}

}  // namespace salesops::pipeline::api
