#include "services/organization/api/territory_service.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/api/references.h"
#include "services/organization/api/request_time.h"
#include "services/organization/store/territory_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::organization::api {
namespace {

using domain::Territory;
using domain::TerritoryRule;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using Changes = std::vector<Changed<Territory>>;

void ToProto(const TerritoryRule& rule, v1::TerritoryRule* proto) {
  SetDays(rule.days, proto);
  for (const std::string& region : rule.regions) proto->add_regions(region);
  for (const std::string& industry : rule.industries) proto->add_industries(industry);
  for (const std::string& grade : rule.grades) proto->add_grades(grade);
  proto->set_team(NameOf("teams", rule.team_id));
}

void ToProto(const Territory& territory, v1::Territory* proto) {
  proto->set_display_name(territory.display_name);
  proto->set_description(territory.description);
  proto->set_priority(territory.priority);
  for (const TerritoryRule& rule : territory.rules) ToProto(rule, proto->add_rules());
  resource::ToProto(territory.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::Territory& proto, Territory* territory) {
  territory->display_name = proto.display_name();
  territory->description = proto.description();
  territory->priority = proto.priority();
  for (const v1::TerritoryRule& item : proto.rules()) {
    TerritoryRule& rule = territory->rules.emplace_back();
    rule.days = DaysOf(item);
    rule.regions.assign(item.regions().begin(), item.regions().end());
    rule.industries.assign(item.industries().begin(), item.industries().end());
    rule.grades.assign(item.grades().begin(), item.grades().end());
    rule.team_id = IdOf(item.team());
  }
  territory->external_keys = resource::FromProto(proto.external_keys());
}

void AddReferences(const Changed<Territory>& change, References* references) {
  std::set<std::string> teams;
  if (change.before) {
    for (const TerritoryRule& rule : change.before->rules) teams.insert(rule.team_id);
  }
  for (size_t i = 0; i < change.after->rules.size(); ++i) {
    const std::string& team = change.after->rules[i].team_id;
    if (teams.count(team) == 0) {
      references->Add(kTeams, team, absl::StrCat("rules[", i, "].team"), change.write);
    }
  }
}

absl::Status CheckTerritories(rpc::CallContext&, mysql::Transaction& tx, Changes& changes) {
  References references;
  for (const Changed<Territory>& change : changes) {
    domain::CheckTerritory(*change.after, change.violations);
    AddReferences(change, &references);
  }
  return references.Check(tx);
}

absl::Status StoreRules(rpc::CallContext&, mysql::Transaction& tx, Changes& changes) {
  std::vector<std::pair<const Territory*, int64_t>> territories;
  for (const Changed<Territory>& change : changes) {
    territories.emplace_back(change.after, change.fact);
  }
  return store::InsertTerritoryRules(tx, territories);
}

resource::Kind<v1::Territory, Territory> TerritoryKind() {
  resource::Kind<v1::Territory, Territory> kind;
  kind.table = &store::Territories();
  kind.to_proto = [](const Territory& territory, v1::Territory* proto) {
    ToProto(territory, proto);
  };
  kind.from_proto = FromProto;
  kind.check = CheckTerritories;
  kind.after_store = StoreRules;
  kind.list_predicates = OnEffectiveDate(store::RuleHoldsOn);
  return kind;
}

}  // namespace

TerritoryService::TerritoryService(const resource::Environment& environment)
    : environment_(environment), territories_(environment, TerritoryKind()) {}

rpc::Binding TerritoryService::Bind() {
  rpc::Binding binding("salesops.organization.v1.TerritoryService");
  territories_.BindTo(binding);
  binding.Unary("ResolveTerritories", this, &TerritoryService::ResolveTerritories);
  return binding;
}

absl::StatusOr<v1::ResolveTerritoriesResponse> TerritoryService::ResolveTerritories(
    rpc::CallContext& ctx, const v1::ResolveTerritoriesRequest& request) {
  const base::CivilDay day = EffectiveDate(request).value_or(environment_.Today(ctx));
  v1::ResolveTerritoriesResponse response;
  ASSIGN_OR_RETURN(const std::optional<int64_t> as_of,
                   ResolveAsOf(*environment_.db, ctx, request, &response));
  ASSIGN_OR_RETURN(const std::vector<Territory> territories,
                   environment_.db->ReadSnapshot(ctx, [&](mysql::Connection& c) {
                     return store::TerritoriesOn(c, day, as_of);
                   }));
  const domain::AccountTraits account = {request.region(), request.industry(), request.grade()};
  for (const auto& match : domain::MatchTerritories(territories, account, day)) {
    v1::TerritoryMatch* item = response.add_territory_matches();
    item->set_territory(NameOf("territories", match.territory.id));
    item->set_display_name(match.territory.display_name);
    item->set_priority(match.territory.priority);
    ToProto(match.rule, item->mutable_rule());
  }
  *response.mutable_effective_date() = salesops::api::ToDate(day);
  return response;
}

}  // namespace salesops::organization::api
