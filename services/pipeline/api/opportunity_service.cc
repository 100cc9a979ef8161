#include "services/pipeline/api/opportunity_service.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "salesops/pipeline/v1/events.pb.h"
#include "services/pipeline/api/attribute_rules.h"
#include "services/pipeline/api/deal_parts.h"
#include "services/pipeline/api/opportunity_convert.h"
#include "services/pipeline/api/opportunity_moves.h"
#include "services/pipeline/api/references.h"
#include "services/pipeline/domain/opportunity_import.h"
#include "services/pipeline/store/account_tree.h"
#include "services/pipeline/store/opportunity_store.h"
#include "services/pipeline/store/sales_process_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::Opportunity;
using domain::SalesProcessVersion;
using domain::StageTransition;
using resource::Changed;
using resource::NameOf;
using resource::Write;
using salesops::api::FromDate;
using salesops::api::FromMoney;
using salesops::api::FromTimestamp;
using VersionKey = std::vector<std::string>;

constexpr char kImported[] = "Imported";
constexpr domain::AttributeCollection kDeals = domain::AttributeCollection::kOpportunity;

// The process versions that the changes pin, in one query.
absl::StatusOr<std::map<VersionKey, SalesProcessVersion>> PinnedVersions(
    mysql::Transaction& tx, const std::vector<Changed<Opportunity>>& changes) {
  std::set<VersionKey> keys;
  for (const Changed<Opportunity>& change : changes) {
    if (!change.after->process_id.empty()) {
      keys.insert({change.after->process_id, change.after->version_id});
    }
  }
  ASSIGN_OR_RETURN(std::vector<SalesProcessVersion> versions,
                   store::SalesProcessVersions().BatchFind(tx, {keys.begin(), keys.end()}));
  std::map<VersionKey, SalesProcessVersion> found;
  for (SalesProcessVersion& v : versions) found[{v.process_id, v.id}] = std::move(v);
  return found;
}

// Opportunities without a version follow the default one of the only process in use.
absl::Status PinDefaultVersion(mysql::Transaction& tx, std::vector<Changed<Opportunity>>& changes) {
  std::optional<std::vector<domain::SalesProcess>> in_use;
  for (Changed<Opportunity>& change : changes) {
    if (!change.after->process_id.empty()) continue;
    if (!in_use) {
      ASSIGN_OR_RETURN(in_use, store::ProcessesInUse(tx));
    }
    if (in_use->size() == 1) {
      change.after->process_id = (*in_use)[0].id;
      change.after->version_id = (*in_use)[0].default_version_id;
    } else {
      change.violations->Add(
          "process_version", "REQUIRED",
          in_use->empty()
              ? "must name a published version, and there is none yet; publish one first"
              : "must name the version to follow, as there are several sales processes");
    }
  }
  return absl::OkStatus();
}

void CheckPinned(const Changed<Opportunity>& change, const SalesProcessVersion* version) {
  if (version == nullptr) {
    if (!change.after->process_id.empty()) {
      change.violations->Add("process_version", "BAD_REFERENCE",
                             "refers to a process version that does not exist");
    }
    return;
  }
  if (change.before != nullptr) return;
  if (version->state == domain::VersionState::kDraft) {
    change.violations->Add("process_version", "NOT_PUBLISHED", "is a draft; publish it first");
  }
  if (version->state == domain::VersionState::kRetired) {
    change.violations->Add("process_version", "RETIRED", "is retired; name a published version");
  }
  if (version->meta.archive_time) {
    change.violations->Add("process_version", "ARCHIVED", "is archived; name another");
  }
}

