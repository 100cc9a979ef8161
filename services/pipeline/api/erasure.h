#pragma once

// Erasing who a person is: a contact with the leads that were qualified into it, or a lead, and
// what both left in activities.
//
//   PersonErasure erasure(environment, {&contacts.contacts(), &leads.leads(), &activities…});
//   bindings.push_back(contacts.Bind(&erasure));
//
// The person comes first, in one transaction; each lead and each 200 activities follow in one of
// their own. A call that ends in between has erased what it says; another one goes on, and one that
// finds nothing left writes nothing.
//
// Thread-safety: safe from any thread; the functions are pure.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "salesops/pipeline/v1/activity.pb.h"
#include "salesops/pipeline/v1/contact.pb.h"
#include "salesops/pipeline/v1/lead.pb.h"
#include "services/pipeline/api/activity_service.h"
#include "services/pipeline/api/contact_service.h"
#include "services/pipeline/api/lead_service.h"
#include "shared/resource/resource.h"

namespace salesops::pipeline::api {

// Clears what was said in an activity, and the address of this contact, `contacts/{contact}`.
void EraseContactFrom(const std::string& contact, v1::Activity* activity);
// Clears what was said in an activity of a lead, and names and addresses of those who took part and
// are neither a seller nor a contact: one of them is the lead's person.
void EraseLeadFrom(v1::Activity* activity);

class PersonErasure {
 public:
  // They outlive it.
  struct Records {
    ContactService::Contacts* contacts;
    LeadService::Leads* leads;
    ActivityService::Activities* activities;
  };
  PersonErasure(const resource::Environment& environment, const Records& records)
      : environment_(environment), records_(records) {}

  absl::StatusOr<v1::Contact> EraseContact(rpc::CallContext& ctx,
                                           const v1::EraseContactRequest& request);
  absl::StatusOr<v1::Lead> EraseLead(rpc::CallContext& ctx, const v1::EraseLeadRequest& request);

  // What the person left, without the person.
  absl::Status EraseLeftByContact(rpc::CallContext& ctx, const std::string& contact_id);
  absl::Status EraseActivitiesOfLead(rpc::CallContext& ctx, const std::string& lead_id);

 private:
  // At most so many ids from the one after `after`, in their order.
  using FindIds = std::function<absl::StatusOr<std::vector<std::string>>(
      mysql::Connection&, const std::string& after, int limit)>;
  absl::Status EraseLeadsOf(rpc::CallContext& ctx, const std::string& contact_id);
  absl::Status EraseActivities(rpc::CallContext& ctx, const FindIds& find,
                               const std::function<void(v1::Activity*)>& erase);

  const resource::Environment environment_;
  const Records records_;
};

}  // namespace salesops::pipeline::api
