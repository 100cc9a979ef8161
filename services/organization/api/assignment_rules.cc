#include "services/organization/api/assignment_rules.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/organization/api/references.h"
#include "services/organization/domain/day_ranges.h"
#include "services/organization/store/assignment_store.h"
#include "services/organization/store/rows.h"
#include "services/organization/store/seller_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Assignment;
using domain::Seller;
using resource::NameOf;
using Change = resource::Changed<Assignment>;
using ById = std::map<std::string, Assignment>;

bool IsGood(const Change& change) {
  return change.violations->empty() && change.write->refused.ok();
}

// An archived assignment says nothing: no rule is asked of it.
bool Counts(const Change& change) { return !change.after->meta.archive_time; }

void AddReferences(const Change& change, References* references) {
  const Assignment& after = *change.after;
  const Assignment* before = change.before;
  if (!before || before->team_id != after.team_id) {
    references->Add(kTeams, after.team_id, "team", change.write);
  }
  if (!before || before->job_role_id != after.job_role_id) {
    references->Add(kJobRoles, after.job_role_id, "job_role", change.write);
  }
  if (!before || before->manager_id != after.manager_id) {
    references->Add(kSellers, after.manager_id, "manager", change.write);
  }
}

// The seller exists, is not archived (for a new assignment) and is employed on all of its days.
void CheckSeller(const Change& change, const Seller* seller) {
  const std::string name = NameOf("sellers", change.after->seller_id);
  if (seller == nullptr) return Refuse(change.write, status::NotFound(name));
  const bool begins = !change.before || change.before->meta.archive_time;
  if (begins && seller->meta.archive_time) {
    return Refuse(
        change.write,
        status::FailedPrecondition("ARCHIVED", name, "the seller is archived; unarchive it first"));
  }
  if (change.after->days().IsEmpty()) return;  // has been told
  if (!domain::Covers(seller->employments, change.after->days())) {
    Refuse(change.write, status::FailedPrecondition(
                             "OUTSIDE_EMPLOYMENT", name,
                             absl::StrCat(domain::DescribeDays(change.after->days()),
                                          " does not lie inside the employment of the seller")));
  }
}

absl::StatusOr<std::map<std::string, Seller>> ReadSellers(mysql::Transaction& tx,
                                                          const std::set<std::string>& ids) {
  std::vector<std::vector<std::string>> keys;
  for (const std::string& id : ids) keys.push_back({id});
  ASSIGN_OR_RETURN(std::vector<Seller> list, store::Sellers().BatchFind(tx, keys));
  std::map<std::string, Seller> sellers;
  for (Seller& seller : list) sellers[seller.id] = std::move(seller);
  return sellers;
}

std::optional<domain::ShareOnDay> FirstDayAboveOne(const ById& assignments) {
  std::vector<Assignment> list;
  for (const auto& [id, assignment] : assignments) list.push_back(assignment);
  return domain::FirstDayAboveOne(list);
}

void Put(const Change& change, ById* assignments) {
  if (Counts(change)) {
    (*assignments)[change.after->id] = *change.after;
  } else {
    assignments->erase(change.after->id);
  }
}

// Of one seller. If all changes together are too much, they are taken one after another, and those
// that are too much then are refused.
void CheckShares(const ById& stored, const std::vector<const Change*>& changes) {
  ById together = stored;
  for (const Change* change : changes) Put(*change, &together);
  if (!FirstDayAboveOne(together)) return;
  ById taken = stored;
  for (const Change* change : changes) {
    ById with = taken;
    Put(*change, &with);
    const std::optional<domain::ShareOnDay> above = FirstDayAboveOne(with);
    if (!above) {
      taken = std::move(with);
      continue;
    }
    Refuse(change->write,
           status::FailedPrecondition(
               "SHARES_ABOVE_ONE", NameOf("sellers", change->after->seller_id),
               absl::StrCat("on ", base::FormatDay(above->day), " the shares would sum to ",
                            above->total.ToCanonicalString())));
  }
}

absl::Status CheckAllShares(mysql::Transaction& tx, const AssignmentChanges& changes) {
  std::set<std::string> sellers;
  std::map<std::string, std::vector<const Change*>> by_seller;
  for (const Change& change : changes) {
    if (!IsGood(change)) continue;
    sellers.insert(change.after->seller_id);
    by_seller[change.after->seller_id].push_back(&change);
  }
  ASSIGN_OR_RETURN(const auto stored, store::AssignmentsOf(tx, sellers));
  std::map<std::string, ById> stored_by_seller;
  for (const Assignment& assignment : stored) {
    stored_by_seller[assignment.seller_id][assignment.id] = assignment;
  }
  for (const auto& [seller, list] : by_seller) CheckShares(stored_by_seller[seller], list);
  return absl::OkStatus();
}

// Nobody reports to themselves, however many managers are between. Whoever writes a manager holds
// the guard, so that two changes cannot close a cycle together.
absl::Status CheckReporting(mysql::Transaction& tx, const AssignmentChanges& changes) {
  std::vector<domain::EdgeChange> edges;
  std::vector<resource::Write*> writes;
  std::set<std::string> start;
  bool reports = false;
  for (const Change& change : changes) {
    if (!IsGood(change)) continue;
    edges.push_back({store::EdgeKey(*change.after), {}});
    writes.push_back(change.write);
    if (!Counts(change)) continue;
    edges.back().edges = domain::ManagerEdges(*change.after);
    for (const domain::DatedEdge& edge : edges.back().edges) {
      start.insert(edge.above);
      reports = true;
    }
    start.insert(change.after->seller_id);
  }
  if (!reports) return absl::OkStatus();
  RETURN_IF_ERROR(store::LockGuard(tx, store::kReporting));
  ASSIGN_OR_RETURN(domain::EdgesByKey stored, store::ManagersFrom(tx, start));
  const auto cycles = domain::ReplaceEdges(std::move(stored), edges);
  for (size_t i = 0; i < cycles.size(); ++i) {
    if (!cycles[i]) continue;
    Refuse(writes[i], status::FailedPrecondition(
                          "MANAGER_CYCLE", absl::StrCat("sellers/", cycles[i]->path.front()),
                          absl::StrCat("the seller would report to themselves from ",
                                       domain::DescribeDays(cycles[i]->days), ": sellers/",
                                       absl::StrJoin(cycles[i]->path, " reports to sellers/"))));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAssignments(rpc::CallContext&, mysql::Transaction& tx,
                              AssignmentChanges& changes) {
  std::set<std::string> seller_ids;
  for (const Change& change : changes) {
    if (Counts(change)) seller_ids.insert(change.after->seller_id);
  }
  if (seller_ids.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto sellers, ReadSellers(tx, seller_ids));
  References references;
  for (const Change& change : changes) {
    if (!Counts(change)) continue;
    domain::CheckAssignment(*change.after, change.violations);
    auto seller = sellers.find(change.after->seller_id);
    CheckSeller(change, seller == sellers.end() ? nullptr : &seller->second);
    AddReferences(change, &references);
  }
  RETURN_IF_ERROR(references.Check(tx));
  RETURN_IF_ERROR(CheckAllShares(tx, changes));
  return CheckReporting(tx, changes);
}

}  // namespace salesops::organization::api