// A create begins in an open stage and is not closed.
void CheckNew(rpc::CallContext& ctx, const Changed<Opportunity>& change,
              const SalesProcessVersion& version) {
  Opportunity& o = *change.after;
  if (o.stage.empty()) {
    if (const domain::Stage* first = version.First(domain::StageKind::kOpen)) o.stage = first->id;
  }
  const domain::Stage* stage = version.Find(o.stage);
  if (stage == nullptr || stage->kind != domain::StageKind::kOpen) {
    change.violations->Add("stage", "WRONG_STAGE",
                           "must be an open stage of the process version; win or lose it later");
  }
  if (o.close_date) {
    change.violations->Add("close_date", "NOT_CLOSED",
                           "is set by the verbs win and lose; leave it out");
  }
  if (!o.outcome_reason.empty()) {
    change.violations->Add("outcome_reason", "NOT_CLOSED",
                           "is set by the verbs win and lose; leave it out");
  }
  o.state = domain::OpportunityState::kOpen;
  o.stage_entered_time = ctx.start_time();
  RecordTransition(ctx, domain::Begin(o, MoveNow(ctx)), change.write);
}

// An import may set stage and close data; the history says how it came there.
absl::Status CheckImported(rpc::CallContext& ctx, mysql::Transaction& tx,
                           const Changed<Opportunity>& change, const SalesProcessVersion& version,
                           absl::TimeZone zone) {
  const auto& row = static_cast<const v1::ImportedOpportunity&>(*change.write->import_row);
  if (change.before != nullptr && (change.before->process_id != change.after->process_id ||
                                   change.before->version_id != change.after->version_id)) {
    change.violations->Add("process_version", "IMMUTABLE",
                           "is pinned when the opportunity is created and never changes");
    return absl::OkStatus();
  }
  if (change.after->stage.empty()) {
    if (const domain::Stage* first = version.First(domain::StageKind::kOpen)) {
      change.after->stage = first->id;
    }
  }
  std::vector<StageTransition> given;
  for (const v1::StageTransition& t : row.transitions()) {
    FromProto(t, &given.emplace_back());
    given.back().override_reason.clear();  // only this service says that it let something pass
    given.back().unmet_criteria.clear();
  }
  std::vector<StageTransition> recorded;
  if (change.before != nullptr && !given.empty()) {
    records::ListQuery query;
    query.parent = {change.after->id};
    query.limit = 1000;
    ASSIGN_OR_RETURN(query.order,
                     salesops::api::ParseOrderBy("", store::StageTransitions().fields(),
                                                 store::StageTransitions().default_order()));
    ASSIGN_OR_RETURN(auto page, store::StageTransitions().List(tx, query));
    recorded = std::move(page.rows);
  }
  for (StageTransition& t :
       domain::PlanImport(change.before, *change.after, version, std::move(given), recorded, zone,
                          MoveNow(ctx), change.violations)) {
    RecordTransition(ctx, std::move(t), change.write);
  }
  return absl::OkStatus();
}

// Verbs change no attributes, and what a stage asks of those who enter it is the verbs' own rule.
// The history of a closed deal is imported as it was.
bool AsksForAttributes(const Changed<Opportunity>& change) {
  if (change.write->import_row != nullptr) {
    return change.after->state == domain::OpportunityState::kOpen;
  }
  return change.write->verb == "Created" || change.write->verb == "Updated";
}

void CheckRequired(const std::vector<domain::AttributeDefinition>& definitions,
                   const SalesProcessVersion& version, const Changed<Opportunity>& change) {
  for (const std::string& key :
       domain::MissingAttributes(definitions, change.after->attributes,
                                 domain::ReachedStages(version, change.after->stage))) {
    const std::string field = "attributes." + key;
    const auto& told = change.violations->list();
    if (std::any_of(told.begin(), told.end(), [&](const auto& v) { return v.field == field; })) {
      continue;
    }
    change.violations->Add(field, "REQUIRED",
                           "must be set in stage \"" + change.after->stage + "\"");
  }
}

