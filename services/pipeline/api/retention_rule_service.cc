#include "services/pipeline/api/retention_rule_service.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/api/audit.h"
#include "shared/api/convert.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::api {
namespace {

using domain::RetentionKind;
using domain::RetentionRule;
using resource::NameOf;
using store::DueRecord;

constexpr int kUsualRecords = 100;
constexpr int kMostCounted = 10'000;
constexpr int kMostNames = 100;

void ToProto(const RetentionRule& rule, v1::RetentionRule* proto) {
  proto->set_display_name(rule.display_name);
  proto->set_kind(static_cast<v1::RetentionRule::Kind>(rule.kind));
  proto->set_keep_days(rule.keep_days);
  resource::ToProto(rule.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::RetentionRule& proto, RetentionRule* rule) {
  rule->display_name = proto.display_name();
  rule->kind = static_cast<RetentionKind>(proto.kind());
  rule->keep_days = proto.keep_days();
  rule->external_keys = resource::FromProto(proto.external_keys());
}

resource::Kind<v1::RetentionRule, RetentionRule> RuleKind() {
  resource::Kind<v1::RetentionRule, RetentionRule> kind;
  kind.table = &store::RetentionRules();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  return kind;
}

const char* CollectionOf(RetentionKind kind) {
  switch (kind) {
    case RetentionKind::kContactInactive:
      return "contacts";
    case RetentionKind::kActivityText:
      return "activities";
    default:
      return "leads";
  }
}

void Tell(const std::string& name, v1::ApplyRetentionRuleResponse* response) {
  response->set_erased_count(response->erased_count() + 1);
  if (response->names_size() < kMostNames) response->add_names(name);
}

// False if the person was changed since it was found to be due.
absl::StatusOr<bool> IsErased(const absl::Status& status) {
  if (status::Reason(status) == "ETAG_MISMATCH") return false;
  RETURN_IF_ERROR(status);
  return true;
}

}  // namespace

void EraseTextFrom(v1::Activity* activity) {
  activity->clear_outcome_note();
  activity->clear_description();
  for (v1::ActivityParticipant& participant : *activity->mutable_participants()) {
    participant.clear_address();
  }
}

RetentionRuleService::RetentionRuleService(const resource::Environment& environment,
                                           PersonErasure* erasure,
                                           ActivityService::Activities* activities)
    : environment_(environment),
      rules_(environment, RuleKind()),
      erasure_(erasure),
      activities_(activities) {}

rpc::Binding RetentionRuleService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.RetentionRuleService");
  binding.Unary("ApplyRetentionRule", this, &RetentionRuleService::Apply);
  rules_.BindTo(binding);
  return binding;
}

absl::StatusOr<v1::ApplyRetentionRuleResponse> RetentionRuleService::Apply(
    rpc::CallContext& ctx, const v1::ApplyRetentionRuleRequest& request) {
  v1::ApplyRetentionRuleResponse response;
  ASSIGN_OR_RETURN(const bool answered,
                   environment_.mutations->FindAnswer(ctx, request, &response));
  if (answered) return response;

  const int asked = request.max_records() > 0 ? request.max_records() : kUsualRecords;
  const int most = request.validate_only() ? kMostCounted : asked;
  ASSIGN_OR_RETURN(Work work, FindWork(ctx, request.name(), most));
  *response.mutable_due_before() = salesops::api::ToTimestamp(work.before);
  if (static_cast<int>(work.due.size()) > most) {
    response.set_more(true);
    work.due.resize(most);
  }
  absl::Duration longest;
  for (const DueRecord& record : work.due) {
    if (!request.validate_only()) {
      const absl::Time begin = absl::Now();
      if (ctx.cancelled() || !domain::HasTimeForAnother(ctx.deadline(), begin, longest)) {
        response.set_more(true);
        break;
      }
      ASSIGN_OR_RETURN(const bool erased, Erase(ctx, work, record.id));
      longest = std::max(longest, absl::Now() - begin);
      if (!erased) continue;
    }
    Tell(NameOf(CollectionOf(work.kind), record.id), &response);
  }
  if (request.request_id().empty() || request.validate_only()) return response;
  return environment_.mutations->Run<v1::ApplyRetentionRuleResponse>(
      ctx, request, [&](mysql::Transaction&) -> absl::StatusOr<v1::ApplyRetentionRuleResponse> {
        return response;
      });
}

absl::StatusOr<RetentionRuleService::Work> RetentionRuleService::FindWork(rpc::CallContext& ctx,
                                                                          const std::string& name,
                                                                          int most) {
  return environment_.db->Read(ctx, [&](mysql::Connection& c) -> absl::StatusOr<Work> {
    ASSIGN_OR_RETURN(const resource::Item item, rules_.Find(ctx, c, name));
    if (item.meta.archive_time) {
      return status::FailedPrecondition("ARCHIVED", name, "it is archived; unarchive it first");
    }
    const RetentionRule rule = rules_.FromItem(item);
    Work work;
    work.kind = rule.kind;
    work.before = domain::DueBefore(rule, ctx.start_time());
    ASSIGN_OR_RETURN(work.due, store::FindDue(c, work.kind, work.before, most + 1));
    return work;
  });
}

absl::StatusOr<bool> RetentionRuleService::Erase(rpc::CallContext& ctx, const Work& work,
                                                 const std::string& id) {
  // Much may have happened since all were found.
  ASSIGN_OR_RETURN(const std::optional<DueRecord> due,
                   environment_.db->Read(ctx, [&](mysql::Connection& c) {
                     return store::FindDue(c, work.kind, work.before, id);
                   }));
  if (!due) return false;
  switch (work.kind) {
    case RetentionKind::kContactInactive:
      return EraseContact(ctx, *due);
    case RetentionKind::kActivityText:
      return EraseText(ctx, id);
    default:
      return EraseLead(ctx, *due);
  }
}

// What a person left goes first: an erased one is not due again, so a call that is cut off in
// between would leave it for ever.
absl::StatusOr<bool> RetentionRuleService::EraseLead(rpc::CallContext& ctx, const DueRecord& lead) {
  RETURN_IF_ERROR(erasure_->EraseActivitiesOfLead(ctx, lead.id));
  v1::EraseLeadRequest request;
  request.set_name(NameOf("leads", lead.id));
  request.set_etag(absl::StrCat(lead.version));
  return IsErased(erasure_->EraseLead(ctx, request).status());
}

absl::StatusOr<bool> RetentionRuleService::EraseContact(rpc::CallContext& ctx,
                                                        const DueRecord& contact) {
  RETURN_IF_ERROR(erasure_->EraseLeftByContact(ctx, contact.id));
  v1::EraseContactRequest request;
  request.set_name(NameOf("contacts", contact.id));
  request.set_etag(absl::StrCat(contact.version));
  return IsErased(erasure_->EraseContact(ctx, request).status());
}

absl::StatusOr<bool> RetentionRuleService::EraseText(rpc::CallContext& ctx,
                                                     const std::string& activity_id) {
  return environment_.db->RunInTransaction(
      ctx, [&](mysql::Transaction& tx) -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const std::set<std::string> erased,
                         activities_->EraseVersions(tx, {activity_id}, EraseTextFrom));
        if (erased.empty()) return false;
        RETURN_IF_ERROR(salesops::api::Audit::Record(tx, ctx, {NameOf("activities", activity_id)},
                                                     {erased.begin(), erased.end()}));
        return true;
      });
}

}  // namespace salesops::pipeline::api
