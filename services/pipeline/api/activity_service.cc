#include "services/pipeline/api/activity_service.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/pipeline/api/references.h"
#include "services/pipeline/store/activity_store.h"
#include "services/pipeline/store/referred.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::Activity;
using domain::ActivityDirection;
using domain::ActivityKind;
using domain::ActivityOutcome;
using domain::Participant;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using salesops::api::FromTimestamp;
using salesops::api::ToTimestamp;
using Referreds = std::map<std::string, store::Referred>;

void ToProto(const Participant& participant, v1::ActivityParticipant* proto) {
  if (!participant.seller_id.empty()) {
    proto->set_seller(NameOf("sellers", participant.seller_id));
  } else if (!participant.contact_id.empty()) {
    proto->set_contact(NameOf("contacts", participant.contact_id));
  } else if (!participant.display_name.empty()) {
    proto->set_display_name(participant.display_name);
  }
  proto->set_address(participant.address);
}

void ToProto(const Activity& activity, v1::Activity* proto) {
  proto->set_display_name(activity.display_name);
  proto->set_kind(static_cast<v1::Activity::Kind>(activity.kind));
  proto->set_direction(static_cast<v1::Activity::Direction>(activity.direction));
  *proto->mutable_start_time() = ToTimestamp(activity.start_time);
  if (activity.end_time) *proto->mutable_end_time() = ToTimestamp(*activity.end_time);
  if (activity.done) proto->set_done(*activity.done);
  proto->set_owner(NameOf("sellers", activity.owner_id));
  proto->set_account(NameOf("accounts", activity.account_id));
  proto->set_contact(NameOf("contacts", activity.contact_id));
  proto->set_lead(NameOf("leads", activity.lead_id));
  proto->set_opportunity(NameOf("opportunities", activity.opportunity_id));
  for (const Participant& participant : activity.participants) {
    ToProto(participant, proto->add_participants());
  }
  proto->set_outcome(static_cast<v1::Activity::Outcome>(activity.outcome));
  proto->set_outcome_note(activity.outcome_note);
  proto->set_description(activity.description);
  proto->set_source(activity.source);
  resource::ToProto(activity.external_keys, proto->mutable_external_keys());
  resource::ToProto(activity.attributes, proto->mutable_attributes());
}

void FromProto(const v1::Activity& proto, Activity* activity) {
  activity->display_name = proto.display_name();
  activity->kind = static_cast<ActivityKind>(proto.kind());
  activity->direction = static_cast<ActivityDirection>(proto.direction());
  activity->start_time = FromTimestamp(proto.start_time());
  if (proto.has_end_time()) activity->end_time = FromTimestamp(proto.end_time());
  if (proto.has_done()) activity->done = proto.done();
  activity->owner_id = IdOf(proto.owner());
  activity->account_id = IdOf(proto.account());
  activity->contact_id = IdOf(proto.contact());
  activity->lead_id = IdOf(proto.lead());
  activity->opportunity_id = IdOf(proto.opportunity());
  for (const v1::ActivityParticipant& participant : proto.participants()) {
    activity->participants.push_back({IdOf(participant.seller()), IdOf(participant.contact()),
                                      participant.display_name(), participant.address()});
  }
  activity->outcome = static_cast<ActivityOutcome>(proto.outcome());
  activity->outcome_note = proto.outcome_note();
  activity->description = proto.description();
  activity->source = proto.source();
  activity->external_keys = resource::FromProto(proto.external_keys());
  activity->attributes = resource::FromProto(proto.attributes());
}

// True if the change names another than before; an empty id names nothing.
bool IsNew(const Changed<Activity>& change, std::string Activity::*id) {
  return !(change.after->*id).empty() &&
         (change.before == nullptr || change.before->*id != change.after->*id);
}

// True if its account and what has an account of its own must be seen to agree.
bool IsRelated(const Changed<Activity>& change) {
  return change.before == nullptr || change.before->account_id != change.after->account_id ||
         change.before->contact_id != change.after->contact_id ||
         change.before->opportunity_id != change.after->opportunity_id;
}

// True if the participant, by its seller or its contact, was one before.
bool TookPart(const Changed<Activity>& change, std::string Participant::*id,
              const std::string& value) {
  return change.before != nullptr &&
         std::any_of(change.before->participants.begin(), change.before->participants.end(),
                     [&](const Participant& p) { return p.*id == value; });
}

// True if the caller may newly name the record.
bool CheckReference(const Referreds& known, const std::string& id, const char* noun,
                    const std::string& collection, const std::string& field,
                    const auth::RowScope& scope, base::Violations* violations) {
  const auto found = known.find(id);
  if (found == known.end() || !scope.Includes(found->second.owner_id)) {
    violations->Add(field, "BAD_REFERENCE",
                    absl::StrCat("refers to ", collection, "/", id,
                                 ", which does not exist or is outside your scope"));
    return false;
  }
  if (found->second.archived) {
    violations->Add(field, "ARCHIVED",
                    absl::StrCat("refers to an archived ", noun, "; unarchive it or name another"));
    return false;
  }
  return true;
}

std::string AccountOf(const Referreds& known, const std::string& id) {
  const auto found = known.find(id);
  return found == known.end() ? "" : found->second.account_id;
}