// `versions`: those that the changes pin, empty if they are not read yet.
absl::Status CheckDealAttributes(mysql::Transaction& tx, std::vector<Changed<Opportunity>>& changes,
                                 std::map<VersionKey, SalesProcessVersion> versions) {
  const auto asks = [](const auto& change) {
    return change.write->import_row != nullptr || AsksForAttributes(change);
  };
  if (std::none_of(changes.begin(), changes.end(), asks)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<domain::AttributeDefinition> definitions,
                   store::DefinitionsOf(tx, kDeals));
  for (Changed<Opportunity>& change : changes) {
    domain::CheckAttributes(definitions, change.after->attributes,
                            change.before ? &change.before->attributes : nullptr,
                            change.violations);
  }
  const bool required = std::any_of(definitions.begin(), definitions.end(),
                                    [](const auto& d) { return !d.required_from_stage.empty(); });
  if (!required) return absl::OkStatus();
  if (versions.empty()) {
    ASSIGN_OR_RETURN(versions, PinnedVersions(tx, changes));
  }
  for (const Changed<Opportunity>& change : changes) {
    const auto version = versions.find({change.after->process_id, change.after->version_id});
    if (version == versions.end() || !AsksForAttributes(change)) continue;
    CheckRequired(definitions, version->second, change);
  }
  return absl::OkStatus();
}

absl::Status StoreTransitions(rpc::CallContext& ctx, mysql::Transaction& tx,
                              std::vector<Changed<Opportunity>>& changes) {
  std::vector<StageTransition> transitions;
  std::vector<int64_t> facts;
  for (const Changed<Opportunity>& change : changes) {
    for (const auto& part : change.write->parts) {
      const auto& proto = static_cast<const v1::StageTransition&>(*part);
      StageTransition& t = transitions.emplace_back();
      FromProto(proto, &t);
      t.opportunity_id = change.after->id;
      t.id = resource::IdOf(proto.name());
      t.meta.version = 1;
      t.meta.create_time = t.meta.update_time = ctx.start_time();
      facts.push_back(change.fact);
    }
  }
  return store::StageTransitions().Insert(tx, transitions, std::move(facts));
}

void FillPayload(const Write& write, resource::Message* payload) {
  if (auto* imported = dynamic_cast<v1::OpportunityImported*>(payload)) {
    imported->set_created(!write.before.has_value());
    for (const auto& part : write.parts) {
      *imported->add_stage_transitions() = static_cast<const v1::StageTransition&>(*part);
    }
  } else if (!write.parts.empty()) {
    resource::MutableMessage(payload, "stage_transition")->CopyFrom(*write.parts[0]);
  }
}

resource::Kind<v1::StageTransition, StageTransition> TransitionKind() {
  resource::Kind<v1::StageTransition, StageTransition> kind;
  kind.table = &store::StageTransitions();
  kind.to_proto = [](const StageTransition& t, v1::StageTransition* proto) { ToProto(t, proto); };
  kind.from_proto = [](const v1::StageTransition& proto, StageTransition* t) {
    FromProto(proto, t);
  };
  kind.key = {&StageTransition::opportunity_id, &StageTransition::id};
  // Transitions are seen by whoever sees the opportunity.
  kind.list_predicates =
      [](rpc::CallContext& ctx,
         const resource::Message&) -> absl::StatusOr<std::vector<salesops::api::Predicate>> {
    if (ctx.scope().all) return std::vector<salesops::api::Predicate>();
    return std::vector<salesops::api::Predicate>{store::TransitionsOf(ctx.scope().sellers)};
  };
  return kind;
}

std::string GroupValueOf(const std::string& field, const std::string& value) {
  if (value.empty()) return value;
  if (field == "owner") return NameOf("sellers", value);
  if (field == "account") return NameOf("accounts", value);
  if (field == "team") return NameOf("teams", value);
  if (field == "process_version") return "salesProcesses/" + value;
  if (field == "forecast_category") return ForecastName(value);
  if (field != "state") return value;
  return value == "2" ? "WON" : value == "3" ? "LOST" : "OPEN";
}

}  // namespace

