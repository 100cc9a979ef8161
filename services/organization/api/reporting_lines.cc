#include "services/organization/api/reporting_lines.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/organization/api/counted_shares.h"
#include "services/organization/api/request_time.h"
#include "services/organization/domain/day_ranges.h"
#include "services/organization/domain/manager_chain.h"
#include "services/organization/store/assignment_store.h"
#include "services/organization/store/seller_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Assignment;
using domain::Seller;
using resource::IdOf;
using resource::NameOf;
using AsOf = std::optional<int64_t>;
using Sellers = std::map<std::string, Seller>;

std::string NameOfAssignment(const std::string& seller_id, const std::string& id) {
  return absl::StrCat("sellers/", seller_id, "/assignments/", id);
}

// OK if the caller may see the seller and there is one.
absl::Status CheckVisible(const rpc::CallContext& ctx, mysql::Connection& c,
                          const std::string& name, const AsOf& as_of) {
  const std::string id = IdOf(name);
  ASSIGN_OR_RETURN(const auto seller, store::Sellers().Find(c, {id}, false, as_of));
  if (!ctx.scope().Includes(id) || (!seller && !ctx.scope().all)) {
    return status::PermissionDenied(ctx.policy().permission, name);
  }
  return seller ? absl::OkStatus() : status::NotFound(name);
}

absl::StatusOr<Sellers> ReadSellersOf(mysql::Connection& c, const std::set<std::string>& ids,
                                      const AsOf& as_of) {
  std::vector<std::vector<std::string>> keys;
  for (const std::string& id : ids) keys.push_back({id});
  ASSIGN_OR_RETURN(std::vector<Seller> list, store::Sellers().BatchFind(c, keys, false, as_of));
  Sellers sellers;
  for (Seller& seller : list) sellers[seller.id] = std::move(seller);
  return sellers;
}

// ---------------------------------------------------------------------------------------------
// Above

// What is in force on the day for a seller and for everybody above. There are no more levels than
// are followed.
absl::StatusOr<domain::AssignmentsBySeller> ReadAbove(mysql::Connection& c,
                                                      const std::string& seller_id,
                                                      base::CivilDay day, const AsOf& as_of) {
  domain::AssignmentsBySeller above;
  std::set<std::string> seen = {seller_id};
  std::set<std::string> open = {seller_id};
  for (int level = 0; !open.empty() && level <= domain::kMostLevels; ++level) {
    ASSIGN_OR_RETURN(const auto found, store::AssignmentsOn(c, day, open, as_of));
    open.clear();
    for (const Assignment& assignment : found) {
      const std::string& manager = assignment.manager_id;
      if (!manager.empty() && seen.insert(manager).second) open.insert(manager);
      above[assignment.seller_id].push_back(assignment);
    }
  }
  return above;
}

// Why nobody is known above somebody.
v1::ManagerLink::Gap GapOf(const std::string& seller_id, const Sellers& sellers,
                           const domain::AssignmentsBySeller& assignments, base::CivilDay day) {
  if (assignments.count(seller_id) > 0) return v1::ManagerLink::GAP_UNSPECIFIED;
  auto seller = sellers.find(seller_id);
  const bool employed = seller != sellers.end() &&
                        domain::Covers(domain::DaysOf(seller->second.employments), {day, day + 1});
  return employed ? v1::ManagerLink::GAP_NO_ASSIGNMENT : v1::ManagerLink::GAP_NOT_EMPLOYED;
}

v1::ManagerLink ToProto(const domain::ManagerLink& link, const Sellers& sellers,
                        const auth::RowScope& scope) {
  v1::ManagerLink proto;
  proto.set_manager(NameOf("sellers", link.manager_id));
  auto manager = sellers.find(link.manager_id);
  if (manager != sellers.end()) proto.set_display_name(manager->second.display_name);
  proto.set_report(NameOf("sellers", link.report_id));
  if (scope.Includes(link.report_id)) {
    proto.set_assignment(NameOfAssignment(link.report_id, link.assignment_id));
    *proto.mutable_share() = salesops::api::ToDecimal(link.share);
  }
  proto.set_primary(link.primary);
  proto.set_level(link.level);
  return proto;
}

absl::StatusOr<v1::GetManagerChainResponse> AnswerChain(const rpc::CallContext& ctx,
                                                        mysql::Connection& c,
                                                        const std::string& name, base::CivilDay day,
                                                        const AsOf& as_of) {
  RETURN_IF_ERROR(CheckVisible(ctx, c, name, as_of));
  const std::string seller_id = IdOf(name);
  ASSIGN_OR_RETURN(const auto assignments, ReadAbove(c, seller_id, day, as_of));
  const auto chains = domain::ManagerChains(seller_id, assignments, day);
  std::set<std::string> ids = {seller_id};
  for (const domain::ManagerChain& chain : chains) {
    for (const domain::ManagerLink& link : chain.links) ids.insert(link.manager_id);
  }
  ASSIGN_OR_RETURN(const Sellers sellers, ReadSellersOf(c, ids, as_of));

  v1::GetManagerChainResponse answer;
  for (const domain::ManagerChain& chain : chains) {
    const Assignment& assignment = chain.assignment.assignment;
    v1::ManagerChain* item = answer.add_manager_chains();
    item->set_assignment(NameOfAssignment(seller_id, assignment.id));
    item->set_team(NameOf("teams", assignment.team_id));
    *item->mutable_share() = salesops::api::ToDecimal(chain.assignment.share);
    for (const domain::ManagerLink& link : chain.links) {
      v1::ManagerLink* told = item->add_links();
      *told = ToProto(link, sellers, ctx.scope());
      told->set_gap(GapOf(link.manager_id, sellers, assignments, day));
    }
    item->set_truncated(chain.truncated);
    for (const std::string& member : chain.cycle) item->add_cycle(NameOf("sellers", member));
  }
  answer.set_gap(GapOf(seller_id, sellers, assignments, day));
  *answer.mutable_effective_date() = salesops::api::ToDate(day);
  return answer;
}

