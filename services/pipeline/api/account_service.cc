#include "services/pipeline/api/account_service.h"

#include <algorithm>
#include <tuple>

#include "services/pipeline/api/account_hierarchy.h"
#include "services/pipeline/api/attribute_rules.h"
#include "services/pipeline/api/references.h"
#include "services/pipeline/store/account_search.h"
#include "services/pipeline/store/account_store.h"
#include "services/pipeline/store/account_tree.h"
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
  proto->set_parent(NameOf("accounts", account.parent_id));
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
  account->parent_id = IdOf(proto.parent());
  account->website = proto.website();
  if (proto.has_annual_revenue()) account->annual_revenue = FromMoney(proto.annual_revenue());
  if (proto.has_employee_count()) account->employee_count = proto.employee_count();
  if (proto.has_founded_year()) account->founded_year = proto.founded_year();
  account->external_keys = resource::FromProto(proto.external_keys());
  account->attributes = resource::FromProto(proto.attributes());
}

constexpr domain::AttributeCollection kAccounts = domain::AttributeCollection::kAccount;

resource::Kind<v1::Account, Account> AccountKind(const resource::Environment& environment,
                                                 const roster::Roster* roster) {
  resource::Kind<v1::Account, Account> kind;
  kind.table = &store::Accounts();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.owner = &Account::owner_id;
  kind.owner_column = "r.owner_id";
  kind.set_owner = [](v1::Account* proto, const std::string& seller_id) {
    proto->set_owner(NameOf("sellers", seller_id));
  };
  kind.check = [roster](rpc::CallContext& ctx, mysql::Transaction& tx,
                        std::vector<Changed<Account>>& changes) -> absl::Status {
    CheckOwners(*roster, changes);
    RETURN_IF_ERROR(CheckGivenAttributes(tx, kAccounts, changes));
    return CheckParents(ctx, tx, changes);
  };
  kind.after_store = [](rpc::CallContext&, mysql::Transaction& tx,
                        std::vector<Changed<Account>>& changes) -> absl::Status {
    std::vector<store::RenamedAccount> renamed;
    for (const Changed<Account>& change : changes) {
      renamed.push_back({change.after->id, change.before ? change.before->display_name : "",
                         change.after->display_name});
    }
    RETURN_IF_ERROR(StoreAttributes(tx, kAccounts, changes));
    return store::IndexNames(tx, renamed);
  };
  kind.stored_filter_fields = [environment](rpc::CallContext& ctx, const resource::Message& request,
                                            std::optional<int64_t> as_of,
                                            salesops::api::Columns* columns) {
    (*columns)["ancestor"] = store::InTreeOf("r.id", as_of);
    return AddAttributeFields(environment, ctx, request, kAccounts, as_of, columns);
  };
  return kind;
}

// Of each way to look; the best of them are shown.
constexpr int kCandidates = 300;
constexpr int kDefaultResults = 20;
constexpr int kMostResults = 100;

}  // namespace

AccountService::AccountService(const resource::Environment& environment,
                               const roster::Roster* roster)
    : environment_(environment), accounts_(environment, AccountKind(environment, roster)) {}

rpc::Binding AccountService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.AccountService");
  binding.Unary("SearchAccounts", this, &AccountService::Search);
  binding.Unary("ListAccountAncestors", this, &AccountService::ListAncestors);
  accounts_.BindTo(binding);
  return binding;
}

absl::StatusOr<v1::ListAccountAncestorsResponse> AccountService::ListAncestors(
    rpc::CallContext& ctx, const v1::ListAccountAncestorsRequest& request) {
  v1::ListAccountAncestorsResponse response;
  ASSIGN_OR_RETURN(const std::optional<int64_t> as_of, accounts_.AsOf(ctx, request, &response));
  std::vector<std::string> above;
  std::map<std::string, Account> accounts;
  RETURN_IF_ERROR(environment_.db->Read(ctx, [&](mysql::Connection& c) -> absl::Status {
    accounts.clear();
    ASSIGN_OR_RETURN(const resource::Item item, accounts_.Find(ctx, c, request.name(), as_of));
    ASSIGN_OR_RETURN(const domain::ParentOf parent_of,
                     store::ParentsAbove(c, {item.key[0]}, as_of));
    above = domain::AncestorsOf(parent_of, item.key[0]);
    std::vector<std::vector<std::string>> keys;
    for (const std::string& id : above) keys.push_back({id});
    ASSIGN_OR_RETURN(const std::vector<Account> found,
                     store::Accounts().BatchFind(c, keys, /*for_update=*/false, as_of));
    for (const Account& account : found) accounts[account.id] = account;
    return absl::OkStatus();
  }));
  for (const std::string& id : above) {
    const auto account = accounts.find(id);
    if (account == accounts.end() || !ctx.scope().Includes(account->second.owner_id)) continue;
    *response.add_accounts() = accounts_.ToProto(account->second);
  }
  return response;
}

absl::StatusOr<v1::SearchAccountsResponse> AccountService::Search(
    rpc::CallContext& ctx, const v1::SearchAccountsRequest& request) {
  const domain::FoldedName query = domain::FoldName(request.query());
  if (query.empty()) {
    return status::InvalidField("query", "EMPTY_QUERY",
                                "must have a letter, an ideograph or a digit");
  }
  ASSIGN_OR_RETURN(records::ListQuery shown, accounts_.Query(ctx, request));
  const int wanted =
      request.page_size() == 0 ? kDefaultResults : std::min(request.page_size(), kMostResults);
  using Found = std::tuple<domain::Fit, size_t, std::string>;  // fit, length of the name, id
  std::vector<Found> fitting;
  std::vector<Account> accounts;
  v1::SearchAccountsResponse response;
  RETURN_IF_ERROR(environment_.db->Read(ctx, [&](mysql::Connection& c) -> absl::Status {
    fitting.clear();
    ASSIGN_OR_RETURN(store::NameCandidates candidates,
                     store::FindNames(c, query, request.query(), shown.where,
                                      request.show_archived(), kCandidates));
    for (const store::NamedAccount& account : candidates.accounts) {
      const domain::Fit fit = domain::FitOf(query, domain::FoldName(account.display_name));
      if (fit == domain::Fit::kNone) continue;
      fitting.emplace_back(fit, account.display_name.size(), account.id);
    }
    std::sort(fitting.begin(), fitting.end());
    response.set_truncated(!candidates.complete || fitting.size() > static_cast<size_t>(wanted));
    if (fitting.size() > static_cast<size_t>(wanted)) fitting.resize(wanted);
    std::vector<std::vector<std::string>> keys;
    for (const Found& found : fitting) keys.push_back({std::get<2>(found)});
    if (keys.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(accounts, store::Accounts().BatchFind(c, keys));
    return absl::OkStatus();
  }));
  for (const auto& [fit, length, id] : fitting) {
    const auto account = std::find_if(accounts.begin(), accounts.end(),
                                      [&id = id](const Account& a) { return a.id == id; });
    if (account == accounts.end()) continue;
    v1::SearchAccountsResponse::Result* result = response.add_results();
    *result->mutable_account() = accounts_.ToProto(*account);
    result->set_fit(static_cast<v1::SearchAccountsResponse::Result::Fit>(fit));
  }
  return response;
}

}  // namespace salesops::pipeline::api