OpportunityService::OpportunityService(const resource::Environment& environment,
                                       const roster::Roster* roster)
    : environment_(environment),
      roster_(roster),
      opportunities_(
          environment,
          [this] {
            resource::Kind<v1::Opportunity, Opportunity> kind;
            kind.table = &store::Opportunities();
            kind.to_proto = [](const Opportunity& o, v1::Opportunity* proto) { ToProto(o, proto); };
            kind.from_proto = [](const v1::Opportunity& proto, Opportunity* o) {
              FromProto(proto, o);
            };
            kind.complete = domain::CompleteParts;
            kind.owner = &Opportunity::owner_id;
            kind.owner_column = "r.owner_id";
            kind.set_owner = [](v1::Opportunity* proto, const std::string& id) {
              proto->set_owner(NameOf("sellers", id));
            };
            kind.check = [this](rpc::CallContext& ctx, mysql::Transaction& tx,
                                std::vector<Changed<Opportunity>>& changes) {
              return Check(ctx, tx, changes);
            };
            kind.after_store = [](rpc::CallContext& ctx, mysql::Transaction& tx,
                                  std::vector<Changed<Opportunity>>& changes) -> absl::Status {
              RETURN_IF_ERROR(StoreAttributes(tx, kDeals, changes));
              return StoreTransitions(ctx, tx, changes);
            };
            kind.payload = FillPayload;
            kind.import_verb = kImported;
            kind.filter_fields = [this](rpc::CallContext& ctx, const resource::Message& request,
                                        salesops::api::Columns* columns) {
              base::CivilDay day = environment_.Today(ctx);
              if (const auto* asked = resource::GetMessage(request, "effective_date")) {
                day = FromDate(static_cast<const google::type::Date&>(*asked));
              }
              (*columns)["team"] = store::TeamColumn(day);
            };
            kind.stored_filter_fields =
                [this](rpc::CallContext& ctx, const resource::Message& request,
                       std::optional<int64_t> as_of, salesops::api::Columns* columns) {
                  (*columns)["account_ancestor"] = store::InTreeOf("r.account_id", as_of);
                  return AddAttributeFields(environment_, ctx, request, kDeals, as_of, columns);
                };
            return kind;
          }()),
      transitions_(environment, TransitionKind()) {}

rpc::Binding OpportunityService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.OpportunityService");
  binding.Unary("AdvanceOpportunity", this, &OpportunityService::Advance);
  binding.Unary("RegressOpportunity", this, &OpportunityService::Regress);
  binding.Unary("WinOpportunity", this, &OpportunityService::Win);
  binding.Unary("LoseOpportunity", this, &OpportunityService::Lose);
  binding.Unary("ReopenOpportunity", this, &OpportunityService::Reopen);
  binding.Unary("AssignOpportunity", this, &OpportunityService::Assign);
  binding.Unary("AggregateOpportunities", this, &OpportunityService::Aggregate);
  binding.Unary("CheckOpportunityGates", this, &OpportunityService::CheckGates);
  binding.Unary("CompleteOpportunityStep", this, &OpportunityService::CompleteStep);
  binding.Unary("UndoOpportunityStep", this, &OpportunityService::UndoStep);
  binding.Unary("RequestOpportunityApproval", this, &OpportunityService::RequestApproval);
  binding.Unary("DecideOpportunityApproval", this, &OpportunityService::DecideApproval);
  binding.Unary("MoveOpportunities", this, &OpportunityService::MoveToVersion);
  binding.Unary("GetStageTransition", this, &OpportunityService::GetTransition);
  opportunities_.BindTo(binding);
  transitions_.BindTo(binding);
  return binding;
}

