#include "services/pipeline/api/lead_qualification.h"

#include "absl/strings/str_cat.h"
#include "shared/resource/message_fields.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::api {
namespace {

using resource::Item;
using resource::NameOf;

// To a caller an absent one and one that it may not see are the same.
bool IsUnseen(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound ||
         status.code() == absl::StatusCode::kPermissionDenied;
}

absl::StatusOr<std::string> Find(const Target& target, mysql::Transaction& tx,
                                 const std::string& account_id, base::Violations* violations) {
  const absl::StatusOr<Item> found = target.methods->Find(*target.call, tx, target.name);
  if (!found.ok()) {
    if (!IsUnseen(found.status())) return found.status();
    violations->Add(
        target.field, "BAD_REFERENCE",
        absl::StrCat("refers to ", target.name, ", which does not exist or is outside your scope"));
    return "";
  }
  if (found->meta.archive_time) {
    violations->Add(target.field, "ARCHIVED", "is archived; unarchive it or name another");
  }
  const std::string account = NameOf("accounts", account_id);
  const std::string other = resource::GetString(*found->proto, "account");
  if (!account.empty() && !other.empty() && other != account) {
    violations->Add(target.field, "OTHER_ACCOUNT",
                    absl::StrCat("belongs to ", other, ", not to the account of the lead"));
  }
  return found->key[0];
}

}  // namespace

absl::Status Authorise(const rpc::CallContext& ctx, const std::string& collection, Target* target) {
  if (target->name.empty() && !target->created) return absl::OkStatus();
  ASSIGN_OR_RETURN(target->call, rpc::UnderPermission::Of(
                                     ctx, absl::StrCat("pipeline.", collection,
                                                       target->created ? ".write" : ".read")));
  return absl::OkStatus();
}

absl::StatusOr<std::string> FindOrCreate(const Target& target, mysql::Transaction& tx,
                                         const resource::Message& create,
                                         const std::string& account_id,
                                         base::Violations* violations) {
  const std::string new_field = absl::StrCat("new_", target.field);
  if (target.created && !target.name.empty()) {
    violations->Add(new_field, "ONLY_ONE",
                    absl::StrCat("must be absent if `", target.field, "` names one"));
    return "";
  }
  if (!target.name.empty()) return Find(target, tx, account_id, violations);
  if (!target.created) {
    if (target.required) {
      violations->Add(target.field, "REQUIRED",
                      absl::StrCat("must name one, or `", new_field, "` must be set"));
    }
    return "";
  }
  absl::StatusOr<Item> made =
      target.methods->CreateItem(*target.call, tx, create, absl::StrCat(new_field, "."));
  if (made.ok()) return made->key[0];
  // Its broken rules are told with those of the others; the transaction is given up in the end.
  const base::Violations broken = status::ViolationsOf(made.status());
  if (broken.empty()) return made.status();
  violations->AddAll("", broken);
  return "";
}

v1::CreateAccountRequest AccountOf(const v1::QualifyLeadRequest& request,
                                   const domain::Lead& lead) {
  v1::CreateAccountRequest create;
  v1::Account& account = *create.mutable_account();
  account = request.new_account();
  if (account.owner().empty()) account.set_owner(NameOf("sellers", lead.owner_id));
  return create;
}

v1::CreateContactRequest ContactOf(const v1::QualifyLeadRequest& request, const domain::Lead& lead,
                                   const std::string& account_id) {
  v1::CreateContactRequest create;
  v1::Contact& contact = *create.mutable_contact();
  contact = request.new_contact();
  contact.set_account(NameOf("accounts", account_id));
  if (contact.owner().empty()) contact.set_owner(NameOf("sellers", lead.owner_id));
  if (contact.phone().empty()) contact.set_phone(lead.phone);
  if (contact.email().empty()) contact.set_email(lead.email);
  return create;
}

v1::CreateOpportunityRequest OpportunityOf(const v1::QualifyLeadRequest& request,
                                           const domain::Lead& lead,
                                           const std::string& account_id) {
  v1::CreateOpportunityRequest create;
  v1::Opportunity& opportunity = *create.mutable_opportunity();
  opportunity = request.new_opportunity();
  opportunity.set_account(NameOf("accounts", account_id));
  if (opportunity.owner().empty()) opportunity.set_owner(NameOf("sellers", lead.owner_id));
  if (opportunity.source().empty()) opportunity.set_source(lead.source);
  return create;
}

}  // namespace salesops::pipeline::api
