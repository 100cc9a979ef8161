#include "services/pipeline/api/lead_service.h"

#include "services/pipeline/api/erasure.h"
#include "services/pipeline/api/lead_qualification.h"
#include "services/pipeline/api/references.h"
#include "services/pipeline/store/lead_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::Lead;
using domain::LeadOutcome;
using domain::LeadState;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using resource::Write;
using salesops::api::FromTimestamp;
using salesops::api::ToTimestamp;

void ToProto(const Lead& lead, v1::Lead* proto) {
  proto->set_display_name(lead.display_name);
  proto->set_company(lead.company);
  proto->set_contact_display_name(lead.contact_display_name);
  proto->set_phone(lead.phone);
  proto->set_email(lead.email);
  proto->set_need(lead.need);
  proto->set_source(lead.source);
  proto->set_campaign(lead.campaign);
  proto->set_owner(NameOf("sellers", lead.owner_id));
  const LeadOutcome& outcome = lead.outcome;
  proto->set_state(static_cast<v1::Lead::State>(outcome.state));
  proto->set_outcome_reason(outcome.reason);
  if (outcome.time) *proto->mutable_outcome_time() = ToTimestamp(*outcome.time);
  proto->set_account(NameOf("accounts", outcome.account_id));
  proto->set_contact(NameOf("contacts", outcome.contact_id));
  proto->set_opportunity(NameOf("opportunities", outcome.opportunity_id));
  resource::ToProto(lead.external_keys, proto->mutable_external_keys());
  resource::ToProto(lead.attributes, proto->mutable_attributes());
  if (lead.erase_time) *proto->mutable_erase_time() = ToTimestamp(*lead.erase_time);
}

void FromProto(const v1::Lead& proto, Lead* lead) {
  lead->display_name = proto.display_name();
  lead->company = proto.company();
  lead->contact_display_name = proto.contact_display_name();
  lead->phone = proto.phone();
  lead->email = proto.email();
  lead->need = proto.need();
  lead->source = proto.source();
  lead->campaign = proto.campaign();
  lead->owner_id = IdOf(proto.owner());
  LeadOutcome& outcome = lead->outcome;
  if (proto.state() != v1::Lead::STATE_UNSPECIFIED) {
    outcome.state = static_cast<LeadState>(proto.state());
  }
  outcome.reason = proto.outcome_reason();
  if (proto.has_outcome_time()) outcome.time = FromTimestamp(proto.outcome_time());
  outcome.account_id = IdOf(proto.account());
  outcome.contact_id = IdOf(proto.contact());
  outcome.opportunity_id = IdOf(proto.opportunity());
  lead->external_keys = resource::FromProto(proto.external_keys());
  lead->attributes = resource::FromProto(proto.attributes());
  if (proto.has_erase_time()) lead->erase_time = FromTimestamp(proto.erase_time());
}

void Erase(v1::Lead* lead) {
  lead->set_display_name(resource::kErasedName);
  lead->clear_contact_display_name();
  lead->clear_phone();
  lead->clear_email();
  lead->clear_need();
  lead->clear_attributes();
}

resource::Kind<v1::Lead, Lead> LeadKind(const roster::Roster* roster) {
  resource::Kind<v1::Lead, Lead> kind;
  kind.table = &store::Leads();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.owner = &Lead::owner_id;
  kind.owner_column = "r.owner_id";
  kind.set_owner = [](v1::Lead* proto, const std::string& seller_id) {
    proto->set_owner(NameOf("sellers", seller_id));
  };
  kind.check = [roster](rpc::CallContext&, mysql::Transaction&,
                        std::vector<Changed<Lead>>& changes) -> absl::Status {
    CheckOwners(*roster, changes);
    for (Changed<Lead>& change : changes) {
      // Only the verbs decide: a create and a row of an import say nothing of the outcome.
      if (change.before == nullptr) {
        change.after->outcome = LeadOutcome();
      } else if (change.write->import_row != nullptr) {
        change.after->outcome = change.before->outcome;
      }
    }
    return absl::OkStatus();
  };
  kind.erase = Erase;
  return kind;
}

}  // namespace

LeadService::LeadService(const resource::Environment& environment, const roster::Roster* roster,
                         const Targets& targets)
    : leads_(environment, LeadKind(roster)), targets_(targets) {}

rpc::Binding LeadService::Bind(PersonErasure* erasure) {
  rpc::Binding binding("salesops.pipeline.v1.LeadService");
  binding.Unary("QualifyLead", this, &LeadService::Qualify);
  binding.Unary("DisqualifyLead", this, &LeadService::Disqualify);
  binding.Unary("ReopenLead", this, &LeadService::Reopen);
  binding.Unary("EraseLead", erasure, &PersonErasure::EraseLead);
  leads_.BindTo(binding);
  return binding;
}

absl::StatusOr<v1::Lead> LeadService::Qualify(rpc::CallContext& ctx,
                                              const v1::QualifyLeadRequest& request) {
  Target account{targets_.accounts, "account", request.account(), request.has_new_account()};
  account.required = true;
  Target contact{targets_.contacts, "contact", request.contact(), request.has_new_contact()};
  Target opportunity{targets_.opportunities, "opportunity", request.opportunity(),
                     request.has_new_opportunity()};
  RETURN_IF_ERROR(Authorise(ctx, "accounts", &account));
  RETURN_IF_ERROR(Authorise(ctx, "contacts", &contact));
  RETURN_IF_ERROR(Authorise(ctx, "opportunities", &opportunity));
  return leads_.Change(
      ctx, request, request.name(), request.etag(), "Qualified",
      [&](mysql::Transaction& tx, Lead& lead, Write&) -> absl::Status {
        RETURN_IF_ERROR(domain::CheckOpen(lead));
        base::Violations violations;
        ASSIGN_OR_RETURN(const std::string account_id,
                         FindOrCreate(account, tx, AccountOf(request, lead), "", &violations));
        ASSIGN_OR_RETURN(const std::string contact_id,
                         FindOrCreate(contact, tx, ContactOf(request, lead, account_id), account_id,
                                      &violations));
        ASSIGN_OR_RETURN(const std::string opportunity_id,
                         FindOrCreate(opportunity, tx, OpportunityOf(request, lead, account_id),
                                      account_id, &violations));
        if (!violations.empty()) return status::InvalidArgument(violations);
        return domain::Qualify(lead, account_id, contact_id, opportunity_id, request.reason(),
                               ctx.start_time());
      });
}

absl::StatusOr<v1::Lead> LeadService::Disqualify(rpc::CallContext& ctx,
                                                 const v1::DisqualifyLeadRequest& request) {
  return leads_.Change(ctx, request, request.name(), request.etag(), "Disqualified",
                       [&](mysql::Transaction&, Lead& lead, Write&) {
                         return domain::Disqualify(lead, request.reason(), ctx.start_time());
                       });
}

absl::StatusOr<v1::Lead> LeadService::Reopen(rpc::CallContext& ctx,
                                             const v1::ReopenLeadRequest& request) {
  return leads_.Change(
      ctx, request, request.name(), request.etag(), "Reopened",
      [&](mysql::Transaction&, Lead& lead, Write&) { return domain::Reopen(lead); });
}

}  // namespace salesops::pipeline::api