absl::Status OpportunityService::Check(rpc::CallContext& ctx, mysql::Transaction& tx,
                                       std::vector<Changed<Opportunity>>& changes) {
  // Verbs move an existing opportunity by a rule of domain/ and need nothing of this but the owner.
  RETURN_IF_ERROR(PinDefaultVersion(tx, changes));
  // A deal may be with an account that another seller looks after.
  RETURN_IF_ERROR(CheckAccounts(tx, changes, auth::RowScope::All()));
  CheckOwners(*roster_, changes);
  RETURN_IF_ERROR(CheckParts(tx, *roster_, changes));
  const bool pins = std::any_of(changes.begin(), changes.end(), [](const auto& c) {
    return c.before == nullptr || c.write->import_row != nullptr;
  });
  std::map<VersionKey, SalesProcessVersion> versions;
  if (pins) {
    ASSIGN_OR_RETURN(versions, PinnedVersions(tx, changes));
  }
  for (Changed<Opportunity>& change : changes) {
    Opportunity& o = *change.after;
    if (o.open_date == base::CivilDay()) o.open_date = environment_.Today(ctx);
    if (change.before == nullptr || change.write->import_row != nullptr) {
      auto found = versions.find({o.process_id, o.version_id});
      CheckPinned(change, found == versions.end() ? nullptr : &found->second);
      if (found == versions.end()) continue;
      if (change.write->import_row != nullptr) {
        RETURN_IF_ERROR(CheckImported(ctx, tx, change, found->second, environment_.zone));
      } else {
        CheckNew(ctx, change, found->second);
        RETURN_IF_ERROR(CheckBeginning(tx, found->second, o, change.violations));
      }
    }
    domain::CheckOpportunity(o, change.violations);
    domain::CheckForecast(change.before, o, change.violations);
  }
  return CheckDealAttributes(tx, changes, std::move(versions));
}

template <class Request, class Rule>
absl::StatusOr<v1::Opportunity> OpportunityService::Move(rpc::CallContext& ctx,
                                                         const Request& request,
                                                         const std::string& verb,
                                                         const std::string& reason, Rule rule) {
  return opportunities_.Change(
      ctx, request, request.name(), request.etag(), verb,
      [&](mysql::Transaction& tx, Opportunity& o, Write& write) -> absl::Status {
        ASSIGN_OR_RETURN(const SalesProcessVersion process, PinnedVersion(tx, o));
        domain::Move move = MoveNow(ctx);
        move.reason = reason;
        if (request.has_transition_time()) {
          move.time = FromTimestamp(request.transition_time());
          if (move.time > ctx.start_time()) {
            return status::InvalidField("transition_time", "OUT_OF_RANGE",
                                        "must not be in the future");
          }
        }
        const absl::Time entered = o.stage_entered_time;
        ASSIGN_OR_RETURN(StageTransition transition, rule(o, process, move));
        // Going back and opening again ask no gate.
        if constexpr (requires { request.override_reason(); }) {
          RETURN_IF_ERROR(
              PassGates(ctx, tx, process, o, entered, request.override_reason(), &transition));
        }
        RecordTransition(ctx, std::move(transition), &write);
        return absl::OkStatus();
      });
}

absl::StatusOr<v1::Opportunity> OpportunityService::Advance(
    rpc::CallContext& ctx, const v1::AdvanceOpportunityRequest& request) {
  return Move(ctx, request, "Advanced", request.reason(),
              [&](Opportunity& o, const SalesProcessVersion& process, const domain::Move& move) {
                return domain::Advance(o, process, request.stage(), move);
              });
}

absl::StatusOr<v1::Opportunity> OpportunityService::Regress(
    rpc::CallContext& ctx, const v1::RegressOpportunityRequest& request) {
  return Move(ctx, request, "Regressed", request.reason(),
              [&](Opportunity& o, const SalesProcessVersion& process, const domain::Move& move) {
                return domain::Regress(o, process, request.stage(), move);
              });
}

absl::StatusOr<v1::Opportunity> OpportunityService::Win(rpc::CallContext& ctx,
                                                        const v1::WinOpportunityRequest& request) {
  std::optional<base::Money> amount;
  if (request.has_amount()) amount = FromMoney(request.amount());
  return Move(ctx, request, "Won", request.reason(),
              [&](Opportunity& o, const SalesProcessVersion& process, const domain::Move& move) {
                return domain::Win(o, process, FromDate(request.close_date()), amount, move);
              });
}

