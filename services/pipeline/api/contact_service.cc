#include "services/pipeline/api/contact_service.h"

#include "services/pipeline/api/erasure.h"
#include "services/pipeline/api/references.h"
#include "services/pipeline/store/contact_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::Contact;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using salesops::api::FromTimestamp;
using salesops::api::ToTimestamp;

void ToProto(const Contact& contact, v1::Contact* proto) {
  proto->set_display_name(contact.display_name);
  proto->set_account(NameOf("accounts", contact.account_id));
  proto->set_title(contact.title);
  proto->set_phone(contact.phone);
  proto->set_email(contact.email);
  proto->set_owner(NameOf("sellers", contact.owner_id));
  resource::ToProto(contact.external_keys, proto->mutable_external_keys());
  resource::ToProto(contact.attributes, proto->mutable_attributes());
  if (contact.erase_time) *proto->mutable_erase_time() = ToTimestamp(*contact.erase_time);
}

void FromProto(const v1::Contact& proto, Contact* contact) {
  contact->display_name = proto.display_name();
  contact->account_id = IdOf(proto.account());
  contact->title = proto.title();
  contact->phone = proto.phone();
  contact->email = proto.email();
  contact->owner_id = IdOf(proto.owner());
  contact->external_keys = resource::FromProto(proto.external_keys());
  contact->attributes = resource::FromProto(proto.attributes());
  if (proto.has_erase_time()) contact->erase_time = FromTimestamp(proto.erase_time());
}

void Erase(v1::Contact* contact) {
  contact->set_display_name(resource::kErasedName);
  contact->clear_title();
  contact->clear_phone();
  contact->clear_email();
  contact->clear_attributes();
}

resource::Kind<v1::Contact, Contact> ContactKind(const roster::Roster* roster) {
  resource::Kind<v1::Contact, Contact> kind;
  kind.table = &store::Contacts();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.owner = &Contact::owner_id;
  kind.owner_column = "r.owner_id";
  kind.set_owner = [](v1::Contact* proto, const std::string& seller_id) {
    proto->set_owner(NameOf("sellers", seller_id));
  };
  kind.check = [roster](rpc::CallContext& ctx, mysql::Transaction& tx,
                        std::vector<Changed<Contact>>& changes) -> absl::Status {
    CheckOwners(*roster, changes);
    return CheckAccounts(tx, changes, ctx.scope());
  };
  kind.erase = Erase;
  return kind;
}

}  // namespace

ContactService::ContactService(const resource::Environment& environment,
                               const roster::Roster* roster)
    : contacts_(environment, ContactKind(roster)) {}

rpc::Binding ContactService::Bind(PersonErasure* erasure) {
  rpc::Binding binding("salesops.pipeline.v1.ContactService");
  binding.Unary("EraseContact", erasure, &PersonErasure::EraseContact);
  contacts_.BindTo(binding);
  return binding;
}

}  // namespace salesops::pipeline::api