// ---------------------------------------------------------------------------------------------
// Below

struct ReportQuery {
  std::string manager_id;
  bool recursive = false;
  base::CivilDay day;
  records::ListQuery list;
};

// The manager and, if asked for, everybody below, with their levels.
absl::StatusOr<std::map<std::string, int>> ReadLevels(mysql::Connection& c,
                                                      const ReportQuery& query) {
  domain::ReportLevels levels(query.manager_id);
  while (query.recursive && !levels.open().empty()) {
    ASSIGN_OR_RETURN(const auto reports,
                     store::ReportsOn(c, query.day, levels.open(), query.list.as_of_position));
    levels.Add(reports);
  }
  return levels.level_of();
}

absl::StatusOr<std::vector<v1::Report>> ToReports(mysql::Connection& c,
                                                  const std::vector<Assignment>& assignments,
                                                  const std::map<std::string, int>& level_of,
                                                  base::CivilDay day, const AsOf& as_of) {
  std::set<std::string> ids;
  for (const Assignment& assignment : assignments) ids.insert(assignment.seller_id);
  ASSIGN_OR_RETURN(const Sellers sellers, ReadSellersOf(c, ids, as_of));
  ASSIGN_OR_RETURN(const auto shares, CountedSharesOf(c, assignments, day, as_of));
  std::vector<v1::Report> reports;
  for (const Assignment& assignment : assignments) {
    v1::Report& report = reports.emplace_back();
    report.set_seller(NameOf("sellers", assignment.seller_id));
    auto seller = sellers.find(assignment.seller_id);
    if (seller != sellers.end()) report.set_display_name(seller->second.display_name);
    report.set_assignment(NameOfAssignment(assignment.seller_id, assignment.id));
    report.set_manager(NameOf("sellers", assignment.manager_id));
    report.set_team(NameOf("teams", assignment.team_id));
    *report.mutable_share() = salesops::api::ToDecimal(shares.at(store::EdgeKey(assignment)));
    report.set_level(level_of.at(assignment.manager_id) + 1);
  }
  return reports;
}

}  // namespace

absl::StatusOr<v1::GetManagerChainResponse> ReadManagerChain(
    rpc::CallContext& ctx, const resource::Environment& environment,
    const v1::GetManagerChainRequest& request) {
  const base::CivilDay day = EffectiveDate(request).value_or(environment.Today(ctx));
  v1::GetManagerChainResponse response;
  ASSIGN_OR_RETURN(const AsOf as_of, ResolveAsOf(*environment.db, ctx, request, &response));
  ASSIGN_OR_RETURN(auto answer, environment.db->ReadSnapshot(ctx, [&](mysql::Connection& c) {
    return AnswerChain(ctx, c, request.name(), day, as_of);
  }));
  response.MergeFrom(answer);
  return response;
}

absl::StatusOr<v1::ListReportsResponse> ReadReports(rpc::CallContext& ctx,
                                                    const resource::Environment& environment,
                                                    const v1::ListReportsRequest& request) {
  v1::ListReportsResponse response;
  ReportQuery query;
  query.manager_id = IdOf(request.name());
  query.recursive = request.recursive();
  query.day = EffectiveDate(request).value_or(environment.Today(ctx));
  query.list.limit = salesops::api::CoercePageSize(request.page_size());
  const std::string fingerprint =
      salesops::api::QueryFingerprint(request, ctx.principal().ToString());
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(query.list.after,
                     environment.sealer->Open(request.page_token(), fingerprint, ctx.start_time()));
  }
  if (!ctx.scope().all) query.list.where.push_back(store::OfSellers(ctx.scope().sellers));
  ASSIGN_OR_RETURN(query.list.as_of_position,
                   ResolveAsOf(*environment.db, ctx, request, &response));

  return environment.db->ReadSnapshot(
      ctx, [&](mysql::Connection& c) -> absl::StatusOr<v1::ListReportsResponse> {
        const AsOf as_of = query.list.as_of_position;
        RETURN_IF_ERROR(CheckVisible(ctx, c, request.name(), as_of));
        ASSIGN_OR_RETURN(const auto level_of, ReadLevels(c, query));
        std::set<std::string> managers;
        for (const auto& [id, level] : level_of) {
          if (level < domain::kMostLevels) managers.insert(id);
        }
        records::ListQuery list = query.list;
        list.where.push_back(store::UnderManagers(managers));
        list.where.push_back(store::InForceOn(query.day));
        ASSIGN_OR_RETURN(const auto page, store::Assignments().List(c, list));
        ASSIGN_OR_RETURN(const auto reports, ToReports(c, page.rows, level_of, query.day, as_of));
        v1::ListReportsResponse answer = response;
        for (const v1::Report& report : reports) *answer.add_reports() = report;
        if (page.next) {
          answer.set_next_page_token(
              environment.sealer->Seal(*page.next, fingerprint, ctx.start_time()));
        }
        return answer;
      });
}

}  // namespace salesops::organization::api