absl::StatusOr<v1::Opportunity> OpportunityService::Lose(
    rpc::CallContext& ctx, const v1::LoseOpportunityRequest& request) {
  return Move(ctx, request, "Lost", request.reason(),
              [&](Opportunity& o, const SalesProcessVersion& process, const domain::Move& move) {
                return domain::Lose(o, process, FromDate(request.close_date()), move);
              });
}

absl::StatusOr<v1::Opportunity> OpportunityService::Reopen(
    rpc::CallContext& ctx, const v1::ReopenOpportunityRequest& request) {
  return Move(ctx, request, "Reopened", request.reason(),
              [&](Opportunity& o, const SalesProcessVersion& process, const domain::Move& move) {
                return domain::Reopen(o, process, request.stage(), move);
              });
}

absl::StatusOr<v1::Opportunity> OpportunityService::Assign(
    rpc::CallContext& ctx, const v1::AssignOpportunityRequest& request) {
  return opportunities_.Change(ctx, request, request.name(), request.etag(), "Assigned",
                               [&](mysql::Transaction&, Opportunity& o, Write&) {
                                 o.owner_id = resource::IdOf(request.owner());
                                 return absl::OkStatus();
                               });
}

absl::StatusOr<v1::StageTransition> OpportunityService::GetTransition(
    rpc::CallContext& ctx, const v1::GetStageTransitionRequest& request) {
  v1::StageTransition proto;
  ASSIGN_OR_RETURN(std::optional<int64_t> as_of, transitions_.AsOf(ctx, request, &proto));
  const std::string opportunity = request.name().substr(0, request.name().find("/transitions/"));
  RETURN_IF_ERROR(environment_.db->Read(ctx, [&](mysql::Connection& c) -> absl::Status {
    RETURN_IF_ERROR(opportunities_.Find(ctx, c, opportunity, as_of).status());
    ASSIGN_OR_RETURN(resource::Item item, transitions_.Find(ctx, c, request.name(), as_of));
    proto = static_cast<const v1::StageTransition&>(*item.proto);
    return absl::OkStatus();
  }));
  return proto;
}

absl::StatusOr<v1::AggregateOpportunitiesResponse> OpportunityService::Aggregate(
    rpc::CallContext& ctx, const v1::AggregateOpportunitiesRequest& request) {
  v1::AggregateOpportunitiesResponse response;
  store::Aggregation aggregation;
  ASSIGN_OR_RETURN(aggregation.as_of_position, opportunities_.AsOf(ctx, request, &response));
  ASSIGN_OR_RETURN(records::ListQuery query,
                   opportunities_.Query(ctx, request, aggregation.as_of_position));
  aggregation.group_by = {request.group_by().begin(), request.group_by().end()};
  aggregation.where = std::move(query.where);
  aggregation.today =
      request.has_effective_date() ? FromDate(request.effective_date()) : environment_.Today(ctx);
  ASSIGN_OR_RETURN(std::vector<store::OpportunityGroup> groups,
                   environment_.db->Read(ctx, [&](mysql::Connection& c) {
                     return store::Aggregate(c, aggregation);
                   }));
  for (const store::OpportunityGroup& group : groups) {
    v1::OpportunityGroup* out = response.add_groups();
    for (size_t i = 0; i < group.values.size(); ++i) {
      v1::GroupValue* value = out->add_values();
      value->set_field(aggregation.group_by[i]);
      value->set_value(GroupValueOf(aggregation.group_by[i], group.values[i]));
    }
    out->set_count(group.count);
    for (const base::Money& amount : group.amounts) {
      *out->add_amounts() = salesops::api::ToMoney(amount);
    }
    if (group.oldest_open_date) {
      *out->mutable_oldest_open_date() = salesops::api::ToDate(*group.oldest_open_date);
    }
  }
  return response;
}

}  // namespace salesops::pipeline::api