// What the changes refer to beside accounts and sellers, where a rule looks at it.
struct Related {
  Referreds contacts, leads, opportunities;
};

absl::StatusOr<Related> FindRelated(mysql::Transaction& tx,
                                    const std::vector<Changed<Activity>>& changes) {
  std::set<std::string> contacts, leads, opportunities;
  for (const Changed<Activity>& change : changes) {
    if (IsRelated(change)) {
      contacts.insert(change.after->contact_id);
      opportunities.insert(change.after->opportunity_id);
    }
    if (IsNew(change, &Activity::lead_id)) leads.insert(change.after->lead_id);
    for (const Participant& p : change.after->participants) {
      if (!TookPart(change, &Participant::contact_id, p.contact_id)) contacts.insert(p.contact_id);
    }
  }
  Related related;
  ASSIGN_OR_RETURN(related.contacts, store::FindContacts(tx, contacts));
  ASSIGN_OR_RETURN(related.leads, store::FindLeads(tx, leads));
  ASSIGN_OR_RETURN(related.opportunities, store::FindOpportunities(tx, opportunities));
  return related;
}

void CheckParticipants(const Changed<Activity>& change, const Related& related,
                       const roster::Roster& roster, const auth::RowScope& scope) {
  for (size_t i = 0; i < change.after->participants.size(); ++i) {
    const Participant& p = change.after->participants[i];
    const std::string field = absl::StrCat("participants[", i, "]");
    if (!TookPart(change, &Participant::seller_id, p.seller_id)) {
      CheckSeller(roster, p.seller_id, field + ".seller", change.violations);
    }
    if (!p.contact_id.empty() && !TookPart(change, &Participant::contact_id, p.contact_id)) {
      CheckReference(related.contacts, p.contact_id, "contact", "contacts", field + ".contact",
                     scope, change.violations);
    }
  }
}

void CheckRelated(const Changed<Activity>& change, const Related& related,
                  const auth::RowScope& scope) {
  Activity& after = *change.after;
  const bool contact = !IsNew(change, &Activity::contact_id) ||
                       CheckReference(related.contacts, after.contact_id, "contact", "contacts",
                                      "contact", scope, change.violations);
  const bool opportunity =
      !IsNew(change, &Activity::opportunity_id) ||
      CheckReference(related.opportunities, after.opportunity_id, "opportunity", "opportunities",
                     "opportunity", scope, change.violations);
  if (IsNew(change, &Activity::lead_id)) {
    CheckReference(related.leads, after.lead_id, "lead", "leads", "lead", scope, change.violations);
  }
  if (!IsRelated(change)) return;
  // What the caller may not name tells nothing of its account.
  domain::AgreeOnAccount(
      after, opportunity ? AccountOf(related.opportunities, after.opportunity_id) : "",
      contact ? AccountOf(related.contacts, after.contact_id) : "", change.violations);
}

// A contact who took part before is in the index already.
absl::Status IndexParticipants(mysql::Transaction& tx,
                               const std::vector<Changed<Activity>>& changes) {
  std::vector<store::TakenPart> parts;
  for (const Changed<Activity>& change : changes) {
    for (const Participant& p : change.after->participants) {
      if (p.contact_id.empty() || TookPart(change, &Participant::contact_id, p.contact_id)) {
        continue;
      }
      parts.push_back({p.contact_id, change.after->id});
    }
  }
  return store::IndexParticipants(tx, parts);
}

resource::Kind<v1::Activity, Activity> ActivityKindOf(const roster::Roster* roster) {
  resource::Kind<v1::Activity, Activity> kind;
  kind.table = &store::Activities();
  kind.to_proto = [](const Activity& a, v1::Activity* proto) { ToProto(a, proto); };
  kind.from_proto = FromProto;
  kind.owner = &Activity::owner_id;
  kind.owner_column = "r.owner_id";
  kind.set_owner = [](v1::Activity* proto, const std::string& seller_id) {
    proto->set_owner(NameOf("sellers", seller_id));
  };
  kind.check = [roster](rpc::CallContext& ctx, mysql::Transaction& tx,
                        std::vector<Changed<Activity>>& changes) -> absl::Status {
    CheckOwners(*roster, changes);
    RETURN_IF_ERROR(CheckAccounts(tx, changes, ctx.scope()));
    ASSIGN_OR_RETURN(const Related related, FindRelated(tx, changes));
    for (Changed<Activity>& change : changes) {
      CheckParticipants(change, related, *roster, ctx.scope());
      CheckRelated(change, related, ctx.scope());
      domain::Complete(*change.after, ctx.start_time());
      domain::CheckActivity(*change.after, ctx.start_time(), change.violations);
    }
    return absl::OkStatus();
  };
  kind.after_store = [](rpc::CallContext&, mysql::Transaction& tx,
                        std::vector<Changed<Activity>>& changes) {
    return IndexParticipants(tx, changes);
  };
  return kind;
}

}  // namespace

ActivityService::ActivityService(const resource::Environment& environment,
                                 const roster::Roster* roster)
    : activities_(environment, ActivityKindOf(roster)) {}

rpc::Binding ActivityService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.ActivityService");
  activities_.BindTo(binding);
  return binding;
}

}  // namespace salesops::pipeline::api
