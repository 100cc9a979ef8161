#include "services/pipeline/api/erasure.h"

#include <set>

#include "services/pipeline/store/activity_store.h"
#include "services/pipeline/store/lead_store.h"
#include "shared/api/audit.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"

namespace salesops::pipeline::api {
namespace {

using resource::IdOf;
using resource::NameOf;

constexpr int kBatch = 200;

void ClearWhatWasSaid(v1::Activity* activity) {
  activity->clear_outcome_note();
  activity->clear_description();
}

}  // namespace

void EraseContactFrom(const std::string& contact, v1::Activity* activity) {
  ClearWhatWasSaid(activity);
  for (v1::ActivityParticipant& participant : *activity->mutable_participants()) {
    if (participant.contact() == contact) participant.clear_address();
  }
}

void EraseLeadFrom(v1::Activity* activity) {
  ClearWhatWasSaid(activity);
  for (v1::ActivityParticipant& participant : *activity->mutable_participants()) {
    if (participant.has_seller() || participant.has_contact()) continue;
    participant.set_display_name(resource::kErasedName);
    participant.clear_address();
  }
}

absl::StatusOr<v1::Contact> PersonErasure::EraseContact(rpc::CallContext& ctx,
                                                        const v1::EraseContactRequest& request) {
  ASSIGN_OR_RETURN(v1::Contact erased,
                   environment_.mutations->Run<v1::Contact>(
                       ctx, request, [&](mysql::Transaction& tx) -> absl::StatusOr<v1::Contact> {
                         return records_.contacts->EraseInside(ctx, tx, request.name(),
                                                               request.etag());
                       }));
  if (request.validate_only()) return erased;
  RETURN_IF_ERROR(EraseLeftByContact(ctx, IdOf(request.name())));
  return erased;
}

absl::Status PersonErasure::EraseLeftByContact(rpc::CallContext& ctx,
                                               const std::string& contact_id) {
  RETURN_IF_ERROR(EraseLeadsOf(ctx, contact_id));
  return EraseActivities(
      ctx,
      [&](mysql::Connection& c, const std::string& after, int limit) {
        return store::ActivitiesOfContact(c, contact_id, after, limit);
      },
      [&](v1::Activity* activity) { EraseContactFrom(NameOf("contacts", contact_id), activity); });
}

absl::StatusOr<v1::Lead> PersonErasure::EraseLead(rpc::CallContext& ctx,
                                                  const v1::EraseLeadRequest& request) {
  ASSIGN_OR_RETURN(v1::Lead erased,
                   environment_.mutations->Run<v1::Lead>(
                       ctx, request, [&](mysql::Transaction& tx) -> absl::StatusOr<v1::Lead> {
                         return records_.leads->EraseInside(ctx, tx, request.name(),
                                                            request.etag());
                       }));
  if (request.validate_only()) return erased;
  RETURN_IF_ERROR(EraseActivitiesOfLead(ctx, IdOf(request.name())));
  return erased;
}

absl::Status PersonErasure::EraseLeadsOf(rpc::CallContext& ctx, const std::string& contact_id) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                     environment_.db->Read(ctx, [&](mysql::Connection& c) {
                       return store::LeadsOfContact(c, contact_id, after, kBatch);
                     }));
    if (ids.empty()) return absl::OkStatus();
    for (const std::string& id : ids) {
      const auto erased = environment_.db->RunInTransaction(ctx, [&](mysql::Transaction& tx) {
        return records_.leads->EraseInside(ctx, tx, NameOf("leads", id), "");
      });
      RETURN_IF_ERROR(erased.status());
      environment_.mutations->Committed();
      RETURN_IF_ERROR(EraseActivitiesOfLead(ctx, id));
    }
    after = ids.back();
  }
}

absl::Status PersonErasure::EraseActivitiesOfLead(rpc::CallContext& ctx,
                                                  const std::string& lead_id) {
  return EraseActivities(
      ctx,
      [&](mysql::Connection& c, const std::string& after, int limit) {
        return store::ActivitiesOfLead(c, lead_id, after, limit);
      },
      EraseLeadFrom);
}

absl::Status PersonErasure::EraseActivities(rpc::CallContext& ctx, const FindIds& find,
                                            const std::function<void(v1::Activity*)>& erase) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(
        const std::vector<std::string> ids,
        environment_.db->Read(ctx, [&](mysql::Connection& c) { return find(c, after, kBatch); }));
    if (ids.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(
        environment_.db->RunInTransaction(ctx, [&](mysql::Transaction& tx) -> absl::Status {
          std::vector<std::string> names;
          std::set<std::string> fields;
          for (const std::string& id : ids) {
            ASSIGN_OR_RETURN(const std::set<std::string> erased,
                             records_.activities->EraseVersions(tx, {id}, erase));
            if (erased.empty()) continue;
            names.push_back(NameOf("activities", id));
            fields.insert(erased.begin(), erased.end());
          }
          if (names.empty()) return absl::OkStatus();
          return salesops::api::Audit::Record(tx, ctx, names, {fields.begin(), fields.end()});
        }));
    after = ids.back();
  }
}

}  // namespace salesops::pipeline::api
