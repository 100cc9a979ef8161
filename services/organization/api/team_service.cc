#include "services/organization/api/team_service.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/organization/api/counted_shares.h"
#include "services/organization/api/references.h"
#include "services/organization/api/request_time.h"
#include "services/organization/domain/day_ranges.h"
#include "services/organization/store/assignment_store.h"
#include "services/organization/store/rows.h"
#include "services/organization/store/seller_store.h"
#include "services/organization/store/team_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Team;
using domain::TeamPlacement;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using Changes = std::vector<Changed<Team>>;

void ToProto(const Team& team, v1::Team* proto) {
  proto->set_display_name(team.display_name);
  for (const TeamPlacement& placement : team.placements) {
    v1::TeamPlacement* item = proto->add_placements();
    item->set_parent_team(NameOf("teams", placement.parent_id));
    item->set_department(NameOf("departments", placement.department_id));
    SetDays(placement.days, item);
  }
  resource::ToProto(team.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::Team& proto, Team* team) {
  team->display_name = proto.display_name();
  for (const v1::TeamPlacement& item : proto.placements()) {
    team->placements.push_back({IdOf(item.parent_team()), IdOf(item.department()), DaysOf(item)});
  }
  team->external_keys = resource::FromProto(proto.external_keys());
}

bool IsGood(const Changed<Team>& change) {
  return change.violations->empty() && change.write->refused.ok();
}

bool Archives(const Changed<Team>& change) { return change.write->verb == "Archived"; }

absl::Status CheckUnused(mysql::Transaction& tx, const Changed<Team>& change,
                         base::CivilDay today) {
  ASSIGN_OR_RETURN(const bool in_use, store::TeamInUse(tx, change.after->id, today));
  if (in_use) {
    Refuse(change.write,
           status::FailedPrecondition(
               "IN_USE", NameOf("teams", change.after->id),
               "it is the parent of another team, or in an assignment, today or later; move those "
               "first"));
  }
  return absl::OkStatus();
}

void AddReferences(const Changed<Team>& change, References* references) {
  std::set<std::string> parents, departments;
  if (change.before) {
    for (const TeamPlacement& placement : change.before->placements) {
      parents.insert(placement.parent_id);
      departments.insert(placement.department_id);
    }
  } else {
    references->AddCreated(kTeams, change.after->id);
  }
  for (size_t i = 0; i < change.after->placements.size(); ++i) {
    const TeamPlacement& placement = change.after->placements[i];
    const std::string item = absl::StrCat("placements[", i, "].");
    if (parents.count(placement.parent_id) == 0) {
      references->Add(kTeams, placement.parent_id, item + "parent_team", change.write);
    }
    if (departments.count(placement.department_id) == 0) {
      references->Add(kDepartments, placement.department_id, item + "department", change.write);
    }
  }
}

absl::Status CheckCycles(mysql::Transaction& tx, const Changes& changes) {
  std::vector<domain::EdgeChange> edges;
  std::vector<resource::Write*> writes;
  std::set<std::string> start;
  for (const Changed<Team>& change : changes) {
    if (!IsGood(change) || Archives(change)) continue;
    edges.push_back({change.after->id, domain::EdgesOf(*change.after)});
    writes.push_back(change.write);
    start.insert(change.after->id);
    for (const domain::DatedEdge& edge : edges.back().edges) start.insert(edge.above);
  }
  if (edges.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(domain::EdgesByKey stored, store::EdgesFrom(tx, start));
  const auto cycles = domain::ReplaceEdges(std::move(stored), edges);
  for (size_t i = 0; i < cycles.size(); ++i) {
    if (!cycles[i]) continue;
    Refuse(writes[i], status::FailedPrecondition(
                          "TEAM_CYCLE", NameOf("teams", edges[i].key),
                          absl::StrCat("it would stand below itself from ",
                                       domain::DescribeDays(cycles[i]->days), ": teams/",
                                       absl::StrJoin(cycles[i]->path, " below teams/"))));
  }
  return absl::OkStatus();
}

// A team below one that this transaction cannot create cannot be created either.
void FailThoseBelowFailed(const Changes& changes) {
  std::set<std::string> failed;
  for (bool again = true; again;) {
    again = false;
    for (const Changed<Team>& change : changes) {
      if (!IsGood(change)) {
        if (!change.before) again |= failed.insert(change.after->id).second;
        continue;
      }
      for (size_t i = 0; i < change.after->placements.size(); ++i) {
        if (failed.count(change.after->placements[i].parent_id) == 0) continue;
        change.violations->Add(absl::StrCat("placements[", i, "].parent_team"), "BAD_REFERENCE",
                               "refers to a team of this batch that cannot be created");
        again = true;
      }
    }
  }
}

absl::Status CheckTeams(base::CivilDay today, mysql::Transaction& tx, Changes& changes) {
  References references;
  for (const Changed<Team>& change : changes) {
    if (Archives(change)) {
      RETURN_IF_ERROR(CheckUnused(tx, change, today));
      continue;
    }
    domain::CheckPlacements(*change.after, change.violations);
    AddReferences(change, &references);
  }
  RETURN_IF_ERROR(references.Check(tx));
  RETURN_IF_ERROR(CheckCycles(tx, changes));
  FailThoseBelowFailed(changes);
  return absl::OkStatus();
}

absl::Status StorePlacements(rpc::CallContext&, mysql::Transaction& tx, Changes& changes) {
  std::vector<std::pair<const Team*, int64_t>> teams;
  for (const Changed<Team>& change : changes) teams.emplace_back(change.after, change.fact);
  return store::InsertPlacements(tx, teams);
}

resource::Kind<v1::Team, Team> TeamKind(const resource::Environment& environment) {
  resource::Kind<v1::Team, Team> kind;
  kind.table = &store::Teams();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  // Two moves at once could close a cycle that neither sees: the tree changes one after another.
  kind.lock_first = [](rpc::CallContext&, mysql::Transaction& tx,
                       const std::vector<std::vector<std::string>>&) {
    return store::LockGuard(tx, store::kTeamTree);
  };
  kind.check = [environment](rpc::CallContext& ctx, mysql::Transaction& tx, Changes& changes) {
    return CheckTeams(environment.Today(ctx), tx, changes);
  };
  kind.after_store = StorePlacements;
  kind.list_predicates = OnEffectiveDate(store::PlacedOn);
  return kind;
}

v1::TeamMember MemberOf(const domain::Assignment& assignment, const base::Decimal& share,
                        const std::map<std::string, std::string>& display_names) {
  v1::TeamMember member;
  member.set_seller(NameOf("sellers", assignment.seller_id));
  if (auto name = display_names.find(assignment.seller_id); name != display_names.end()) {
    member.set_display_name(name->second);
  }
  member.set_assignment(absl::StrCat(member.seller(), "/assignments/", assignment.id));
  member.set_team(NameOf("teams", assignment.team_id));
  member.set_job_role(NameOf("jobRoles", assignment.job_role_id));
  member.set_manager(NameOf("sellers", assignment.manager_id));
  *member.mutable_share() = salesops::api::ToDecimal(share);
  return member;
}

// Which members are asked for, and the answer being made.
struct MemberQuery {
  std::string team_id;
  bool recursive = false;
  base::CivilDay day;
  records::ListQuery list;
};

absl::StatusOr<records::Page<domain::Assignment>> ReadMembers(mysql::Connection& c,
                                                              MemberQuery query) {
  std::set<std::string> teams = {query.team_id};
  if (query.recursive) {
    ASSIGN_OR_RETURN(const auto tree, store::TreeOn(c, query.day, query.list.as_of_position));
    const std::vector<std::string> below = domain::TeamAndBelow(query.team_id, tree);
    teams.insert(below.begin(), below.end());
  }
  query.list.where.push_back(store::InTeams(teams));
  query.list.where.push_back(store::InForceOn(query.day));
  return store::Assignments().List(c, query.list);
}

absl::StatusOr<std::map<std::string, std::string>> DisplayNamesOf(
    mysql::Connection& c, const std::vector<domain::Assignment>& assignments,
    std::optional<int64_t> as_of) {
  std::set<std::string> ids;
  for (const domain::Assignment& assignment : assignments) ids.insert(assignment.seller_id);
  std::vector<std::vector<std::string>> keys;
  for (const std::string& id : ids) keys.push_back({id});
  ASSIGN_OR_RETURN(const auto sellers, store::Sellers().BatchFind(c, keys, false, as_of));
  std::map<std::string, std::string> names;
  for (const domain::Seller& seller : sellers) names[seller.id] = seller.display_name;
  return names;
}

}  // namespace

TeamService::TeamService(const resource::Environment& environment)
    : environment_(environment), teams_(environment, TeamKind(environment)) {}

rpc::Binding TeamService::Bind() {
  rpc::Binding binding("salesops.organization.v1.TeamService");
  teams_.BindTo(binding);
  binding.Unary("ListTeamMembers", this, &TeamService::ListTeamMembers);
  return binding;
}

absl::StatusOr<v1::ListTeamMembersResponse> TeamService::ListTeamMembers(
    rpc::CallContext& ctx, const v1::ListTeamMembersRequest& request) {
  v1::ListTeamMembersResponse response;
  MemberQuery query;
  query.team_id = IdOf(request.name());
  query.recursive = request.recursive();
  query.day = EffectiveDate(request).value_or(environment_.Today(ctx));
  query.list.limit = salesops::api::CoercePageSize(request.page_size());
  const std::string fingerprint =
      salesops::api::QueryFingerprint(request, ctx.principal().ToString());
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(query.list.after, environment_.sealer->Open(request.page_token(), fingerprint,
                                                                 ctx.start_time()));
  }
  if (!ctx.scope().all) query.list.where.push_back(store::OfSellers(ctx.scope().sellers));
  ASSIGN_OR_RETURN(query.list.as_of_position,
                   ResolveAsOf(*environment_.db, ctx, request, &response));

  return environment_.db->ReadSnapshot(
      ctx, [&](mysql::Connection& c) -> absl::StatusOr<v1::ListTeamMembersResponse> {
        const std::optional<int64_t> as_of = query.list.as_of_position;
        ASSIGN_OR_RETURN(const auto team, store::Teams().Find(c, {query.team_id}, false, as_of));
        if (!team) {
          return ctx.scope().all
                     ? status::NotFound(request.name())
                     : status::PermissionDenied(ctx.policy().permission, request.name());
        }
        ASSIGN_OR_RETURN(const auto page, ReadMembers(c, query));
        ASSIGN_OR_RETURN(const auto names, DisplayNamesOf(c, page.rows, as_of));
        ASSIGN_OR_RETURN(const auto shares, CountedSharesOf(c, page.rows, query.day, as_of));
        v1::ListTeamMembersResponse answer = response;
        for (const domain::Assignment& assignment : page.rows) {
          *answer.add_team_members() =
              MemberOf(assignment, shares.at(store::EdgeKey(assignment)), names);
        }
        if (page.next) {
          answer.set_next_page_token(
              environment_.sealer->Seal(*page.next, fingerprint, ctx.start_time()));
        }
        return answer;
      });
}

}  // namespace salesops::organization::api
