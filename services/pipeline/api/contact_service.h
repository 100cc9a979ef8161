#pragma once

// salesops.pipeline.v1.ContactService.
//
// Thread-safety: safe from any thread.

#include "salesops/pipeline/v1/contact.pb.h"
#include "services/pipeline/domain/contact.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class PersonErasure;

class ContactService {
 public:
  using Contacts = resource::Resource<v1::Contact, domain::Contact>;

  ContactService(const resource::Environment& environment, const roster::Roster* roster);
  // It outlives the binding.
  rpc::Binding Bind(PersonErasure* erasure);
  // For changes of contacts in transactions of others.
  Contacts& contacts() { return contacts_; }

 private:
  Contacts contacts_;
};

}  // namespace salesops::pipeline::api
