#include "services/pipeline/api/account_service.h"

#include "services/pipeline/api/references.h"
#include "services/pipeline/store/account_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::Account;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using salesops::api::FromMoney;
using salesops::api::ToMoney;

void ToProto(const Account& account, v1::Account* proto) {
  proto->set_display_name(account.display_name);
  proto->set_industry(account.industry);
  proto->set_region(account.region);
  proto->set_country(account.country);
  proto->set_grade(account.grade);
  proto->set_owner(NameOf("sellers", account.owner_id));
  proto->set_website(account.website);
  if (account.annual_revenue) *proto->mutable_annual_revenue() = ToMoney(*account.annual_revenue);
  if (account.employee_count) {
    proto->set_employee_count(static_cast<int32_t>(*account.employee_count));
  }
  if (account.founded_year) proto->set_founded_year(static_cast<int32_t>(*account.founded_year));
  resource::ToProto(account.external_keys, proto->mutable_external_keys());
  resource::ToProto(account.attributes, proto->mutable_attributes());
}

void FromProto(const v1::Account& proto, Account* account) {
  account->display_name = proto.display_name();
  account->industry = proto.industry();
  account->region = proto.region();
  account->country = proto.country();
  account->grade = proto.grade();
  account->owner_id = IdOf(proto.owner());
  account->website = proto.website();
  if (proto.has_annual_revenue()) account->annual_revenue = FromMoney(proto.annual_revenue());
  if (proto.has_employee_count()) account->employee_count = proto.employee_count();
  if (proto.has_founded_year()) account->founded_year = proto.founded_year();
  account->external_keys = resource::FromProto(proto.external_keys());
  account->attributes = resource::FromProto(proto.attributes());
}

resource::Kind<v1::Account, Account> AccountKind(const roster::Roster* roster) {
  resource::Kind<v1::Account, Account> kind;
  kind.table = &store::Accounts();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.owner = &Account::owner_id;
  kind.owner_column = "r.owner_id";
  kind.set_owner = [](v1::Account* proto, const std::string& seller_id) {
    proto->set_owner(NameOf("sellers", seller_id));
  };
  kind.check = [roster](rpc::CallContext&, mysql::Transaction&,
                        std::vector<Changed<Account>>& changes) -> absl::Status {
    CheckOwners(*roster, changes);
    return absl::OkStatus();
  };
  return kind;
}

}  // namespace

AccountService::AccountService(const resource::Environment& environment,
                               const roster::Roster* roster)
    : accounts_(environment, AccountKind(roster)) {}

rpc::Binding AccountService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.AccountService");
  accounts_.BindTo(binding);
  return binding;
}

}  // namespace salesops::pipeline::api
